import { DAY, type PrecisionName, type SourceName } from '../../schema/time.ts'
import { dateInName } from './filenames.ts'
import { type Moment, parseMoment, parseOffset } from './moments.ts'
import { MAX_OFFSET, offsetAt, offsetAtLocal, zoneAt } from './zones.ts'

const MINUTE = 60_000
const QUARTER = 15 * MINUTE

/** Seconds from 1904, where QuickTime counts from, to 1970. */
const QUICKTIME_EPOCH = 2_082_844_800

// The first photograph is of 1826 or 1827.
const FIRST_YEAR = Date.UTC(1826, 0, 1)
const NO_QUICKTIME_DAY = Date.UTC(1904, 0, 1)

// Where the clocks of cameras start again when their battery was empty.
const RESET_CLOCKS = [Date.UTC(2000, 0, 1), Date.UTC(2001, 0, 1), Date.UTC(2002, 0, 1)]

/** When a photo or video was taken. */
export interface Captured {
  /** Wall time where it was taken: milliseconds since 1970 that the clock's digits would mean in UTC. */
  local: number
  /** Minutes east of UTC; null where nobody knows. */
  offset: number | null
  /** IANA name, by the position; null where the offset is not that zone's. */
  zone: string | null
  source: SourceName
  precision: PrecisionName
  /** Not to be relied on: by a clock that was never set, or by the times of the file. */
  weak: boolean
}

/** All that tells of when and where something was taken, as it was found. Texts are as the metadata has them. */
export interface DateTags {
  /** The date of an XMP sidecar. */
  sidecar?: string | null
  /** EXIF DateTimeOriginal (0x9003), SubSecTimeOriginal (0x9291) and OffsetTimeOriginal (0x9011). */
  original?: string | null
  originalFraction?: string | null
  originalOffset?: string | null
  /** EXIF DateTimeDigitized (0x9004), SubSecTimeDigitized (0x9292) and OffsetTimeDigitized (0x9012). */
  digitized?: string | null
  digitizedFraction?: string | null
  digitizedOffset?: string | null
  /** EXIF OffsetTime (0x9010): of ModifyDate, which itself is never used. */
  offset?: string | null
  /** QuickTime `com.apple.quicktime.creationdate`. */
  quicktime?: string | null
  /** Dates of embedded XMP and IPTC, best first. */
  embedded?: string[]
  /** Google Takeout's `photoTakenTime`: seconds since 1970. */
  taken?: number | null
  /** EXIF GPSDateStamp (0x001D) `YYYY:MM:DD` and GPSTimeStamp (0x0007) hours, minutes, seconds; UTC. */
  gpsDate?: string | null
  gpsTime?: number[] | null
  /** `creation_time` of `mvhd` (ISO/IEC 14496-12): unsigned seconds since 1904. */
  movie?: number | null
  /** Whether that is the camera's wall clock, as Nikon writes it, instead of UTC. */
  movieIsLocal?: boolean
  /** The file's name. */
  name?: string | null
  /** The older of the file's birth and modification: milliseconds since 1970. */
  file?: number | null
  /** Degrees; both or none. */
  latitude?: number | null
  longitude?: number | null
}

interface Candidate {
  source: SourceName
  moment: Moment | null
  weak?: boolean
}

/**
 * The capture date, by the order of trust: XMP sidecar, EXIF original, QuickTime creation date, EXIF digitized and
 * embedded XMP, Takeout, GPS time, `mvhd`, the file's name, the file's times. A date that cannot be is passed over; one
 * of a clock that was never set counts only where there is nothing better than the times of the file.
 *
 * @param now milliseconds since 1970.
 */
export function captureDate(tags: DateTags, now: number = Date.now()): Captured | null {
  let weak: Captured | null = null
  for (const { source, moment, weak: unsure = false } of candidates(tags)) {
    if (moment === null || !isPossible(moment, now)) continue
    const captured = { ...placed(moment, tags), source, weak: unsure || isResetClock(moment) }
    if (!captured.weak) return captured
    weak ??= captured
  }
  return weak
}

function* candidates(tags: DateTags): Generator<Candidate> {
  yield { source: 'sidecar', moment: parseMoment(tags.sidecar) }
  yield { source: 'metadata', moment: exif(tags.original, tags.originalFraction, offsetOf(tags, 'original')) }
  yield { source: 'metadata', moment: parseMoment(tags.quicktime) }
  yield {
    source: 'metadata',
    moment: exif(tags.digitized, tags.digitizedFraction, offsetOf(tags, 'digitized'))
  }
  for (const text of tags.embedded ?? []) yield { source: 'metadata', moment: parseMoment(text) }
  yield { source: 'sidecar', moment: instant((tags.taken ?? Number.NaN) * 1000) }
  yield { source: 'gps', moment: gpsMoment(tags) }
  yield { source: 'metadata', moment: movieMoment(tags) }
  yield { source: 'name', moment: dateInName(tags.name ?? '') }
  yield { source: 'file', moment: fileMoment(tags.file), weak: true }
}

/** OffsetTime says something of ModifyDate only, unless a camera writes no other. */
function offsetOf(tags: DateTags, of: 'original' | 'digitized'): number | null {
  const original = parseOffset(tags.originalOffset) ?? null
  const digitized = parseOffset(tags.digitizedOffset) ?? null
  if (original === null && digitized === null) return parseOffset(tags.offset) ?? null
  return of === 'original' ? (original ?? digitized) : (digitized ?? original)
}

function exif(
  text: string | null | undefined,
  fraction: string | null | undefined,
  offset: number | null
): Moment | null {
  const moment = parseMoment(text)
  if (moment?.precision !== 'second') return moment
  const digits = /^\s*(\d{1,9})/.exec(fraction ?? '')?.[1]
  const whole = moment.local % 1000 === 0
  const milliseconds = digits && whole ? Number(digits.padEnd(3, '0').slice(0, 3)) : 0
  return { ...moment, local: moment.local + milliseconds, offset: moment.offset ?? offset }
}

/** A moment that is known in UTC only. */
function instant(milliseconds: number): Moment | null {
  if (!Number.isFinite(milliseconds)) return null
  return { local: Math.trunc(milliseconds), offset: 0, precision: 'second', utc: true }
}

function gpsMoment(tags: DateTags): Moment | null {
  const day = parseMoment(tags.gpsDate)
  const [hours = Number.NaN, minutes = Number.NaN, seconds = Number.NaN] = tags.gpsTime ?? []
  const time = (hours * 60 + minutes) * 60 + seconds
  if (day?.precision !== 'day' || !(time >= 0 && time * 1000 < DAY)) return null
  return instant(day.local + time * 1000)
}

function movieMoment(tags: DateTags): Moment | null {
  const seconds = tags.movie ?? 0
  if (seconds === 0) return null
  // No video is older than 1970: what is, was counted from there.
  const since1970 = seconds < QUICKTIME_EPOCH ? seconds : seconds - QUICKTIME_EPOCH
  const moment = instant(since1970 * 1000)
  return moment && tags.movieIsLocal ? { ...moment, offset: null, utc: false } : moment
}

function fileMoment(milliseconds: number | null | undefined): Moment | null {
  const moment = instant(milliseconds ?? Number.NaN)
  if (moment === null) return null
  // On the wall of whoever has the file now; that says nothing of the offset where it was taken.
  const here = new Date(moment.local).getTimezoneOffset() * MINUTE
  return { ...moment, local: moment.local - here, offset: null, utc: false }
}

function isPossible({ local, offset }: Moment, now: number): boolean {
  if (!Number.isFinite(local) || local < FIRST_YEAR || local > now + DAY) return false
  if (local >= NO_QUICKTIME_DAY && local < NO_QUICKTIME_DAY + DAY) return false
  return local !== 0 && local - (offset ?? 0) * MINUTE !== 0
}

function isResetClock({ local, precision }: Moment): boolean {
  return precision === 'second' && RESET_CLOCKS.includes(local)
}

/** A moment with its offset and zone, as far as they can be known. */
function placed(moment: Moment, tags: DateTags): Pick<Captured, 'local' | 'offset' | 'zone' | 'precision'> {
  const { local, precision } = moment
  if (precision !== 'second') return { local, offset: null, zone: null, precision }
  const { latitude, longitude } = tags
  const zone =
    typeof latitude === 'number' && typeof longitude === 'number' ? zoneAt(latitude, longitude) : null
  if (moment.utc) {
    const offset = zone === null ? 0 : offsetAt(zone, local)
    return { local: local + offset * MINUTE, offset, zone, precision }
  }
  const there = zone === null ? null : offsetAtLocal(zone, local)
  const offset = moment.offset ?? there ?? offsetBySatellite(local, tags)
  // In the hour that comes twice the zone has two offsets, and the one that was written is right.
  const fits = zone !== null && offset !== null && offsetAt(zone, local - offset * MINUTE) === offset
  return { local, offset, zone: fits ? zone : null, precision }
}

/** The satellites' time is UTC, so what the wall clock is ahead of it is the offset. */
function offsetBySatellite(local: number, tags: DateTags): number | null {
  const moment = gpsMoment(tags)
  if (moment === null) return null
  const minutes = (Math.round((local - moment.local) / QUARTER) * QUARTER) / MINUTE
  return Math.abs(minutes) <= MAX_OFFSET ? minutes : null
}
