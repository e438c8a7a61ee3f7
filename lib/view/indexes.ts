import b4a from 'b4a'
import type { BeeNode, BeeRange } from 'hyperbee'
import { decode } from '../schema/codec.ts'
import { COMMON_TYPE, typesMatching } from '../schema/mime.ts'
import { giversOf } from './givers.ts'
import { type Span, key, parse, range } from './keys.ts'
import type { PhotoRecord } from './rows.ts'

/** A query in the view's terms: numbers and bytes instead of ids and texts. */
export interface Selection {
  span: Span
  member: number | null
  type: string | null
  tag: string | null
  collection: Uint8Array | null
  favouriteOf: number | null
  trashed: boolean
  reverse: boolean
  limit: number
  after: { local: number; id: Uint8Array } | null
}

/** All photos, newest first. */
export const EVERYTHING: Selection = {
  span: { from: null, to: null },
  member: null,
  type: null,
  tag: null,
  collection: null,
  favouriteOf: null,
  trashed: false,
  reverse: true,
  limit: Infinity,
  after: null
}

/** A row of an index; `record` where the row says it. */
export interface Entry {
  local: number
  id: Uint8Array
  record: PhotoRecord | null
}

/** An index that yields photos in order of time, and how its rows are read. */
export interface Index {
  range(span: Span): BeeRange
  entry(node: BeeNode): Entry
  key(after: { local: number; id: Uint8Array }): Uint8Array
}

/** The indexes that have what is selected: one, or one for each type. */
export function indexesOf(selection: Selection): Index[] {
  const { member, type, tag, collection, favouriteOf } = selection
  const bare = (parsed: { local: number; id: Uint8Array }): Entry => ({ ...parsed, record: null })
  const whole = (node: BeeNode): Entry => ({ ...parse.time(node.key), record: decode('record', node.value) })
  if (selection.trashed) {
    return [{ range: range.trash, entry: whole, key: ({ local, id }) => key.trash(local, id) }]
  }
  if (collection) {
    return [
      {
        range: (span) => range.collected(collection, span),
        entry: (node) => bare(parse.collected(node.key)),
        key: ({ local, id }) => key.collected(collection, local, id)
      }
    ]
  }
  const numbered = (node: BeeNode): Entry => bare(parse.numbered(node.key))
  if (favouriteOf !== null) {
    return [
      {
        range: (span) => range.favourite(favouriteOf, span),
        entry: numbered,
        key: ({ local, id }) => key.favourite(favouriteOf, local, id)
      }
    ]
  }
  if (tag !== null) {
    return [
      {
        range: (span) => range.tag(tag, span),
        entry: (node) => bare(parse.tag(node.key)),
        key: ({ local, id }) => key.tag(tag, local, id)
      }
    ]
  }
  if (member !== null) {
    return [
      {
        range: (span) => range.by(member, span),
        entry: numbered,
        key: ({ local, id }) => key.by(member, local, id)
      }
    ]
  }
  // JPEGs are most of an album: they have no index of their own and are read from the time rows.
  const types = type === null ? [] : typesMatching(type)
  if (type !== null && !types.includes(COMMON_TYPE)) {
    return types.map((number) => ({
      range: (span) => range.type(number, span),
      entry: numbered,
      key: ({ local, id }) => key.type(number, local, id)
    }))
  }
  return [{ range: range.time, entry: whole, key: ({ local, id }) => key.time(local, id) }]
}

/** Whether these indexes have nothing else, so that no record must be looked at. */
export function areExact({ member, type, tag, collection, favouriteOf, trashed }: Selection): boolean {
  const conditions = [member, type, tag, collection, favouriteOf].filter((one) => one !== null).length
  if (trashed) return conditions === 0
  return conditions <= 1 && (type === null || !typesMatching(type).includes(COMMON_TYPE))
}

/** Whether a record meets all conditions. */
export function matches(record: PhotoRecord, selection: Selection): boolean {
  const { member, type, tag, collection, favouriteOf } = selection
  if (member !== null && !giversOf(record).has(member)) return false
  if (type !== null && !typesMatching(type).includes(record.type)) return false
  if (tag !== null && !record.tags?.includes(tag)) return false
  if (favouriteOf !== null && !record.favourites?.includes(favouriteOf)) return false
  return (
    collection === null || (record.collections ?? []).some((one) => b4a.equals(one.collection, collection))
  )
}
