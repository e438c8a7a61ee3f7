import fs from 'fs'
import path from 'path'
import type { CoreStorage } from 'corestore'
import { codeOf } from '../errors.ts'
import { Mutex, bounded } from '../util/wait.ts'

// How RocksDB 9 (rocksdb-native 3.18) compacts: garbage collection of blob files forced or left out; the last level
// whole, or only what has come to it by the same compaction.
const COLLECT = 1
const LEAVE = 2
const WHOLE = 2
const ONCE = 3

/**
 * How it paces itself. After a run it rests, in milliseconds, `times` as long as it took, `most` at most, and not at all
 * where that was `quick`. It writes `part` bytes at a time, and who asks for it waits for `patience` milliseconds.
 */
export interface Pace {
  quick: number
  times: number
  most: number
  part: number
  patience: number
}

/** What is remembered of it over restarts. */
export interface Debt {
  /** Whether the disk has something to get back. */
  owed: boolean
  /** Until when it rests (ms since 1970). */
  rests: number
}

/** Where that is remembered. */
export interface Memory {
  read(): Promise<Debt | null>
  write(debt: Debt): Promise<void>
}

const PACE: Pace = { quick: 5000, times: 20, most: 86_400_000, part: 4_000_000_000, patience: 5000 }
// Where the disk has no room for all of it, in so many parts at most.
const MOST_PARTS = 20
// Milliseconds after opening until it goes on with what is owed from before: a first page comes first. And until it is
// tried again where it failed.
const FIRST = 60_000
const RETRY = 3_600_000

/**
 * Gives the disk back what was cleared; RocksDB otherwise keeps it until it compacts by itself. For that it writes anew
 * all that stays, and drops the old when the new is there: of a library of hundreds of gigabytes that takes hours, for one
 * photo as for many. So it rests after it, and writes no more at a time than the disk has room for. What is owed, and the
 * rest, outlast the program: what was cleared just before it ended was to be gone for good.
 */
export class Compaction {
  readonly #storage: CoreStorage
  readonly #reserve: number
  readonly #memory: Memory
  readonly #pace: Pace
  readonly #writes = new Mutex()
  #known: Promise<void> | null = null
  // Whether something was cleared since it began the last time.
  #owed = false
  #rests = 0
  #running: Promise<void> | null = null
  #timer: ReturnType<typeof setTimeout> | null = null
  #closed = false

  /** `reserve` is how many bytes of the disk it leaves alone. */
  constructor(storage: CoreStorage, reserve: number, memory: Memory, pace: Pace = PACE) {
    this.#storage = storage
    this.#reserve = reserve
    this.#memory = memory
    this.#pace = pace
  }

  /** Goes on, `after` milliseconds at the earliest, where something is owed from before. */
  async resume(after: number = FIRST): Promise<void> {
    await this.#recall()
    if (this.#owed) this.#later(Math.max(after, this.#rests - Date.now()))
  }

  /** To be called before something is cleared: it is given back also where the program ends in between. */
  async owe(): Promise<void> {
    await this.#recall()
    if (this.#owed) return
    this.#owed = true
    // On a disk that is full this fails, and clearing makes room.
    await this.#remember().catch(() => {})
  }

  /**
   * Gives back what is owed. Resolves when the disk has it; where it rests, or takes longer than who asks for it has
   * patience, it happens later, by itself.
   */
  async run(): Promise<void> {
    await this.owe()
    if (this.#closed) return
    const rest = this.#rests - Date.now()
    if (rest > 0) return this.#later(rest)
    try {
      await bounded(this.#work(), { timeout: this.#pace.patience }, 'Giving back what was cleared')
    } catch (error) {
      if (codeOf(error) !== 'TIMEOUT') throw error
    }
  }

  #work(): Promise<void> {
    this.#running ??= this.#go().finally(() => (this.#running = null))
    return this.#running
  }

  async #go(): Promise<void> {
    while (this.#owed && !this.#closed) {
      const begun = Date.now()
      // What is being written may not know yet what is cleared from now on.
      this.#owed = false
      const whole = await this.#compact().catch((error: unknown) => {
        this.#owed = true
        this.#later(RETRY)
        throw error
      })
      if (!whole) this.#owed = true
      const { quick, times, most } = this.#pace
      const took = Date.now() - begun
      if (whole && took >= quick) this.#rests = Date.now() + Math.min(most, times * took)
      await this.#remember().catch(() => {})
      const rest = this.#rests - Date.now()
      if (rest <= 0) continue
      if (this.#owed) this.#later(rest)
      return
    }
  }

  #later(delay: number): void {
    if (this.#timer !== null || this.#closed) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      // What fails is left to the next time.
      this.#due().catch(() => {})
    }, delay)
    this.#timer.unref?.()
  }

  async #due(): Promise<void> {
    // Another album of the same store may have been first.
    const said = await this.#memory.read()
    if (said && !said.owed) this.#owed = false
    if (!this.#owed) return
    const rest = (said?.rests ?? 0) - Date.now()
    if (rest > 0 && rest <= this.#pace.most) this.#later(rest)
    else await this.#work()
  }

  #recall(): Promise<void> {
    this.#known ??= this.#memory.read().then((debt) => {
      this.#owed ||= debt?.owed ?? false
      // A clock may have been wrong.
      this.#rests = Math.min(debt?.rests ?? 0, Date.now() + this.#pace.most)
    })
    this.#known.catch(() => (this.#known = null))
    return this.#known
  }

  #remember(): Promise<void> {
    return this.#writes.run(() => this.#memory.write({ owed: this.#owed, rests: this.#rests }))
  }

  /** Resolves to whether it has come to the end. */
  async #compact(): Promise<boolean> {
    const { db } = this.#storage
    // Until then the blob files do not show what was cleared; what is garbage as a whole goes now.
    await db.compactRange(null, null, { blobGarbageCollectionPolicy: LEAVE, bottommostLevelCompaction: ONCE })
    const parts = await this.#parts()
    for (let part = 0; part < parts; part++) {
      // Who closes an album waits for one part. The next time begins with what is oldest then, and loses nothing.
      if (this.#closed) return false
      await db.compactRange(null, null, {
        blobGarbageCollectionPolicy: COLLECT,
        // The oldest files, by their number: what is written anew is the newest.
        blobGarbageCollectionAgeCutoff: 1 / parts,
        bottommostLevelCompaction: WHOLE
      })
    }
    return true
  }

  /** In how many parts: no more at a time than the disk has room for, nor than somebody waits for. */
  async #parts(): Promise<number> {
    const folder = this.#storage.path
    const { bavail, bsize } = await fs.promises.statfs(folder)
    const room = bavail * bsize - this.#reserve
    const held = await blobBytes(folder)
    const fitting = room <= 0 ? MOST_PARTS : Math.min(MOST_PARTS, Math.ceil(held / room))
    return Math.max(1, fitting, Math.ceil(held / this.#pace.part))
  }

  /** Resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
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
