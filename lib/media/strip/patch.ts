import { AlbumError } from '../../errors.ts'
import type { RandomAccess } from '../file.ts'
import { broken } from './reader.ts'

const CHUNK_BYTES = 64 * 1024

// Real files take up to some thousands; a hostile one must not fill the memory with them.
const MOST_SEGMENTS = 250_000

/** A piece of a patched file: a range of the source, bytes of its own, or zeros. */
export type Segment =
  | { kind: 'range'; start: number; length: number }
  | { kind: 'bytes'; bytes: Uint8Array; length: number }
  | { kind: 'zeros'; length: number }

/** Puts a patched file together from its beginning to its end. */
export class Segments {
  readonly list: Segment[] = []

  /** Bytes of the source from `start` up to, and not, `end`. */
  keep(start: number, end: number): void {
    if (end <= start) return
    const last = this.list.at(-1)
    if (last?.kind === 'range' && last.start + last.length === start) last.length += end - start
    else this.#add({ kind: 'range', start, length: end - start })
  }

  put(bytes: Uint8Array): void {
    if (bytes.byteLength > 0) this.#add({ kind: 'bytes', bytes, length: bytes.byteLength })
  }

  zero(length: number): void {
    if (length <= 0) return
    const last = this.list.at(-1)
    if (last?.kind === 'zeros') last.length += length
    else this.#add({ kind: 'zeros', length })
  }

  /** All that another one holds. */
  append(other: Segments): void {
    for (const segment of other.list) {
      if (segment.kind === 'range') this.keep(segment.start, segment.start + segment.length)
      else if (segment.kind === 'bytes') this.put(segment.bytes)
      else this.zero(segment.length)
    }
  }

  get length(): number {
    return this.list.reduce((sum, { length }) => sum + length, 0)
  }

  #add(segment: Segment): void {
    if (this.list.length >= MOST_SEGMENTS) throw broken('it is in too many pieces')
    this.list.push(segment)
  }
}

/**
 * A file made of ranges of another one and a few bytes of its own. It holds none of the source's bytes, reads them
 * as it is read, and can be read again and again: checked first, then sent.
 */
export class Patch implements RandomAccess {
  readonly size: number
  readonly segments: readonly Segment[]
  readonly #source: RandomAccess
  /** Where each segment begins in this file. */
  readonly #starts: number[] = []

  constructor(source: RandomAccess, { list }: Segments) {
    this.#source = source
    this.segments = list
    let size = 0
    for (const { length } of list) {
      this.#starts.push(size)
      size += length
    }
    this.size = size
  }

  async read(start: number, length: number): Promise<Uint8Array> {
    const end = Math.min(start + length, this.size)
    const out = new Uint8Array(Math.max(0, end - start))
    let done = 0
    for (let i = this.#at(start); done < out.byteLength; i++) {
      const segment = this.segments[i] as Segment
      const skip = start + done - (this.#starts[i] as number)
      const count = Math.min(segment.length - skip, out.byteLength - done)
      if (segment.kind === 'range') out.set(await this.#sourceBytes(segment.start + skip, count), done)
      else if (segment.kind === 'bytes') out.set(segment.bytes.subarray(skip, skip + count), done)
      done += count
    }
    return out
  }

  /** The whole file in chunks of 64 KiB. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < this.size; at += CHUNK_BYTES) yield await this.read(at, CHUNK_BYTES)
  }

  async #sourceBytes(start: number, count: number): Promise<Uint8Array> {
    const bytes = await this.#source.read(start, count)
    if (bytes.byteLength !== count) {
      throw new AlbumError('FILE_CHANGED', 'The file became shorter while it was read')
    }
    return bytes
  }

  /** The number of the segment that holds this byte. */
  #at(position: number): number {
    let low = 0
    let high = this.#starts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((this.#starts[middle] as number) <= position) low = middle
      else high = middle - 1
    }
    return low
  }
}
