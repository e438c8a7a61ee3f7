import { AlbumError } from '../errors.ts'

const SECOND = 1000
// A timer of Node counts to 2^31 milliseconds.
const MAX_WAIT = 24 * 86400 * SECOND
const UNITS: Record<string, number> = {
  s: SECOND,
  m: 60 * SECOND,
  h: 3600 * SECOND,
  d: 86400 * SECOND,
  w: 7 * 86400 * SECOND
}

/** Bytes for people: `3.4 MB`, in powers of ten as disks are sold. */
export function bytesOf(bytes: number): string {
  const names = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let at = 0
  while (value >= 999.5 && at < names.length - 1) {
    value /= 1000
    at++
  }
  return `${at > 0 && value < 99.95 ? value.toFixed(1) : Math.round(value)} ${names[at]}`
}

/** Seconds for people: `42 s`, `3 min`, `2 h 5 min`. */
export function durationOf(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  return minutes < 600 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${Math.round(minutes / 60)} h`
}

/** Milliseconds of `7d`, `12h`, `30m`, `90s`; 0 of `never`. Throws `BAD_ARGUMENT`. */
export function millisecondsOf(text: string): number {
  if (text === 'never') return 0
  const [, digits, unit = ''] = /^(\d{1,6})([smhdw])$/.exec(text) ?? []
  const milliseconds = Number(digits) * (UNITS[unit] ?? NaN)
  if (!(milliseconds > 0)) {
    throw new AlbumError('BAD_ARGUMENT', `${text} is no time: write 90s, 30m, 12h, 7d or never`)
  }
  return milliseconds
}

/** How long to wait: as `millisecondsOf`, but no longer than a timer runs. Throws `BAD_ARGUMENT`. */
export function waitOf(text: string): number {
  const milliseconds = millisecondsOf(text)
  if (milliseconds <= MAX_WAIT) return milliseconds
  throw new AlbumError('BAD_ARGUMENT', `${text} is too long to wait: at most 24d, or never for no end`)
}

/** A whole number from `least`. Throws `BAD_ARGUMENT`. */
export function wholeOf(text: string, least: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN
  if (!(value >= least)) throw new AlbumError('BAD_ARGUMENT', `${text} is no whole number from ${least}`)
  return value
}
