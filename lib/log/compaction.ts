import fs from 'fs'
import path from 'path'
import type { CoreStorage } from 'corestore'

// How RocksDB 9 (rocksdb-native 3.18) compacts: garbage collection of blob files forced or left out; the last level
// whole, or only what has come to it by the same compaction.
const COLLECT = 1
const LEAVE = 2
const WHOLE = 2
const ONCE = 3

/** How long it rests, in milliseconds: `times` as long as it took, `most` at most, and not at all where that was `quick`. */
export interface Pace {
  quick: number
  times: number
  most: number
}

const PACE: Pace = { quick: 5000, times: 20, most: 86_400_000 }
// Where the disk has no room for all of it, in so many parts at most.
const MOST_PARTS = 20

/**
 * Gives the disk back what was cleared; RocksDB otherwise keeps it until it compacts by itself. For that it writes anew
 * all that stays, and drops the old when the new is there: of a library of hundreds of gigabytes that takes hours, for one
 * photo as for many. So it rests after it, and writes no more at a time than the disk has room for.
 */
export class Compaction {
  readonly #storage: CoreStorage
  readonly #reserve: number
  readonly #pace: Pace
  #running: Promise<void> | null = null
  #rest: ReturnType<typeof setTimeout> | null = null
  // Whether it was asked for while it rests.
  #again = false
  #closed = false

  /** `reserve` is how many bytes of the disk it leaves alone. */
  constructor(storage: CoreStorage, reserve: number, pace: Pace = PACE) {
    this.#storage = storage
    this.#reserve = reserve
    this.#pace = pace
  }

  /** Resolves when the disk has it back; at once where that has to wait: then it happens later, by itself. */
  async run(): Promise<void> {
    // What is being written may not know yet what was cleared meanwhile.
    while (this.#running !== null) await this.#running.catch(() => {})
    if (this.#closed) return
    if (this.#rest !== null) this.#again = true
    else await (this.#running = this.#go())
  }

  async #go(): Promise<void> {
    const begun = Date.now()
    try {
      await this.#compact()
    } finally {
      this.#running = null
      this.#begin(Date.now() - begun)
    }
  }

  // A rest, after so many milliseconds of work.
  #begin(took: number): void {
    const { quick, times, most } = this.#pace
    if (took < quick || this.#closed) return
    this.#rest = setTimeout(
      () => {
        this.#rest = null
        if (!this.#again) return
        this.#again = false
        // What fails is left to the next time.
        this.run().catch(() => {})
      },
      Math.min(most, times * took)
    )
    this.#rest.unref?.()
  }

  async #compact(): Promise<void> {
    const { db } = this.#storage
    // Until then the blob files do not show what was cleared; what is garbage as a whole goes now.
    await db.compactRange(null, null, { blobGarbageCollectionPolicy: LEAVE, bottommostLevelCompaction: ONCE })
    const parts = await this.#parts()
    for (let part = 0; part < parts && !this.#closed; part++) {
      await db.compactRange(null, null, {
        blobGarbageCollectionPolicy: COLLECT,
        // The oldest files, by their number: what is written anew is the newest.
        blobGarbageCollectionAgeCutoff: 1 / parts,
        bottommostLevelCompaction: WHOLE
      })
    }
  }

  /** In how many parts the disk has room for what is written anew. */
  async #parts(): Promise<number> {
    const folder = this.#storage.path
    const { bavail, bsize } = await fs.promises.statfs(folder)
    const room = bavail * bsize - this.#reserve
    const held = await blobBytes(folder)
    return room <= 0 ? MOST_PARTS : Math.min(MOST_PARTS, Math.max(1, Math.ceil(held / room)))
  }

  /** Resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#rest !== null) clearTimeout(this.#rest)
    await this.#running?.catch(() => {})
  }
}

/** Bytes of RocksDB's blob files. */
async function blobBytes(folder: string): Promise<number> {
  const names = await fs.promises.readdir(folder, { recursive: true })
  let bytes = 0
  for (const name of names) {
    if (!name.endsWith('.blob')) continue
    // It may have gone meanwhile.
    bytes += await fs.promises.stat(path.join(folder, name)).then(
      ({ size }) => size,
      () => 0
    )
  }
  return bytes
}
