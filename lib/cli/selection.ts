import type { Album } from '../album.ts'
import type { PhotoQuery } from '../types.ts'
import { type Options, oneOf } from './command.ts'
import { onlyOne } from './choosing.ts'

/** The photos that options like `--from` and `--member` choose. Throws `NOT_FOUND` and `BAD_ARGUMENT`. */
export async function selectionOf(album: Album, options: Options): Promise<PhotoQuery> {
  const from = oneOf(options, 'from')
  const to = oneOf(options, 'to')
  const type = oneOf(options, 'type')
  const tag = oneOf(options, 'tag')
  const member = oneOf(options, 'member')
  const collection = oneOf(options, 'collection')
  return {
    ...(from && { from }),
    ...(to && { to }),
    ...(type && { type }),
    ...(tag && { tag }),
    ...(member && { member: onlyOne(await album.members.list(), member, 'member').id }),
    ...(collection && { collection: onlyOne(await album.collections.list(), collection, 'collection').id }),
    ...(options['favourite'] === true && { favourite: true }),
    ...(options['trashed'] === true && { trashed: true })
  }
}
