import fs from 'node:fs'
import path from 'node:path'
import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import type { KeyPair } from 'hypercore'
import { AlbumError, codeOf } from '../errors.ts'
import { toDisk } from '../util/disk.ts'
import { fromHex, toHex } from '../util/hex.ts'
import { type SignedAllowed, isNewer, openAllowed } from '../view/allowed.ts'
import { ListFile } from './listfile.ts'

const FILE = 'blind-mirror.json'
const LISTS = 'blind-mirror.lists'
// Is there while no list was lost: it is taken away where one cannot be kept, since that works also on a disk that is full.
const WHOLE = 'blind-mirror.whole'
const SEED_BYTES = 32

interface Kept {
  version: 1
  seed: string
  /** The one that came for the last code: newer ones have a file of their own. */
  list: string | null
  codes: string[]
}

/** What a blind mirror keeps beside the cores: its key, whom it lets in, and the codes that it has used. */
export class BlindDisk {
  readonly folder: string
  readonly keyPair: KeyPair
  readonly #seed: string
  readonly #codes: Set<string>
  readonly #lists: ListFile
  #list: SignedAllowed | null
  #isKept = true
  #isWhole = true

  private constructor(folder: string, { seed, list, codes }: Kept) {
    this.folder = folder
    this.#seed = seed
    this.keyPair = crypto.keyPair(fromHex(seed, SEED_BYTES) ?? b4a.alloc(SEED_BYTES))
    this.#codes = new Set(codes)
    this.#list = list === null ? null : openAllowed(b4a.from(list, 'hex'))
    this.#lists = new ListFile(path.join(folder, LISTS))
  }

  /** Throws `NOT_AN_ALBUM` for a folder with something else in it. */
  static async open(folder: string): Promise<BlindDisk> {
    await toDisk(() => fs.promises.mkdir(folder, { recursive: true, mode: 0o700 }))
    const text = await readKept(path.join(folder, FILE))
    if (text !== null) {
      const disk = new BlindDisk(folder, keptIn(text, folder))
      await disk.#readNewest()
      disk.#isWhole = disk.#list === null || fs.existsSync(path.join(folder, WHOLE))
      return disk
    }
    if (fs.existsSync(path.join(folder, 'CORESTORE'))) {
      throw new AlbumError('NOT_AN_ALBUM', `${folder} has an album in it: take another folder`)
    }
    const seed = toHex(crypto.randomBytes(SEED_BYTES))
    const disk = new BlindDisk(folder, { version: 1, seed, list: null, codes: [] })
    await disk.#write()
    return disk
  }

  /** Whom it lets in; null until an album has taken it. */
  get list(): SignedAllowed | null {
    return this.#list
  }

  /** Whether the list is the newest that it ever had: false where one was lost, until a newer one has come. */
  get isWhole(): boolean {
    return this.#isWhole
  }

  /**
   * Goes by the list that came for a code, by its id: of another album, or of this one anew. Throws `STORAGE_FULL` or
   * `STORAGE_FAILED`, also where there is no room for lists to come.
   */
  async setUp(list: SignedAllowed, code: Uint8Array): Promise<void> {
    await this.#lists.reserve()
    await this.#markWhole()
    const before = this.#list
    this.#list = list
    this.#codes.add(toHex(code))
    try {
      await this.#write()
      this.#isKept = true
      this.#isWhole = true
    } catch (error) {
      this.#list = before
      this.#codes.delete(toHex(code))
      throw error
    }
  }

  /** Goes by this newer list from now on, whether or not it can be kept: that takes `keep`. */
  take(list: SignedAllowed): void {
    this.#list = list
    this.#isKept = false
    this.#isWhole = true
  }

  /**
   * Keeps the list that it goes by, where it has not yet; where it cannot, it will know after a restart that one was lost.
   * Throws `STORAGE_FULL` or `STORAGE_FAILED`, and may be tried again.
   */
  async keep(): Promise<void> {
    const list = this.#list
    if (list === null || this.#isKept) return
    try {
      // In this order: without the mark it would wait for a newer list, and there may be none.
      await this.#markWhole()
      await this.#lists.write(this.#codes.size, list)
    } catch (error) {
      await fs.promises.rm(path.join(this.folder, WHOLE), { force: true }).catch(() => {})
      throw error
    }
    if (this.#list === list) this.#isKept = true
  }

  /** Writes the list that it goes by once more: whoever cannot keep one must let nobody in. Throws as `keep`. */
  async prove(): Promise<void> {
    if (this.#list !== null) await this.#lists.write(this.#codes.size, this.#list)
  }

  async #markWhole(): Promise<void> {
    await toDisk(async () => {
      const handle = await fs.promises.open(path.join(this.folder, WHOLE), 'a', 0o600)
      await handle.close()
    })
  }

  async #readNewest(): Promise<void> {
    const list = await this.#lists.read(this.#codes.size)
    if (list !== null && (this.#list === null || isNewer(list, this.#list))) this.#list = list
  }

  hasUsed(code: Uint8Array): boolean {
    return this.#codes.has(toHex(code))
  }

  /** All of it or nothing: a mirror without its key is lost to the album. */
  async #write(): Promise<void> {
    const list = this.#list && toHex(this.#list.bytes)
    const kept: Kept = { version: 1, seed: this.#seed, list, codes: [...this.#codes] }
    const file = path.join(this.folder, FILE)
    await toDisk(async () => {
      const handle = await fs.promises.open(`${file}.new`, 'w', 0o600)
      try {
        await handle.writeFile(JSON.stringify(kept))
        await handle.sync()
      } finally {
        await handle.close()
      }
      await fs.promises.rename(`${file}.new`, file)
    })
  }
}

function keptIn(text: string, folder: string): Kept {
  try {
    const kept = JSON.parse(text) as Kept
    if (kept.version === 1 && fromHex(kept.seed, SEED_BYTES)) return kept
  } catch {
    // Told below.
  }
  throw new AlbumError(
    'STORAGE_FAILED',
    `${path.join(folder, FILE)} is none of a blind mirror that this program knows`
  )
}

/** Null only where there is no such file: of one that cannot be read the mirror's key would be lost to the album. */
async function readKept(file: string): Promise<string | null> {
  return toDisk(async () => {
    try {
      return await fs.promises.readFile(file, 'utf8')
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null
      throw error
    }
  })
}
