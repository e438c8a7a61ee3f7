import type { Photo } from '../types.ts'

// Extensions that a name may keep, by the type of the bytes; the first is given where it has none of them. Raw photos of
// cameras are TIFFs, and their programs go by the extension.
const EXTENSIONS: Record<string, string[]> = {
  'image/jpeg': ['jpg', 'jpeg', 'jpe', 'jfif'],
  'image/heic': ['heic', 'heif', 'hif'],
  'image/heif': ['heif', 'heic', 'hif'],
  'image/png': ['png'],
  'image/webp': ['webp'],
  'image/gif': ['gif'],
  'image/avif': ['avif'],
  'image/tiff': ['tif', 'tiff', 'nef', 'nrw', 'cr2', 'arw', 'sr2', 'srf', 'pef', 'srw', '3fr', 'iiq', 'dcr'],
  'image/x-adobe-dng': ['dng', 'tif', 'tiff'],
  'video/mp4': ['mp4', 'm4v', '3gp', '3g2'],
  'video/quicktime': ['mov', 'qt', 'mp4']
}
const UNKNOWN = ['bin']
const NAMELESS = 'photo'

// What file systems allow, and room for the `.xmp` of the sidecar.
const MAX_BYTES = 255 - 4
// Windows takes these for devices, whatever the extension.
const RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])$/i
// Control characters, halves of characters, and what turns the direction of writing or breaks lines, so that a name
// would not look like what it is.
const UNSEEN = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/gu

/** Where a photo goes, but for a number where that is taken. */
export interface Place {
  /** `2020/07` */
  folder: string
  /** `2020-07-16 11.44.00 name` */
  stem: string
  /** `jpg` */
  extension: string
  /** That of the moving half of a Live Photo, or null. */
  motion: string | null
}

/** The names of a photo's files in its folder. */
export interface Names {
  original: string
  motion: string | null
  sidecar: string
}

/** Where a photo goes by its wall time, as far as that is known. */
export function placeOf(photo: Photo, motionType: string | undefined): Place {
  const { local, precision } = photo.capturedAt
  const [year, month, day] = [local.slice(0, 4), local.slice(5, 7), local.slice(8, 10)]
  const time = local.slice(11, 19).replaceAll(':', '.')
  const date = { year, day: `${year}-${month}-${day}`, second: `${year}-${month}-${day} ${time}` }[precision]
  const folder = precision === 'year' ? year : `${year}/${month}`
  const { stem, extension } = parted(photo.name, photo.type)
  // What was exported before has its date in its name already.
  const name = plainName(stem.startsWith(`${date} `) ? stem.slice(date.length + 1) : stem)
  const whole = name === '' || name === date ? date : `${date} ${name}`
  return {
    folder,
    stem: whole,
    extension,
    motion: motionType === undefined ? null : extensionFor(motionType)
  }
}

/** The names at a place: the first, or with a number. All are short enough for any file system. */
export function namesAt({ stem, extension, motion }: Place, number: number): Names {
  const counted = number === 1 ? '' : ` (${number})`
  const longest = Math.max(extension.length, motion?.length ?? 0)
  // What people see as one character may be longer than a name.
  const short = (cut(stem, MAX_BYTES - counted.length - longest - 1) || NAMELESS) + counted
  const original = `${short}.${extension}`
  return { original, motion: motion && `${short}.${motion}`, sidecar: `${original}.xmp` }
}

/** A name as file systems compare it that know no cases, or several forms of one character. */
export function fold(name: string): string {
  return name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC')
}

/** A name that every system takes, which is not hidden and leads nowhere; may be empty. */
export function plainName(name: string): string {
  const plain = name
    .normalize('NFC')
    .replaceAll(UNSEEN, '')
    .replaceAll(/[/\\:*?"<>|]/g, '_')
    .replace(/^[\s.]+/, '')
    .replace(/[\s.]+$/, '')
  return RESERVED.test(plain.split('.')[0]?.trimEnd() ?? '') ? `_${plain}` : plain
}

function parted(name: string, type: string): { stem: string; extension: string } {
  const dot = name.lastIndexOf('.')
  const given = dot === -1 ? '' : name.slice(dot + 1)
  const known = EXTENSIONS[type] ?? UNKNOWN
  if (known.includes(given.toLowerCase())) return { stem: name.slice(0, dot), extension: given }
  // That of another type would be wrong; anything else after a dot is part of the name.
  const wrong = Object.values(EXTENSIONS).some((some) => some.includes(given.toLowerCase()))
  return { stem: wrong ? name.slice(0, dot) : name, extension: extensionFor(type) }
}

function extensionFor(type: string): string {
  return (EXTENSIONS[type] ?? UNKNOWN)[0] as string
}

/** The beginning of a text that has at most so many bytes, cut between characters as people see them. */
function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text
  let [short, length] = ['', 0]
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    length += Buffer.byteLength(segment)
    if (length > bytes) break
    short += segment
  }
  return short.replace(/[\s.]+$/, '')
}

/** A photo's own name, made fit for any system, with the extension of a type; a number tells it from others. */
export function fileNameOf(name: string, type: string, number = 1): string {
  const { stem, extension } = parted(name, type)
  const place = { folder: '', stem: plainName(stem) || NAMELESS, extension, motion: null }
  return namesAt(place, number).original
}
