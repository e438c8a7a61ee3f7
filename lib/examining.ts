import fs from 'fs'
import os from 'os'
import path from 'path'
import b4a from 'b4a'
import { AlbumError, codeOf } from './errors.ts'
import { mimeOf } from './schema/mime.ts'
import type { Examined, ExamineOptions, MediaEngine, MediaOption, MediaSource, Signal } from './types.ts'
import { abortError, bounded } from './util/wait.ts'
import { LIMITS } from './view/rules.ts'

// What is the caller's to hear; anything else of an engine keeps no photo out of the album.
const PASSED_ON = ['ABORTED', 'CLOSED', 'TIMEOUT']
// Bytes of a stream that are handed over as they are; more are laid down in a file meanwhile, up to a bound.
const IN_MEMORY = 8 * 1024 * 1024
const MOST = 4 * 1024 * 1024 * 1024
// Such a file has a folder of its own. One that is older than an hour was left by a process that died.
const PREFIX = 'hyperalbum-look-'
const OLD = 3_600_000

/** Looks at files before they are added: with the engine that the caller brought, or the one there is on Node. */
export class Examining {
  readonly #option: MediaOption | undefined
  readonly #closing: AbortSignal
  readonly #warn: (error: unknown) => void
  readonly #copies = new Set<Promise<unknown>>()
  #own: Promise<MediaEngine | null> | null = null

  constructor(option: MediaOption | undefined, closing: AbortSignal, warn: (error: unknown) => void) {
    this.#option = option
    this.#closing = closing
    this.#warn = warn
  }

  // Loaded with the first photo: an album that is only looked at needs none.
  #engine(): Promise<MediaEngine | null> {
    if (this.#option !== undefined) return Promise.resolve(this.#option)
    this.#own ??= 'Bare' in globalThis ? Promise.resolve(null) : this.#load()
    return this.#own
  }

  async #load(): Promise<MediaEngine | null> {
    await sweep().catch(() => {})
    try {
      const { nodeEngine } = await import('./media/node-engine.ts')
      return nodeEngine()
    } catch (error) {
      // Its native parts may be missing on this machine.
      this.#warn(error)
      return null
    }
  }

  /** What a file of a type (by its number) shows and says; null where there is no engine, or it says nothing. */
  async examine(source: MediaSource, type: number, options: ExamineOptions): Promise<Examined | null> {
    const engine = await this.#engine()
    if (engine === null) return null
    try {
      const answer = engine.examine(source, mimeOf(type), options)
      const { signal } = options
      // An engine may never answer.
      const ended = bounded(answer, { signal: this.#closing }, 'Looking at a photo')
      return checked(await bounded(ended, signal ? { signal } : {}, 'Looking at a photo'))
    } catch (error) {
      if (this.#closing.aborted) throw closed(error)
      if (PASSED_ON.includes(codeOf(error))) throw error
      this.#warn(error)
      return null
    }
  }

  /** The same of bytes that come as a stream. Throws what the stream throws. */
  async examineStream(
    bytes: AsyncIterable<Uint8Array>,
    size: number,
    type: number,
    options: ExamineOptions
  ): Promise<Examined | null> {
    if ((await this.#engine()) === null || size > MOST) return null
    if (size <= IN_MEMORY) {
      const chunks: Uint8Array[] = []
      for await (const chunk of bytes) chunks.push(chunk)
      return this.examine({ bytes: b4a.concat(chunks) }, type, options)
    }
    const work = this.#examineCopy(bytes, type, options)
    this.#copies.add(work)
    return work.finally(() => this.#copies.delete(work))
  }

  async #examineCopy(
    bytes: AsyncIterable<Uint8Array>,
    type: number,
    options: ExamineOptions
  ): Promise<Examined | null> {
    const folder = await fs.promises.mkdtemp(path.join(os.tmpdir(), PREFIX))
    try {
      const file = path.join(folder, 'file')
      await lay(file, this.#whileWanted(bytes, options.signal))
      return await this.examine({ path: file }, type, options)
    } finally {
      await fs.promises.rm(folder, { recursive: true, force: true })
    }
  }

  async *#whileWanted(
    bytes: AsyncIterable<Uint8Array>,
    signal: Signal | undefined
  ): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      if (this.#closing.aborted) throw closed(undefined)
      if (signal?.aborted) throw abortError(signal)
      yield chunk
    }
  }

  /** Ends the engine, where it is ours; resolves when nothing of a photo lies about any more. */
  async close(): Promise<void> {
    await (await this.#own)?.close()
    await Promise.allSettled(this.#copies)
  }
}

function closed(cause: unknown): AlbumError {
  return new AlbumError('CLOSED', 'The album was closed while adding', { cause })
}

async function lay(file: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const handle = await fs.promises.open(file, 'wx', 0o600)
  try {
    for await (const chunk of bytes) await handle.writeFile(chunk)
  } finally {
    await handle.close()
  }
}

async function sweep(): Promise<void> {
  const place = os.tmpdir()
  for (const name of await fs.promises.readdir(place)) {
    if (!name.startsWith(PREFIX)) continue
    const folder = path.join(place, name)
    const { mtimeMs } = await fs.promises.stat(folder)
    if (Date.now() - mtimeMs > OLD) await fs.promises.rm(folder, { recursive: true, force: true })
  }
}

/** An answer as the album can take it: pictures that are too large are left out. */
function checked(answer: Examined): Examined {
  const { facts, thumbnail, preview, placeholder, damaged, failure } = answer
  const within = (bytes: Uint8Array | null, most: number): Uint8Array | null =>
    bytes instanceof Uint8Array && bytes.byteLength > 0 && bytes.byteLength <= most ? bytes : null
  const { captured, location, ...rest } = facts
  const [date, place] = [captured ?? null, location ?? null]
  return {
    facts: {
      ...rest,
      captured: date && Number.isFinite(date.local) && (date.zone?.length ?? 0) <= LIMITS.zone ? date : null,
      location: place && Math.abs(place.latitude) <= 90 && Math.abs(place.longitude) <= 180 ? place : null
    },
    thumbnail: within(thumbnail, LIMITS.thumbnailBytes),
    preview: within(preview, LIMITS.previewBytes),
    placeholder: within(placeholder, LIMITS.placeholder),
    damaged: damaged === true,
    failure: failure ?? null
  }
}
