import type { Album } from '../album.ts'
import { folderAt, toDisk } from '../util/disk.ts'
import { following } from '../util/wait.ts'
import type { ExportEvent, ExportOptions } from './events.ts'
import { Ledger } from './ledger.ts'
import { Run } from './run.ts'
import { Tally } from './tally.ts'
import { Target } from './target.ts'

export type * from './events.ts'

/**
 * Writes photos into a folder, as `2020/07/2020-07-16 11.44.00 name.jpg`, each with an XMP sidecar of what the album says
 * of it, and what moves of a Live Photo beside its still. It can be called again at any time, also after it was killed:
 * what is there is not read again. Nothing that something else wrote is ever changed or deleted. A photo that fails does
 * not stop the others; the summary comes last, and after it is thrown what ended the export early: `ABORTED`, `CLOSED`,
 * `STORAGE_FULL`, `STORAGE_FAILED`, and whatever is no `AlbumError`, since that is no fault of a photo.
 *
 * What `importFolder` reads back is not all: captions and tags lose spaces at their ends, and collections without photos,
 * comments and the trash are not in the folder.
 */
export async function* exportFolder(
  album: Album,
  folder: string,
  options: ExportOptions = {}
): AsyncGenerator<ExportEvent> {
  const target = await Target.open(folderAt(folder))
  const ledger = await toDisk(() => Ledger.open(target.root))
  const tally = new Tally(options)
  const stop = following(options.signal)
  let failure: unknown = null
  try {
    const { query = {}, strip = false, timeout } = options
    const { signal } = stop
    for await (const { size } of album.list(query)) tally.expect(size)
    yield* new Run({ album, target, ledger, strip, signal, timeout }, tally).write(album.list(query))
  } catch (error) {
    failure = error
  } finally {
    stop.end()
    tally.end()
    await ledger.close()
  }
  yield tally.summary
  if (failure !== null) throw failure
}
