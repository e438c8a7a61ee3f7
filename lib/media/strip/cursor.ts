import { viewOf } from '../bytes.ts'
import { broken } from './reader.ts'

/** Numbers one after the other, big-endian; throws where they end too early. */
export class Cursor {
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#view = viewOf(bytes)
  }

  skip(bytes: number): void {
    this.#at += bytes
  }

  /** A number of 0, 1, 2, 4 or 8 bytes; of none it is 0. */
  number(bytes: number): number {
    const at = this.#at
    this.#at += bytes
    if (this.#at > this.#view.byteLength) throw broken('one of its tables is cut short')
    if (bytes === 8) return Number(this.#view.getBigUint64(at))
    if (bytes === 4) return this.#view.getUint32(at)
    if (bytes === 2) return this.#view.getUint16(at)
    return bytes === 1 ? this.#view.getUint8(at) : 0
  }
}
