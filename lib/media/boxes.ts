import { text, viewOf } from './bytes.ts'
import type { RandomAccess } from './file.ts'

// Boxes of ISO base media files (ISO/IEC 14496-12:2022, 4.2): MP4, MOV, HEIF, AVIF. This walker takes what it finds, for
// telling facts of files that may be damaged. Stripping has one of its own over the same heads (strip/boxes.ts), which
// refuses what does not add up; and its check (strip/verify-boxes.ts) reads even the heads by itself, since a fault in
// here would otherwise hide what it is to find.

/** More boxes side by side than any camera writes. */
const MAX_BOXES = 4096

/** Bytes that `headOf` wants to see; fewer where the file ends. */
export const HEAD_BYTES = 16

// A type is four characters of Latin-1; QuickTime has some that begin with ©.
const PRINTABLE = /^[\x20-\x7e\xa9]{4}$/

/** What a box says of itself. */
export interface Head {
  type: string
  /** Bytes of the whole box; 0 for all up to the end of what holds it. */
  size: number
  /** Bytes of it before its content. */
  head: number
}

/** A box: where its content begins, and the first byte after it; never past the end of what holds it. */
export interface Box {
  type: string
  start: number
  end: number
}

export interface Boxes {
  boxes: Box[]
  /** Whether one of them said that it is longer than what holds it, or made no sense. */
  damaged: boolean
}

/** Reads the head of a box; null where there are too few bytes for one, or its size is less than its head. */
export function headOf(view: DataView): Head | null {
  if (view.byteLength < 8) return null
  const type = text(view, 4, 4)
  const size = view.getUint32(0)
  // 1: the size follows in 64 bits.
  if (size !== 1) return size > 0 && size < 8 ? null : { type, size, head: 8 }
  if (view.byteLength < HEAD_BYTES) return null
  const long = Number(view.getBigUint64(8))
  return long < HEAD_BYTES ? null : { type, size: long, head: HEAD_BYTES }
}

/** The boxes that lie side by side between two places of a file. */
export async function boxesIn(file: RandomAccess, start: number, end: number): Promise<Boxes> {
  const boxes: Box[] = []
  let at = start
  while (at + 8 <= end) {
    if (boxes.length === MAX_BOXES) return { boxes, damaged: true }
    const view = viewOf(await file.read(at, Math.min(HEAD_BYTES, end - at)))
    // Phones of Samsung and others put notes of their own, which are no boxes, behind the last one.
    const strange = view.byteLength >= 8 && !PRINTABLE.test(text(view, 4, 4))
    if (strange) return { boxes, damaged: boxes.length === 0 }
    const box = headOf(view)
    if (box === null) return { boxes, damaged: true }
    const size = box.size === 0 ? end - at : box.size
    boxes.push({ type: box.type, start: at + box.head, end: Math.min(at + size, end) })
    if (at + size > end) return { boxes, damaged: true }
    at += size
  }
  return { boxes, damaged: false }
}

export function findBox(boxes: Box[], type: string): Box | null {
  return boxes.find((box) => box.type === type) ?? null
}
