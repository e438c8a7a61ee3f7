import type Hyperbee from 'hyperbee'
import { decode } from '../schema/codec.ts'
import { COMMON_TYPE, typesMatching } from '../schema/mime.ts'
import { DAY, dayOf, formatDay } from '../schema/time.ts'
import type { Selection } from './indexes.ts'
import { type Span, parse, range } from './keys.ts'
import type { DayRow } from './rows.ts'
import { EVERYBODY } from './tally.ts'

/** How many photos a day has: `YYYY-MM-DD`. */
export interface DayCount {
  day: string
  count: number
}

/** How many photos that are selected a day has, by its row; null where rows of days do not say that. */
export function counterOf(selection: Selection): ((row: DayRow) => number) | null {
  const { member, type, tag, collection, favouriteOf, trashed, span } = selection
  const others = [tag, collection, favouriteOf].some((one) => one !== null)
  if (trashed || others || !isOfDays(span)) return null
  const types = type === null ? null : typesMatching(type)
  if (member !== null) return (row) => sum(row, member, types)
  if (types === null) return (row) => row.count
  if (!types.includes(COMMON_TYPE)) return (row) => sum(row, EVERYBODY, types)
  return (row) => row.count - sum(row, EVERYBODY, null) + sum(row, EVERYBODY, types)
}

function isOfDays({ from, to }: Span): boolean {
  return (from ?? 0) % DAY === 0 && (to ?? 0) % DAY === 0
}

function sum({ parts }: DayRow, member: number, types: number[] | null): number {
  const wanted = (parts ?? []).filter((one) => one.member === member && (types?.includes(one.type) ?? true))
  return wanted.reduce((count, one) => count + one.count, 0)
}

/** Counts by the rows of days. */
export async function readDays(bee: Hyperbee, span: Span, count: (row: DayRow) => number): Promise<Days> {
  const days = new Days()
  for await (const { key, value } of bee.createReadStream(range.days(span))) {
    days.add(parse.day(key), count(decode('day-row', value)))
  }
  return days
}

/** Counts by day, in whatever order photos come. */
export class Days {
  readonly #counts = new Map<number, number>()

  /** A photo of this wall time. */
  see(local: number): void {
    this.add(dayOf(local), 1)
  }

  add(day: number, count: number): void {
    if (count > 0) this.#counts.set(day, (this.#counts.get(day) ?? 0) + count)
  }

  /** Oldest first. */
  list(): DayCount[] {
    const sorted = [...this.#counts].sort(([a], [b]) => a - b)
    return sorted.map(([day, count]) => ({ day: formatDay(day), count }))
  }
}
