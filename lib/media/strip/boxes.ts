import b4a from 'b4a'
import type { Edits } from './edits.ts'
import { broken, type Reader } from './reader.ts'

// More than any real file: two hours of video in fragments of a second have 100,000, some read twice.
const MOST_BOXES = 400_000

/** A box of ISO/IEC 14496-12 or an atom of QuickTime: `at` is its size, `start` its payload, `end` the byte after it. */
export interface Box {
  type: string
  at: number
  start: number
  end: number
}

/** Reads boxes, and counts them, so that a file of nothing but boxes comes to an end. */
export class Boxes {
  readonly reader: Reader
  #count = 0

  constructor(reader: Reader) {
    this.reader = reader
  }

  /** The box at this place; null where there is none that ends within `end`. */
  async at(at: number, end: number): Promise<Box | null> {
    if (at + 8 > end) return null
    if (++this.#count > MOST_BOXES) throw broken('it has too many parts')
    const bytes = await this.reader.bytes(at, Math.min(16, end - at))
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const type = b4a.toString(bytes.subarray(4, 8), 'latin1')
    let size = view.getUint32(0)
    let start = at + 8
    if (size === 1) {
      if (bytes.byteLength < 16) return null
      size = Number(view.getBigUint64(8))
      start = at + 16
    } else if (size === 0 && end === this.reader.size) {
      // The last box of a file may reach to its end.
      size = end - at
    }
    if (size < start - at || size > end - at) return null
    return { type, at, start, end: at + size }
  }

  /** The boxes from `start` up to `end`, and where they stop: QuickTime may end a list with four zeros. */
  async list(start: number, end: number): Promise<{ boxes: Box[]; rest: number }> {
    const boxes: Box[] = []
    let at = start
    for (let box = await this.at(at, end); box !== null; box = await this.at(at, end)) {
      boxes.push(box)
      at = box.end
    }
    return { boxes, rest: at }
  }

  /** The boxes inside of another one; throws where it holds anything else than boxes and padding. */
  async inside(box: Box, skip = 0): Promise<Box[]> {
    const { boxes, rest } = await this.list(box.start + skip, box.end)
    if (rest < box.end - 8 && (await this.reader.view(rest, 4)).getUint32(0) !== 0) {
      throw broken(`its ${box.type} box is not what it says`)
    }
    return boxes
  }
}

/** Makes of a box one that everybody skips and that holds nothing. */
export function bury(box: Box, edits: Edits): void {
  edits.write(box.at + 4, b4a.from('free', 'latin1'))
  edits.zero(box.start, box.end)
}
