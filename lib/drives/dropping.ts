import type { Actor } from '../log/actor.ts'
import type { Log } from '../log/log.ts'
import type { Storage } from '../log/storage.ts'
import type { Queries } from '../view/queries.ts'
import type { BlobSource, Blobs } from './blobs.ts'
import type { Kept } from './choosing.ts'
import { decide, isElsewhere } from './granting.ts'
import type { Looks } from './looks.ts'
import type { Receipts } from './receipts.ts'

// So many are looked at together: for that long the view must stay as it is.
const TOGETHER = 256

interface Parts {
  log: Log
  storage: Storage
  actor: Actor
  queries: Queries
  blobs: Blobs
  receipts: Receipts
  looks: Looks
}

/** A blob on this disk that the rules do not want. */
export interface Unwanted {
  /** Id of the photo (hex), and of the file, which is another's where it is what moves of a Live Photo. */
  photo: string
  file: string
  variant: Kept
  source: BlobSource
}

/**
 * Drops from this disk what the rules do not want any more, and never the last copy that is known of. First the receipt
 * says that it is not here; when that is final, and others held it then, the bytes go. Of two devices that let go of the
 * same photo at once, also apart from each other, the one that comes later in the log's order keeps it.
 */
export class Dropping {
  readonly #parts: Parts
  readonly #waiting = new Map<string, Unwanted>()
  // Which of them receipts do not count any more, and how much of the index was final when that was told.
  readonly #leaving = new Map<string, number>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** These are unwanted: of some photos (hex), or of all that there are. */
  expect(unwanted: Unwanted[], photos: Set<string> | null): void {
    const names = new Set(unwanted.map(({ source }) => nameOf(source)))
    for (const [name, one] of this.#waiting) {
      if (names.has(name) || (photos && !photos.has(one.photo))) continue
      this.#waiting.delete(name)
      this.#stay(name, one)
    }
    for (const one of unwanted) this.#waiting.set(nameOf(one.source), one)
  }

  #stay(name: string, { source }: Unwanted): void {
    if (this.#leaving.delete(name)) this.#parts.receipts.arrived(source)
  }

  /** Blobs that are about to be dropped: nobody may count on them any more. */
  leaving(): BlobSource[] {
    return [...this.#leaving.keys()].flatMap((name) => this.#waiting.get(name)?.source ?? [])
  }

  /** Whether anything unwanted is still here. */
  get waits(): boolean {
    return this.#waiting.size > 0
  }

  /** Drops what may go by now; resolves to how many blobs went. */
  async run(signal: AbortSignal): Promise<number> {
    if (this.#waiting.size === 0) return 0
    const { queries, receipts, storage, actor } = this.#parts
    const device = actor.authorIn(await queries.cast())?.device
    if (device === undefined) return 0
    await this.#announce(device, signal)
    const done = await this.#drop(device, signal)
    await receipts.publish()
    if (done > 0) {
      // An open state of the view would keep on disk what was there when it was opened.
      queries.invalidate()
      await storage.compact()
    }
    return done
  }

  /** Tells the others what they must not count on any more, where they hold it. */
  async #announce(device: number, signal: AbortSignal): Promise<void> {
    const { queries, receipts, looks, log } = this.#parts
    const staying = [...this.#waiting].filter(([name]) => !this.#leaving.has(name))
    if (staying.length === 0) return
    // What it ceases to hold it must have held: also what was read here, or let go when it was killed.
    for (const [, { source }] of staying) receipts.arrived(source)
    await receipts.publish()
    const since = Math.max(1, log.finalLength)
    for (const some of runsOf(staying)) {
      const there = await queries.holdings(async (holdings, rows) => {
        const state = { rows, holdings }
        return Promise.all(some.map(([, one]) => isElsewhere(state, one, device)))
      })
      if (signal.aborted) break
      for (const [i, [name, one]] of some.entries()) {
        if (!there[i] || looks.isRead(one.photo)) continue
        this.#leaving.set(name, since)
        receipts.arrived(one.source)
      }
    }
    await receipts.publish()
  }

  async #drop(device: number, signal: AbortSignal): Promise<number> {
    const { blobs, looks, storage } = this.#parts
    const leaving = [...this.#leaving.keys()].map(
      (name) => [name, this.#waiting.get(name) as Unwanted] as const
    )
    const since = Math.min(...this.#leaving.values())
    let done = 0
    for (const some of runsOf(leaving)) {
      const unwanted = some.map(([, one]) => one)
      const decisions = await decide(this.#parts, device, since, unwanted)
      for (const [i, [name, one]] of some.entries()) {
        const may = decisions[i] ?? null
        if (signal.aborted) return done
        if (may === null || looks.isRead(one.photo)) continue
        if (may) {
          await storage.owe()
          await blobs.clear(one.source)
          done++
          this.#waiting.delete(name)
          this.#leaving.delete(name)
        } else this.#stay(name, one)
      }
    }
    return done
  }
}

function runsOf<T>(items: T[]): T[][] {
  const runs: T[][] = []
  for (let i = 0; i < items.length; i += TOGETHER) runs.push(items.slice(i, i + TOGETHER))
  return runs
}

function nameOf({ device, drive, renditions, pointer }: BlobSource): string {
  return [device, drive, renditions, pointer.blockOffset, pointer.blockLength].join('/')
}
