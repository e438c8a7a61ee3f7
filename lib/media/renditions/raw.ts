// Raw photos (DNG, and other TIFF-based raw files) carry finished JPEGs of themselves: the largest is what is shown.
import type { RandomAccess } from '../file.ts'
import { DNG_VERSION, type Directory, readDirectory, readHeader } from '../tiff.ts'

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
const JPEG_COMPRESSIONS = [6, 7]
// Colour filter array and linear raw: sensor data, not a picture.
const RAW_PHOTOMETRICS = [32803, 34892]

// Real files have under ten.
const MOST_DIRECTORIES = 32
const MOST_PREVIEW_BYTES = 100 * 1024 * 1024

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

/** The JPEGs in a file of TIFF directories. */
export async function readRaw(file: RandomAccess): Promise<RawPhoto> {
  const raw: RawPhoto = { previews: [], orientation: 1, isDng: false }
  const header = await readHeader(file)
  if (header === null) return raw
  const queue = [header.first]
  const seen = new Set<number>([0])
  for (let i = 0; i < queue.length && seen.size < MOST_DIRECTORIES; i++) {
    const at = queue[i] as number
    if (seen.has(at)) continue
    seen.add(at)
    const { directory, next } = await readDirectory(file, at, header.little)
    if (i === 0) {
      raw.isDng = directory.has(DNG_VERSION)
      const [orientation = 1] = directory.get(ORIENTATION) ?? []
      if (orientation >= 1 && orientation <= 8) raw.orientation = orientation
    }
    queue.push(...(directory.get(SUB_IFDS) ?? []), next)
    const preview = previewOf(directory, file.size)
    if (preview) raw.previews.push(preview)
  }
  raw.previews.sort((a, b) => b.pixels - a.pixels || b.length - a.length)
  return raw
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
