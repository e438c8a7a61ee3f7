import { AlbumError } from './errors.ts'
import type { Actor } from './log/actor.ts'
import type { Ids, Many, PhotoResult } from './types.ts'
import { fromHex } from './util/hex.ts'
import { presentPhoto } from './view/present.ts'
import type { Queries } from './view/queries.ts'
import type { PhotoRecord, Shown } from './view/rows.ts'
import type { Author } from './view/rules.ts'

// Acting on one photo or on many: one id resolves to its photo or throws; many resolve to a result for each, so that
// a bulk action never drops anybody's photo in silence.

const CHUNK = 500

interface Item {
  id: string
  bytes: Uint8Array
  index: number
}

export interface ChangeMany {
  queries: Queries
  actor: Actor
  /** Whether the author may do it to any photo at all. */
  allowed: (author: Author) => boolean
  /** What it is, for a message: "may not ...". */
  what: string
  /** Why this author may not do it to this photo, or null. */
  refuse?: (author: Author, record: PhotoRecord) => AlbumError | null
  /** Whether what moves of a Live Photo stands for itself, not for the photo. */
  apart?: boolean
  /** Whether the album did it, by the photo's record afterwards (null: it is gone). */
  took: (record: PhotoRecord | null, author: Author) => boolean
  /** The op for some of the photos, or several. */
  op: (chunk: Item[], author: Author) => Uint8Array | Uint8Array[]
}

export async function changeMany<T extends Ids>(ids: T, change: ChangeMany): Promise<Many<T>> {
  const list = typeof ids === 'string' ? [ids] : Array.from(ids)
  const { queries, actor, apart = false } = change
  const find = (id: Uint8Array): Promise<Shown | null> =>
    queries.rows((rows) => (apart ? rows.exact(id) : rows.photo(id)))
  const author = await actor.require(change.allowed, change.what)
  const results: PhotoResult[] = []
  const todo: (Item & { before: PhotoRecord })[] = []
  for (const [index, id] of list.entries()) {
    const bytes = fromHex(id, 32)
    const found = bytes && (await find(bytes))
    const error = found
      ? (change.refuse?.(author, found.record) ?? null)
      : new AlbumError('NOT_FOUND', `There is no photo ${id}`)
    results.push({ id, status: error ? 'failed' : 'done', photo: null, error })
    if (found && !error) todo.push({ id, bytes: found.id, index, before: found.record })
  }
  for (let i = 0; i < todo.length; i += CHUNK) {
    const chunk = todo.slice(i, i + CHUNK)
    try {
      await actor.appendAll([change.op(chunk, author)].flat())
    } catch (error) {
      if (typeof ids === 'string') throw error
      for (const { index } of chunk) {
        const result = results[index] as PhotoResult
        Object.assign(result, { status: 'failed', error })
      }
    }
  }
  const cast = await queries.cast()
  for (const { bytes, index, before } of todo) {
    const result = results[index] as PhotoResult
    const found = await find(bytes)
    // One that was purged is shown as it was.
    result.photo = presentPhoto(found?.id ?? bytes, found?.record ?? before, cast, author.member)
    if (result.error || change.took(found?.record ?? null, author)) continue
    const why = 'The album did not take this: somebody else changed what you may do, or the photo'
    Object.assign(result, { status: 'failed', error: new AlbumError('FORBIDDEN', why) })
  }
  if (typeof ids !== 'string') return results as Many<T>
  const [only] = results as [PhotoResult]
  if (only.error) throw only.error
  return only.photo as Many<T>
}
