import fs from 'node:fs'
import type { Album } from '../album.ts'
import { AlbumError } from '../errors.ts'
import { folderAt, fromDisk } from '../util/disk.ts'
import type { ImportEvent, ImportOptions } from './events.ts'
import { Round } from './round.ts'
import { type Found, scan } from './scan.ts'
import { Tally } from './tally.ts'
import { Watched } from './watch.ts'

export type * from './events.ts'

/**
 * Adds the photos and videos of a folder and those in it. What the album has is told by its bytes, so that it can be
 * called again at any time, also after it was killed: it goes on. A file that fails does not stop the others; the summary
 * comes last, and after it is thrown what ended the import early: `ABORTED`, `CLOSED`, `FORBIDDEN`, `LOG_FAILED`,
 * `NOT_WRITABLE`, `REMOVED`, `STORAGE_FULL`, `STORAGE_FAILED`, `UPGRADE_REQUIRED`. Throws `FILE_NOT_FOUND`,
 * `FILE_UNREADABLE` or `BAD_ARGUMENT` for what is no folder, and the last also for options. Nothing is ever deleted, here
 * or there.
 *
 * A sidecar that came, or changed, after this device added its photo is taken for caption, tags, date and collections,
 * unless somebody changed the photo since. A favourite a photo becomes only in the run that adds it: taken away, it stays so.
 * A file whose name is not UTF-8 fails with `BAD_ARGUMENT`.
 *
 * With `watch` it ends, without an error, when the signal aborts. Files are added when they stood still for two looks, and
 * those without the end that their format asks for only after as long as 150 looks take.
 */
export async function* importFolder(
  album: Album,
  folder: string,
  options: ImportOptions = {}
): AsyncGenerator<ImportEvent> {
  const root = folderAt(folder)
  checkOptions(options)
  const stat = await fromDisk(folder, () => fs.promises.stat(root))
  if (!stat.isDirectory()) throw new AlbumError('BAD_ARGUMENT', `${folder} is not a folder`)
  const tally = new Tally(options)
  let failure: unknown = null
  try {
    const round = new Round(album, root, options, tally)
    if (options.watch) yield* new Watched(root, options, round, tally).run()
    else yield* once(root, options, round, tally)
  } catch (error) {
    failure = error
  }
  yield tally.summary
  const ended = options.watch && options.signal?.aborted
  if (failure !== null && !ended) throw failure
}

/** At once, not after an hour of hashing. */
function checkOptions({ concurrency = 1, interval = 1 }: ImportOptions): void {
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    throw new AlbumError('BAD_ARGUMENT', 'concurrency is a whole number from 1')
  }
  if (!Number.isFinite(interval) || interval < 1) {
    throw new AlbumError('BAD_ARGUMENT', 'interval is a number of milliseconds from 1')
  }
}

async function* once(
  root: string,
  { signal }: ImportOptions,
  round: Round,
  tally: Tally
): AsyncGenerator<ImportEvent> {
  yield { type: 'phase', phase: 'scan', files: 0, bytes: 0 }
  const files: Found[] = []
  for await (const one of scan(root, signal)) {
    if ('folder' in one) files.push(one)
    else yield tally.skip(one)
  }
  yield* round.run(files)
}
