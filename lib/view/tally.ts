import type { In, Out } from '../schema/codec.ts'
import { COMMON_TYPE } from '../schema/mime.ts'
import { giversOf } from './givers.ts'
import type { DayRow, PhotoRecord } from './rows.ts'

type Part = Out['day-part']

/** The `member` of parts that are of everybody. */
export const EVERYBODY = 0

/** By how much the counts of a day change. */
export class Tally {
  #photos = 0
  readonly #parts = new Map<string, Part>()

  /** Counts a photo in (+1) or out (-1). */
  count(record: PhotoRecord, change: number): void {
    const { type } = record
    this.#photos += change
    if (type !== COMMON_TYPE) add(this.#parts, { member: EVERYBODY, type, count: change })
    for (const member of giversOf(record)) add(this.#parts, { member, type, count: change })
  }

  /** Whether nothing changes. */
  get isEven(): boolean {
    return this.#photos === 0 && [...this.#parts.values()].every(({ count }) => count === 0)
  }

  /** What a day's row says after this change. */
  after(row: DayRow | null): In['day-row'] {
    const parts = new Map<string, Part>()
    for (const part of [...(row?.parts ?? []), ...this.#parts.values()]) add(parts, part)
    const left = [...parts.values()]
      .filter(({ count }) => count > 0)
      .sort((a, b) => a.member - b.member || a.type - b.type)
    return { count: (row?.count ?? 0) + this.#photos, parts: left.length === 0 ? null : left }
  }
}

function add(parts: Map<string, Part>, { member, type, count }: Part): void {
  const name = `${member}/${type}`
  parts.set(name, { member, type, count: (parts.get(name)?.count ?? 0) + count })
}
