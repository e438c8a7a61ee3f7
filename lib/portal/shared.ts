import type { Signal } from '../types.ts'
import { bounded, manyWaitOn } from '../util/wait.ts'

/** Something that is worked out once for all who ask meanwhile, and only while somebody still waits for it. */
export class Shared<T> {
  readonly #stop: AbortController = manyWaitOn()
  readonly #result: Promise<T>
  #askers = 0
  #done = false
  /** Called when it failed, or everybody has gone: whoever asks from now on needs another one. */
  ondrop: () => void = () => {}

  constructor(work: (signal: AbortSignal) => Promise<T>) {
    this.#result = work(this.#stop.signal)
    this.#result.then(
      () => (this.#done = true),
      () => this.#drop()
    )
  }

  get done(): boolean {
    return this.#done
  }

  /** Throws `ABORTED` where who asks goes elsewhere first. */
  async wait(signal: Signal): Promise<T> {
    this.#askers++
    try {
      return await bounded(this.#result, { signal }, 'Counting')
    } finally {
      if (--this.#askers === 0 && !this.#done) this.#drop()
    }
  }

  #drop(): void {
    this.#stop.abort()
    this.ondrop()
  }
}
