import type { Box } from './boxes.ts'
import type { Edits } from './edits.ts'
import { Ranges } from './ranges.ts'
import { broken } from './reader.ts'

/**
 * The `mdat` boxes of a file. Only what tracks and images that stay point at is kept of them: cameras leave
 * all kinds of things in between, and what nobody points at is never shown.
 */
export class MediaData {
  /** What tracks and images that stay point at. */
  readonly kept: Ranges = new Ranges()
  /** What others point at; it goes also where it lies inside of what is kept. */
  readonly dropped: Ranges = new Ranges()
  readonly #mdats: Box[]

  /** The boxes in the order of the file. */
  constructor(mdats: Box[]) {
    this.#mdats = mdats
  }

  /** The end of the `mdat` that holds this byte. */
  endOf(position: number): number {
    let low = 0
    let high = this.#mdats.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((this.#mdats[middle] as Box).start <= position) low = middle
      else high = middle - 1
    }
    const box = this.#mdats[low]
    if (!box || position < box.start || position > box.end) throw broken('its pictures are not where it says')
    return box.end
  }

  clean(edits: Edits): void {
    const all = new Ranges()
    for (const { start, end } of this.#mdats) all.add(start, end)
    for (const [start, end] of all.without(this.kept.without(this.dropped))) edits.zero(start, end)
  }
}
