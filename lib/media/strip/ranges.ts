import { broken } from './reader.ts'

// 16 bytes each. A video of three hours with a chunk for every sound packet has 860,000.
const MOST_RANGES = 1_000_000

/** Ranges of a file in the order they lie there: no two touch. */
export class Ranges {
  #starts: number[] = []
  #ends: number[] = []
  #sorted = true

  /** From `start` up to, and not, `end`. */
  add(start: number, end: number): void {
    if (end <= start) return
    const last = this.#ends.length - 1
    const lastEnd = this.#ends[last] ?? -1
    if (lastEnd === start) {
      this.#ends[last] = end
      return
    }
    if (this.#ends.length >= MOST_RANGES) throw broken('it is in too many pieces')
    if (start < lastEnd) this.#sorted = false
    this.#starts.push(start)
    this.#ends.push(end)
  }

  *[Symbol.iterator](): Generator<[start: number, end: number]> {
    this.#sort()
    for (const [i, start] of this.#starts.entries()) yield [start, this.#ends[i] as number]
  }

  /** What lies in these ranges and in none of the others. */
  without(others: Ranges): Ranges {
    const out = new Ranges()
    const cuts = others[Symbol.iterator]()
    let cut = cuts.next()
    for (const [start, end] of this) {
      let at = start
      while (!cut.done && cut.value[0] < end) {
        out.add(at, cut.value[0])
        at = Math.max(at, cut.value[1])
        // One that reaches further may cut the next range too.
        if (cut.value[1] > end) break
        cut = cuts.next()
      }
      out.add(at, end)
    }
    return out
  }

  /** Bytes in all. */
  get length(): number {
    let sum = 0
    for (const [start, end] of this) sum += end - start
    return sum
  }

  #sort(): this {
    if (this.#sorted) return this
    const starts = this.#starts
    const order = Uint32Array.from(starts.keys()).sort(
      (a, b) => (starts[a] as number) - (starts[b] as number)
    )
    const ends = this.#ends
    this.#starts = []
    this.#ends = []
    for (const i of order) {
      const last = this.#ends.length - 1
      const lastEnd = this.#ends[last] ?? -1
      if ((starts[i] as number) <= lastEnd) this.#ends[last] = Math.max(lastEnd, ends[i] as number)
      else {
        this.#starts.push(starts[i] as number)
        this.#ends.push(ends[i] as number)
      }
    }
    this.#sorted = true
    return this
  }
}
