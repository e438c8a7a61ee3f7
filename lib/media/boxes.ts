import b4a from 'b4a'
import type { RandomAccess } from './file.ts'

// Boxes of ISO base media files (ISO/IEC 14496-12:2022, 4.2): MP4, MOV, HEIF, AVIF.

/** More boxes side by side than any camera writes. */
const MAX_BOXES = 4096

// A type is four characters of Latin-1; QuickTime has some that begin with ©.
const PRINTABLE = /^[\x20-\x7e\xa9]{4}$/

export interface Box {
  type: string
  /** First byte of its content, and the first byte after it; never past the end of what holds it. */
  start: number
  end: number
}

export interface Boxes {
  boxes: Box[]
  /** Whether one of them said that it is longer than what holds it, or made no sense. */
  damaged: boolean
}

/** The boxes that lie side by side between two places of a file. */
export async function boxesIn(file: RandomAccess, start: number, end: number): Promise<Boxes> {
  const boxes: Box[] = []
  let at = start
  while (at + 8 <= end) {
    if (boxes.length === MAX_BOXES) return { boxes, damaged: true }
    const head = viewOf(await file.read(at, Math.min(16, end - at)))
    if (head.byteLength < 8) return { boxes, damaged: true }
    const type = text(head, 4, 4)
    // Phones of Samsung and others put notes of their own, which are no boxes, behind the last one.
    if (!PRINTABLE.test(type)) return { boxes, damaged: boxes.length === 0 }
    let length = head.getUint32(0)
    let header = 8
    // 0: up to the end. 1: the length follows in 64 bits.
    if (length === 0) length = end - at
    else if (length === 1) {
      if (head.byteLength < 16) return { boxes, damaged: true }
      length = Number(head.getBigUint64(8))
      header = 16
    }
    if (length < header) return { boxes, damaged: true }
    boxes.push({ type, start: at + header, end: Math.min(at + length, end) })
    if (at + length > end) return { boxes, damaged: true }
    at += length
  }
  return { boxes, damaged: false }
}

export function findBox(boxes: Box[], type: string): Box | null {
  return boxes.find((box) => box.type === type) ?? null
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Characters of one byte each. */
export function text(view: DataView, start: number, length: number): string {
  return b4a.toString(new Uint8Array(view.buffer, view.byteOffset + start, length), 'latin1')
}
