import { AlbumError } from '../errors.ts'

export { bytesOf, durationOf } from '../util/amounts.ts'

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
