import b4a from 'b4a'

/** A text that must not be found in what is given out. */
export const SECRET = 'SECRET-48.8566-2.3522'

export function u16(...values: number[]): Uint8Array {
  return b4a.concat(values.map((value) => b4a.from([value >> 8, value & 0xff])))
}

export function u32(...values: number[]): Uint8Array {
  return b4a.concat(values.map((value) => b4a.concat([u16(Math.floor(value / 65536), value & 0xffff)])))
}

export function u64(...values: number[]): Uint8Array {
  return b4a.concat(values.map((value) => u32(Math.floor(value / 2 ** 32), value % 2 ** 32)))
}

type Part = Uint8Array | string

function join(parts: Part[]): Uint8Array {
  return b4a.concat(parts.map((part) => (typeof part === 'string' ? b4a.from(part, 'latin1') : part)))
}

/** A box of ISO/IEC 14496-12. */
export function box(type: string, ...parts: Part[]): Uint8Array {
  const payload = join(parts)
  return join([u32(payload.byteLength + 8), type, payload])
}

/** The same with a size of 64 bits. */
export function wideBox(type: string, ...parts: Part[]): Uint8Array {
  const payload = join(parts)
  return join([u32(1), type, u64(payload.byteLength + 16), payload])
}

/** A box with version and flags. */
export function full(type: string, version: number, flags: number, ...parts: Part[]): Uint8Array {
  return box(type, u32(version * 2 ** 24 + flags), ...parts)
}

export function hdlr(handler: string): Uint8Array {
  return full('hdlr', 0, 0, u32(0), handler, u32(0, 0, 0), `${SECRET} handler\0`)
}

export interface MadeTrack {
  id: number
  handler: string
  /** Where its chunks lie. */
  chunks: { at: number; sizes: number[] }[]
  version?: 0 | 1
  wide?: boolean
}

const DAY = 3_600_000_000

/** A track with everything private that a track can hold. */
export function trak({ id, handler, chunks, version = 0, wide = false }: MadeTrack): Uint8Array {
  const times = version === 1 ? u64(DAY, DAY + 1) : u32(DAY, DAY + 1)
  const duration = version === 1 ? u64(1000) : u32(1000)
  const matrix = u32(65536, 0, 0, 0, 65536, 0, 0, 0, 0x40000000)
  const sizes = chunks.flatMap((chunk) => chunk.sizes)
  const offsets = chunks.map(({ at }) => at)
  const perChunk = chunks.map((chunk, i) => u32(i + 1, chunk.sizes.length, 1))
  const sound = join([u32(0, 0), u16(2, 16), u32(0), u32(48000 * 65536)])
  const picture = join([new Uint8Array(16), u16(64, 64), u32(0x480000, 0x480000, 0), u16(1)])
  const name = join(['\x1f', SECRET.padEnd(31, ' ')])
  const format = handler === 'vide' ? join([picture, name, u16(24, 0xffff)]) : sound
  const entry = handler === 'meta' ? box('mebx', u32(0), u16(0, 1), box('keys', SECRET)) : null
  const coded = handler === 'vide' ? 'avc1' : 'mp4a'
  const entries = entry ?? box(coded, u32(0), u16(0, 1), format, box('uuid', `0123456789abcdef${SECRET}`))
  return box(
    'trak',
    full('tkhd', version, 7, times, u32(id, 0), duration, u32(0, 0), u16(0, 0, 0, 0), matrix, u32(0, 0)),
    box('udta', box('name', SECRET)),
    full('meta', 0, 0, SECRET),
    box('tref', box('cdsc', u32(1))),
    box(
      'mdia',
      full('mdhd', version, 0, times, u32(1000), duration, u16(0x55c4, 0)),
      hdlr(handler),
      box(
        'minf',
        handler === 'vide' ? full('vmhd', 0, 1, u32(0, 0)) : full('smhd', 0, 0, u32(0)),
        box('dinf', full('dref', 0, 0, u32(1), full('url ', 0, 1, SECRET))),
        box(
          'stbl',
          full('stsd', 0, 0, u32(1), entries),
          full('stts', 0, 0, u32(1, sizes.length, 40)),
          full('stsc', 0, 0, u32(chunks.length), ...perChunk),
          full('stsz', 0, 0, u32(0, sizes.length), u32(...sizes)),
          wide
            ? full('co64', 0, 0, u32(offsets.length), u64(...offsets))
            : full('stco', 0, 0, u32(offsets.length), u32(...offsets))
        )
      )
    ),
    box('SeCr', SECRET)
  )
}

export function moov(tracks: MadeTrack[], ...more: Uint8Array[]): Uint8Array {
  const version = tracks[0]?.version ?? 0
  const times = version === 1 ? u64(DAY, DAY) : u32(DAY, DAY)
  const duration = version === 1 ? u64(1000) : u32(1000)
  return box(
    'moov',
    full('mvhd', version, 0, times, u32(1000), duration, u32(65536), new Uint8Array(70), u32(9)),
    ...tracks.map(trak),
    box('udta', box('\xa9xyz', u16(21, 0x15c7), SECRET), full('meta', 0, 0, SECRET)),
    box('meta', hdlr('mdta'), box('keys', SECRET)),
    box('uuid', `0123456789abcdef${SECRET}`),
    box('free', SECRET),
    ...more
  )
}

const FTYP = box('ftyp', 'isom', u32(512), 'isommp42')

/**
 * A video of two tracks and one of metadata, whose samples lie between the others; what nobody points at and a box
 * of a maker come after.
 */
export function madeMovie(version: 0 | 1, wide: boolean): { bytes: Uint8Array; frames: Uint8Array[] } {
  const frames = [1, 2, 3, 4].map((value) => new Uint8Array(100 + value).fill(value * 16 + 5))
  const [one, two, sound, more] = frames as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
  const meta = b4a.from(SECRET)
  const parts = [one, two, meta, sound, meta, b4a.from(`${SECRET} between`), more]
  const head = FTYP.byteLength + (wide ? 16 : 8)
  const at = (index: number): number =>
    head + parts.slice(0, index).reduce((sum, { byteLength }) => sum + byteLength, 0)
  const chunks = {
    video: [
      { at: at(0), sizes: [101, 102] },
      { at: at(6), sizes: [104] }
    ],
    sound: [{ at: at(3), sizes: [103] }],
    meta: [2, 4].map((index) => ({ at: at(index), sizes: [meta.byteLength] }))
  }
  const tracks: MadeTrack[] = [
    { id: 1, handler: 'vide', chunks: chunks.video, version, wide },
    { id: 2, handler: 'soun', chunks: chunks.sound, version, wide },
    { id: 3, handler: 'meta', chunks: chunks.meta, version, wide }
  ]
  const mdat = wide ? wideBox('mdat', ...parts) : box('mdat', ...parts)
  const tail = [box('skip', SECRET), box('uuid', `0123456789abcdef${SECRET}`), b4a.from(SECRET)]
  return { bytes: join([FTYP, mdat, box('PrVt', SECRET), moov(tracks), ...tail]), frames }
}

/** A fragmented video: a picture track and one of metadata in each fragment. */
export function madeFragments(): { bytes: Uint8Array; frames: Uint8Array[] } {
  const empty = (id: number, handler: string): MadeTrack => ({ id, handler, chunks: [] })
  const trex = [1, 2].map((id) => full('trex', 0, 0, u32(id, 1, 40, SECRET.length, 0)))
  const parts: Uint8Array[] = [FTYP, moov([empty(1, 'vide'), empty(2, 'meta')], box('mvex', ...trex))]
  const frames = [1, 2, 3].map((value) => new Uint8Array(200).fill(value * 32 + 7))
  for (const [i, frame] of frames.entries()) {
    const fragment = (offset: number): Uint8Array =>
      box(
        'moof',
        full('mfhd', 0, 0, u32(i + 1)),
        box(
          'traf',
          full('tfhd', 0, 0x020000, u32(1)),
          full('trun', 0, 0x201, u32(2, offset), u32(150, 50)),
          box('uuid', SECRET)
        ),
        box('traf', full('tfhd', 0, 0x020000, u32(2)), full('trun', 0, 0x1, u32(1, offset + 200)))
      )
    const moof = fragment(fragment(0).byteLength + 8)
    parts.push(full('prft', 0, 0, SECRET), moof, box('mdat', frame, SECRET, 'gap'))
  }
  return { bytes: join(parts), frames }
}

export interface MadeHeic {
  /** Version of `iloc`. */
  version: 0 | 1 | 2
  /** Whether Exif and XMP lie in `idat`. */
  inside: boolean
}

/** An image with Exif in two extents, XMP, a thumbnail, private properties and a video behind. */
export function madeHeic({ version, inside }: MadeHeic): { bytes: Uint8Array; image: Uint8Array } {
  const image = new Uint8Array(300).fill(0x5a)
  const thumbnail = b4a.from(`${SECRET} thumbnail`)
  const exif = [b4a.from('\0\0\0\x06Exif\0\0MM\0*' + SECRET, 'latin1'), b4a.from(`${SECRET} exif`)] as const
  const xmp = b4a.from(`<?xpacket ${SECRET}`)
  const ftyp = box('ftyp', 'heic', u32(0), 'mif1heic')
  const id = (value: number): Uint8Array => (version === 2 ? u32(value) : u16(value))
  const build = (mdatAt: number): { meta: Uint8Array; mdat: Uint8Array } => {
    const inMdat = [image, thumbnail, ...(inside ? [] : [...exif, xmp]), b4a.from(`${SECRET} gap`)]
    const idat = box('idat', ...(inside ? [...exif, xmp] : []), `${SECRET} idat gap`)
    const place = (part: Uint8Array): number => {
      const list: Uint8Array[] = inside && inMdat.indexOf(part) === -1 ? [...exif, xmp] : inMdat
      const before = list.slice(0, list.indexOf(part)).reduce((sum, { byteLength }) => sum + byteLength, 0)
      return list === inMdat ? mdatAt + 8 + before : before
    }
    const item = (number: number, ...parts: Uint8Array[]): Uint8Array =>
      join([
        id(number),
        version === 0 ? '' : u16(inside && number > 2 ? 1 : 0),
        u16(0, parts.length),
        ...parts.map((part) => u32(place(part), part.byteLength))
      ])
    const infe = (number: number, type: string, ...more: Part[]): Uint8Array =>
      full('infe', version === 2 ? 3 : 2, 0, id(number), u16(0), type, `${SECRET} name\0`, ...more)
    const count = version === 2 ? u32(4) : u16(4)
    const meta = full(
      'meta',
      0,
      0,
      hdlr('pict'),
      full('pitm', 0, 0, u16(1)),
      full(
        'iinf',
        0,
        0,
        u16(4),
        infe(1, 'hvc1'),
        infe(2, 'hvc1'),
        infe(3, 'Exif'),
        infe(4, 'mime', 'application/rdf+xml\0')
      ),
      full(
        'iref',
        version === 2 ? 1 : 0,
        0,
        box('thmb', id(2), u16(1), id(1)),
        box('cdsc', id(3), u16(1), id(1))
      ),
      box(
        'iprp',
        box(
          'ipco',
          full('ispe', 0, 0, u32(64, 64)),
          box('uuid', `0123456789abcdef${SECRET}`),
          full('udes', 0, 0, SECRET)
        ),
        full('ipma', 0, 0, u32(1), u16(1), b4a.from([1, 1]))
      ),
      idat,
      full(
        'iloc',
        version,
        0,
        u16(0x4400),
        count,
        item(1, image),
        item(2, thumbnail),
        item(3, ...exif),
        item(4, xmp)
      ),
      full('xml ', 0, 0, SECRET),
      box('uuid', `0123456789abcdef${SECRET}`)
    )
    return { meta, mdat: box('mdat', ...inMdat) }
  }
  const first = build(0)
  const { meta, mdat } = build(ftyp.byteLength + first.meta.byteLength)
  const motion = box('mpvd', madeMovie(0, false).bytes)
  return { bytes: join([ftyp, meta, mdat, box('free', SECRET), motion, `SEFH${SECRET}SEFT`]), image }
}

/** A segment of a JPEG. */
export function segment(marker: number, ...parts: Part[]): Uint8Array {
  const payload = join(parts)
  return join([b4a.from([0xff, marker]), u16(payload.byteLength + 2), payload])
}

/** A chunk of a WebP. */
export function riffChunk(name: string, ...parts: Part[]): Uint8Array {
  const payload = join(parts)
  const length = b4a.alloc(4)
  new DataView(length.buffer, length.byteOffset).setUint32(0, payload.byteLength, true)
  return join([name, length, payload, b4a.alloc(payload.byteLength % 2)])
}

/** A chunk of a PNG, with a checksum that nobody asks for here. */
export function pngChunk(name: string, ...parts: Part[]): Uint8Array {
  const payload = join(parts)
  return join([u32(payload.byteLength), name, payload, u32(0)])
}

/** Puts bytes into others. */
export function insert(into: Uint8Array, at: number, ...parts: Part[]): Uint8Array {
  return join([into.subarray(0, at), ...parts, into.subarray(at)])
}
