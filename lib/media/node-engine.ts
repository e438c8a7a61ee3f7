import os from 'node:os'
import path from 'node:path'
import { AlbumError } from '../errors.ts'
import { Mutex, bounded, manyWaitOn } from '../util/wait.ts'
import type { Examined, ExamineOptions, MediaEngine } from './engine.ts'
import { noFacts } from './facts/facts.ts'
import type { MediaSource } from './file.ts'
import { type Job, ProcessEnded } from './pool/jobs.ts'
import { Pool, type PoolOptions } from './pool/pool.ts'
import { posterOf } from './renditions/poster.ts'

export interface NodeEngineOptions {
  /** Processes at a time, each decoding one photo; as many as the machine has cores unless told. */
  parallel?: number
  /** Milliseconds that one photo may take, 60 seconds unless told; its process is killed then. */
  timeout?: number
}

const TIMEOUT = 60_000
// Facts take milliseconds; a process that has to start first, a second on a busy machine.
const FACTS_TIMEOUT = 10_000

/** The engine for Node: sharp and libheif in processes of their own, which start when the first photo comes. */
export function nodeEngine(options: NodeEngineOptions = {}): MediaEngine {
  return new NodeEngine({
    parallel: Math.max(1, options.parallel ?? os.availableParallelism()),
    timeout: options.timeout ?? TIMEOUT
  })
}

/** With the pool at hand, for tests and benchmarks. */
export class NodeEngine implements MediaEngine {
  readonly pool: Pool
  readonly #timeout: number
  readonly #closing = manyWaitOn()
  // One `ffmpeg` at a time: it is quick, and nobody adds a thousand videos to look at them within the minute.
  readonly #posters = new Mutex()

  constructor(options: PoolOptions) {
    this.pool = new Pool(options)
    this.#timeout = options.timeout
  }

  async examine(source: MediaSource, type: string, options: ExamineOptions = {}): Promise<Examined> {
    const { signal, timeout } = options
    // Who waits no longer has no use for the answer: the work ends, too.
    const given = manyWaitOn()
    const giveUp = (): void => given.abort(signal?.reason)
    signal?.addEventListener('abort', giveUp)
    if (signal?.aborted) giveUp()
    const work = this.#examine(source, type, given.signal, options)
    try {
      return await bounded(
        work,
        { ...(timeout && { timeout }), ...(signal && { signal }) },
        'Reading a photo'
      )
    } catch (error) {
      if (error instanceof AlbumError && error.code === 'TIMEOUT') given.abort()
      throw error
    } finally {
      signal?.removeEventListener('abort', giveUp)
      work.catch(() => {})
    }
  }

  async #examine(
    source: MediaSource,
    type: string,
    signal: AbortSignal,
    options: ExamineOptions
  ): Promise<Examined> {
    const { renditions = true, name = null, modified = null, sidecar = null } = options
    const own = 'path' in source ? { path: path.resolve(source.path) } : source
    const wanted = renditions && type.startsWith('video/')
    const frame = wanted ? (options.frame ?? (await this.#poster(own, signal))) : null
    const job: Job = { source: own, type, beside: { name, modified, sidecar }, renditions, frame }
    try {
      return await this.pool.run(job, signal)
    } catch (error) {
      if (!(error instanceof ProcessEnded)) throw error
      return this.#factsAlone(job, signal, error.message)
    }
  }

  /** What can be said of a file that ended the process that decoded it. */
  async #factsAlone(job: Job, signal: AbortSignal, failure: string): Promise<Examined> {
    // What it died of was the frame, which is not the video's.
    const blame = job.frame === null ? { damaged: true, failure } : {}
    const alone = { ...job, renditions: false, frame: null }
    try {
      // Where the facts were all that was asked for, they are not asked for twice.
      if (job.renditions) {
        const limit = Math.min(this.#timeout, FACTS_TIMEOUT)
        return { ...(await this.pool.run(alone, signal, limit)), ...blame }
      }
    } catch (error) {
      if (!(error instanceof ProcessEnded)) throw error
    }
    const nothing = { thumbnail: null, preview: null, placeholder: null }
    return { facts: noFacts(job.beside), ...nothing, damaged: true, failure }
  }

  #poster(source: MediaSource, signal: AbortSignal): Promise<Uint8Array | null> {
    const either = AbortSignal.any([signal, this.#closing.signal])
    return this.#posters.run(() => posterOf(source, { signal: either, timeout: this.#timeout }))
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.pool.close()
  }
}
