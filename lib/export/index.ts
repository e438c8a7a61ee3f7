import path from 'node:path'
import type { Album } from '../album.ts'
import { AlbumError } from '../errors.ts'
import type { Photo, Signal } from '../types.ts'
import { runAhead } from '../util/ahead.ts'
import { toDisk } from '../util/disk.ts'
import { abortError } from '../util/wait.ts'
import type { ExportEvent, ExportFile, ExportOptions } from './events.ts'
import { Labels } from './labels.ts'
import { Ledger } from './ledger.ts'
import { fold, namesAt, placeOf } from './names.ts'
import { sidecarOf } from './sidecar.ts'
import { Tally } from './tally.ts'
import { Target } from './target.ts'
import { type Outcome, Writing } from './writing.ts'

export type * from './events.ts'

// Photos that are read at the same time, and that are listed together.
const TOGETHER = 64
const AHEAD = { lanes: 4, ahead: TOGETHER, together: 1, wait: 0 }

const FATAL = ['ABORTED', 'CLOSED', 'STORAGE_FULL']

interface Result {
  event: ExportFile
  /** Bytes that were written. */
  bytes: number
}

/**
 * Writes photos into a folder, as `2020/07/2020-07-16 11.44.00 name.jpg`, each with an XMP sidecar of what the album says
 * of it, and what moves of a Live Photo beside its still. It can be called again at any time, also after it was killed:
 * what is there is not read again. Nothing that something else wrote is ever changed or deleted. A photo that fails does
 * not stop the others; the summary comes last, and after it is thrown what ended the export early: `ABORTED`, `CLOSED`,
 * `STORAGE_FULL`, `STORAGE_FAILED`, and whatever is no `AlbumError`, since that is no fault of a photo.
 */
export async function* exportFolder(
  album: Album,
  folder: string,
  options: ExportOptions = {}
): AsyncGenerator<ExportEvent> {
  const target = await Target.open(path.resolve(folder))
  const ledger = await toDisk(() => Ledger.open(target.root))
  const tally = new Tally(options)
  let failure: unknown = null
  try {
    const { query = {}, strip = false, timeout } = options
    const run = new Run(target)
    const labels = new Labels(album)
    const write = async (photos: Photo[], _lane: number, signal: Signal): Promise<(Result | null)[]> => {
      const writing = new Writing({ album, target, ledger, strip, signal, timeout })
      const results: (Result | null)[] = []
      for (const photo of photos) {
        const written = run.result(photo, signal, async () => {
          const collections = await labels.of(photo.collections)
          return writing.write(photo, sidecarOf({ photo, collections, strip }))
        })
        results.push(await written)
      }
      return results
    }
    for await (const { size } of album.list(query)) tally.expect(size)
    for await (const photos of groups(album.list(query))) {
      const ahead = { ...AHEAD, signal: options.signal }
      // Who leaves early does not wait until long videos are written.
      for await (const [results = []] of runAhead(byPlace(photos), ahead, write)) {
        for (const result of results) if (result) yield tally.done(result.event, result.bytes)
      }
      if (run.ended) throw run.ended
    }
  } catch (error) {
    failure = error
  } finally {
    tally.end()
    await ledger.close()
  }
  yield tally.summary
  if (failure !== null) throw failure
}

/** What becomes of photos that are written at the same time, until something ends it for all of them. */
class Run {
  readonly #target: Target
  ended: Error | null = null

  constructor(target: Target) {
    this.#target = target
  }

  /** What is told of a photo; null where it was not begun, or was what ended it. */
  async result(photo: Photo, signal: Signal, write: () => Promise<Outcome>): Promise<Result | null> {
    if (signal.aborted) this.ended ??= abortError(signal)
    if (this.ended) return null
    try {
      const { path: at, bytes } = await write()
      const status = bytes > 0 ? 'written' : 'there'
      return { event: { type: 'file', path: at, status, photo, error: null }, bytes }
    } catch (error) {
      if (!(error instanceof AlbumError) || (await this.#ends(error))) {
        this.ended ??= error as Error
        return null
      }
      const place = placeOf(photo, undefined)
      const at = `${place.folder}/${namesAt(place, 1).original}`
      return { event: { type: 'file', path: at, status: 'failed', photo, error }, bytes: 0 }
    }
  }

  /** Whether every other photo would fail with this too: as where the disk is full, or was unplugged. */
  async #ends({ code }: AlbumError): Promise<boolean> {
    return FATAL.includes(code) || (code === 'STORAGE_FAILED' && !(await this.#target.isThere()))
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

/** Photos that would have the same name together: their numbers follow their order, however long each takes. */
function byPlace(photos: Photo[]): Photo[][] {
  const places = new Map<string, Photo[]>()
  for (const photo of photos) {
    const { folder, stem } = placeOf(photo, undefined)
    const place = fold(`${folder}/${stem}`)
    const others = places.get(place)
    if (others) others.push(photo)
    else places.set(place, [photo])
  }
  return [...places.values()]
}
