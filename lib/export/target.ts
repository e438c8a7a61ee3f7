import { createHash, randomBytes } from 'node:crypto'
import fs, { type Stats } from 'node:fs'
import path from 'node:path'
import { AlbumError, codeOf } from '../errors.ts'
import type { Signal } from '../types.ts'
import { toDisk } from '../util/disk.ts'
import { abortError } from '../util/wait.ts'
import { fold } from './names.ts'

// What a program that was killed left in the middle of writing is removed after so many milliseconds.
const STALE = 60 * 60 * 1000
// More than any sidecar of an export is long.
const MAX_TEXT_BYTES = 1024 * 1024

const TEMPORARY = /^\.hyperalbum-[0-9a-f]{16}\.part$/

/** A file that was written and has no name yet. */
export interface Draft {
  file: string
  size: number
  sha256: string
}

/** The folder of an export: what is written gets its name when it is whole, and never that of another file. */
export class Target {
  readonly root: string
  readonly #stats: Stats
  readonly #stale: number
  /** Names that are taken, folded, by folder. */
  readonly #taken = new Map<string, Promise<Set<string>>>()

  private constructor(root: string, stats: Stats, stale: number) {
    this.root = root
    this.#stats = stats
    this.#stale = stale
  }

  /** Makes the folder where there is none. */
  static async open(root: string, { stale = STALE }: { stale?: number } = {}): Promise<Target> {
    await toDisk(() => fs.promises.mkdir(root, { recursive: true }))
    return new Target(root, await toDisk(() => fs.promises.stat(root)), stale)
  }

  /** Whether the folder is still the one that was opened: a disk may be unplugged, and its place be another disk's. */
  async isThere(): Promise<boolean> {
    const { dev, ino } = this.#stats
    const now = await fs.promises.stat(this.root).catch(() => null)
    return now !== null && now.dev === dev && now.ino === ino
  }

  /** Makes a folder, and learns what is in it. Names that are taken here are to be added. */
  taken(folder: string): Promise<Set<string>> {
    const known = this.#taken.get(folder)
    if (known) return known
    const reading = this.#read(folder)
    this.#taken.set(folder, reading)
    // It may work the next time.
    reading.catch(() => this.#taken.delete(folder))
    return reading
  }

  /** Writes a file under a name of its own. Leaves nothing behind where that fails. */
  async draft(
    folder: string,
    bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    times: Date | null
  ): Promise<Draft> {
    const file = path.join(this.root, folder, `.hyperalbum-${randomBytes(8).toString('hex')}.part`)
    const hash = createHash('sha256')
    let size = 0
    // Neither this nor what members say can make it a program.
    const handle = await toDisk(() => fs.promises.open(file, 'wx', 0o666))
    try {
      try {
        for await (const chunk of bytes) {
          hash.update(chunk)
          size += chunk.byteLength
          for (let at = 0; at < chunk.byteLength;) {
            at += (await toDisk(() => handle.write(chunk, at))).bytesWritten
          }
        }
        // Not every disk can keep every time.
        if (times) await handle.utimes(times, times).catch(() => {})
        await toDisk(() => handle.sync())
      } finally {
        await handle.close()
      }
      return { file, size, sha256: hash.digest('hex') }
    } catch (error) {
      await fs.promises.rm(file, { force: true }).catch(() => {})
      throw error
    }
  }

  /** Gives a draft its name. False where a file has that name. */
  async name({ file }: Draft, at: string): Promise<boolean> {
    const target = path.join(this.root, at)
    return toDisk(async () => {
      try {
        await fs.promises.link(file, target).catch((error: unknown) => {
          if (codeOf(error) === 'EEXIST') throw error
          return this.#move(file, at)
        })
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return false
        throw error
      }
      await this.drop({ file })
      return true
    })
  }

  /** Puts a draft in the place of a file that an export wrote. */
  async replace({ file }: Draft, at: string): Promise<void> {
    await toDisk(() => fs.promises.rename(file, path.join(this.root, at)))
  }

  async drop({ file }: Pick<Draft, 'file'>): Promise<void> {
    await fs.promises.rm(file, { force: true }).catch(() => {})
  }

  /** Bytes of a file; null where there is none. */
  async sizeOf(at: string): Promise<number | null> {
    const stat = await fs.promises.lstat(path.join(this.root, at)).catch(() => null)
    return stat?.isFile() ? stat.size : null
  }

  /** SHA-256 of a file, hex; null where there is none that can be read. */
  async hashOf(at: string, signal?: Signal): Promise<string | null> {
    const hash = createHash('sha256')
    const file = fs.createReadStream(path.join(this.root, at), { highWaterMark: 1024 * 1024 })
    try {
      for await (const chunk of file) {
        if (signal?.aborted) break
        hash.update(chunk as Uint8Array)
      }
    } catch {
      return null
    }
    if (signal?.aborted) throw abortError(signal)
    return hash.digest('hex')
  }

  /** The text of a small file; null where there is none that can be read. */
  async textOf(at: string): Promise<string | null> {
    const size = await this.sizeOf(at)
    if (size === null || size > MAX_TEXT_BYTES) return null
    return fs.promises.readFile(path.join(this.root, at), 'utf8').catch(() => null)
  }

  /** FAT and some shares have no links: there an empty file holds the name until this one is moved over it. */
  async #move(file: string, at: string): Promise<void> {
    const target = path.join(this.root, at)
    await (await fs.promises.open(target, 'wx')).close()
    try {
      await fs.promises.rename(file, target)
    } catch (error) {
      // What somebody else has put there meanwhile stays.
      if ((await this.sizeOf(at)) === 0) await this.drop({ file: target })
      throw error
    }
  }

  async #read(folder: string): Promise<Set<string>> {
    const place = path.join(this.root, folder)
    if (!(await this.isThere())) throw new AlbumError('STORAGE_FAILED', `${this.root} is not there any more`)
    for (const at of stepsOf(folder)) await this.#make(at)
    const names = await toDisk(() => fs.promises.readdir(place))
    for (const name of names) if (TEMPORARY.test(name)) await this.#sweep(path.join(place, name))
    return new Set(names.map(fold))
  }

  /** A link that somebody put in the place of a folder would lead out of this one. */
  async #make(folder: string): Promise<void> {
    const place = path.join(this.root, folder)
    await toDisk(async () => {
      await fs.promises.mkdir(place).catch((error: unknown) => {
        if (codeOf(error) !== 'EEXIST') throw error
      })
      if (!(await fs.promises.lstat(place)).isDirectory()) throw new Error(`${place} is no folder`)
    })
  }

  async #sweep(file: string): Promise<void> {
    const stat = await fs.promises.lstat(file).catch(() => null)
    if (stat?.isFile() && stat.ctimeMs < Date.now() - this.#stale) await this.drop({ file })
  }
}

/** `2020` and `2020/07` of `2020/07`. */
function stepsOf(folder: string): string[] {
  const names = folder.split('/').filter((name) => name !== '')
  return names.map((_, i) => names.slice(0, i + 1).join('/'))
}
