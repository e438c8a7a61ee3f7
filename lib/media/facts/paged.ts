import type { RandomAccess } from '../file.ts'

const PAGE_BYTES = 256 * 1024
const MAX_PAGES = 16

/**
 * Numbers read, in all rounds, before a view goes silent. A tag can say that it has billions of values, and thousands of tags can say
 * so of the same bytes; a value costs its reader some 16 bytes of memory.
 */
const MAX_READS = 600_000

/** Thrown by a `PagedView`; whoever reads may swallow it, since the view remembers. */
class NotHere extends Error {}

/**
 * The part of a DataView that readers of EXIF call, over a file of any size. A byte that is not in memory cannot be
 * waited for in there: the view throws and remembers, the page is fetched, and the reader starts again. EXIF takes
 * three rounds as a rule, and no more of the file is read than pages that were asked for.
 */
export class PagedView {
  readonly byteLength: number
  readonly #file: RandomAccess
  readonly #patch: { at: number; bytes: Uint8Array } | null
  readonly #pages: Map<number, DataView> = new Map()
  #missing: number | null = null
  #reads = 0

  /** @param patch bytes that are read instead of the file's own, somewhere in the first page. */
  constructor(file: RandomAccess, patch: { at: number; bytes: Uint8Array } | null = null) {
    this.#file = file
    this.#patch = patch
    this.byteLength = file.size
  }

  /** Whether the file asked for more than it was given. */
  get exhausted(): boolean {
    return this.#reads > MAX_READS || this.#pages.size >= MAX_PAGES
  }

  /** Runs a reader again and again until it has found all pages that it wants. */
  async read<T>(reader: (view: DataView) => T): Promise<T | null> {
    for (;;) {
      this.#missing = null
      let result: T | null = null
      try {
        result = reader(this as unknown as DataView)
      } catch {
        // Nothing there, or not what it seemed.
      }
      if (this.#missing === null || this.#pages.size >= MAX_PAGES) return result
      await this.#fetch(this.#missing)
    }
  }

  getUint8(at: number): number {
    return this.#number(at, 1, (view, start) => view.getUint8(start))
  }

  getUint16(at: number, little?: boolean): number {
    return this.#number(at, 2, (view, start) => view.getUint16(start, little))
  }

  getUint32(at: number, little?: boolean): number {
    return this.#number(at, 4, (view, start) => view.getUint32(start, little))
  }

  getInt32(at: number, little?: boolean): number {
    return this.#number(at, 4, (view, start) => view.getInt32(start, little))
  }

  #number(at: number, length: number, get: (view: DataView, start: number) => number): number {
    if (++this.#reads > MAX_READS) throw new NotHere('Too much was read')
    if (!(at >= 0 && at + length <= this.byteLength)) throw new RangeError('Past the end')
    const page = Math.floor(at / PAGE_BYTES)
    const view = this.#pages.get(page)
    if (view === undefined) {
      this.#missing ??= page
      throw new NotHere('Not in memory')
    }
    return get(view, at - page * PAGE_BYTES)
  }

  async #fetch(page: number): Promise<void> {
    const start = page * PAGE_BYTES
    // A few bytes more, for numbers that lie across the edge.
    // A copy, since it is patched; `slice` of a Buffer is none.
    const bytes = new Uint8Array(await this.#file.read(start, PAGE_BYTES + 4))
    if (page === 0 && this.#patch) bytes.set(this.#patch.bytes, this.#patch.at)
    this.#pages.set(page, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  }
}
