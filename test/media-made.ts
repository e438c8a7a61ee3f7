// Small photos and videos, made byte by byte, for what the samples lack.
import { deflateSync } from 'node:zlib'

/** Bytes one after another; texts as Latin-1. */
export function join(...parts: (Uint8Array | number[] | string)[]): Uint8Array {
  const bytes = parts.map((part) =>
    typeof part === 'string' ? latin1(part) : part instanceof Uint8Array ? part : Uint8Array.from(part)
  )
  const all = new Uint8Array(bytes.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of bytes) {
    all.set(part, at)
    at += part.length
  }
  return all
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

const u16 = (value: number): number[] => [value >> 8, value & 255]
const u32 = (value: number): number[] => [
  (value >>> 24) & 255,
  (value >>> 16) & 255,
  (value >>> 8) & 255,
  value & 255
]

/** An XMP packet with these attributes and elements. */
export function xmpPacket(attributes: string, elements = ''): string {
  return `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:GCamera="http://ns.google.com/photos/1.0/camera/"
 xmlns:Container="http://ns.google.com/photos/1.0/container/" xmlns:Item="http://ns.google.com/photos/1.0/container/item/"
 ${attributes}>${elements}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`
}

/** The beginning of a JPEG of 3 by 2 pixels: what is read for facts, and no picture. */
export function jpeg({ xmp, exif }: { xmp?: string; exif?: Uint8Array }): Uint8Array {
  const segment = (marker: number, content: Uint8Array): Uint8Array =>
    join([0xff, marker], u16(content.length + 2), content)
  const parts: Uint8Array[] = [Uint8Array.of(0xff, 0xd8)]
  if (exif) parts.push(segment(0xe1, join('Exif\0\0', exif)))
  if (xmp) parts.push(segment(0xe1, join('http://ns.adobe.com/xap/1.0/\0', xmp)))
  parts.push(segment(0xc0, join([8], u16(2), u16(3), [1, 1, 0x11, 0])))
  parts.push(segment(0xda, Uint8Array.of(1, 1, 0, 0, 63, 0)), Uint8Array.of(0, 0xff, 0xd9))
  return join(...parts)
}

/** A PNG without a picture. `bombs` compressed texts say EXIF, and each inflates to 4 MB. */
export function png(made: { width: number; height: number; xmp?: string; bombs?: number }): Uint8Array {
  const chunk = (type: string, content: Uint8Array): Uint8Array =>
    join(u32(content.length), type, content, [0, 0, 0, 0])
  const parts = [join([0x89], 'PNG\r\n', [0x1a, 0x0a])]
  parts.push(chunk('IHDR', join(u32(made.width), u32(made.height), [8, 2, 0, 0, 0])))
  if (made.xmp) parts.push(chunk('iTXt', join('XML:com.adobe.xmp\0\0\0\0\0', made.xmp)))
  const inflating = deflateSync(new Uint8Array(4 * 1024 * 1024))
  for (let i = 0; i < (made.bombs ?? 0); i++) {
    parts.push(chunk('zTXt', join('Raw profile type exif\0\0', inflating)))
  }
  return join(...parts, chunk('IDAT', new Uint8Array(10)), chunk('IEND', new Uint8Array(0)))
}

type Entry = [tag: number, type: number, count: number, value: number]

/** A TIFF directory, big-endian. */
export function directory(entries: Entry[], next = 0): Uint8Array {
  const sorted = entries.toSorted(([a], [b]) => a - b)
  const written = sorted.map(([tag, type, count, value]) =>
    join(u16(tag), u16(type), u32(count), type === 3 && count === 1 ? [...u16(value), 0, 0] : u32(value))
  )
  return join(u16(entries.length), ...written, u32(next))
}

interface MadeTiff {
  width: number
  height: number
  original?: string
  orientation?: number
  dng?: boolean
  /** An image in a SubIFD. */
  inside?: { width: number; height: number }
}

/** A TIFF without a picture, with its directories at a place: as its parts, and whole where it is small. */
export function tiff(made: MadeTiff, at = 8): { parts: [number, Uint8Array][]; bytes: Uint8Array } {
  const first: Entry[] = [
    [0x0100, 4, 1, made.width],
    [0x0101, 4, 1, made.height],
    [0x0112, 3, 1, made.orientation ?? 1]
  ]
  const [inner, exif, date] = [at + 200, at + 300, at + 400]
  const parts: [number, Uint8Array][] = [[0, join('MM\0*', u32(at))]]
  if (made.dng) first.push([0xc612, 1, 4, 0x01040000], [0x00fe, 4, 1, 1])
  if (made.inside) {
    const { width, height } = made.inside
    first.push([0x014a, 4, 1, inner])
    parts.push([
      inner,
      directory([
        [0x00fe, 4, 1, 0],
        [0x0100, 4, 1, width],
        [0x0101, 4, 1, height]
      ])
    ])
  }
  if (made.original) {
    first.push([0x8769, 4, 1, exif])
    parts.push([exif, directory([[0x9003, 2, 20, date]])], [date, join(made.original, [0])])
  }
  parts.push([at, directory(first)])
  const end = Math.max(...parts.map(([start, bytes]) => start + bytes.length))
  const bytes = new Uint8Array(end < 1_000_000 ? end : 0)
  if (bytes.length > 0) for (const [start, part] of parts) bytes.set(part, start)
  return { parts, bytes }
}

/** A WebP without a picture, with EXIF after it. */
export function webp({
  width,
  height,
  exif
}: {
  width: number
  height: number
  exif: Uint8Array
}): Uint8Array {
  const little = (value: number): number[] => u32(value).toReversed()
  const chunk = (type: string, content: Uint8Array): Uint8Array =>
    join(type, little(content.length), content, content.length % 2 === 1 ? [0] : [])
  const three = (value: number): number[] => little(value - 1).slice(0, 3)
  const head = chunk('VP8X', join([8, 0, 0, 0], three(width), three(height)))
  const chunks = join('WEBP', head, chunk('VP8 ', new Uint8Array(11)), chunk('EXIF', exif))
  return join('RIFF', little(chunks.length), chunks)
}

interface MadeHeif {
  width: number
  height: number
  /** Quarter turns, against the clock. */
  turns?: number
  exif?: Uint8Array
  brand?: string
}

/** A HEIF without a picture. */
export function heif({ width, height, turns = 0, exif, brand = 'heic' }: MadeHeif): Uint8Array {
  const full = (type: string, ...content: (Uint8Array | number[] | string)[]): Uint8Array =>
    box(type, join(u32(0), ...content))
  const ftyp = box('ftyp', join(brand, u32(0), 'mif1heic'))
  const block = exif ? join(u32(0), exif) : new Uint8Array(0)
  const infe = box('infe', join([2, 0, 0, 0], u16(2), u16(0), 'Exif', [0]))
  const properties = box(
    'ipco',
    join(full('ispe', u32(width), u32(height)), box('irot', Uint8Array.of(turns)))
  )
  const meta = (at: number): Uint8Array =>
    full(
      'meta',
      full('hdlr', u32(0), 'pict', u32(0), u32(0), u32(0), [0]),
      full('pitm', u16(1)),
      full('iinf', u16(1), infe),
      full('iloc', [0x44, 0], u16(1), u16(2), u16(0), u16(1), u32(at), u32(block.length)),
      box('iprp', join(properties, full('ipma', u32(1), u16(1), [2, 0x81, 0x82])))
    )
  const at = ftyp.length + meta(0).length + 8
  return join(ftyp, meta(at), box('mdat', block))
}

/** The beginning of a box: one that holds so many bytes, or these. */
export function box(type: string, content: number | Uint8Array): Uint8Array {
  if (typeof content !== 'number') return join(u32(content.length + 8), type, content)
  return join(u32(1), type, u32(Math.floor(content / 2 ** 32)), u32(content))
}

interface MadeVideo {
  /** Seconds since 1904. */
  created: number
  seconds: number
  width: number
  height: number
}

/** An MP4 with one video track and no picture in it. */
export function mp4(made: MadeVideo): { ftyp: Uint8Array; moov: Uint8Array; whole: Uint8Array } {
  const { created, seconds, width, height } = made
  const matrix = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000].flatMap(u32)
  const zeros = (count: number): number[] => Array.from({ length: count }, () => 0)
  const ftyp = box('ftyp', join('isom', u32(0), 'isommp42'))
  const mvhd = box(
    'mvhd',
    join(
      u32(0),
      u32(created),
      u32(created),
      u32(1000),
      u32(seconds * 1000),
      u32(0x10000),
      zeros(12),
      matrix,
      zeros(24),
      u32(2)
    )
  )
  const tkhd = box(
    'tkhd',
    join(
      u32(7),
      u32(0),
      u32(0),
      u32(1),
      u32(0),
      u32(seconds * 1000),
      zeros(16),
      matrix,
      u32(width << 16),
      u32(height << 16)
    )
  )
  const avcC = box('avcC', Uint8Array.of(1, 0x42, 0xc0, 0x1e, 0xff, 0xe0, 0))
  const avc1 = box(
    'avc1',
    join(
      zeros(6),
      u16(1),
      zeros(16),
      u16(width),
      u16(height),
      u32(72 << 16),
      u32(72 << 16),
      u32(0),
      u16(1),
      zeros(32),
      u16(24),
      u16(0xffff),
      avcC
    )
  )
  const table = (type: string, ...numbers: number[]): Uint8Array =>
    box(type, join(u32(0), numbers.flatMap(u32)))
  const stbl = box(
    'stbl',
    join(
      box('stsd', join(u32(0), u32(1), avc1)),
      table('stts', 0),
      table('stsc', 0),
      table('stsz', 0, 0),
      table('stco', 0)
    )
  )
  const dref = box('dinf', table('dref', 0))
  const minf = box('minf', join(box('vmhd', join(u32(1), zeros(8))), dref, stbl))
  const mdhd = box('mdhd', join(u32(0), u32(0), u32(0), u32(1000), u32(seconds * 1000), u16(0x55c4), u16(0)))
  const hdlr = box('hdlr', join(u32(0), u32(0), 'vide', zeros(12), [0]))
  const trak = box('trak', join(tkhd, box('mdia', join(mdhd, hdlr, minf))))
  const moov = box('moov', join(mvhd, trak))
  return { ftyp, moov, whole: join(ftyp, box('mdat', new Uint8Array(16)), moov) }
}
