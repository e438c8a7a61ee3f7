import { Worker } from 'node:worker_threads'

// Decoding in wasm blocks the thread that would hear that its time is over, or that the parent is gone: this runs in a
// thread of its own. SIGKILL, since nothing gentler is sure to end a process that decodes a stranger's file.
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads')
const end = () => process.kill(process.pid, 'SIGKILL')
const look = () => process.memoryUsage.rss() > workerData.memory && end()
let timer, looking
parentPort.on('message', (limit) => {
  clearTimeout(timer)
  clearInterval(looking)
  if (limit === 0) return
  timer = setTimeout(end, limit)
  looking = setInterval(look, workerData.every)
})
`

const LOOK_EVERY = 20

/** Ends this process when a job takes too long or the process too much memory, also while it is busy. */
export class Watchdog {
  readonly #worker: Worker

  /** @param memory - Bytes that the process may hold (its resident set) */
  constructor(memory: number) {
    const workerData = { memory, every: LOOK_EVERY }
    // No options of the process's own: it needs no loader.
    this.#worker = new Worker(PROGRAM, { eval: true, execArgv: [], workerData })
    this.#worker.unref()
  }

  /** A job begins, and has so many milliseconds. */
  watch(limit: number): void {
    this.#worker.postMessage(limit)
  }

  rest(): void {
    this.#worker.postMessage(0)
  }
}
