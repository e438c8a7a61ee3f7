import lookup from '@photostructure/tz-lookup'

const MINUTE = 60_000

/** How far from UTC a clock can be, in minutes: Kiribati, UTC+14. */
export const MAX_OFFSET: number = 14 * 60

// Making one takes longer than all else that is done for a photo.
const formats = new Map<string, Intl.DateTimeFormat>()

/** The IANA zone at a position in degrees, or null. */
export function zoneAt(latitude: number, longitude: number): string | null {
  try {
    const zone = lookup(latitude, longitude)
    // Names that this runtime's ICU does not know are of no use.
    formatOf(zone)
    return zone
  } catch {
    return null
  }
}

/** Minutes east of UTC in a zone at an instant (milliseconds since 1970). */
export function offsetAt(zone: string, instant: number): number {
  const parts = new Map<string, number>()
  for (const { type, value } of formatOf(zone).formatToParts(instant)) parts.set(type, Number(value))
  const part = (name: string): number => parts.get(name) ?? 0
  const date = new Date(0)
  date.setUTCFullYear(part('year'), part('month') - 1, part('day'))
  date.setUTCHours(part('hour'), part('minute'), part('second'))
  // Rounded, since zones before 1900 were off by seconds.
  return Math.round((date.getTime() - Math.floor(instant / 1000) * 1000) / MINUTE)
}

/**
 * Minutes east of UTC in a zone at a wall time. Of an hour that comes twice, in autumn, the first is meant; an hour
 * that is left out, in spring, counts as if the clock had not yet been changed.
 */
export function offsetAtLocal(zone: string, local: number): number {
  const day = 24 * 60 * MINUTE
  const before = offsetAt(zone, local - day)
  if (offsetAt(zone, local - before * MINUTE) === before) return before
  const after = offsetAt(zone, local + day)
  return offsetAt(zone, local - after * MINUTE) === after ? after : before
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric'
  })
  formats.set(zone, made)
  return made
}
