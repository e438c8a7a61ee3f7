import type { AutobaseWriter } from 'autobase'
import { sleep } from '../util/wait.ts'
import type { PatientAutobase } from './patient.ts'

// So many blocks, over all writers, are worth waiting for: fewer are taken in as they come.
const FAR = 16
// Milliseconds without anything arriving, where all is there that we have heard of, and where it is not; and in all.
const QUIET = 300
const STALL = 3000
const LONGEST = 20_000
// Milliseconds in which it does not wait again where it waited in vain.
const REST = 60_000
const POLL = 20

/**
 * What others wrote while they were away. Autobase applies blocks as they arrive, and each that sorts before others
 * makes it apply those again. So where much is missing, the base holds until it lies on this disk.
 */
export class Backlog {
  readonly #base: PatientAutobase
  readonly #closing: AbortSignal
  readonly #writers = new Set<AutobaseWriter>()
  #running: Promise<void> | null = null
  #rest = 0

  constructor(base: PatientAutobase, closing: AbortSignal) {
    this.#base = base
    this.#closing = closing
    base.on('writer', (writer: AutobaseWriter) => this.#watch(writer))
    base.on('taken', () => this.#consider())
  }

  // Autobase opens a writer when it hears that there is something new, and closes it when that has been taken in.
  #watch(writer: AutobaseWriter): void {
    this.#writers.add(writer)
    // Before Autobase hears of it and begins.
    writer.core.prependListener('append', () => this.#consider())
    this.#consider()
  }

  // Those that Autobase still goes by: it makes others when it takes over a finished index, and leaves these open.
  #current(): AutobaseWriter[] {
    const { activeWriters } = this.#base
    for (const one of this.#writers) if (one.closed) this.#writers.delete(one)
    return [...this.#writers].filter((one) => activeWriters.get(one.core.key) === one)
  }

  /** Blocks that are known of and not on this disk. */
  #missing(): number {
    const reachable = this.#current().filter(({ core }) => core.peers.length > 0)
    return reachable.reduce((sum, writer) => sum + missingOf(writer), 0)
  }

  // Not before this device is a member: who joins is to see the first page as soon as there is one. What is final
  // already comes by fast-forward. And not before anything is final: a base that is held up at its very beginning never
  // gets to know its indexer (autobase 7.28).
  get #free(): boolean {
    const base = this.#base
    if (!base.writable || base.signedLength === 0 || base.closing || this.#closing.aborted) return false
    return !base.isFastForwarding() && !base.taking
  }

  #consider(): void {
    if (this.#running || !this.#free || Date.now() < this.#rest || this.#missing() <= FAR) return
    this.#base.holding = true
    this.#running = this.#hold().finally(() => {
      this.#running = null
      this.#base.holding = false
      // Makes it look at what has come.
      this.#base.resume()
    })
  }

  async #hold(): Promise<void> {
    const ranges = new Map<AutobaseWriter, { destroy(): void }>()
    const started = Date.now()
    let before = -1
    let complete = false
    let progress = started
    while (this.#free && Date.now() - started < LONGEST) {
      for (const writer of this.#current()) {
        // Autobase itself fetches no more than the next 256.
        if (!ranges.has(writer)) ranges.set(writer, writer.core.download({ start: writer.length, end: -1 }))
      }
      const left = this.#missing()
      // Somebody who writes on and on and gives none of it must not hold up what others wrote.
      if (left < before || (left === 0) !== (before === 0)) progress = Date.now()
      if (left > 0 && Date.now() - progress > STALL) break
      if (left === 0 && Date.now() - progress > QUIET) {
        complete = true
        break
      }
      before = left
      await sleep(POLL, this.#closing)
    }
    for (const range of ranges.values()) range.destroy()
    if (!complete) this.#rest = Date.now() + REST
  }
}

function missingOf({ core, length }: AutobaseWriter): number {
  const { bitfield } = core.core
  let missing = 0
  for (let at = bitfield.firstUnset(length); at !== -1 && at < core.length;) {
    const next = bitfield.firstSet(at)
    const end = next === -1 ? core.length : Math.min(next, core.length)
    missing += end - at
    at = bitfield.firstUnset(end)
  }
  return missing
}
