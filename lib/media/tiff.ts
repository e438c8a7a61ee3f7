// Directories of TIFF 6.0, and of what is made of it: DNG, other raw photos. The metadata in them is read by exifreader
// (facts/exif.ts); here is only where a picture lies, and of what kind it is. Few and short reads, whatever the file says.
import { viewOf } from './bytes.ts'
import type { RandomAccess } from './file.ts'

const ENTRY_BYTES = 12
// Real directories have under a hundred entries.
const MOST_ENTRIES = 1000
const MOST_VALUES = 16
// BYTE, SHORT, LONG and IFD.
const TYPE_BYTES: Record<number, number> = { 1: 1, 3: 2, 4: 4, 13: 4 }

/** DNG 1.7.1.0: every DNG has it in its first directory. */
export const DNG_VERSION = 0xc612

/** Whole numbers by tag. */
export type Directory = Map<number, number[]>

export interface Header {
  little: boolean
  /** Where the first directory lies. */
  first: number
}

/** Null where the file is too short to be one. */
export async function readHeader(file: RandomAccess): Promise<Header | null> {
  const view = viewOf(await file.read(0, 8))
  if (view.byteLength < 8) return null
  const little = view.getUint8(0) === 0x49
  return { little, first: view.getUint32(4, little) }
}

/** The directory at a place, and where the next one lies; 0 for none. */
export async function readDirectory(
  file: RandomAccess,
  at: number,
  little: boolean
): Promise<{ directory: Directory; next: number }> {
  const directory: Directory = new Map()
  const counted = viewOf(await file.read(at, 2))
  if (counted.byteLength < 2) return { directory, next: 0 }
  const end = Math.min(counted.getUint16(0, little), MOST_ENTRIES) * ENTRY_BYTES
  const bytes = await file.read(at + 2, end + 4)
  const view = viewOf(bytes)
  for (let entry = 0; entry < end && entry + ENTRY_BYTES <= bytes.byteLength; entry += ENTRY_BYTES) {
    const size = TYPE_BYTES[view.getUint16(entry + 2, little)] ?? 0
    if (size === 0) continue
    const count = Math.min(view.getUint32(entry + 4, little), MOST_VALUES)
    const data =
      count * size <= 4
        ? bytes.subarray(entry + 8, entry + 12)
        : await file.read(view.getUint32(entry + 8, little), count * size)
    directory.set(view.getUint16(entry, little), valuesOf(data, size, count, little))
  }
  return { directory, next: bytes.byteLength >= end + 4 ? view.getUint32(end, little) : 0 }
}

function valuesOf(data: Uint8Array, size: number, count: number, little: boolean): number[] {
  const view = viewOf(data)
  const values: number[] = []
  for (let at = 0; values.length < count && at + size <= data.byteLength; at += size) {
    if (size === 1) values.push(view.getUint8(at))
    else if (size === 2) values.push(view.getUint16(at, little))
    else values.push(view.getUint32(at, little))
  }
  return values
}
