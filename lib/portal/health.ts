import type { Album } from '../album.ts'
import type { Signal } from '../types.ts'
import { Mutex } from '../util/wait.ts'
import type { PortalHealth } from './api.ts'
import { Shared } from './shared.ts'

// What was counted is told again for so long, in milliseconds; and no more of the time than one part in so many is spent on it.
const FRESH = 2000
const RARELY = 10

/**
 * How many photos fewer devices hold than are promised. That reads the whole index: once for all who ask meanwhile, and
 * only while somebody still waits for it.
 */
export class HealthCount {
  readonly #album: Album
  readonly #counting: Mutex = new Mutex()
  #reading: Shared<PortalHealth> | null = null
  // Until when what was counted last is told again, by `performance.now`.
  #due = Infinity

  constructor(album: Album) {
    this.#album = album
  }

  of(signal: Signal): Promise<PortalHealth> {
    if (performance.now() >= this.#due) this.#reading = null
    this.#reading ??= this.#read()
    return this.#reading.wait(signal)
  }

  /** Whoever asks from now on has it counted anew. */
  forget(): void {
    this.#reading = null
  }

  #read(): Shared<PortalHealth> {
    this.#due = Infinity
    // One that nobody waits for any more ends with the page of the index that it reads just now.
    const reading = new Shared((stop) => this.#counting.run(() => this.#count(stop)))
    reading.ondrop = () => {
      if (this.#reading === reading) this.#reading = null
    }
    return reading
  }

  async #count(signal: Signal): Promise<PortalHealth> {
    const started = performance.now()
    let [lacking, single] = [0, 0]
    for await (const { copies } of this.#album.copies.health({ signal })) {
      lacking++
      if (copies <= 1) single++
    }
    const promised = await this.#album.copies.promised()
    const now = performance.now()
    this.#due = now + Math.max(FRESH, (now - started) * RARELY)
    return { promised, lacking, single }
  }
}
