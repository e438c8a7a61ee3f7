import fs from 'node:fs'
import path from 'node:path'
import type { Album } from '../album.ts'
import { AlbumError } from '../errors.ts'
import type { Photo, Signal } from '../types.ts'
import { runAhead } from '../util/ahead.ts'
import { abortError, following } from '../util/wait.ts'
import type { ExportEvent, ExportFile, ExportOptions } from './events.ts'
import { Labels } from './labels.ts'
import { Ledger } from './ledger.ts'
import { namesAt, placeOf } from './names.ts'
import { sidecarOf } from './sidecar.ts'
import { Tally } from './tally.ts'
import { Target, told } from './target.ts'
import { type Outcome, Writing } from './writing.ts'

export type * from './events.ts'

// Photos that are read at the same time, and that are listed together.
const TOGETHER = 64
const AHEAD = { lanes: 4, ahead: TOGETHER, together: 1, wait: 0 }

// With these every other photo would fail too.
const FATAL = ['ABORTED', 'CLOSED', 'STORAGE_FULL']

type Result = ExportFile & Pick<Outcome, 'bytes'>

/**
 * Writes photos into a folder, as `2020/07/2020-07-16 11.44.00 name.jpg`, each with an XMP sidecar of what the album says
 * of it, and what moves of a Live Photo beside its still. It can be called again at any time, also after it was killed:
 * what is there is not read again. Nothing that something else wrote is ever changed or deleted. A photo that fails does
 * not stop the others; the summary comes last, and after it is thrown what ended the export early: `ABORTED`, `CLOSED`,
 * `STORAGE_FULL`, `STORAGE_FAILED`.
 */
export async function* exportFolder(
  album: Album,
  folder: string,
  options: ExportOptions = {}
): AsyncGenerator<ExportEvent> {
  const target = new Target(path.resolve(folder))
  await told(() => fs.promises.mkdir(target.root, { recursive: true }))
  const ledger = await told(() => Ledger.open(target.root))
  const tally = new Tally(options)
  const stop = following(options.signal)
  let failure: unknown = null
  try {
    const { query = {}, strip = false, timeout } = options
    const writing = new Writing({ album, target, ledger, strip, signal: stop.signal, timeout })
    const labels = new Labels(album)
    const write = (photo: Photo): Promise<Result> =>
      resultOf(photo, target, stop.signal, async () => {
        const collections = await labels.of(photo.collections)
        return writing.write(photo, sidecarOf({ photo, collections, strip }))
      })
    for await (const { size } of album.list(query)) tally.expect(size)
    for await (const photos of groups(album.list(query))) {
      for await (const results of runAhead(photos, AHEAD, write)) {
        for (const { bytes, ...event } of results) yield* tally.done(event, bytes)
      }
    }
  } catch (error) {
    failure = error
  } finally {
    stop.end()
    await ledger.close()
  }
  yield tally.summary
  if (failure !== null) throw failure
}

/** What is told of a photo. Throws what ends the export. */
async function resultOf(
  photo: Photo,
  target: Target,
  signal: Signal,
  write: () => Promise<Outcome>
): Promise<Result> {
  if (signal.aborted) throw abortError(signal)
  try {
    const { path: at, bytes } = await write()
    return { type: 'file', path: at, status: bytes > 0 ? 'written' : 'there', photo, error: null, bytes }
  } catch (error) {
    if (!(error instanceof AlbumError) || FATAL.includes(error.code)) throw error
    // A disk that was unplugged takes no other photo either.
    if (error.code === 'STORAGE_FAILED' && !fs.existsSync(target.root)) throw error
    const place = placeOf(photo, undefined)
    const at = `${place.folder}/${namesAt(place, 1).original}`
    return { type: 'file', path: at, status: 'failed', photo, error, bytes: 0 }
  }
}

async function* groups(photos: AsyncIterable<Photo>): AsyncGenerator<Photo[]> {
  let group: Photo[] = []
  for await (const photo of photos) {
    if (group.push(photo) < TOGETHER) continue
    yield group
    group = []
  }
  yield group
}
