import path from 'node:path'
import { sleep } from '../util/wait.ts'
import type { ImportEvent, ImportFile, ImportOptions } from './events.ts'
import type { Round } from './round.ts'
import { type Found, type Passed, pathOf, scan } from './scan.ts'
import { NameIndex, sidecarsFor } from './sidecars.ts'
import type { Tally } from './tally.ts'
import { isWhole } from './whole.ts'

const INTERVAL = 2000
// Of a large folder, looking takes long: no more of the time than one in so many.
const RARELY = 10
// A file without its end is awaited as long as so many looks take: five minutes, unless told otherwise.
const PATIENCE = 150

// What fails with these would fail again, until it is another file.
const FINAL = ['BAD_ARGUMENT', 'FILE_EMPTY', 'UNSUPPORTED_FILE']
// Anything else is tried again: soon, then ever more rarely, down to once in so many milliseconds.
const LONGEST = 60 * 60 * 1000

interface Seen {
  look: string
  /** When it began to look so, by `performance.now`: the times of files are those of other clocks, and of copies. */
  since: number
  /** Whether the file has its end; null where that was not asked yet. */
  whole: boolean | null
}

/**
 * A folder that is looked at again and again. That works on every disk and share, where what systems tell of changes
 * does not, and misses nothing.
 */
export class Watched {
  readonly #root: string
  readonly #options: ImportOptions
  readonly #round: Round
  readonly #tally: Tally
  /** What every path looked like when it was last seen, and what it looked like when it was done. */
  #seen = new Map<string, Seen>()
  #done = new Map<string, string>()
  /** Whether it was ever read. */
  #looked = false
  /** What failed and may yet work: what it looked like, and when it is tried again. */
  readonly #failed = new Map<string, { look: string; pause: number; due: number }>()

  constructor(root: string, options: ImportOptions, round: Round, tally: Tally) {
    this.#root = root
    this.#options = options
    this.#round = round
    this.#tally = tally
  }

  async *run(): AsyncGenerator<ImportEvent> {
    const { signal, interval = INTERVAL } = this.#options
    yield { type: 'phase', phase: 'scan', files: 0, bytes: 0 }
    for (let looks = 1; ; looks++) {
      const started = performance.now()
      const ready: Found[] = []
      yield* this.#look(ready)
      const took = performance.now() - started
      if (ready.length > 0) yield* this.#add(ready)
      if (looks === 2) yield { type: 'phase', phase: 'watch', files: this.#seen.size, bytes: 0 }
      // Nothing is added at the first look.
      await sleep(looks === 1 ? interval : Math.max(interval, took * RARELY), signal)
      if (signal?.aborted) return
    }
  }

  /** Finds what stands still and is not done yet. What is gone is forgotten, and nothing else. */
  async *#look(ready: Found[]): AsyncGenerator<ImportEvent> {
    const { signal } = this.#options
    const [seen, done] = [new Map<string, Seen>(), new Map<string, string>()]
    const known: Found[] = []
    const sidecars = new Changed()
    try {
      for await (const one of scan(this.#root, signal)) {
        const path = 'folder' in one ? pathOf(one) : one.path
        const look = lookOf(one)
        const before = this.#seen.get(path)
        const still = before?.look === look
        const now = still ? before : { look, since: performance.now(), whole: null }
        seen.set(path, now)
        const had = this.#done.get(path)
        if ('folder' in one) {
          if (had === look) {
            done.set(path, look)
            known.push(one)
          } else if (still && !this.#waits(path, look) && (await this.#isWhole(path, now))) ready.push(one)
          continue
        }
        const sidecar = one.look !== undefined
        if (had === undefined || (!sidecar && had !== look)) yield this.#tally.skip(one)
        if (sidecar && still && had !== look) sidecars.add(path)
        done.set(path, !sidecar || still ? look : (had ?? ''))
      }
    } catch (error) {
      // A disk that is unplugged may come back.
      if (signal?.aborted || !this.#looked) throw error
      return
    }
    for (const one of known) if (sidecars.concern(one)) ready.push({ ...one, late: true })
    this.#looked = true
    this.#seen = seen
    this.#done = done
    for (const path of this.#failed.keys()) if (!seen.has(path)) this.#failed.delete(path)
  }

  /** Whether a file has its end, or has stood still for so long that none will come. */
  async #isWhole(at: string, seen: Seen): Promise<boolean> {
    const { interval = INTERVAL } = this.#options
    if (performance.now() - seen.since >= interval * PATIENCE) return true
    // What cannot be read is told where it is to be added.
    seen.whole ??= await isWhole(path.join(this.#root, at)).catch(() => true)
    return seen.whole
  }

  async *#add(ready: Found[]): AsyncGenerator<ImportEvent> {
    for await (const event of this.#round.run(ready)) {
      if (event.type === 'file') this.#note(event)
      yield event
    }
  }

  #note({ path, status, error }: ImportFile): void {
    const look = this.#seen.get(path)?.look
    if (look === undefined) return
    if (status !== 'failed' || FINAL.includes(error?.code ?? '')) {
      this.#done.set(path, look)
      this.#failed.delete(path)
      return
    }
    this.#done.delete(path)
    const { interval = INTERVAL } = this.#options
    const before = this.#failed.get(path)
    const pause = before?.look === look ? Math.min(2 * before.pause, LONGEST) : interval
    this.#failed.set(path, { look, pause, due: performance.now() + pause })
  }

  #waits(path: string, look: string): boolean {
    const failed = this.#failed.get(path)
    return failed !== undefined && failed.look === look && performance.now() < failed.due
  }
}

function lookOf(one: Found | Passed): string {
  if ('folder' in one) return `${one.size} ${one.modified}`
  return one.look ?? one.reason ?? one.error?.code ?? ''
}

/** Sidecars that came, or changed. */
class Changed {
  readonly #names = new Map<string, Set<string>>()
  #folder: Found['folder'] | null = null
  #index = new NameIndex([])

  add(at: string): void {
    const { dir, base } = path.posix.parse(at)
    const names = this.#names.get(dir)
    if (names) names.add(base)
    else this.#names.set(dir, new Set([base]))
  }

  /** Whether one of them is a file's. */
  concern({ folder, name }: Found): boolean {
    const changed = this.#names.get(folder.path)
    if (!changed) return false
    if (this.#folder !== folder) [this.#folder, this.#index] = [folder, new NameIndex(folder.names)]
    const { xmp, takeout } = sidecarsFor(name, this.#index)
    return [...xmp, ...takeout].some((one) => changed.has(one))
  }
}
