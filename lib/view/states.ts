import type Hyperbee from 'hyperbee'

// After a fast-forward parts of the index lie with others: a read of them must not wait for ever.
const READ_TIMEOUT = 5000

interface State {
  bee: Hyperbee
  readers: number
}

/**
 * States of the view, opened for reading. All reads between two changes share one: what one of them has read and
 * decrypted, the next finds in memory.
 */
export class States {
  readonly #bee: () => Hyperbee
  #newest: State | null = null

  constructor(bee: () => Hyperbee) {
    this.#bee = bee
  }

  /** Runs a read at the newest state, which stays as it is until the read has ended. */
  async read<T>(read: (bee: Hyperbee) => Promise<T>): Promise<T> {
    const state = (this.#newest ??= { bee: this.#bee().snapshot(), readers: 0 })
    state.readers++
    try {
      // Until then its version is 1.
      await state.bee.ready()
      state.bee.core.timeout = READ_TIMEOUT
      return await read(state.bee)
    } catch (error) {
      // The next read must not fail for the same reason.
      if (this.#newest === state) this.#newest = null
      throw error
    } finally {
      state.readers--
      if (state !== this.#newest && state.readers === 0) await state.bee.close()
    }
  }

  /** There is a newer state. This also lets go of the disk: an open state keeps there whatever it still shows. */
  retire(): void {
    const state = this.#newest
    this.#newest = null
    if (state?.readers === 0) state.bee.close().catch(() => {})
  }
}
