import { AlbumError } from '../../errors.ts'
import type { Signal } from '../../types.ts'
import { abortError, type Deferred, deferred } from '../../util/wait.ts'
import { Decoder } from './decoder.ts'
import type { Examined } from '../engine.ts'
import type { Job } from './jobs.ts'

export interface PoolOptions {
  /** Processes at a time, each with one job. */
  parallel: number
  /** Milliseconds that one job may take; its process is killed then. */
  timeout: number
  /** Milliseconds after which a process without work ends. */
  idle?: number
  /** Jobs after which a process is replaced. */
  jobs?: number
  /** Bytes of memory after a job beyond which its process is replaced. */
  memory?: number
}

const IDLE = 20_000
const JOBS = 200
const MEMORY = 350 * 1024 * 1024

interface Entry {
  job: Job
  signal: Signal | undefined
  /** Milliseconds that it may take. */
  limit: number
  done: Deferred<Examined>
  /** It was in a process that ended, and is tried once more. */
  again: boolean
}

/** Decodes in processes of their own: started when there is work, replaced now and then, ended when there is none. */
export class Pool {
  readonly #options: Required<PoolOptions>
  readonly #queue: Entry[] = []
  readonly #decoders = new Set<Decoder>()
  readonly #free = new Map<Decoder, ReturnType<typeof setTimeout>>()
  readonly #leaving = new Set<Promise<void>>()
  #closed = false

  constructor(options: PoolOptions) {
    this.#options = { idle: IDLE, jobs: JOBS, memory: MEMORY, ...options }
  }

  /** The processes that are there now. */
  get pids(): number[] {
    return [...this.#decoders].map(({ pid }) => pid)
  }

  /** Those of them that have started so far that they can look at a file. */
  get ready(): number[] {
    return [...this.#decoders].filter(({ ready }) => ready).map(({ pid }) => pid)
  }

  /** Does a job when it is its turn. A signal takes it out of the queue, or ends the process that does it. */
  async run(job: Job, signal?: Signal, limit: number = this.#options.timeout): Promise<Examined> {
    if (this.#closed) throw closedError()
    if (signal?.aborted) throw abortError(signal)
    const entry: Entry = { job, signal, limit, done: deferred(), again: false }
    const onabort = (): void => {
      const at = this.#queue.indexOf(entry)
      if (at !== -1) this.#queue.splice(at, 1)
      entry.done.reject(abortError(signal))
    }
    signal?.addEventListener('abort', onabort)
    this.#queue.push(entry)
    this.#next()
    try {
      return await entry.done.promise
    } finally {
      signal?.removeEventListener('abort', onabort)
    }
  }

  /** Ends all processes. What was asked for and is not done fails with `CLOSED`. */
  async close(): Promise<void> {
    this.#closed = true
    for (const { done } of this.#queue.splice(0)) done.reject(closedError())
    for (const decoder of this.#decoders) this.#drop(decoder)
    await Promise.all(this.#leaving)
  }

  #next(): void {
    while (this.#queue.length > 0) {
      let decoder: Decoder | null
      try {
        decoder = this.#take()
      } catch (error) {
        // No process could be started.
        this.#queue.shift()?.done.reject(error)
        continue
      }
      if (decoder === null) return
      void this.#give(decoder, this.#queue.shift() as Entry)
    }
  }

  /** A process that waits for work, or a new one where there may be one more. */
  #take(): Decoder | null {
    for (const [decoder, timer] of this.#free) {
      clearTimeout(timer)
      this.#free.delete(decoder)
      if (decoder.alive) return decoder
      this.#drop(decoder)
    }
    if (this.#decoders.size >= this.#options.parallel) return null
    const decoder = new Decoder()
    this.#decoders.add(decoder)
    return decoder
  }

  async #give(decoder: Decoder, entry: Entry): Promise<void> {
    const { job, signal, limit, done } = entry
    const onabort = (): void => decoder.kill('Nobody waits for it any more')
    signal?.addEventListener('abort', onabort)
    try {
      const { result, error } = await decoder.run(job, limit)
      if (result) done.resolve(result)
      else done.reject(error ? new AlbumError(error.code, error.message) : closedError())
    } catch (error) {
      // A process that had done other jobs may have died of them, or while it waited for this one.
      const innocent = decoder.crashed && (decoder.jobs > 1 || !decoder.ready) && !entry.again
      if (innocent && !this.#closed && !signal?.aborted) {
        entry.again = true
        this.#queue.unshift(entry)
      } else done.reject(this.#closed ? closedError() : error)
    } finally {
      signal?.removeEventListener('abort', onabort)
    }
    this.#release(decoder)
    this.#next()
  }

  #release(decoder: Decoder): void {
    const { idle, jobs, memory } = this.#options
    const spent = decoder.jobs >= jobs || decoder.memory > memory || decoder.tainted
    if (this.#closed || spent || !decoder.alive) {
      this.#drop(decoder)
      return
    }
    const timer = setTimeout(() => this.#drop(decoder), idle)
    timer.unref()
    this.#free.set(decoder, timer)
  }

  #drop(decoder: Decoder): void {
    clearTimeout(this.#free.get(decoder))
    this.#free.delete(decoder)
    if (!this.#decoders.delete(decoder)) return
    decoder.kill('The pool was closed')
    const leaving = decoder.ended().finally(() => this.#leaving.delete(leaving))
    this.#leaving.add(leaving)
  }
}

function closedError(): AlbumError {
  return new AlbumError('CLOSED', 'The media engine was closed')
}
