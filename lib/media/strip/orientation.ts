import b4a from 'b4a'
import { viewOf } from '../bytes.ts'

// TIFF 6.0 and Exif 2.32: tag 0x0112 of the first directory, one SHORT, 1 to 8.
const ORIENTATION = 0x0112
const SHORT = 3
const LONG = 4
const ENTRY_BYTES = 12

/** Bytes of an Exif block that are looked at for the orientation; cameras write the first directory first. */
export const EXIF_BYTES: number = 64 * 1024

const EXIF_HEADER = b4a.from('Exif\0\0', 'latin1')

/** The orientation that an Exif block (with or without `Exif\0\0` before it) tells; 1, upright, where none. */
export function orientationOf(block: Uint8Array): number {
  const tiff = hasExifHeader(block) ? block.subarray(EXIF_HEADER.byteLength) : block
  if (tiff.byteLength < 8) return 1
  const view = viewOf(tiff)
  const order = view.getUint16(0)
  if (order !== 0x4949 && order !== 0x4d4d) return 1
  const little = order === 0x4949
  if (view.getUint16(2, little) !== 42) return 1
  const directory = view.getUint32(4, little)
  if (directory + 2 > tiff.byteLength) return 1
  const count = view.getUint16(directory, little)
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + i * ENTRY_BYTES
    if (entry + ENTRY_BYTES > tiff.byteLength) return 1
    if (view.getUint16(entry, little) !== ORIENTATION) continue
    const type = view.getUint16(entry + 2, little)
    let value = 0
    if (type === SHORT) value = view.getUint16(entry + 8, little)
    if (type === LONG) value = view.getUint32(entry + 8, little)
    return value >= 1 && value <= 8 ? value : 1
  }
  return 1
}

export function hasExifHeader(block: Uint8Array): boolean {
  return b4a.equals(block.subarray(0, EXIF_HEADER.byteLength), EXIF_HEADER)
}

/** An Exif block (big-endian TIFF, 26 bytes) that tells the orientation and nothing else. */
export function orientationBlock(orientation: number): Uint8Array {
  const bytes = new Uint8Array(26)
  const view = viewOf(bytes)
  view.setUint16(0, 0x4d4d)
  view.setUint16(2, 42)
  view.setUint32(4, 8)
  view.setUint16(8, 1)
  view.setUint16(10, ORIENTATION)
  view.setUint16(12, SHORT)
  view.setUint32(14, 1)
  view.setUint16(18, orientation)
  return bytes
}

/** The same as JPEG has it, after `Exif\0\0`. */
export function orientationExif(orientation: number): Uint8Array {
  return b4a.concat([EXIF_HEADER, orientationBlock(orientation)])
}
