import { localOf } from './dates.ts'
import { AlbumError } from './errors.ts'
import type { Actor } from './log/actor.ts'
import { decode } from './schema/codec.ts'
import { CAPTION, TAGS } from './schema/op.ts'
import type { HistoryEntry, ListQuery, Photo, PhotoQuery, Signal } from './types.ts'
import { fromHex, toHex } from './util/hex.ts'
import { Cast } from './view/cast.ts'
import type { DayCount } from './view/days.ts'
import { ID_BYTES } from './view/identity.ts'
import type { Selection } from './view/indexes.ts'
import { parse, range } from './view/keys.ts'
import { presentCaptured, presentPhoto } from './view/present.ts'
import type { Queries } from './view/queries.ts'
import { Rows } from './view/rows.ts'

const HASH_BYTES = 32
const MOST_FOUND = 10

/** Reads the index as the public interface shows it, to one member. */
export class Browsing {
  readonly #queries: Queries
  readonly #actor: Actor

  constructor(queries: Queries, actor: Actor) {
    this.#queries = queries
    this.#actor = actor
  }

  async get(id: string): Promise<Photo | null> {
    const bytes = fromHex(id, HASH_BYTES)
    const found = bytes && (await this.#queries.rows((rows) => rows.photo(bytes)))
    if (!found) return null
    const cast = await this.#queries.cast()
    return presentPhoto(found.id, found.record, cast, this.#actor.authorIn(cast)?.member ?? 0)
  }

  async find(prefix: string): Promise<Photo[]> {
    const digits = prefix.toLowerCase()
    const [from, to] = ['0', 'f'].map((digit) => fromHex(digits.padEnd(2 * HASH_BYTES, digit), HASH_BYTES))
    if (!from || !to) throw new AlbumError('BAD_ARGUMENT', 'A photo is named by the first digits of its id')
    const cast = await this.#queries.cast()
    const me = this.#actor.authorIn(cast)?.member ?? 0
    return this.#queries.at(async (bee) => {
      const rows = new Rows(bee)
      const found = new Map<string, Photo>()
      for await (const { key } of bee.createReadStream(range.places(from, to))) {
        const photo = await rows.photo(parse.place(key))
        if (photo) found.set(toHex(photo.id), presentPhoto(photo.id, photo.record, cast, me))
        if (found.size === MOST_FOUND) break
      }
      return [...found.values()]
    })
  }

  async *pages(query: ListQuery): AsyncGenerator<Photo[]> {
    const selection = await this.select(query)
    if (selection === null) return
    // Read together with the first page: both come from the disk where the album has just been opened.
    const casting = this.#queries.cast()
    casting.catch(() => {})
    for await (const found of this.#queries.pages(selection)) {
      const cast = await casting
      const me = this.#actor.authorIn(cast)?.member ?? 0
      yield found.map(({ id, record }) => presentPhoto(id, record, cast, me))
    }
  }

  async days(query: PhotoQuery, signal?: Signal): Promise<DayCount[]> {
    const selection = await this.select(query)
    return selection === null ? [] : this.#queries.days(selection, signal)
  }

  /** A query in the view's terms; null where nothing can match: an unknown member, say. */
  async select(query: ListQuery): Promise<Selection | null> {
    const { limit = Infinity, after } = query
    if (!(limit >= 0)) throw new AlbumError('BAD_ARGUMENT', 'limit is a number from 0')
    const { member: memberId, collection: collectionId, favourite } = query
    const about = memberId !== undefined || collectionId !== undefined || favourite
    const cast = about ? await this.#queries.cast() : Cast.empty
    const member = memberId === undefined ? null : cast.memberById(memberId)
    const collection = collectionId === undefined ? null : fromHex(collectionId, ID_BYTES)
    const afterId = after ? fromHex(after.id, HASH_BYTES) : null
    if (after && !afterId) throw new AlbumError('BAD_ARGUMENT', '`after` is a photo')
    if (memberId !== undefined && !member) return null
    if (collectionId !== undefined && (!collection || !cast.collections.has(collectionId))) return null
    return {
      span: { from: localOf(query.from), to: localOf(query.to) },
      member: member?.number ?? null,
      type: query.type ?? null,
      tag: query.tag?.trim().normalize('NFC') ?? null,
      collection,
      favouriteOf: favourite ? (this.#actor.authorIn(cast)?.member ?? 0) : null,
      trashed: query.trashed ?? false,
      reverse: query.reverse ?? false,
      limit,
      after: after && afterId ? { local: localOf(after.capturedAt.local) as number, id: afterId } : null
    }
  }

  async history(id: string): Promise<HistoryEntry[]> {
    const bytes = fromHex(id, HASH_BYTES)
    if (!bytes) return []
    const cast = await this.#queries.cast()
    return this.#queries.at(async (bee) => {
      const entries: HistoryEntry[] = []
      const photo = await new Rows(bee).photo(bytes)
      if (!photo) return entries
      // What was said of the moving half of a Live Photo before it became a part of it comes first.
      const half = photo.record.half?.by ? [photo.record.half.id] : []
      for (const one of [...half, photo.id]) {
        for await (const node of bee.createReadStream(range.history(one))) {
          const row = decode('history-row', node.value)
          const field = row.field === CAPTION ? 'caption' : row.field === TAGS ? 'tags' : 'capturedAt'
          const by = cast.person(row.member)
          const at = new Date(row.at).toISOString()
          entries.push({ field, before: shown(field, row.before), after: shown(field, row.after), by, at })
        }
      }
      return entries
    })
  }
}

type Values = ReturnType<typeof decode<'history-row'>>['before']

function shown(field: HistoryEntry['field'], values: Values): HistoryEntry['before'] {
  if (field === 'caption') return values.caption ?? ''
  if (field === 'tags') return values.tags ?? []
  return values.captured ? presentCaptured(values.captured) : ''
}
