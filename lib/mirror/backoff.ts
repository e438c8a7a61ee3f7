/** How long to wait before trying again: twice as long each time, up to the most. In milliseconds. */
export class Backoff {
  readonly #first: number
  readonly #most: number
  #next: number

  constructor({ first, most }: { first: number; most: number }) {
    this.#first = first
    this.#most = most
    this.#next = first
  }

  next(): number {
    const wait = this.#next
    this.#next = Math.min(this.#most, wait * 2)
    return wait
  }

  reset(): void {
    this.#next = this.#first
  }
}
