// Milliseconds between two words on how far something has come.
const OFTEN = 100

/** Tells how far something has come: not more often than anybody looks, and always what it was in the end. */
export class Telling<T extends object> {
  /** To be changed in place; what is told is a copy. */
  readonly state: T
  readonly #tell: ((state: T) => void) | undefined
  #told = -Infinity
  #news = true

  constructor(state: T, tell: ((state: T) => void) | undefined) {
    this.state = state
    this.#tell = tell
  }

  /** The state has changed. */
  changed(): void {
    this.#news = true
    if (performance.now() - this.#told >= OFTEN) this.end()
  }

  /** Tells what was not told yet. */
  end(): void {
    if (!this.#news) return
    this.#news = false
    this.#told = performance.now()
    this.#tell?.({ ...this.state })
  }
}
