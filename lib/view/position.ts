import { LIMITS } from './rules.ts'

// Fractional indexing: a collection's order is by texts over this alphabet, and between two there is always another.
// (After David Greenspan's "Implementing Fractional Indexing", 2020, without the integer part.)
const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'
const BASE = DIGITS.length

function digit(text: string, index: number, otherwise: number): number {
  const found = index < text.length ? DIGITS.indexOf(text.charAt(index)) : -1
  return found === -1 ? otherwise : found
}

/** A text that sorts after `before` and before `after`; null stands for the ends. */
function between(before: string | null, after: string | null): string {
  let text = ''
  let open = after === null
  for (let i = 0; ; i++) {
    const low = digit(before ?? '', i, 0)
    const high = open ? BASE : digit(after ?? '', i, BASE)
    if (high - low > 1) return text + DIGITS.charAt(low + Math.floor((high - low) / 2))
    text += DIGITS.charAt(low)
    if (high > low) open = true
  }
}

/** Only texts that others can put something before, between and after. */
export function isPosition(position: string): boolean {
  return position.length <= LIMITS.position && /^[0-9a-z]+$/.test(position) && /[^0]/.test(position)
}

/**
 * `count` texts in order, all after `before` and before `after`; null stands for the ends. Where somebody has used up
 * the room between two, they stand beside one of them: their order is then that of their ids, but nothing is lost.
 */
export function positionsBetween(before: string | null, after: string | null, count: number): string[] {
  const positions = after === null ? following(before, count) : spread(before, after, count)
  return positions.map((one) => (one.length <= LIMITS.position ? one : (after ?? before ?? one)))
}

// Halves the room again and again, so that many texts are hardly longer than one.
function spread(before: string | null, after: string | null, count: number): string[] {
  if (count === 0) return []
  const left = Math.floor(count / 2)
  const middle = between(before, after)
  return [...spread(before, middle, left), middle, ...spread(middle, after, count - left - 1)]
}

// At the end of a list a counter stays short where halving the rest would grow by a digit every five photos.
const WIDTH = 8

function following(before: string | null, count: number): string[] {
  const positions: string[] = []
  let last = before
  for (let i = 0; i < count; i++) {
    const counted = next(last)
    // Somebody put a photo at the very end of what the counter can say.
    if (counted === null) return [...positions, ...spread(last, null, count - i)]
    positions.push(counted)
    last = counted
  }
  return positions
}

function next(last: string | null): string | null {
  const head = (last ?? '').slice(0, WIDTH).padEnd(WIDTH, '0')
  const number = head.split('').reduce((sum, char) => sum * BASE + Math.max(0, DIGITS.indexOf(char)), 0) + 1
  return number >= BASE ** WIDTH ? null : number.toString(BASE).padStart(WIDTH, '0')
}
