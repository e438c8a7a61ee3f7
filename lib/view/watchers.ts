import type Hyperbee from 'hyperbee'
import { Mutex } from '../util/wait.ts'
import { type Changed, Changes } from './changes.ts'
import type { Queries } from './queries.ts'

/** Rewrites of the view that came while a reader was being opened. */
interface Opening {
  lowest: number
  anew: boolean
}

/**
 * All who read changes. Each is told of every rewrite of the view, also of one that comes while it is being opened or
 * is reading. Autobase 7.28 tells of a rewrite before the view shows it (lib/apply-state.js, `update`): who reads in
 * between sees the rows of before, and is told again when the new ones are there.
 */
export class Watchers {
  readonly #queries: Pick<Queries, 'at'>
  readonly #final: () => number
  readonly #readers = new Set<Changes>()
  readonly #openings = new Set<Opening>()
  // The lowest point of what was told and may not be shown yet.
  #unshown = Infinity
  #revision = 0
  // What changes of photos are counted by: the number, and the revision up to which it counts.
  readonly #counting = new Mutex()
  #counter: Changes | null = null
  #photos = 0
  #counted = 0

  /** `final` gives how many rows of the view can never be reordered. */
  constructor(queries: Pick<Queries, 'at'>, final: () => number) {
    this.#queries = queries
    this.#final = final
  }

  /** The log rewrites the view from `shared` on. */
  rewritten(shared: number): void {
    this.#unshown = Math.min(this.#unshown, shared)
    this.#tell(shared)
  }

  /** The view shows all that was told. */
  shown(): void {
    if (this.#unshown !== Infinity) this.#tell(this.#unshown)
    this.#unshown = Infinity
  }

  /** The log was opened anew, maybe by another index. */
  reopened(): void {
    this.#revision++
    for (const reader of this.#readers) reader.restart()
    for (const opening of this.#openings) opening.anew = true
  }

  /** Another number whenever the view may show something else. */
  get revision(): number {
    return this.#revision
  }

  /** Another number whenever photos or collections are others: receipts, invites and the like change nothing of it. */
  photosRevision(): Promise<number> {
    return this.#counting.run(async () => {
      // From before it is looked: what comes meanwhile is looked at the next time.
      const revision = this.#revision
      if (this.#counter && revision !== this.#counted) {
        const { reset, photos, collections } = await this.take(this.#counter)
        if (photos.length > 0 || collections) this.#photos++
        if (reset) this.close(this.#counter)
        if (reset) this.#counter = null
      }
      if (this.#counter === null) {
        this.#counter = (await this.open()).reader
        this.#photos++
      }
      this.#counted = revision
      return this.#photos
    })
  }

  #tell(shared: number): void {
    this.#revision++
    for (const reader of this.#readers) reader.rewritten(shared)
    for (const opening of this.#openings) opening.lowest = Math.min(opening.lowest, shared)
  }

  /** A new reader, from where a cursor stands; or from now on, where there is none or it is of another order. */
  open(since?: string): Promise<{ reader: Changes; resumed: boolean }> {
    return this.#atNewest(async (bee) => {
      const opening: Opening = { lowest: Infinity, anew: false }
      this.#openings.add(opening)
      try {
        const resumed = since === undefined ? null : await Changes.resume(bee, this.#final(), since)
        const reader = resumed ?? (await Changes.from(bee, this.#final()))
        reader.rewritten(opening.lowest)
        if (opening.anew) reader.restart()
        this.#readers.add(reader)
        return { reader, resumed: resumed !== null }
      } finally {
        this.#openings.delete(opening)
      }
    })
  }

  /** What changed since the reader last looked. */
  take(reader: Changes): Promise<Changed> {
    return this.#atNewest((bee) => reader.take(bee, this.#final()))
  }

  close(reader: Changes): void {
    this.#readers.delete(reader)
  }

  // A rewrite between the opening of a state and the first look at it would be told of too early to count.
  async #atNewest<T>(read: (bee: Hyperbee) => Promise<T>): Promise<T> {
    for (;;) {
      const revision = this.#revision
      const result = await this.#queries.at(async (bee) => {
        if (revision !== this.#revision) return null
        const value = await read(bee)
        return { value }
      })
      if (result) return result.value
    }
  }
}
