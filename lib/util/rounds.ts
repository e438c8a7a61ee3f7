/** Runs a task again and again as it is woken: one round at a time, another when it was woken meanwhile. */
export class Rounds {
  readonly #round: () => Promise<void>
  readonly #onerror: (error: unknown) => void
  #running: Promise<void> | null = null
  #again = false
  #ended = false

  constructor(round: () => Promise<void>, onerror: (error: unknown) => void) {
    this.#round = round
    this.#onerror = onerror
  }

  wake(): void {
    if (this.#ended) return
    this.#again = true
    this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    // Callers of the same turn go together.
    await Promise.resolve()
    while (this.#again && !this.#ended) {
      this.#again = false
      await this.#round().catch(this.#onerror)
    }
    // At once: who wakes it before anybody hears that this run has ended must not be lost.
    this.#running = null
  }

  /** No further rounds; resolves when the last one has ended. */
  async end(): Promise<void> {
    this.#ended = true
    await this.#running
  }
}
