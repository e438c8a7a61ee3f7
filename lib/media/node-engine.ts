import os from 'node:os'
import path from 'node:path'
import type { Examined, ExamineOptions, MediaEngine, MediaSource } from './engine.ts'
import { posterOf } from './renditions/poster.ts'
import { Pool, type PoolOptions } from './pool/pool.ts'
import { AlbumError } from '../errors.ts'
import { bounded, Mutex } from '../util/wait.ts'

export interface NodeEngineOptions {
  /** Processes at a time, each decoding one photo; as many as the machine has cores unless told. */
  parallel?: number
  /** Milliseconds that one photo may take, 60 seconds unless told; its process is killed then. */
  timeout?: number
}

const TIMEOUT = 60_000

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
  readonly #closing = new AbortController()
  // One `ffmpeg` at a time: it is quick, and nobody adds a thousand videos to look at them within the minute.
  readonly #posters = new Mutex()

  constructor(options: PoolOptions) {
    this.pool = new Pool(options)
    this.#timeout = options.timeout
  }

  async examine(source: MediaSource, type: string, options: ExamineOptions = {}): Promise<Examined> {
    const { signal, timeout } = options
    // Who waits no longer has no use for the answer: the work ends, too.
    const given = new AbortController()
    const giveUp = (): void => given.abort(signal?.reason)
    signal?.addEventListener('abort', giveUp)
    if (signal?.aborted) giveUp()
    const work = this.#examine(source, type, given.signal, options.frame)
    try {
      return await bounded(work, timeout ? { timeout } : {}, 'Reading a photo')
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
    given: Uint8Array | undefined
  ): Promise<Examined> {
    const own = 'path' in source ? { path: path.resolve(source.path) } : source
    const frame = given ?? (type.startsWith('video/') ? await this.#poster(own, signal) : null)
    return this.pool.run({ source: own, type, frame }, signal)
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
