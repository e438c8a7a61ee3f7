import b4a from 'b4a'
import type Hyperbee from 'hyperbee'
import type { BeeNode, BeeRange } from 'hyperbee'
import { AlbumError, codeOf } from '../errors.ts'
import { decode } from '../schema/codec.ts'
import { COMMON_TYPE, typesMatching } from '../schema/mime.ts'
import { formatDay } from '../schema/time.ts'
import { Cast } from './cast.ts'
import { type Span, key, parse, range } from './keys.ts'
import { LIVE, type PhotoRecord, Rows } from './rows.ts'
import { giversOf } from './standing.ts'
import { States } from './states.ts'

const PAGE = 128
const RETRIES = 3

/** A photo's id and record. */
export interface Found {
  id: Uint8Array
  record: PhotoRecord
}

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

interface Entry {
  local: number
  id: Uint8Array
  record: PhotoRecord | null
}

// One index that yields the wanted photos in order of time, and how its rows are read.
interface Source {
  range(span: Span): BeeRange
  entry(node: BeeNode): Entry
  key(after: { local: number; id: Uint8Array }): Uint8Array
}

/** Reads the view. Every page is read at one state of it, so that a reorder in between harms nothing. */
export class Queries {
  readonly #states: States
  readonly #steady: () => Promise<void>
  #cast: Promise<Cast> | null = null
  #closed = false

  /** `steady` resolves when the view is open. */
  constructor(bee: () => Hyperbee, steady: () => Promise<void>) {
    this.#states = new States(bee)
    this.#steady = steady
  }

  /** From now on every read fails with `CLOSED`, also those under way. */
  close(): void {
    this.#closed = true
    this.invalidate()
  }

  /** The view has changed: what was remembered is read anew. */
  invalidate(): void {
    this.#cast = null
    this.#states.retire()
  }

  cast(): Promise<Cast> {
    if (this.#cast === null) {
      const reading = this.at((bee) => Cast.read(bee))
      reading.catch(() => {
        if (this.#cast === reading) this.#cast = null
      })
      this.#cast = reading
    }
    return this.#cast
  }

  /** Runs a read at one state of the view; again where the state was reordered away meanwhile. */
  async at<T>(read: (bee: Hyperbee) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      await this.#steady()
      if (this.#closed) throw new AlbumError('CLOSED', 'The album is closed')
      try {
        return await this.#states.read(read)
      } catch (error) {
        if (codeOf(error) === 'REQUEST_TIMEOUT') {
          const message = 'A part of the index is still with other devices, and none of them answers'
          throw new AlbumError('INDEX_INCOMPLETE', message, { cause: error })
        }
        if (attempt === RETRIES && !this.#closed) throw error
      }
    }
  }

  rows<T>(read: (rows: Rows) => Promise<T>): Promise<T> {
    return this.at((bee) => read(new Rows(bee)))
  }

  async timeline(): Promise<{ day: string; count: number }[]> {
    return this.at(async (bee) => {
      const days: { day: string; count: number }[] = []
      for await (const row of bee.createReadStream(range.days())) {
        days.push({ day: formatDay(parse.day(row.key)), count: decode('count', row.value).count })
      }
      return days
    })
  }

  /** Photos in order of time, a page at a time. */
  async *pages(selection: Selection): AsyncGenerator<Found[]> {
    let { after } = selection
    let left = selection.limit
    while (left > 0) {
      const size = Math.min(PAGE, left)
      const { found, last, more } = await this.at((bee) => page(bee, selection, after, size))
      yield found
      if (!more || last === null) return
      left -= found.length
      after = last
    }
  }

  /** The same, one by one. */
  async *list(selection: Selection): AsyncGenerator<Found> {
    for await (const found of this.pages(selection)) yield* found
  }

  /** Photos of a collection in its own order. */
  async *placed(collection: Uint8Array): AsyncGenerator<Found & { position: string }> {
    const places = await this.positions(collection)
    for (let i = 0; i < places.length; i += PAGE) {
      const chunk = places.slice(i, i + PAGE)
      const records = await this.at((bee) =>
        Promise.all(chunk.map(async (place) => ({ ...place, found: await new Rows(bee).record(place.id) })))
      )
      for (const { id, position, found } of records) if (found) yield { id, position, record: found.record }
    }
  }

  /** The position of a collection's last photo; null where it is empty. */
  lastPosition(collection: Uint8Array): Promise<string | null> {
    return this.at(async (bee) => {
      const last = bee.createReadStream(range.positions(collection), { reverse: true, limit: 1 })
      for await (const row of last) return parse.position(row.key).position
      return null
    })
  }

  positions(collection: Uint8Array): Promise<{ position: string; id: Uint8Array }[]> {
    return this.at(async (bee) => {
      const places: { position: string; id: Uint8Array }[] = []
      for await (const row of bee.createReadStream(range.positions(collection))) {
        places.push(parse.position(row.key))
      }
      return places
    })
  }
}

function sourcesOf(selection: Selection): Source[] {
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

async function page(
  bee: Hyperbee,
  selection: Selection,
  after: { local: number; id: Uint8Array } | null,
  size: number
): Promise<{ found: Found[]; last: { local: number; id: Uint8Array } | null; more: boolean }> {
  const { reverse, span } = selection
  const entries: Entry[] = []
  const sources = sourcesOf(selection)
  for (const source of sources) {
    const start = after && source.key(after)
    const limits: BeeRange = { ...source.range(span) }
    if (start && reverse) {
      limits.lt = start
      delete limits.lte
    } else if (start) {
      limits.gt = start
      delete limits.gte
    }
    for await (const node of bee.createReadStream(limits, { reverse, limit: size }))
      entries.push(source.entry(node))
  }
  // Several indexes (all video types, say) are merged by time; each gave its first `size`.
  const direction = reverse ? -1 : 1
  if (sources.length > 1) entries.sort((a, b) => direction * (a.local - b.local || b4a.compare(a.id, b.id)))
  const read = entries.slice(0, size)
  const rows = new Rows(bee)
  const records = read.every(({ record }) => record !== null)
    ? read.map(({ record }) => record)
    : await Promise.all(read.map(({ id, local }) => rows.recordAt({ local, state: LIVE }, id)))
  const found = read.flatMap(({ id }, i) => {
    const record = records[i]
    return record && matches(record, selection) ? [{ id, record }] : []
  })
  const last = read.at(-1) ?? null
  return { found, last, more: entries.length >= size }
}

function matches(record: PhotoRecord, selection: Selection): boolean {
  const { member, type, tag, collection, favouriteOf } = selection
  if (member !== null && !giversOf(record).has(member)) return false
  if (type !== null && !typesMatching(type).includes(record.type)) return false
  if (tag !== null && !record.tags?.includes(tag)) return false
  if (favouriteOf !== null && !record.favourites?.includes(favouriteOf)) return false
  return (
    collection === null || (record.collections ?? []).some((one) => b4a.equals(one.collection, collection))
  )
}
