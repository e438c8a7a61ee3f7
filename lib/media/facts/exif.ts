import { promisify } from 'util'
import zlib from 'zlib'
import b4a from 'b4a'
import ExifReader from 'exifreader'
import type { DateTags } from './captured.ts'
import { type RandomAccess, openBytes, openPart } from '../file.ts'
import { PagedView } from './paged.ts'
import { type Position, positionOf } from './position.ts'

/** What EXIF (CIPA DC-008:2023, 2.32 and later) and the headers of images tell. */
export interface Exif {
  dates: DateTags
  position: Position | null
  make: string | null
  model: string | null
  /** 1 to 8, as EXIF counts; 1 where nothing is said. */
  orientation: number
  /** Pixels as stored, before orientation; null where not found. */
  width: number | null
  height: number | null
  /** Apple's identifier of a Live Photo. */
  contentId: string | null
  /** Places in the file where XMP lies. */
  xmp: Range[]
  /** The XMP packet that a TIFF carries in a tag. */
  packet: string | null
  /** The images inside, besides the first: places of their directories (SubIFDs, 0x014A). */
  directories: number[]
  /** NewSubfileType (0x00FE): 0 for the image itself. */
  subfile: number
}

export interface Range {
  start: number
  end: number
}

type Tags = ExifReader.ExpandedTags

interface Tag {
  value?: unknown
}

// What exiftool and exifreader call 0x014A, after a camera of Sony's that wrote something else there.
const SUB_IFDS = 'A100DataOffset'

// Nothing else is decoded. MakerNote for the Live Photo identifier, ApplicationNotes for the XMP of a TIFF.
const EXIF_TAGS = [
  'Exif IFD Pointer',
  'GPS Info IFD Pointer',
  'ImageWidth',
  'ImageLength',
  'SubfileType',
  'Orientation',
  'Make',
  'Model',
  'MakerNote',
  'ApplicationNotes',
  'IPTC-NAA',
  'DateTimeOriginal',
  'SubSecTimeOriginal',
  'OffsetTimeOriginal',
  'DateTimeDigitized',
  'SubSecTimeDigitized',
  'OffsetTimeDigitized',
  'OffsetTime',
  'GPSLatitudeRef',
  'GPSLatitude',
  'GPSLongitudeRef',
  'GPSLongitude',
  'GPSAltitudeRef',
  'GPSAltitude',
  'GPSDateStamp',
  'GPSTimeStamp',
  SUB_IFDS
]

const OPTIONS = {
  expanded: true,
  includeOffsets: true,
  includeTags: {
    exif: EXIF_TAGS,
    gps: true,
    file: true,
    png: true,
    gif: true,
    iptc: ['Date Created', 'Time Created'] as string[]
  }
} as const

// A compressed text of a PNG may say that it is anything: this much is inflated of each.
const MAX_INFLATED = 256 * 1024

const inflate = promisify(zlib.inflate)

function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  return inflate(bytes, { maxOutputLength: MAX_INFLATED })
}

/** Reads the metadata of bytes that are all in memory, and few. Compressed texts of PNG are read too. */
export async function readExifOfBytes(bytes: Uint8Array): Promise<Exif | null> {
  // exifreader looks at the whole buffer below.
  const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes)
  const view = new DataView(own.buffer, own.byteOffset, own.byteLength)
  try {
    const options = { ...OPTIONS, async: true, decompress: { deflate } } as const
    return await exifOf(await ExifReader.loadView(view, options))
  } catch {
    // It throws where there is no metadata too.
    return null
  }
}

/**
 * Reads the metadata of a TIFF, DNG, HEIF or AVIF of any size by the pages that hold it.
 *
 * @param patch bytes to read in place of the file's own: another brand, another directory.
 */
export async function readExifOfFile(
  file: RandomAccess,
  patch: { at: number; bytes: Uint8Array } | null = null
): Promise<Exif | null> {
  const tags = await new PagedView(file, patch).read((view) => ExifReader.loadView(view, OPTIONS))
  return tags && exifOf(tags)
}

async function exifOf(tags: Tags): Promise<Exif> {
  const exif = (tags.exif ?? {}) as Record<string, Tag | undefined>
  const iptc = (tags.iptc ?? {}) as Record<string, Tag | undefined>
  const text = (name: string): string | null => textOf(exif[name]?.value)
  const number = (name: string): number | null => numberOf(exif[name]?.value)
  const orientation = number('Orientation') ?? 1
  const gps = tags.gps ?? {}
  // What EXIF says of the size of other images was true before somebody cut them.
  const headers = [tags.file, tags.png, tags.gif, tags.file?.FileType?.value === 'tiff' ? exif : {}]
  const pixels = (...names: string[]): number | null => {
    const groups = headers as (Record<string, Tag | undefined> | undefined)[]
    return groups.flatMap((group) => names.map((name) => numberOf(group?.[name]?.value))).find(isSize) ?? null
  }
  return {
    dates: {
      original: text('DateTimeOriginal'),
      originalFraction: text('SubSecTimeOriginal'),
      originalOffset: text('OffsetTimeOriginal'),
      digitized: text('DateTimeDigitized'),
      digitizedFraction: text('SubSecTimeDigitized'),
      digitizedOffset: text('OffsetTimeDigitized'),
      offset: text('OffsetTime'),
      embedded: iptcDates(iptc),
      gpsDate: text('GPSDateStamp'),
      gpsTime: rationals(exif['GPSTimeStamp']?.value)
    },
    position: positionOf(gps.Latitude, gps.Longitude, gps.Altitude),
    make: text('Make'),
    model: text('Model'),
    orientation: orientation >= 1 && orientation <= 8 ? orientation : 1,
    width: pixels('Image Width', 'ImageWidth'),
    height: pixels('Image Height', 'ImageHeight', 'ImageLength'),
    contentId: await contentIdOf(exif['MakerNote']?.value),
    xmp: (tags.metadataRange?.blocks ?? []).filter(({ type }) => type === 'xmp'),
    packet: textOfBytes(exif['ApplicationNotes']?.value, 'utf8'),
    directories: numbers(exif[SUB_IFDS]?.value),
    subfile: number('SubfileType') ?? 0
  }
}

// Apple's maker note is `Apple iOS`, two numbers, and then a TIFF directory at byte 14 whose places are counted from
// the note's beginning (as exiftool 12.57, Apple.pm, has it). With a TIFF header over its name it is a TIFF.
const APPLE = 'Apple iOS\0'
const APPLE_HEADER = Uint8Array.of(0x4d, 0x4d, 0, 0x2a, 0, 0, 0, 14)

/** ContentIdentifier (0x0011), by which the still of a Live Photo knows its video. */
async function contentIdOf(note: unknown): Promise<string | null> {
  if (textOfBytes(note, 'latin1')?.startsWith(APPLE) !== true) return null
  const bytes = Uint8Array.from(note as number[])
  bytes.set(APPLE_HEADER)
  const tags = await new PagedView(openBytes(bytes)).read((view) =>
    ExifReader.loadView(view, { expanded: true, includeUnknown: true, includeTags: { exif: [0x0011] } })
  )
  const exif = (tags?.exif ?? {}) as Record<string, Tag | undefined>
  return identifier(textOf(exif['undefined-17']?.value))
}

/** A Live Photo identifier: a UUID as a rule. */
export function identifier(text: unknown): string | null {
  return typeof text === 'string' && /^[\w-]{8,64}$/.test(text) ? text : null
}

/** The file's own XMP packet, where one of the ranges holds one. */
export async function readPacket(
  file: RandomAccess,
  { start, end }: Range,
  most: number
): Promise<string | null> {
  const part = openPart(file, start, end)
  if (part.size > most) return null
  const bytes = await part.read(0, part.size)
  return bytes.byteLength === 0 ? null : b4a.toString(bytes, 'utf8')
}

function textOf(value: unknown): string | null {
  const first: unknown = Array.isArray(value) ? value[0] : value
  if (typeof first !== 'string' || first === '<faulty value>') return null
  const trimmed = first.replaceAll('\0', '').trim()
  return trimmed === '' ? null : trimmed.slice(0, 256)
}

function numberOf(value: unknown): number | null {
  const first: unknown = Array.isArray(value) ? value[0] : value
  return typeof first === 'number' && Number.isFinite(first) ? first : null
}

function numbers(value: unknown): number[] {
  const list: unknown[] = Array.isArray(value) ? value : [value]
  return list.filter((one): one is number => typeof one === 'number').slice(0, 16)
}

function isSize(value: number | null): value is number {
  return value !== null && Number.isInteger(value) && value > 0 && value < 2 ** 31
}

function rationals(value: unknown): number[] | null {
  if (!Array.isArray(value)) return null
  return (value as unknown[]).map((one) => {
    const [over, under] = Array.isArray(one) ? (one as unknown[]) : []
    return typeof over === 'number' && typeof under === 'number' ? over / under : Number.NaN
  })
}

function textOfBytes(value: unknown, encoding: 'latin1' | 'utf8'): string | null {
  if (!Array.isArray(value) || value.length === 0) return null
  return b4a.toString(Uint8Array.from(value as number[]), encoding)
}

/** IPTC-IIM 4.2, 2:55 `YYYYMMDD` and 2:60 `HHMMSS±HHMM`, as one text. */
function iptcDates(iptc: Record<string, Tag | undefined>): string[] {
  const said = (name: string): string => {
    return textOfBytes(iptc[name]?.value, 'latin1') ?? ''
  }
  const date = /^(\d{4})(\d{2})(\d{2})$/.exec(said('Date Created').trim())
  if (!date) return []
  const time = /^(\d{2})(\d{2})(\d{2})([+-]\d{4})?$/.exec(said('Time Created').trim())
  const day = `${date[1]}:${date[2]}:${date[3]}`
  return [time ? `${day} ${time[1]}:${time[2]}:${time[3]}${time[4] ?? ''}` : day]
}
