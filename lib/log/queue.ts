import { deferred, type Deferred } from '../util/wait.ts'

// An array of ops is one atomic run that is applied in one pass, which is what makes it fast; a run that is too long
// would hold up everything else. A block over 15 MiB closes Autobase: single ops are far below.
const MAX_OPS = 200
const MAX_BYTES = 4 * 1024 * 1024

interface Entry {
  ops: Uint8Array[]
  bytes: number
  done: Deferred<void>
}

/** Appends one run at a time; what callers hand in meanwhile goes together into the next. */
export class AppendQueue {
  readonly #append: (ops: Uint8Array[]) => Promise<void>
  readonly #waiting: Entry[] = []
  #running: Promise<void> | null = null

  constructor(append: (ops: Uint8Array[]) => Promise<void>) {
    this.#append = append
  }

  append(ops: Uint8Array[]): Promise<void> {
    const entry = { ops, bytes: ops.reduce((sum, op) => sum + op.byteLength, 0), done: deferred<void>() }
    this.#waiting.push(entry)
    this.#running ??= this.#run()
    return entry.done.promise
  }

  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    // Callers of the same turn go together.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const run = this.#take()
      try {
        await this.#append(run.flatMap((entry) => entry.ops))
        for (const entry of run) entry.done.resolve()
      } catch (error) {
        for (const entry of run) entry.done.reject(error)
      }
    }
    // At once: who was waiting may hand in more before anybody hears that this run has ended.
    this.#running = null
  }

  #take(): Entry[] {
    const run: Entry[] = []
    let ops = 0
    let bytes = 0
    while (this.#waiting[0]) {
      const next = this.#waiting[0]
      if (run.length > 0 && (ops + next.ops.length > MAX_OPS || bytes + next.bytes > MAX_BYTES)) break
      run.push(next)
      ops += next.ops.length
      bytes += next.bytes
      this.#waiting.shift()
    }
    return run
  }
}
