import { manyWaitOn, sleep } from '../util/wait.ts'

// Milliseconds. A peer that starts at the same moment is missed until the next look, which Hyperswarm (4.17) takes after
// ten minutes; and one whose connection broke it tries three times, and then leaves to that look too.
const AT_START = [1500, 3500, 10_000]
const AFTER_LOSS = [30_000, 60_000, 120_000, 240_000]
// Where the DHT does not answer: such looks cost nobody anything, and without any it does not notice that it is back.
const OFFLINE = 15_000

interface Parts {
  look(): Promise<unknown>
  isOnline(): boolean
  closing: AbortSignal
}

/** When to look for others again. */
export class Seeking {
  readonly #parts: Parts
  #series: AbortController = manyWaitOn()

  constructor(parts: Parts) {
    this.#parts = parts
    parts.closing.addEventListener('abort', () => this.#series.abort())
    this.#begin(AT_START)
  }

  /** A connection ended: perhaps this device was cut off, or the other one was. */
  readonly lost = (): void => this.#begin(AFTER_LOSS)

  #begin(delays: number[]): void {
    this.#series.abort()
    if (this.#parts.closing.aborted) return
    this.#series = manyWaitOn()
    void this.#run([...delays], this.#series.signal)
  }

  async #run(delays: number[], signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const delay = this.#parts.isOnline() ? delays.shift() : OFFLINE
      if (delay === undefined) return
      await sleep(delay, signal)
      if (!signal.aborted) await this.#parts.look().catch(() => {})
    }
  }
}
