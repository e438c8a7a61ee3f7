import b4a from 'b4a'
import { type Box as Place, HEAD_BYTES, headOf } from '../boxes.ts'
import { viewOf } from '../bytes.ts'
import type { Edits } from './edits.ts'
import { broken, type Reader } from './reader.ts'

// More than any real file: two hours of video in fragments of a second have 100,000, some read twice.
const MOST_BOXES = 400_000

/** A box of ISO/IEC 14496-12 or an atom of QuickTime; `at` is where it begins, with its size. */
export interface Box extends Place {
  at: number
}

/**
 * Reads boxes, and counts them, so that a file of nothing but boxes comes to an end. Stricter than `boxesIn`, by which
 * facts are told: what lies about its size is refused, since private bytes may lie where nobody looks.
 */
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
    const box = headOf(viewOf(await this.reader.bytes(at, Math.min(HEAD_BYTES, end - at))))
    if (box === null) return null
    // The last box of a file may reach to its end.
    const size = box.size === 0 && end === this.reader.size ? end - at : box.size
    if (size < box.head || size > end - at) return null
    return { type: box.type, at, start: at + box.head, end: at + size }
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
