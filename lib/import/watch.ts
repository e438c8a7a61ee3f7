import { sleep } from '../util/wait.ts'
import type { ImportEvent, ImportFile, ImportOptions } from './events.ts'
import type { Round } from './round.ts'
import { type Found, type Passed, pathOf, scan } from './scan.ts'
import type { Tally } from './tally.ts'

const INTERVAL = 2000
// Of a large folder, looking takes long: no more of the time than one in so many.
const RARELY = 10

// What fails with these would fail again, until it is another file.
const FINAL = ['BAD_ARGUMENT', 'FILE_EMPTY', 'UNSUPPORTED_FILE']
// Anything else is tried again: soon, then ever more rarely, down to once in so many milliseconds.
const LONGEST = 60 * 60 * 1000

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
  #seen = new Map<string, string>()
  #done = new Map<string, string>()
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
    for (let first = true; ; first = false) {
      const started = performance.now()
      const ready: Found[] = []
      yield* this.#look(ready)
      const took = performance.now() - started
      if (ready.length > 0) yield* this.#add(ready)
      if (first) yield { type: 'phase', phase: 'watch', files: this.#seen.size, bytes: 0 }
      await sleep(Math.max(interval, took * RARELY), signal)
      if (signal?.aborted) return
    }
  }

  /** Finds what stands still and is not done yet. What is gone is forgotten, and nothing else. */
  async *#look(ready: Found[]): AsyncGenerator<ImportEvent> {
    const { signal, interval = INTERVAL } = this.#options
    const [seen, done] = [new Map<string, string>(), new Map<string, string>()]
    const settled = Date.now() - interval
    try {
      for await (const one of scan(this.#root, signal)) {
        const path = 'folder' in one ? pathOf(one) : one.path
        const look = lookOf(one)
        seen.set(path, look)
        if (this.#done.get(path) === look) done.set(path, look)
        else if (!('folder' in one)) {
          done.set(path, look)
          yield this.#tally.skip(one)
        } else if (!this.#waits(path, look) && (one.modified < settled || this.#seen.get(path) === look))
          ready.push(one)
      }
    } catch (error) {
      // A disk that is unplugged may come back.
      if (signal?.aborted || this.#seen.size === 0) throw error
      return
    }
    this.#seen = seen
    this.#done = done
    for (const path of this.#failed.keys()) if (!seen.has(path)) this.#failed.delete(path)
  }

  async *#add(ready: Found[]): AsyncGenerator<ImportEvent> {
    for await (const event of this.#round.run(ready)) {
      if (event.type === 'file') this.#note(event)
      yield event
    }
  }

  #note({ path, status, error }: ImportFile): void {
    const look = this.#seen.get(path)
    if (look === undefined) return
    if (status !== 'failed' || FINAL.includes(error?.code ?? '')) {
      this.#done.set(path, look)
      this.#failed.delete(path)
      return
    }
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
  return one.reason ?? one.error?.code ?? ''
}
