import type { Photo, PhotoResult } from '../../types.ts'
import { confirm, photosOf } from '../choosing.ts'
import type { AlbumContext, Options } from '../command.ts'
import { EXIT, faultOf } from '../faults.ts'
import type { Output } from '../output.ts'
import { type Said, bold, say } from '../said.ts'
import { plainOf } from './ls.ts'

export async function trash({ album, output }: AlbumContext, ids: string[]): Promise<number> {
  const results = await album.trash(await idsOf(album, ids))
  return tellResults(output, results, ({ id, name, trashed }) =>
    trashed
      ? say`${bold(name)} is in the trash: \`hyperalbum restore ${id.slice(0, 8)}\` takes it out.`
      : say`${bold(name)} stays, since others added it too: an owner can put it into the trash.`
  )
}

export async function restore({ album, output }: AlbumContext, ids: string[]): Promise<number> {
  const results = await album.restore(await idsOf(album, ids))
  return tellResults(output, results, ({ name }) => say`${bold(name)} is in the album again.`)
}

export async function purge(context: AlbumContext, ids: string[], options: Options): Promise<number> {
  const { album, output } = context
  const photos = await photosOf(album, ids)
  const names = photos.slice(0, 3).map(({ name }) => name)
  const more = photos.length > names.length ? ` and ${photos.length - names.length} more` : ''
  await confirm(context, say`Delete ${bold(names.join(', '))}${more} for good, on all devices?`, options)
  const results = await album.purge(photos.map(({ id }) => id))
  return tellResults(output, results, ({ name }) => say`${bold(name)} is deleted for good.`)
}

/** Tells what became of each photo; answers the exit code. */
export async function tellResults(
  output: Output,
  results: PhotoResult[],
  told: (photo: Photo) => Said
): Promise<number> {
  for (const { id, status, photo, error } of results) {
    const object = { id, status, photo: photo && plainOf(photo), error: error?.message ?? null }
    if (error) await output.failure(object, faultOf(error))
    else await output.result(object, photo && told(photo))
  }
  return results.some(({ error }) => error) ? EXIT.failed : EXIT.done
}

async function idsOf(album: AlbumContext['album'], digits: string[]): Promise<string[]> {
  return (await photosOf(album, digits)).map(({ id }) => id)
}
