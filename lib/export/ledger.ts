import fs from 'node:fs'
import path from 'node:path'

const NAME = '.hyperalbum-export.jsonl'

// A link there would lead to a file that no export wrote.
const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW } = fs.constants
// A name that leads nowhere else, and drives no terminal.
const INSIDE = /^[^.\\/:\p{Cc}][^\\/:\p{Cc}]*$/u
const FLAGS = O_RDWR | O_APPEND | O_CREAT | (O_NOFOLLOW ?? 0)

/** What an export wrote of a photo. */
export interface Entry {
  /** Id of the photo. */
  id: string
  strip: boolean
  /** From the folder on, with `/`. */
  path: string
  /** Bytes. */
  size: number
  /** What moves of it, beside it. */
  motion: { path: string; size: number } | null
  /** SHA-256 of the sidecar, hex. */
  sidecar: string
}

/**
 * What exports wrote into a folder, a line for each photo, so that the next does not read it all again. Without it, or
 * where lines are broken, files are told by their bytes.
 */
export class Ledger {
  readonly #entries = new Map<string, Entry>()
  readonly #handle: fs.promises.FileHandle

  private constructor(handle: fs.promises.FileHandle) {
    this.#handle = handle
  }

  static async open(root: string): Promise<Ledger> {
    const file = path.join(root, NAME)
    const handle = await fs.promises.open(file, FLAGS, 0o666)
    const ledger = new Ledger(handle)
    try {
      if (!(await handle.stat()).isFile()) throw new Error(`${file} is no file`)
      let torn = false
      for await (const line of handle.readLines({ autoClose: false, start: 0 })) ledger.#read(line)
      const { size } = await handle.stat()
      if (size > 0) torn = (await handle.read(Buffer.alloc(1), 0, 1, size - 1)).buffer[0] !== 0x0a
      if (torn) await handle.appendFile('\n')
      return ledger
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  find(id: string, strip: boolean): Entry | null {
    return this.#entries.get(keyOf(id, strip)) ?? null
  }

  async add(entry: Entry): Promise<void> {
    this.#entries.set(keyOf(entry.id, entry.strip), entry)
    await this.#handle.appendFile(JSON.stringify(entry) + '\n')
  }

  close(): Promise<void> {
    return this.#handle.close()
  }

  #read(line: string): void {
    try {
      const entry: unknown = JSON.parse(line)
      if (isEntry(entry)) this.#entries.set(keyOf(entry.id, entry.strip), entry)
    } catch {
      // The end of one that was being written.
    }
  }
}

function keyOf(id: string, strip: boolean): string {
  return strip ? `${id} stripped` : id
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false
  const { id, strip, path: at, size, motion, sidecar } = value as Record<keyof Entry, unknown>
  const texts = [id, sidecar].every((one) => typeof one === 'string' && /^[0-9a-f]{64}$/.test(one))
  if (!texts || typeof strip !== 'boolean' || !isFile({ path: at, size })) return false
  return motion === null || (typeof motion === 'object' && isFile(motion as Record<string, unknown>))
}

/** Whoever wrote the ledger must not lead an export out of its folder. */
function isFile({ path: at, size }: Record<string, unknown>): boolean {
  const inside = typeof at === 'string' && at.split('/').every((name) => INSIDE.test(name))
  return inside && Number.isSafeInteger(size)
}
