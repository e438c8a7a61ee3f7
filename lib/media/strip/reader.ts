import { AlbumError } from '../../errors.ts'
import { viewOf } from '../bytes.ts'
import type { RandomAccess } from '../file.ts'

const WINDOW_BYTES = 64 * 1024

/** The error of a file of a known type whose metadata cannot be taken out: it is broken, or lies about itself. */
export function broken(what: string): AlbumError {
  return new AlbumError('STRIP_FAILED', `This file cannot be given without its metadata: ${what}`)
}

/** Reads small parts of a file through a window of 64 KiB, so that thousands of them cost few reads of the disk. */
export class Reader {
  readonly size: number
  readonly #file: RandomAccess
  #window: Uint8Array = new Uint8Array(0)
  #start = 0

  constructor(file: RandomAccess) {
    this.#file = file
    this.size = file.size
  }

  /** Exactly so many bytes; throws where the file ends before. A view of the window, or of bytes of its own. */
  async bytes(start: number, length: number): Promise<Uint8Array> {
    if (start < 0 || start + length > this.size) throw broken('it is cut short')
    const inside = start >= this.#start && start + length <= this.#start + this.#window.byteLength
    if (!inside) {
      this.#window = await this.#file.read(start, Math.min(Math.max(length, WINDOW_BYTES), this.size - start))
      this.#start = start
      if (this.#window.byteLength < length) {
        throw new AlbumError('FILE_CHANGED', 'The file became shorter while it was read')
      }
    }
    return this.#window.subarray(start - this.#start, start - this.#start + length)
  }

  /** A view of numbers at this place. */
  async view(start: number, length: number): Promise<DataView> {
    return viewOf(await this.bytes(start, length))
  }

  /** As many bytes as the window holds from here on, at least one; none at the end of the file. */
  async some(start: number): Promise<Uint8Array> {
    if (start >= this.size) return new Uint8Array(0)
    await this.bytes(start, 1)
    return this.#window.subarray(start - this.#start)
  }
}
