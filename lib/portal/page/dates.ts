// Days and times in the visitor's language. A photo's time is wall time: it is read and shown as UTC, never converted.
const format = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat(undefined, { ...options, timeZone: 'UTC' })

const dayShort = format({ weekday: 'short', day: 'numeric', month: 'short' })
const dayLong = format({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
const month = format({ month: 'long', year: 'numeric' })
const moment = format({ dateStyle: 'full', timeStyle: 'short' })
const monthDay = format({ day: 'numeric', month: 'short', year: 'numeric' })
const ago = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })
const instant = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

function read(local: string): Date {
  return new Date(`${local.length === 10 ? `${local}T00:00:00` : local.slice(0, 19)}Z`)
}

/** `Thu, 16 Jul` */
export const shortDay = (day: string): string => dayShort.format(read(day))
/** `Thursday, 16 July 2020` */
export const longDay = (day: string): string => dayLong.format(read(day))
/** `July 2020` */
export const monthOf = (day: string): string => month.format(read(day))
/** `July 2020`, or `July 2020 – March 2021` */
export function monthsOf(newest: string, oldest: string): string {
  return newest.slice(0, 7) === oldest.slice(0, 7)
    ? monthOf(newest)
    : month.formatRange(read(oldest), read(newest))
}
/** `16 Jul 2020` */
export const plainDay = (day: string): string => monthDay.format(read(day))
/** A photo's wall time: `Thursday, 16 July 2020 at 14:05` */
export const wallTime = (local: string): string => moment.format(read(local))
/** Something that happened here or elsewhere, by the visitor's clock. */
export const timeOf = (iso: string): string => instant.format(new Date(iso))

const DAY = 86_400_000
// After so many days a date says more.
const LONG_AGO = 30

/** How long ago something happened, by the visitor's clock: `today`, `yesterday`, `3 days ago`, `16 Jul 2020, 14:05` */
export function sinceOf(iso: string): string {
  const midnight = (date: Date): number => date.setHours(0, 0, 0, 0)
  // A day may have 23 hours, or 25; and the clock there may be ahead of the one here.
  const days = Math.max(0, Math.round((midnight(new Date()) - midnight(new Date(iso))) / DAY))
  return days > LONG_AGO ? timeOf(iso) : ago.format(-days, 'day')
}

/** The day after, for a range that ends before it. */
export function nextDay(day: string): string {
  const date = read(day)
  date.setUTCDate(date.getUTCDate() + 1)
  return date.toISOString().slice(0, 10)
}

/** `1:07` */
export function length(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds))
  const two = (value: number): string => String(value).padStart(2, '0')
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor((whole % 3600) / 60)
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte']

/** `3.4 MB` */
export function bytes(count: number): string {
  let value = count
  let unit = 0
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000
  const maximumFractionDigits = unit === 0 || value >= 100 ? 0 : 1
  return new Intl.NumberFormat(undefined, {
    style: 'unit',
    unit: units[unit] ?? 'byte',
    unitDisplay: unit === 0 ? 'long' : 'short',
    maximumFractionDigits
  }).format(value)
}
