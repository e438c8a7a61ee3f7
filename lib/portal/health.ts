import type { Album } from '../album.ts'
import type { Signal } from '../types.ts'
import { Mutex, bounded, manyWaitOn } from '../util/wait.ts'
import type { PortalHealth } from './api.ts'

// What was counted is told again for so long, in milliseconds; and no more of the time than one part in so many is spent on it.
const FRESH = 2000
const RARELY = 10

interface Reading {
  told: Promise<PortalHealth>
  /** Ends it. */
  stop: AbortController
  askers: number
  /** Until when it is told again, by `performance.now`; null while it is counted. */
  due: number | null
}

/**
 * How many photos fewer devices hold than are promised. That reads the whole index: once for all who ask meanwhile, and
 * only while somebody still waits for it.
 */
export class HealthCount {
  readonly #album: Album
  readonly #counting: Mutex = new Mutex()
  #reading: Reading | null = null

  constructor(album: Album) {
    this.#album = album
  }

  async of(signal: Signal): Promise<PortalHealth> {
    const { due } = this.#reading ?? { due: 0 }
    if (due !== null && performance.now() >= due) this.#reading = null
    const reading = (this.#reading ??= this.#read())
    reading.askers++
    try {
      return await bounded(reading.told, { signal }, 'Counting')
    } finally {
      if (--reading.askers === 0 && reading.due === null) this.#drop(reading)
    }
  }

  /** Whoever asks from now on has it counted anew. */
  forget(): void {
    this.#reading = null
  }

  #read(): Reading {
    const stop = manyWaitOn()
    // One that nobody waits for any more ends with the page of the index that it reads just now.
    const told = this.#counting.run(() => this.#count(stop.signal))
    const started = performance.now()
    const reading: Reading = { told, stop, askers: 0, due: null }
    told.then(
      () => {
        const now = performance.now()
        reading.due = now + Math.max(FRESH, (now - started) * RARELY)
      },
      () => this.#drop(reading)
    )
    return reading
  }

  async #count(signal: Signal): Promise<PortalHealth> {
    let [lacking, single] = [0, 0]
    for await (const { copies } of this.#album.copies.health({ signal })) {
      lacking++
      if (copies <= 1) single++
    }
    return { promised: await this.#album.copies.promised(), lacking, single }
  }

  #drop(reading: Reading): void {
    reading.stop.abort()
    if (this.#reading === reading) this.#reading = null
  }
}
