import b4a from 'b4a'
import { typeOf } from '../schema/mime.ts'
import type { RandomAccess } from './file.ts'
import { DNG_VERSION, readDirectory, readHeader } from './tiff.ts'

// ISO base media brands (ISO/IEC 14496-12 `ftyp`) that this album takes, by the type they stand for.
const BRANDS: Record<string, string> = {
  heic: 'image/heic',
  heix: 'image/heic',
  heim: 'image/heic',
  heis: 'image/heic',
  hevc: 'image/heic',
  mif1: 'image/heif',
  msf1: 'image/heif',
  avif: 'image/avif',
  avis: 'image/avif',
  'qt  ': 'video/quicktime',
  isom: 'video/mp4',
  iso2: 'video/mp4',
  iso4: 'video/mp4',
  iso5: 'video/mp4',
  iso6: 'video/mp4',
  mp41: 'video/mp4',
  mp42: 'video/mp4',
  avc1: 'video/mp4',
  'M4V ': 'video/mp4',
  '3gp4': 'video/mp4',
  '3gp5': 'video/mp4',
  MSNV: 'video/mp4'
}

// Boxes that old QuickTime files without `ftyp` begin with.
const QUICKTIME_BOXES = ['moov', 'mdat', 'wide', 'free', 'skip']

/** Bytes that `sniff` wants to see; fewer are enough where the file is shorter. */
export const SNIFF_BYTES = 64

/** The number of a photo's or video's type by its first bytes, or -1 for what this album does not take. */
export function sniff(bytes: Uint8Array): number {
  const mime = mimeOf(bytes)
  return mime === null ? -1 : typeOf(mime)
}

/**
 * The number of a file's type as `sniff` tells it, and whether a TIFF is a DNG, which only its first directory tells:
 * that may lie anywhere in the file.
 */
export async function sniffFile(file: RandomAccess): Promise<number> {
  const type = sniff(await file.read(0, SNIFF_BYTES))
  return type === typeOf('image/tiff') && (await isDng(file)) ? typeOf('image/x-adobe-dng') : type
}

async function isDng(file: RandomAccess): Promise<boolean> {
  const header = await readHeader(file)
  if (header === null) return false
  const { directory } = await readDirectory(file, header.first, header.little)
  return directory.has(DNG_VERSION)
}

function mimeOf(bytes: Uint8Array): string | null {
  const text = (start: number, end: number): string => b4a.toString(bytes.subarray(start, end), 'latin1')
  const starts = (...values: number[]): boolean => values.every((value, i) => bytes[i] === value)
  if (starts(0xff, 0xd8, 0xff)) return 'image/jpeg'
  if (starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'image/png'
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return 'image/webp'
  if (text(0, 6) === 'GIF87a' || text(0, 6) === 'GIF89a') return 'image/gif'
  if (starts(0x49, 0x49, 0x2a, 0) || starts(0x4d, 0x4d, 0, 0x2a)) return 'image/tiff'
  const box = text(4, 8)
  if (box === 'ftyp') return brandOf(text(8, 12), text(16, 64))
  return QUICKTIME_BOXES.includes(box) ? 'video/quicktime' : null
}

// `mif1` only says "HEIF": the compatible brands tell AVIF and HEIC apart.
function brandOf(major: string, compatible: string): string | null {
  if (major === 'mif1' || major === 'msf1') {
    if (compatible.includes('avif')) return 'image/avif'
    if (compatible.includes('heic')) return 'image/heic'
  }
  return BRANDS[major] ?? null
}
