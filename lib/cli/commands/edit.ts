import { AlbumError } from '../../errors.ts'
import type { PhotoPatch } from '../../types.ts'
import { photosOf } from '../choosing.ts'
import { type AlbumContext, type Options, allOf, oneOf } from '../command.ts'
import { bold, say } from '../said.ts'
import { tellResults } from '../telling.ts'

export async function edit(
  { album, output }: AlbumContext,
  ids: string[],
  options: Options
): Promise<number> {
  const tags = allOf(options, 'tag')
  const untags = allOf(options, 'untag')
  const patch = patchOf(options)
  if (Object.keys(patch).length === 0 && tags.length === 0 && untags.length === 0) {
    throw new AlbumError(
      'BAD_ARGUMENT',
      'Say what to change: --caption, --tag, --untag, --date or --favourite'
    )
  }
  const photos = await photosOf(album, ids)
  const results = []
  for (const photo of photos) {
    // Tags of one photo are not those of another: each is changed from what it has.
    const changed = [...new Set([...photo.tags.filter((tag) => !untags.includes(tag)), ...tags])]
    const own = tags.length > 0 || untags.length > 0 ? { ...patch, tags: changed } : patch
    results.push(...(await album.edit([photo.id], own)))
  }
  return tellResults(output, results, ({ name }) => say`Changed ${bold(name)}.`)
}

function patchOf(options: Options): PhotoPatch {
  const caption = oneOf(options, 'caption')
  const capturedAt = oneOf(options, 'date')
  const { favourite } = options
  return {
    ...(caption !== undefined && { caption }),
    ...(capturedAt !== undefined && { capturedAt }),
    ...(typeof favourite === 'boolean' && { favourite })
  }
}
