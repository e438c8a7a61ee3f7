import type { Collection } from '../../types.ts'
import { onlyOne, photoOf, photosOf } from '../choosing.ts'
import type { AlbumContext } from '../command.ts'
import { bold, dim, say } from '../said.ts'
import { lineOf, plainOf, shortOf, tellResults } from '../telling.ts'

export async function collections({ album, output }: AlbumContext): Promise<void> {
  for (const one of await album.collections.list()) {
    await output.result(one, say`${dim(shortOf(one.id))}  ${bold(one.name)}  ${one.count} photos`)
  }
}

export async function createCollection(
  { album, output }: AlbumContext,
  [name = '']: string[]
): Promise<void> {
  const made = await album.collections.create({ name })
  await output.result(made, say`Made ${bold(made.name)}.`)
}

export async function renameCollection(
  { album, output }: AlbumContext,
  [which = '', name = '']: string[]
): Promise<void> {
  const one = await collectionOf(album, which)
  const renamed = await album.collections.rename(one.id, name)
  await output.result(renamed, say`${one.name} is ${bold(renamed.name)} now.`)
}

export async function deleteCollection(
  { album, output }: AlbumContext,
  [which = '']: string[]
): Promise<void> {
  const one = await collectionOf(album, which)
  await album.collections.delete(one.id)
  await output.result(one, say`Deleted ${bold(one.name)}; its photos stay in the album.`)
}

export async function showCollection({ album, output }: AlbumContext, [which = '']: string[]): Promise<void> {
  const one = await collectionOf(album, which)
  for await (const photo of album.collections.photos(one.id))
    await output.result(plainOf(photo), lineOf(photo))
}

export async function addToCollection(
  { album, output }: AlbumContext,
  [which = '', ...ids]: string[]
): Promise<number> {
  const one = await collectionOf(album, which)
  const photos = await photosOf(album, ids)
  const results = await album.collections.add(
    one.id,
    photos.map(({ id }) => id)
  )
  return tellResults(output, results, ({ name }) => say`Put ${bold(name)} into ${one.name}.`)
}

export async function removeFromCollection(
  { album, output }: AlbumContext,
  [which = '', ...ids]: string[]
): Promise<number> {
  const one = await collectionOf(album, which)
  const photos = await photosOf(album, ids)
  const results = await album.collections.remove(
    one.id,
    photos.map(({ id }) => id)
  )
  return tellResults(output, results, ({ name }) => say`Took ${bold(name)} out of ${one.name}.`)
}

export async function setCover(
  { album, output }: AlbumContext,
  [which = '', digits = '']: string[]
): Promise<void> {
  const one = await collectionOf(album, which)
  const photo = await photoOf(album, digits)
  const changed = await album.collections.setCover(one.id, photo.id)
  await output.result(changed, say`${bold(photo.name)} stands for ${one.name} now.`)
}

async function collectionOf(album: AlbumContext['album'], which: string): Promise<Collection> {
  return onlyOne(await album.collections.list(), which, 'collection')
}
