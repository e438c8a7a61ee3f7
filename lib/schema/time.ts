// Wall-clock time is stored as the milliseconds since 1970 that the clock's digits would mean in UTC.

/** Date sources by number. Append only. */
const SOURCES = ['added', 'file', 'caller', 'member', 'metadata', 'name', 'sidecar', 'gps'] as const
const PRECISIONS = ['second', 'day', 'year'] as const
const OFFSET_BIAS = 1000

/** Milliseconds of a day. */
export const DAY = 86_400_000

/** The first and last wall time that is kept: years 1 to 9999. */
export const MIN_LOCAL = -62_135_596_800_000
export const MAX_LOCAL = 253_402_300_799_999

export type SourceName = (typeof SOURCES)[number]
export type PrecisionName = (typeof PRECISIONS)[number]

export function sourceNumber(name: SourceName): number {
  return SOURCES.indexOf(name)
}

export function sourceName(number: number): SourceName {
  return SOURCES[number] ?? 'added'
}

export function precisionNumber(name: PrecisionName): number {
  return Math.max(0, PRECISIONS.indexOf(name))
}

export function isPrecision(name: unknown): name is PrecisionName {
  return PRECISIONS.includes(name as PrecisionName)
}

export function precisionName(number: number): PrecisionName {
  return PRECISIONS[number] ?? 'second'
}

/** `YYYY-MM-DDTHH:mm:ss.sss` of a stored wall time. */
export function formatLocal(local: number): string {
  return new Date(local).toISOString().slice(0, -1)
}

/** `YYYY-MM-DD` of a day number. */
export function formatDay(day: number): string {
  return new Date(day * DAY).toISOString().slice(0, 10)
}

/** The number of the day a stored wall time lies in, from 1970-01-01. */
export function dayOf(local: number): number {
  return Math.floor(local / DAY)
}

/** Whether a stored offset is one: no clock is further from UTC. */
export function isOffset(packed: number): boolean {
  return packed <= 2 * OFFSET_BIAS
}

/** Minutes east of UTC as stored, and back: 0 is "not known". */
export function packOffset(minutes: number | null): number {
  return minutes === null ? 0 : minutes + OFFSET_BIAS
}

export function unpackOffset(packed: number): number | null {
  return packed === 0 ? null : packed - OFFSET_BIAS
}
