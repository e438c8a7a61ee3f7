// Raw photos (DNG, and other TIFF-based raw files) carry finished JPEGs of themselves: the largest is what is shown.
import type { Input } from './input.ts'

// TIFF 6.0, TIFF/EP and DNG 1.6: tags, and what of their values matters here.
const WIDTH = 256
const HEIGHT = 257
const COMPRESSION = 259
const PHOTOMETRIC = 262
const STRIP_OFFSETS = 273
const ORIENTATION = 274
const STRIP_BYTE_COUNTS = 279
const SUB_IFDS = 330
const JPEG_OFFSET = 513
const JPEG_LENGTH = 514
const DNG_VERSION = 50706
const JPEG_COMPRESSIONS = [6, 7]
// Colour filter array and linear raw: sensor data, not a picture.
const RAW_PHOTOMETRICS = [32803, 34892]

const ENTRY_BYTES = 12
// Real files have under ten directories, of under a hundred entries each.
const MOST_DIRECTORIES = 32
const MOST_ENTRIES = 1000
const MOST_VALUES = 16
const MOST_PREVIEW_BYTES = 100 * 1024 * 1024
const TYPE_BYTES: Record<number, number> = { 1: 1, 3: 2, 4: 4, 13: 4 }

/** A JPEG within a raw photo. */
export interface Preview {
  offset: number
  length: number
  /** Pixels by its directory; 0 where that does not say. */
  pixels: number
}

export interface RawPhoto {
  /** Largest first. */
  previews: Preview[]
  /** EXIF orientation of the photo, 1 to 8, which its previews do not repeat. */
  orientation: number
  isDng: boolean
}

type Directory = Map<number, number[]>

/** The JPEGs in a file of TIFF directories. Whatever the file says, few and short reads: it may be anybody's. */
export async function readRaw(input: Input): Promise<RawPhoto> {
  const head = await input.read(0, 8)
  const little = head[0] === 0x49
  const raw: RawPhoto = { previews: [], orientation: 1, isDng: false }
  if (head.byteLength < 8) return raw
  const queue = [viewOf(head).getUint32(4, little)]
  const seen = new Set<number>([0])
  for (let i = 0; i < queue.length && seen.size < MOST_DIRECTORIES; i++) {
    const at = queue[i] as number
    if (seen.has(at)) continue
    seen.add(at)
    const { directory, next } = await readDirectory(input, at, little)
    if (i === 0) {
      raw.isDng = directory.has(DNG_VERSION)
      const [orientation = 1] = directory.get(ORIENTATION) ?? []
      if (orientation >= 1 && orientation <= 8) raw.orientation = orientation
    }
    queue.push(...(directory.get(SUB_IFDS) ?? []), next)
    const preview = previewOf(directory, input.size)
    if (preview) raw.previews.push(preview)
  }
  raw.previews.sort((a, b) => b.pixels - a.pixels || b.length - a.length)
  return raw
}

async function readDirectory(
  input: Input,
  at: number,
  little: boolean
): Promise<{ directory: Directory; next: number }> {
  const directory: Directory = new Map()
  const counted = await input.read(at, 2)
  if (counted.byteLength < 2) return { directory, next: 0 }
  const count = Math.min(viewOf(counted).getUint16(0, little), MOST_ENTRIES)
  const bytes = await input.read(at + 2, count * ENTRY_BYTES + 4)
  const view = viewOf(bytes)
  for (let entry = 0; entry + ENTRY_BYTES <= bytes.byteLength && entry < count * ENTRY_BYTES;) {
    const tag = view.getUint16(entry, little)
    const type = view.getUint16(entry + 2, little)
    const values = Math.min(view.getUint32(entry + 4, little), MOST_VALUES)
    const size = TYPE_BYTES[type] ?? 0
    if (size > 0) {
      const inside = values * size <= 4
      const data = inside
        ? bytes.subarray(entry + 8, entry + 12)
        : await input.read(view.getUint32(entry + 8, little), values * size)
      directory.set(tag, valuesOf(data, size, values, little))
    }
    entry += ENTRY_BYTES
  }
  const end = count * ENTRY_BYTES
  return { directory, next: bytes.byteLength >= end + 4 ? view.getUint32(end, little) : 0 }
}

function valuesOf(data: Uint8Array, size: number, count: number, little: boolean): number[] {
  const view = viewOf(data)
  const values: number[] = []
  for (let i = 0; i < count && (i + 1) * size <= data.byteLength; i++) {
    const at = i * size
    if (size === 1) values.push(view.getUint8(at))
    else if (size === 2) values.push(view.getUint16(at, little))
    else values.push(view.getUint32(at, little))
  }
  return values
}

function previewOf(directory: Directory, size: number): Preview | null {
  const first = (tag: number): number => directory.get(tag)?.[0] ?? 0
  if (RAW_PHOTOMETRICS.includes(first(PHOTOMETRIC))) return null
  const strips = directory.get(STRIP_OFFSETS) ?? []
  // A JPEG in one strip, or at the offset that EXIF thumbnails and older raw formats give.
  const stripped = JPEG_COMPRESSIONS.includes(first(COMPRESSION)) && strips.length === 1
  const offset = first(JPEG_OFFSET) || (stripped ? (strips[0] as number) : 0)
  const length = first(JPEG_OFFSET) ? first(JPEG_LENGTH) : first(STRIP_BYTE_COUNTS)
  if (offset === 0 || length === 0 || length > MOST_PREVIEW_BYTES || offset + length > size) return null
  return { offset, length, pixels: first(WIDTH) * first(HEIGHT) }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
