import { viewOf } from '../bytes.ts'
import type { Box } from './boxes.ts'
import type { Ranges } from './ranges.ts'
import { broken, type Reader } from './reader.ts'

// 58 hours at 80 frames and sound packets a second; chunks hold at least one each.
const MOST_SAMPLES = 2 ** 24
const MOST_CHUNKS = 2 ** 21
const PIECE_BYTES = 60 * 1024

/** Where the bytes of a track's samples lie, by its tables (ISO/IEC 14496-12, 8.7). */
export interface SampleTables {
  /** `stsz` or `stz2`. */
  sizes: Box
  /** `stsc`. */
  runs: Box
  /** `stco` or `co64`. */
  offsets: Box
  /** Bytes of so many samples that all have one size, where their table does not tell the truth (old sound). */
  uniform: ((samples: number, size: number) => number) | null
}

/**
 * Adds every chunk of a track. The tables are read in pieces, each once from its beginning to its end.
 * `limit` tells up to where a chunk that begins here may reach.
 */
export async function addChunks(
  reader: Reader,
  tables: SampleTables,
  limit: (start: number) => number,
  into: Ranges
): Promise<void> {
  const offsets = await openOffsets(reader, tables.offsets)
  const runs = await openTable(reader, tables.runs, 4, 12)
  const sizes = await openSizes(reader, tables.sizes)
  if (offsets.count > MOST_CHUNKS || sizes.count > MOST_SAMPLES) throw broken('it has too many samples')

  let left = sizes.count
  let run = 0
  let perChunk = 0
  let nextRun = runs.count > 0 ? await runs.number(0, 0) : Infinity
  for (let chunk = 1; chunk <= offsets.count && left > 0; chunk++) {
    if (chunk === nextRun) {
      perChunk = await runs.number(run, 4)
      run++
      nextRun = run < runs.count ? await runs.number(run, 0) : Infinity
      if (nextRun <= chunk) throw broken('its sample tables disagree')
    }
    if (perChunk === 0) throw broken('its sample tables disagree')
    const samples = Math.min(perChunk, left)
    const start = await offsets.at(chunk - 1)
    const length = await sizes.sum(samples)
    const end = limit(start)
    if (start + length > end) throw broken('it is cut short')
    const guess = sizes.each === null ? undefined : tables.uniform?.(samples, sizes.each)
    into.add(start, Math.min(start + Math.max(length, guess ?? 0), end))
    left -= samples
  }
}

/** A table of entries of one length behind a box's version, flags and count. */
class Table {
  readonly count: number
  readonly #reader: Reader
  readonly #start: number
  readonly #entryBytes: number
  #piece: DataView | null = null
  #first = 0
  #after = 0

  constructor(reader: Reader, start: number, entryBytes: number, count: number) {
    this.#reader = reader
    this.#start = start
    this.#entryBytes = entryBytes
    this.count = count
  }

  /** The piece that holds an entry, and where the entry is in it. */
  async at(index: number): Promise<{ view: DataView; offset: number; entries: number }> {
    if (this.#piece === null || index < this.#first || index >= this.#after) {
      const count = Math.min(Math.floor(PIECE_BYTES / this.#entryBytes), this.count - index)
      const bytes = await this.#reader.bytes(this.#start + index * this.#entryBytes, count * this.#entryBytes)
      // A copy: the tables are read at once through one window.
      this.#piece = viewOf(new Uint8Array(bytes))
      this.#first = index
      this.#after = index + count
    }
    const offset = (index - this.#first) * this.#entryBytes
    return { view: this.#piece, offset, entries: this.#after - index }
  }

  /** The 32-bit number at a place in an entry. */
  async number(index: number, place: number): Promise<number> {
    const { view, offset } = await this.at(index)
    return view.getUint32(offset + place)
  }
}

async function openTable(reader: Reader, box: Box, countAt: number, entryBytes: number): Promise<Table> {
  if (box.start + countAt + 4 > box.end) throw broken(`its ${box.type} box is too short`)
  const count = (await reader.view(box.start + countAt, 4)).getUint32(0)
  const start = box.start + countAt + 4
  if (count * entryBytes > box.end - start) throw broken(`its ${box.type} box is too short`)
  return new Table(reader, start, entryBytes, count)
}

async function openOffsets(
  reader: Reader,
  box: Box
): Promise<{ count: number; at(index: number): Promise<number> }> {
  if (box.type === 'stco') {
    const table = await openTable(reader, box, 4, 4)
    return { count: table.count, at: (index) => table.number(index, 0) }
  }
  const table = await openTable(reader, box, 4, 8)
  const at = async (index: number): Promise<number> => {
    const { view, offset } = await table.at(index)
    return Number(view.getBigUint64(offset))
  }
  return { count: table.count, at }
}

interface Sizes {
  count: number
  /** The one size that all samples have; null where each has its own. */
  each: number | null
  /** Bytes of the next so many samples. */
  sum(samples: number): Promise<number>
}

async function openSizes(reader: Reader, box: Box): Promise<Sizes> {
  if (box.start + 12 > box.end) throw broken(`its ${box.type} box is too short`)
  const view = await reader.view(box.start + 4, 8)
  const size = view.getUint32(0)
  const count = view.getUint32(4)
  if (box.type === 'stsz' && size > 0) return { count, each: size, sum: async (samples) => samples * size }

  const bits = box.type === 'stsz' ? 32 : size & 0xff
  // Of `stz2` with two sizes in one byte there is no known writer.
  if (![8, 16, 32].includes(bits)) throw broken('its sample sizes are of an unknown kind')
  const table = await openTable(reader, box, 8, bits / 8)
  let next = 0
  const sum = async (samples: number): Promise<number> => {
    let bytes = 0
    for (let left = Math.min(samples, table.count - next); left > 0;) {
      const { view: piece, offset, entries } = await table.at(next)
      const now = Math.min(entries, left)
      for (let i = 0; i < now; i++) bytes += sizeAt(piece, offset + (i * bits) / 8, bits)
      next += now
      left -= now
    }
    return bytes
  }
  return { count, each: null, sum }
}

function sizeAt(view: DataView, offset: number, bits: number): number {
  if (bits === 32) return view.getUint32(offset)
  return bits === 16 ? view.getUint16(offset) : view.getUint8(offset)
}
