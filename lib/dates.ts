import { AlbumError } from './errors.ts'
import type { In } from './schema/codec.ts'
import {
  MAX_LOCAL,
  MIN_LOCAL,
  type PrecisionName,
  type SourceName,
  isPrecision,
  packOffset,
  precisionNumber,
  sourceNumber
} from './schema/time.ts'
import type { DateInput } from './types.ts'

type Captured = In['captured']

const ISO =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?)?)?(Z|[+-]\d{2}:?\d{2})?$/

const MAX_OFFSET = 14 * 60
const MAX_ZONE = 64

interface Parsed {
  local: number
  offset: number | null
  precision: PrecisionName
}

/** Reads an ISO 8601 text as the wall time it says; throws `BAD_ARGUMENT`. */
export function parseIso(text: string): Parsed {
  const match = ISO.exec(text)
  const invalid = new AlbumError('BAD_ARGUMENT', `Not a date: ${text}`)
  if (!match) throw invalid
  const [, year, month, day, hour, minute, second, fraction, zone] = match
  const milliseconds = Number((fraction ?? '').padEnd(3, '0').slice(0, 3))
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month ?? 1) - 1, Number(day ?? 1))
  date.setUTCHours(Number(hour ?? 0), Number(minute ?? 0), Number(second ?? 0), milliseconds)
  const parts = [date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes()]
  const said = [Number(month ?? 1), Number(day ?? 1), Number(hour ?? 0), Number(minute ?? 0)]
  // 31 February would silently become 2 or 3 March.
  if (said.some((value, i) => value !== parts[i]) || Number(second ?? 0) > 59) throw invalid
  const precision = month === undefined ? 'year' : hour === undefined ? 'day' : 'second'
  return { local: date.getTime(), offset: zone === undefined ? null : offsetOf(zone), precision }
}

function offsetOf(zone: string): number {
  if (zone === 'Z') return 0
  const sign = zone.startsWith('-') ? -1 : 1
  return sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2)))
}

/** A date as a caller gave it, as ops carry it. */
export function capturedOf(input: DateInput, source: SourceName): Captured {
  const given = typeof input === 'object' && !(input instanceof Date) ? input : null
  const parsed = input instanceof Date ? instant(input) : parseIso(given ? given.local : (input as string))
  const offset = given?.offsetMinutes === undefined ? parsed.offset : given.offsetMinutes
  const { zone = null, precision = parsed.precision } = given ?? {}
  if (parsed.local < MIN_LOCAL || parsed.local > MAX_LOCAL) {
    throw new AlbumError('BAD_ARGUMENT', 'A date is between the years 1 and 9999')
  }
  if (offset !== null && !(Number.isInteger(offset) && Math.abs(offset) <= MAX_OFFSET)) {
    throw new AlbumError('BAD_ARGUMENT', 'An offset is whole minutes, at most 14 hours')
  }
  if (zone !== null && (typeof zone !== 'string' || zone.length > MAX_ZONE)) {
    throw new AlbumError('BAD_ARGUMENT', `A zone is a name of at most ${MAX_ZONE} characters`)
  }
  if (!isPrecision(precision)) throw new AlbumError('BAD_ARGUMENT', 'precision is second, day or year')
  return {
    local: parsed.local,
    offset: packOffset(offset),
    zone,
    source: sourceNumber(source),
    precision: precisionNumber(precision)
  }
}

function instant(date: Date): Parsed {
  const local = date.getTime()
  if (Number.isNaN(local)) throw new AlbumError('BAD_ARGUMENT', 'Not a date')
  return { local, offset: 0, precision: 'second' }
}

/** An instant that a clock here knows (a file's time, now), as the wall time it had here: weak, and without offset. */
export function weakDate(milliseconds: number, source: 'file' | 'added'): Captured {
  const local = Math.trunc(milliseconds) - new Date(milliseconds).getTimezoneOffset() * 60_000
  const bounded = Math.min(Math.max(local, MIN_LOCAL), MAX_LOCAL)
  return {
    local: bounded,
    offset: 0,
    zone: null,
    source: sourceNumber(source),
    precision: precisionNumber('second')
  }
}

/** The start of a date in a query, as a stored wall time. */
export function localOf(input: string | Date | undefined): number | null {
  if (input === undefined) return null
  return (input instanceof Date ? instant(input) : parseIso(input)).local
}
