// Fractional indexing: a collection's order is by texts over this alphabet, and between two there is always another.
// (After David Greenspan's "Implementing Fractional Indexing", 2020, without the integer part.)
const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'
const BASE = DIGITS.length

function digit(text: string, index: number, otherwise: number): number {
  const found = index < text.length ? DIGITS.indexOf(text.charAt(index)) : -1
  return found === -1 ? otherwise : found
}

/** A text that sorts after `before` and before `after`; null stands for the ends. */
export function between(before: string | null, after: string | null): string {
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

/** `count` texts in order, all after `before` and before `after`. */
export function firstPositions(before: string | null, after: string | null, count: number): string[] {
  const positions: string[] = []
  let last = before
  for (let i = 0; i < count; i++) {
    last = after === null ? next(last) : between(last, after)
    positions.push(last)
  }
  return positions
}

// At the end of a list a counter stays short where halving the rest would grow by a digit every five photos.
const WIDTH = 8

function next(last: string | null): string {
  const head = (last ?? '').slice(0, WIDTH).padEnd(WIDTH, '0')
  const number = head.split('').reduce((sum, char) => sum * BASE + Math.max(0, DIGITS.indexOf(char)), 0) + 1
  // Somebody put a photo at the very end of what the counter can say.
  if (number >= BASE ** WIDTH) return between(last, null)
  return number.toString(BASE).padStart(WIDTH, '0').slice(-WIDTH)
}
