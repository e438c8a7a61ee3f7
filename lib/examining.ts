import fs from 'fs'
import os from 'os'
import path from 'path'
import { AlbumError, codeOf } from './errors.ts'
import { mimeOf } from './schema/mime.ts'
import type { Examined, ExamineOptions, MediaEngine, MediaOption, MediaSource } from './types.ts'

// What is the caller's to hear; anything else of an engine keeps no photo out of the album.
const PASSED_ON = ['ABORTED', 'CLOSED', 'TIMEOUT']

/** Looks at files before they are added: with the engine that the caller brought, or the one there is on Node. */
export class Examining {
  readonly #option: MediaOption | undefined
  readonly #warn: (error: unknown) => void
  #own: Promise<MediaEngine | null> | null = null

  constructor(option: MediaOption | undefined, warn: (error: unknown) => void) {
    this.#option = option
    this.#warn = warn
  }

  // Loaded with the first photo: an album that is only looked at needs none.
  #engine(): Promise<MediaEngine | null> {
    if (this.#option !== undefined) return Promise.resolve(this.#option)
    this.#own ??=
      'Bare' in globalThis
        ? Promise.resolve(null)
        : import('./media/node-engine.ts').then(({ nodeEngine }) => nodeEngine())
    return this.#own
  }

  /** What a file of a type (by its number) shows and says; null where there is no engine, or it says nothing. */
  async examine(source: MediaSource, type: number, options: ExamineOptions): Promise<Examined | null> {
    const engine = await this.#engine()
    if (engine === null) return null
    try {
      return await engine.examine(source, mimeOf(type), options)
    } catch (error) {
      if (PASSED_ON.includes(codeOf(error))) throw error
      this.#warn(error)
      return null
    }
  }

  /** The same of bytes that come as a stream: they are laid down for as long as they are looked at. */
  async examineStream(
    bytes: AsyncIterable<Uint8Array>,
    type: number,
    options: ExamineOptions
  ): Promise<Examined | null> {
    if ((await this.#engine()) === null) return null
    const folder = await fs.promises.mkdtemp(path.join(os.tmpdir(), 'hyperalbum-'))
    try {
      const file = path.join(folder, 'file')
      const handle = await fs.promises.open(file, 'wx', 0o600)
      try {
        for await (const chunk of bytes) await handle.write(chunk)
      } finally {
        await handle.close()
      }
      return await this.examine({ path: file }, type, options)
    } catch (error) {
      if (error instanceof AlbumError) throw error
      this.#warn(error)
      return null
    } finally {
      await fs.promises.rm(folder, { recursive: true, force: true })
    }
  }

  async close(): Promise<void> {
    await (await this.#own)?.close()
  }
}
