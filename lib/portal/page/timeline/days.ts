// The photos of a timeline, loaded by ranges of days as they come into view, and kept up to date.
import type { Cell, PhotoDetails, PhotoFilter, PhotoPage, Timeline } from '../../api.ts'
import { codeOf, get } from '../client.ts'
import { nextDay } from '../dates.ts'
import { Store } from '../store.ts'
import type { GridPhotos } from './view.tsx'

/** Cells of a page: some screens of a desktop. */
const PAGE = 300
/** Cells that are kept: days far from what is seen are forgotten beyond it. */
const KEPT = 6000
/** Milliseconds until it asks again where the portal counts something else. */
const BUSY = 2000

/** What is loaded of a day: all of it, or from its newest photo to a cursor. */
interface Loaded {
  cells: Cell[]
  /** Where to go on; null where the day is whole. */
  next: string | null
}

export class Days implements GridPhotos {
  /** Newest first. */
  days: Timeline['days'] = []
  total = 0
  readonly version: Store<number> = new Store(0)
  /** The last attempt to load anything failed. */
  readonly failed: Store<boolean> = new Store(false)
  readonly ready: Store<boolean> = new Store(false)
  readonly #filter: PhotoFilter
  /** For each day the place of its first photo. */
  #firsts: number[] = []
  #loaded = new Map<string, Loaded>()
  /** Days whose cells are shown and have to be read anew. */
  readonly #stale = new Set<string>()
  #wanted: [from: number, to: number] = [0, 0]
  #reading = false
  #outdated = false
  readonly #closed = new AbortController()
  #loading: { from: string; to: string; abort: AbortController } | null = null
  #ensuring: Promise<unknown> = Promise.resolve()

  constructor(filter: PhotoFilter) {
    this.#filter = filter
  }

  /**
   * Reads the counts of all days; cells that are loaded stay until newer ones arrive. Asked again meanwhile, it reads once
   * more after it: what is counted may take its time.
   */
  async read(): Promise<void> {
    this.#outdated = true
    if (this.#reading) return
    this.#reading = true
    while (this.#outdated && !this.#closed.signal.aborted) {
      this.#outdated = false
      await this.#read()
    }
    this.#reading = false
  }

  /** Nobody looks any more: what is being counted need not be. */
  close(): void {
    this.#closed.abort()
  }

  async #read(): Promise<void> {
    try {
      const { days } = await get<Timeline>('timeline', { ...this.#filter }, this.#closed.signal)
      this.#lay(days)
      for (const day of this.#loaded.keys()) this.#stale.add(day)
      this.failed.set(false)
      this.ready.set(true)
      this.#changed()
      void this.#load()
    } catch (error) {
      if (this.#closed.signal.aborted) return
      if (codeOf(error) !== 'TOO_MANY_REQUESTS') return this.failed.set(true)
      await new Promise((resolve) => setTimeout(resolve, BUSY))
      this.#outdated = true
    }
  }

  at(index: number): Cell | null {
    const day = this.#dayAt(index)
    const [name] = this.days[day] ?? ['']
    return this.#loaded.get(name)?.cells[index - (this.#firsts[day] ?? 0)] ?? null
  }

  indexOf(id: string): number {
    for (let day = 0; day < this.days.length; day++) {
      const at = this.#loaded.get(this.days[day]?.[0] ?? '')?.cells.findIndex((cell) => cell.id === id) ?? -1
      if (at >= 0) return (this.#firsts[day] ?? 0) + at
    }
    return -1
  }

  /** The place of the first photo of a day, or of the first day before it. */
  firstOf(day: string): number {
    const at = this.days.findIndex(([name]) => name <= day)
    return this.#firsts[at] ?? -1
  }

  async find(id: string): Promise<number> {
    const known = this.indexOf(id)
    if (known >= 0) await this.ensure(known)
    if (this.indexOf(id) >= 0) return this.indexOf(id)
    const { photo } = await get<PhotoDetails>(`photos/${id}`)
    const day = photo.capturedAt.local.slice(0, 10)
    const first = this.firstOf(day)
    for (let index = first; index >= 0 && this.#nameAt(index) === day; index++) {
      if ((await this.ensure(index))?.id === id) return index
    }
    return -1
  }

  /** One after another, and beside what comes into view: neither makes the other give up. */
  ensure(index: number): Promise<Cell | null> {
    const asked = this.#ensuring.then(() => this.#ensure(index))
    this.#ensuring = asked
    return asked
  }

  async #ensure(index: number): Promise<Cell | null> {
    for (let lacks = this.#lacksAt(index); lacks; lacks = this.#lacksAt(index)) {
      try {
        await this.#page(lacks, lacks)
      } catch {
        this.failed.set(true)
        break
      }
      this.failed.set(false)
      this.#changed()
    }
    return this.at(index)
  }

  /** The day of a photo that is not loaded, or has to be read anew. */
  #lacksAt(index: number): string | null {
    const day = this.#nameAt(index)
    if (!day || this.#stale.has(day)) return day || null
    // A day that is whole may have less than was counted: somebody took a photo away meanwhile.
    return !this.at(index) && this.#loaded.get(day)?.next !== null ? day : null
  }

  /** Says which photos come into view: what is lacking of them is loaded, anything else can wait. */
  want(from: number, to: number): void {
    this.#wanted = [from, to]
    const { days } = this
    const current = this.#loading
    const newest = days[this.#dayAt(from)]?.[0] ?? ''
    const oldest = days[this.#dayAt(Math.max(from, to - 1))]?.[0] ?? ''
    if (current && (current.from > newest || nextDay(oldest) > current.to)) {
      // What is being loaded went out of view meanwhile, and another range lacks.
      if (this.#lacking() !== null) current.abort.abort()
    }
    void this.#load()
  }

  async #load(): Promise<void> {
    if (this.#loading) return
    for (let lacking = this.#lacking(); lacking; lacking = this.#lacking()) {
      const [newest, oldest] = lacking
      const abort = new AbortController()
      this.#loading = { from: oldest, to: nextDay(newest), abort }
      try {
        await this.#page(newest, oldest, abort.signal)
        this.failed.set(false)
      } catch {
        if (abort.signal.aborted) continue
        this.failed.set(true)
        return
      } finally {
        this.#loading = null
        this.#changed()
      }
    }
  }

  async #page(newest: string, oldest: string, signal?: AbortSignal): Promise<void> {
    const { days } = this
    const begun = this.#stale.has(newest) ? undefined : this.#loaded.get(newest)
    const query = { ...this.#filter, from: oldest, to: nextDay(newest), limit: PAGE }
    const page = await get<PhotoPage>('photos', begun?.next ? { ...query, after: begun.next } : query, signal)
    const read = new Map<string, Cell[]>(begun ? [[newest, begun.cells]] : [])
    for (const cell of page.cells) {
      const day = cell.local.slice(0, 10)
      read.set(day, [...(read.get(day) ?? []), cell])
    }
    const last = page.next ? page.cells.at(-1)?.local.slice(0, 10) : null
    for (const [day] of this.days) {
      if (day > newest || day < (last ?? oldest)) continue
      this.#loaded.delete(day)
      this.#loaded.set(day, { cells: read.get(day) ?? [], next: day === last ? page.next : null })
      // What changed since it was asked for may not be in it.
      if (days === this.days) this.#stale.delete(day)
    }
    this.#forget()
  }

  /** The next run of days to load, newest and oldest, or null where all that is wanted is there. */
  #lacking(): [newest: string, oldest: string] | null {
    const [from, to] = this.#wanted
    if (to <= from) return null
    let newest: string | null = null
    let oldest = ''
    let count = 0
    for (let day = this.#dayAt(from); day < this.days.length && (this.#firsts[day] ?? 0) < to; day++) {
      const [name, photos] = this.days[day] ?? ['', 0]
      const loaded = this.#stale.has(name) ? undefined : this.#loaded.get(name)
      const needed = Math.min(photos, to - (this.#firsts[day] ?? 0))
      const whole = loaded !== undefined && (loaded.next === null || loaded.cells.length >= needed)
      if (whole && newest) break
      if (whole) continue
      newest ??= name
      oldest = name
      count += photos
      // A day that was begun goes on from its cursor, alone.
      if (loaded || count >= PAGE) break
    }
    return newest === null ? null : [newest, oldest]
  }

  #lay(days: Timeline['days']): void {
    this.days = days.filter(([, count]) => count > 0)
    this.#firsts = []
    this.total = 0
    for (const [, count] of this.days) {
      this.#firsts.push(this.total)
      this.total += count
    }
  }

  /** Forgets the days that were loaded longest ago, where many are. */
  #forget(): void {
    let kept = 0
    for (const { cells } of this.#loaded.values()) kept += cells.length
    const [from, to] = this.#wanted
    for (const [day, { cells }] of this.#loaded) {
      if (kept <= KEPT) return
      const first = this.firstOf(day)
      if (first < to && first + cells.length > from) continue
      this.#loaded.delete(day)
      kept -= cells.length
    }
  }

  #nameAt(index: number): string {
    return index < this.total ? (this.days[this.#dayAt(index)]?.[0] ?? '') : ''
  }

  #dayAt(index: number): number {
    let low = 0
    let high = this.#firsts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((this.#firsts[middle] ?? 0) <= index) low = middle
      else high = middle - 1
    }
    return low
  }

  #changed(): void {
    this.version.set(this.version.value + 1)
  }
}
