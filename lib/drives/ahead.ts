import type Hypercore from 'hypercore'
import type { DownloadRange } from 'hypercore'

// Blocks of a step; one to two steps are under way ahead of the reader (8 MB each, of blocks as this library cuts them).
const STEP = 128

/** A run of blocks; `end` is exclusive. */
export interface Blocks {
  start: number
  end: number
}

/** Which of some blocks do not lie on this disk. */
export function gapsOf(core: Hypercore, { start, end }: Blocks): Blocks[] {
  const { bitfield } = core.core
  const gaps: Blocks[] = []
  let at = start
  while (at < end) {
    // Where the bitfield ends it answers with its own end.
    const first = Math.max(at, bitfield.firstUnset(at))
    if (first >= end) break
    const next = bitfield.firstSet(first)
    at = next === -1 ? end : Math.min(next, end)
    gaps.push({ start: first, end: at })
  }
  return gaps
}

export function countOf(blocks: Blocks[]): number {
  return blocks.reduce((sum, { start, end }) => sum + end - start, 0)
}

/** Fetches blocks ahead of who reads them, step by step, and each step only where the disk has room for it. */
export class Ahead {
  readonly #core: Hypercore
  readonly #end: number
  readonly #room: (blocks: number) => Promise<void>
  readonly #downloads: DownloadRange[] = []
  #next: number

  constructor(core: Hypercore, { start, end }: Blocks, room: (blocks: number) => Promise<void>) {
    this.#core = core
    this.#next = start
    this.#end = end
    this.#room = room
  }

  /** The reader has come to this block. */
  async follow(block: number): Promise<void> {
    while (this.#next < this.#end && this.#next - block <= STEP) {
      const step = { start: this.#next, end: Math.min(this.#end, this.#next + STEP) }
      const lacking = countOf(gapsOf(this.#core, step))
      if (lacking > 0) {
        await this.#room(lacking)
        this.#downloads.push(this.#core.download({ ...step, linear: true }))
      }
      this.#next = step.end
    }
  }

  stop(): void {
    for (const download of this.#downloads) download.destroy()
  }
}
