import type { Variant } from '../types.ts'

// So many photos that were asked for lately are remembered.
const LATELY = 32

/** What people look at: which photos are being read, and which were asked for lately. */
export class Looks {
  readonly #ended: (id: string, variant: Variant) => void
  readonly #reads = new Map<string, number>()
  readonly #lately = new Set<string>()

  /** `ended` is told of a photo (hex) that nobody reads any more, and of what was read of it. */
  constructor(ended: (id: string, variant: Variant) => void) {
    this.#ended = ended
  }

  /** Somebody begins to read a photo (hex); call what it returns when they have read it. */
  begin(id: string, variant: Variant): () => void {
    this.#reads.set(id, (this.#reads.get(id) ?? 0) + 1)
    this.#lately.delete(id)
    this.#lately.add(id)
    const [oldest] = this.#lately
    if (this.#lately.size > LATELY && oldest !== undefined) this.#lately.delete(oldest)
    return () => {
      const left = (this.#reads.get(id) ?? 0) - 1
      if (left > 0) this.#reads.set(id, left)
      else this.#reads.delete(id)
      if (left <= 0) this.#ended(id, variant)
    }
  }

  isRead(id: string): boolean {
    return this.#reads.has(id)
  }

  /** Whether anybody reads anything. */
  get any(): boolean {
    return this.#reads.size > 0
  }

  /** Takes the photo that was asked for last, and not taken before. */
  take(): string | null {
    const id = [...this.#lately].at(-1) ?? null
    if (id !== null) this.#lately.delete(id)
    return id
  }
}
