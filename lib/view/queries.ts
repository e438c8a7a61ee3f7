import b4a from 'b4a'
import type Hyperbee from 'hyperbee'
import type { BeeRange } from 'hyperbee'
import { AlbumError, codeOf } from '../errors.ts'
import type { Signal } from '../types.ts'
import { abortError } from '../util/wait.ts'
import { Cast } from './cast.ts'
import { type DayCount, Days, counterOf, readDays } from './days.ts'
import { Holdings } from './holdings.ts'
import { type Entry, type Index, type Selection, areExact, indexesOf, matches } from './indexes.ts'
import { parse, range } from './keys.ts'
import { LIVE, type PhotoRecord, Rows } from './rows.ts'
import { States } from './states.ts'

const PAGE = 128
const TIMES = 1024
const RETRIES = 3
// Receipts with more numbers than this, of 8 bytes, are not kept in memory between two reads.
const MOST_NUMBERS = 1_000_000

/** A photo's id and record. */
export interface Found {
  id: Uint8Array
  record: PhotoRecord
}

/** Reads the view. Every page is read at one state of it, so that a reorder in between harms nothing. */
export class Queries {
  readonly #states: States
  readonly #steady: () => Promise<void>
  // By the states that they are of: each goes with its state.
  readonly #holdings = new WeakMap<Hyperbee, Holdings>()
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

  /**
   * Runs a read that asks who holds what. Receipts that one read has decoded, the next of the same state finds: to count
   * what a device holds of each of 100,000 photos is as many reads.
   */
  holdings<T>(read: (holdings: Holdings, rows: Rows) => Promise<T>): Promise<T> {
    return this.at(async (bee) => {
      const rows = new Rows(bee)
      const holdings = this.#holdings.get(bee) ?? new Holdings(rows)
      this.#holdings.set(bee, holdings)
      try {
        return await read(holdings, rows)
      } finally {
        if (holdings.numbers > MOST_NUMBERS) this.#holdings.delete(bee)
      }
    })
  }

  /** How many of the selected photos each day has, oldest first; ends with `ABORTED` where nobody waits any more. */
  async days(selection: Selection, signal?: Signal): Promise<DayCount[]> {
    const counter = counterOf(selection)
    if (counter) return (await this.at((bee) => readDays(bee, selection.span, counter))).list()
    const days = new Days()
    for await (const locals of areExact(selection) ? this.#times(selection) : this.#datesOf(selection)) {
      if (signal?.aborted) throw abortError(signal)
      for (const local of locals) days.see(local)
    }
    return days.list()
  }

  /** Wall times of photos by their indexes alone, a page at a time. */
  async *#times(selection: Selection): AsyncGenerator<number[]> {
    for (const index of indexesOf(selection)) {
      let after: Entry | null = null
      do {
        const last: Entry | null = after
        const entries: Entry[] = await this.at((bee) => read(bee, index, selection, last, TIMES))
        yield entries.map(({ local }) => local)
        after = entries.length === TIMES ? (entries.at(-1) ?? null) : null
      } while (after !== null)
    }
  }

  /** The same by what their records say. */
  async *#datesOf(selection: Selection): AsyncGenerator<number[]> {
    for await (const found of this.pages(selection)) yield found.map(({ record }) => record.captured.local)
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

type After = Pick<Entry, 'local' | 'id'> | null

/** The next rows of an index. */
async function read(
  bee: Hyperbee,
  index: Index,
  { span, reverse }: Pick<Selection, 'span' | 'reverse'>,
  after: After,
  limit: number
): Promise<Entry[]> {
  const rows: BeeRange = { ...index.range(span) }
  const start = after && index.key(after)
  if (start && reverse) {
    rows.lt = start
    delete rows.lte
  } else if (start) {
    rows.gt = start
    delete rows.gte
  }
  const entries: Entry[] = []
  for await (const node of bee.createReadStream(rows, { reverse, limit })) entries.push(index.entry(node))
  return entries
}

async function page(
  bee: Hyperbee,
  selection: Selection,
  after: After,
  size: number
): Promise<{ found: Found[]; last: After; more: boolean }> {
  const entries: Entry[] = []
  const indexes = indexesOf(selection)
  for (const index of indexes) entries.push(...(await read(bee, index, selection, after, size)))
  // Several indexes (all video types, say) are merged by time; each gave its first `size`.
  const direction = selection.reverse ? -1 : 1
  if (indexes.length > 1) entries.sort((a, b) => direction * (a.local - b.local || b4a.compare(a.id, b.id)))
  const chosen = entries.slice(0, size)
  const rows = new Rows(bee)
  const records = await Promise.all(
    chosen.map(async ({ id, local, record }) => record ?? rows.recordAt({ local, state: LIVE }, id))
  )
  const found = chosen.flatMap(({ id }, i) => {
    const record = records[i]
    return record && matches(record, selection) ? [{ id, record }] : []
  })
  return { found, last: chosen.at(-1) ?? null, more: entries.length >= size }
}
