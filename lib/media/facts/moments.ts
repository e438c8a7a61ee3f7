// Dates as metadata writes them: EXIF 2.32 `YYYY:MM:DD HH:MM:SS`, ISO 8601 as XMP and QuickTime have it, and what
// programs make of both.

import { MAX_OFFSET } from './zones.ts'
import type { PrecisionName } from '../../schema/time.ts'

/** What a text says of a time. */
export interface Moment {
  /** Wall time: milliseconds since 1970 that the digits would mean in UTC. */
  local: number
  /** Minutes east of UTC, where the text says so. */
  offset: number | null
  precision: PrecisionName
  /** Whether the digits are UTC and not the wall clock where it was taken. */
  utc: boolean
}

/** The digits of a date, as found in a text. Without a day only the year counts. */
export interface Digits {
  year?: string | undefined
  month?: string | undefined
  day?: string | undefined
  hour?: string | undefined
  minute?: string | undefined
  second?: string | undefined
  fraction?: string | undefined
}

const MAX_TEXT = 64

// Separators as cameras and programs mix them. A lone hour without minutes is no time.
const DATE = /^\s*(?<year>\d{4})(?:[:\-/. ](?<month>\d{1,2})(?:[:\-/. ](?<day>\d{1,2}))?)?/
const TIME =
  /^(?:[ T]+(?<hour>\d{1,2}):(?<minute>\d{1,2})(?::(?<second>\d{1,2})(?:[.,](?<fraction>\d{1,9}))?)?)?\s*/
const ZONE = /^(?:(?<utc>Z|UTC|GMT)|(?<sign>[+\-\u2212])(?<hours>\d{1,2}):?(?<minutes>\d{2}))?[\s\0]*$/i

/** Reads a date of metadata; null for blanks, zeros and whatever else is none. */
export function parseMoment(text: unknown): Moment | null {
  if (typeof text !== 'string' || text.length > MAX_TEXT) return null
  const date = DATE.exec(text)
  if (!date?.groups) return null
  const afterDate = text.slice(date[0].length)
  const time = TIME.exec(afterDate)
  const rest = afterDate.slice(time?.[0].length ?? 0)
  const moment = momentOf({ ...date.groups, ...time?.groups })
  const offset = parseOffset(rest)
  // What follows a date and is no offset makes it something else, unless it is only blanks where a time would be.
  if (offset === undefined && !/^[\s:\0]*$/.test(rest)) return null
  if (moment?.precision !== 'second') return moment
  // `Z` says that the digits are not those of a wall clock; `+00:00` may well be, in Lisbon.
  return { ...moment, offset: offset ?? null, utc: /^[ZUG]/i.test(rest) }
}

/** Minutes east of UTC of `+02:00`, `-0730` or `Z`; null for nothing, undefined for what is no offset. */
export function parseOffset(text: unknown): number | null | undefined {
  if (typeof text !== 'string' || text.length > MAX_TEXT) return undefined
  const groups = ZONE.exec(text.trim())?.groups
  if (!groups) return undefined
  if (groups['utc']) return 0
  if (!groups['sign']) return null
  const [hours, minutes] = [Number(groups['hours']), Number(groups['minutes'])]
  const offset = (groups['sign'] === '+' ? 1 : -1) * (hours * 60 + minutes)
  return minutes < 60 && Math.abs(offset) <= MAX_OFFSET ? offset : undefined
}

/** The time that digits mean; null where there is no such day or hour. */
export function momentOf(digits: Digits): Moment | null {
  const number = (text: string | undefined): number => (text === undefined ? 0 : Number(text))
  const year = number(digits.year)
  if (year === 0) return null
  const month = number(digits.month)
  const day = number(digits.day)
  // Software writes `2008:00:00` where only the year is known.
  if (month === 0 || day === 0) {
    const local = utcOf(year, Math.max(month, 1), 1)
    return local === null ? null : { local, offset: null, precision: 'year', utc: false }
  }
  const midnight = utcOf(year, month, day)
  if (midnight === null) return null
  if (digits.hour === undefined) return { local: midnight, offset: null, precision: 'day', utc: false }
  const [hour, minute, second] = [number(digits.hour), number(digits.minute), number(digits.second)]
  if (hour > 23 || minute > 59 || second > 60) return null
  const milliseconds = Number((digits.fraction ?? '').padEnd(3, '0').slice(0, 3))
  // A leap second is kept in its minute.
  const seconds = (hour * 60 + minute) * 60 + Math.min(second, 59)
  return { local: midnight + seconds * 1000 + milliseconds, offset: null, precision: 'second', utc: false }
}

/** Milliseconds at which a day begins; null for one like 31 February. */
function utcOf(year: number, month: number, day: number): number | null {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : null
}
