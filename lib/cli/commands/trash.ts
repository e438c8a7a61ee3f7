import { confirm, photosOf } from '../choosing.ts'
import type { AlbumContext, Options } from '../command.ts'
import { bold, say } from '../said.ts'
import { shortOf, tellResults } from '../telling.ts'

export async function trash({ album, output }: AlbumContext, ids: string[]): Promise<number> {
  const results = await album.trash(await idsOf(album, ids))
  return tellResults(output, results, ({ id, name, trashed }) =>
    trashed
      ? say`${bold(name)} is in the trash: \`hyperalbum restore ${shortOf(id)}\` takes it out.`
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

async function idsOf(album: AlbumContext['album'], digits: string[]): Promise<string[]> {
  return (await photosOf(album, digits)).map(({ id }) => id)
}
