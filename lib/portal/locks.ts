import type { Lock, Locker } from '@tus/server'
import { ERRORS } from '@tus/server'
import { type Deferred, deferred, sleep } from '../util/wait.ts'

const PATIENCE = 15_000

interface Held {
  release: () => void
  freed: Deferred<void>
}

/**
 * One request at a time for an upload. Whoever comes next asks the one before to end: after a dropped connection that
 * one may not have heard of it yet. (The server's own locker looks again in every turn of the event loop.)
 */
export class UploadLocks implements Locker {
  readonly #held: Map<string, Held> = new Map()

  newLock(id: string): Lock {
    return {
      lock: (signal, release) => this.#lock(id, signal, () => void release()),
      unlock: async () => this.#unlock(id)
    }
  }

  async #lock(id: string, signal: AbortSignal, release: () => void): Promise<void> {
    const until = performance.now() + PATIENCE
    for (let held = this.#held.get(id); held; held = this.#held.get(id)) {
      held.release()
      const left = until - performance.now()
      if (left <= 0 || signal.aborted) throw ERRORS.ERR_LOCK_TIMEOUT
      const stop = new AbortController()
      await Promise.race([held.freed.promise, sleep(left, stop.signal)]).finally(() => stop.abort())
    }
    this.#held.set(id, { release, freed: deferred() })
  }

  #unlock(id: string): void {
    const held = this.#held.get(id)
    this.#held.delete(id)
    held?.freed.resolve()
  }
}
