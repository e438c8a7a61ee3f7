import { DOMParser, onErrorStopParsing } from '@xmldom/xmldom'
import b4a from 'b4a'
import ExifReader from 'exifreader'
import { clippedText, keptText } from '../../util/text.ts'
import { type Position, positionOf } from './position.ts'

/** Lightroom's largest packets, with all its brush strokes, stay below this. */
export const MAX_XMP_BYTES: number = 1024 * 1024

// As many and as long as the album keeps.
const MAX_TAGS = 100
const MAX_TAG = 100
const MAX_TEXT = 10_000
// Tags and collections together.
const MAX_TEXTS = 200

// Where an export keeps the collections of a photo among Lightroom's `lr:hierarchicalSubject`, which digiKam reads too.
export const COLLECTIONS: string = 'Collections|'
const BEST_RATING = '5'

// Elements inside one another: XMP has no use for more, and each costs its readers a stack frame.
const MAX_DEPTH = 64
const MAX_ELEMENTS = 20_000

/** What an XMP packet (ISO 16684-1:2019) tells, embedded or beside a file. */
export interface Xmp {
  /** `exif:DateTimeOriginal`, `photoshop:DateCreated`, `xmp:CreateDate`, `exif:DateTimeDigitized`: best first. */
  dates: string[]
  position: Position | null
  /** `dc:description`, or ''. */
  caption: string
  /** `dc:subject`, or else `digiKam:TagsList`, of which the last step of each path. */
  tags: string[]
  /** Whether `xmp:Rating` is the best there is. */
  favourite: boolean
  /** What stands under `Collections` in `lr:hierarchicalSubject`. */
  collections: string[]
  make: string | null
  model: string | null
  motion: XmpMotion | null
}

/** Where a Motion Photo says that its video lies, counted from the file's end. */
export interface XmpMotion {
  /** Bytes from the video's first byte to the end of the file. */
  fromEnd: number
}

type Value = string | Value[] | { [name: string]: Tag }

interface Tag {
  value: Value
}

/** Reads a packet; null for what is none. Never throws. */
export function readXmp(packet: string): Xmp | null {
  const body = bodyOf(packet)
  if (body === null) return null
  // exifreader takes an XMP file by its first bytes.
  const bytes = b4a.from(`<?xpacket begin=""?>\n${body}`)
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const read = ExifReader.loadView(view, { expanded: true, domParser: parser, includeTags: { xmp: true } })
    return read.xmp ? factsOf(read.xmp as unknown as Record<string, Tag>) : null
  } catch {
    return null
  }
}

/** The element that matters, without the processing instructions around it. */
function bodyOf(packet: string): string | null {
  if (packet.length > MAX_XMP_BYTES) return null
  for (const name of ['x:xmpmeta', 'rdf:RDF']) {
    const start = packet.indexOf(`<${name}`)
    const end = packet.lastIndexOf(`</${name}>`)
    if (start === -1 || end < start) continue
    const body = packet.slice(start, end + name.length + 3)
    // No XMP has a document type or entities, and a parser must never be made to expand any.
    return /<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST)|<\?xpacket/i.test(body) || isTooMuch(body) ? null : body
  }
  return null
}

/** Whether a packet is built so that its parser would take long: it needs some 30 microseconds for an element. */
function isTooMuch(body: string): boolean {
  let [depth, elements] = [0, 0]
  for (const [element] of body.matchAll(/<(?:[^<>"']|"[^"<]*"|'[^'<]*')*>/g)) {
    if (element.startsWith('</')) depth--
    else if (!element.endsWith('/>') && !element.startsWith('<?') && !element.startsWith('<!')) depth++
    if (depth > MAX_DEPTH || ++elements > MAX_ELEMENTS) return true
  }
  let attributes = 0
  for (const _ of body.matchAll(/=\s*["']/g)) if (++attributes > MAX_ELEMENTS) return true
  return false
}

const parser = {
  parseFromString: (xml: string, type: string): unknown =>
    new DOMParser({ onError: onErrorStopParsing }).parseFromString(xml, type)
}

function factsOf(tags: Record<string, Tag>): Xmp {
  const texts = (name: string): string[] => textsOf(tags[name]?.value)
  const first = (name: string): string | null => texts(name)[0] ?? null
  const dates = ['DateTimeOriginal', 'DateCreated', 'CreateDate', 'DateTimeDigitized'].flatMap(texts)
  const subjects = texts('subject')
  const paths = texts('TagsList').map((path) => path.split('/').at(-1) as string)
  return {
    dates: dates.slice(0, 8),
    position: positionOf(
      coordinate(first('GPSLatitude'), first('GPSLatitudeRef')),
      coordinate(first('GPSLongitude'), first('GPSLongitudeRef')),
      altitudeOf(first('GPSAltitude'), first('GPSAltitudeRef'))
    ),
    caption: clippedText((first('description') ?? '').trim(), MAX_TEXT),
    tags: distinct(subjects.length > 0 ? subjects : paths),
    favourite: first('Rating')?.trim() === BEST_RATING,
    collections: collectionsOf(texts('hierarchicalSubject')),
    make: first('Make'),
    model: first('Model'),
    motion: motionOf(tags)
  }
}

/** All texts of a value: one, or those of a list. */
function textsOf(value: Value | undefined): string[] {
  if (typeof value === 'string') return [value]
  if (!Array.isArray(value)) return []
  // Lists of exifreader hold tags with a value.
  return value.slice(0, MAX_TEXTS).flatMap((item) => {
    const inner = typeof item === 'object' && 'value' in item ? (item['value'] as unknown as Value) : item
    return typeof inner === 'string' ? [inner] : []
  })
}

function collectionsOf(paths: string[]): string[] {
  const inside = paths.filter((path) => path.startsWith(COLLECTIONS))
  return [...new Set(inside.map((path) => path.slice(COLLECTIONS.length)))]
}

function distinct(texts: string[]): string[] {
  const short = texts
    .map((text) => keptText(text.trim()))
    .filter((text) => text !== '' && text.length <= MAX_TAG)
  return [...new Set(short)].slice(0, MAX_TAGS)
}

/**
 * `41,50.604N` or `41,50,36.24N` (XMP part 2, GPSCoordinate), or degrees as some programs write: signed, or, as Apple's
 * Photos does, with the side beside them.
 */
function coordinate(text: string | null, beside: string | null): number {
  const match = /^\s*([+-]?\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?(?:,(\d+(?:\.\d+)?))?\s*([NSEW])?\s*$/i.exec(
    text?.slice(0, 64) ?? ''
  )
  if (!match) return Number.NaN
  const [, degrees, minutes = '0', seconds = '0', side = beside?.trim() ?? ''] = match
  const value = Number(degrees) + Number(minutes) / 60 + Number(seconds) / 3600
  return /^[SW]$/i.test(side) ? -Math.abs(value) : value
}

function altitudeOf(text: string | null, below: string | null): number {
  const match = /^\s*(-?\d+(?:\.\d+)?)(?:\/(\d+))?\s*$/.exec(text?.slice(0, 64) ?? '')
  if (!match) return Number.NaN
  const metres = Number(match[1]) / Number(match[2] ?? 1)
  return below === '1' ? -metres : metres
}

/**
 * Google's Motion Photo format 1.0 (`GCamera:MotionPhoto`, `Container:Directory`) and the older Micro Video
 * (`GCamera:MicroVideoOffset`).
 */
function motionOf(tags: Record<string, Tag>): XmpMotion | null {
  const directory = tags['Directory']?.value
  if (Array.isArray(directory)) {
    let fromEnd = 0
    // The files of the container lie one after the other, up to the end.
    for (const entry of directory.slice(0, 16).reverse()) {
      const item = itemOf(entry)
      fromEnd += wholeOf(item('Length')) + wholeOf(item('Padding'))
      if (item('Semantic') === 'MotionPhoto') return fromEnd > 0 ? { fromEnd } : null
    }
  }
  const offset = wholeOf(textsOf(tags['MicroVideoOffset']?.value)[0])
  return offset > 0 ? { fromEnd: offset } : null
}

/** Reads an entry of a directory: `Item:…` as attributes, within `Container:Item` or without. */
function itemOf(entry: Value): (name: string) => string | undefined {
  const record = entry as Record<string, Tag>
  const inner = (record['Item']?.value ?? record['value'] ?? record) as Record<string, Tag>
  return (name) => textsOf(inner[name]?.value)[0]
}

function wholeOf(text: string | undefined): number {
  return /^\d{1,12}$/.test(text ?? '') ? Number(text) : 0
}
