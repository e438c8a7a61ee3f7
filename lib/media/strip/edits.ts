import type { RandomAccess } from '../file.ts'
import { Patch, Segments } from './patch.ts'
import { Ranges } from './ranges.ts'
import { broken } from './reader.ts'

// A box that is buried costs one.
const MOST_WRITES = 100_000

/** Changes in place: nothing moves, so that every offset in the file stays true. */
export class Edits {
  readonly #zeros = new Ranges()
  readonly #writes: { start: number; bytes: Uint8Array }[] = []
  #end: number

  constructor(size: number) {
    this.#end = size
  }

  /** Overwrites from `start` up to, and not, `end` with zeros. */
  zero(start: number, end: number): void {
    this.#zeros.add(start, end)
  }

  write(start: number, bytes: Uint8Array): void {
    if (this.#writes.length >= MOST_WRITES) throw broken('it has too many parts')
    this.#writes.push({ start, bytes })
  }

  /** The file ends here. */
  cut(end: number): void {
    this.#end = Math.min(this.#end, end)
  }

  apply(source: RandomAccess): Patch {
    const changes = [
      ...Array.from(this.#zeros, ([start, end]) => ({ start, end, bytes: null })),
      ...this.#writes.map(({ start, bytes }) => ({ start, end: start + bytes.byteLength, bytes }))
    ].sort((a, b) => a.start - b.start)

    const out = new Segments()
    let at = 0
    for (const { start, end, bytes } of changes) {
      if (start >= this.#end) break
      // Only a file whose parts lie on each other has this.
      if (start < at || end > this.#end) throw broken('its parts overlap')
      out.keep(at, start)
      if (bytes) out.put(bytes)
      else out.zero(end - start)
      at = end
    }
    out.keep(at, this.#end)
    return new Patch(source, out)
  }
}
