import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import b4a from 'b4a'
import ExifReader from 'exifreader'
import { BufferSource, ALL_FORMATS, EncodedPacketSink, Input } from 'mediabunny'
import sharp from 'sharp'
import { sniff, SNIFF_BYTES } from '../lib/media/sniff.ts'
import { mimeOf } from '../lib/schema/mime.ts'

interface HeifImage {
  get_width(): number
  get_height(): number
  display(
    into: { data: Uint8ClampedArray; width: number; height: number },
    done: (shown: unknown) => void
  ): void
  free(): void
}

// libheif-js 1.23 comes without types.
const { HeifDecoder } = createRequire(import.meta.url)('libheif-js') as {
  HeifDecoder: new () => { decode(bytes: Uint8Array): HeifImage[] }
}

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')

/** The folder of real photos and videos, which is no part of the repository; null where it is not there. */
export function photosFolder(): string | null {
  const places = [process.env['HYPERALBUM_PHOTOS'], path.join(root, '../shared/photos')]
  return places.find((place) => place !== undefined && fs.existsSync(place)) ?? null
}

export interface Sample {
  name: string
  type: string
  bytes: Uint8Array
}

/** Every real file there is, with its type by its bytes; none where the folder is missing. */
export function* samples(): Generator<Sample> {
  const folder = photosFolder()
  if (folder === null) return
  for (const name of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const file = path.join(folder, name)
    if (name.endsWith('.json') || name.endsWith('.md') || !fs.statSync(file).isFile()) continue
    const bytes = new Uint8Array(fs.readFileSync(file))
    yield { name, type: mimeOf(sniff(bytes.subarray(0, SNIFF_BYTES))), bytes }
  }
}

/** The pixels the right way up, or the reason why there are none: broken photos must stay as broken. */
export async function pixels(bytes: Uint8Array): Promise<{ data: Uint8Array; about: string }> {
  const image = sharp(bytes, { failOn: 'none', limitInputPixels: 1.5e8, pages: -1 })
  try {
    const { data, info } = await image.autoOrient().raw().toBuffer({ resolveWithObject: true })
    return { data, about: `${info.width} ${info.height} ${info.channels}` }
  } catch (error) {
    return { data: new Uint8Array(0), about: String(error) }
  }
}

/** The pixels of a HEIC, by libheif, with those of every image that it shows. */
export async function heicPixels(bytes: Uint8Array): Promise<Uint8Array[]> {
  const images = new HeifDecoder().decode(bytes)
  const out: Uint8Array[] = []
  for (const image of images) {
    const [width, height] = [image.get_width(), image.get_height()]
    const data = new Uint8ClampedArray(width * height * 4)
    await new Promise<void>((resolve, reject) => {
      image.display({ data, width, height }, (shown) => (shown ? resolve() : reject(new Error('no image'))))
    })
    out.push(new Uint8Array(data.buffer))
    image.free()
  }
  return out
}

/** All pictures and sounds of a video with their times, by mediabunny, in one list. */
export async function packets(bytes: Uint8Array): Promise<{ about: string; data: Uint8Array }[]> {
  using input = new Input({ source: new BufferSource(bytes), formats: ALL_FORMATS })
  const out: { about: string; data: Uint8Array }[] = []
  for (const track of await input.getTracks()) {
    if (!track.isVideoTrack() && !track.isAudioTrack()) continue
    const facts = [track.type, track.codec, track.isVideoTrack() ? track.rotation : '']
    for await (const packet of new EncodedPacketSink(track).packets()) {
      const { timestamp, duration, type, data } = packet
      out.push({ about: [...facts, timestamp, duration, type].join(' '), data })
    }
  }
  return out
}

/** How a photo is to be turned, by exifreader; 0 where it does not say. */
export function orientation(bytes: Uint8Array): number {
  const value = readExif(bytes)['Orientation']?.value
  return typeof value === 'number' ? value : 0
}

interface Tag {
  value: unknown
}

function readExif(bytes: Uint8Array): Record<string, Tag> {
  try {
    const tags = ExifReader.load(new Uint8Array(bytes).buffer, { expanded: true })
    return (tags.exif ?? {}) as unknown as Record<string, Tag>
  } catch {
    return {}
  }
}

/** What a photo tells in its Exif, as bytes: texts, positions in both byte orders, pieces of maker notes. */
export function exifSecrets(bytes: Uint8Array): { name: string; bytes: Uint8Array }[] {
  const found: { name: string; bytes: Uint8Array }[] = []
  for (const [name, { value }] of Object.entries(readExif(bytes))) {
    if (Array.isArray(value) && value.length === 1 && typeof value[0] === 'string' && value[0].length >= 8) {
      found.push({ name, bytes: b4a.from(value[0], 'latin1') })
    }
    if (/^GPS(Latitude|Longitude)$/.test(name) && Array.isArray(value)) {
      const numbers = value.flat().filter((number) => typeof number === 'number')
      for (const little of [true, false]) found.push({ name, bytes: longs(numbers, little) })
    }
    if (name === 'MakerNote' && Array.isArray(value)) {
      for (let at = 0; at + 32 <= value.length; at += 512) {
        const piece = Uint8Array.from(value.slice(at, at + 32))
        // Zeros and fillings are everywhere, and an image in the maker note has the same tables as the photo.
        const again = b4a.indexOf(bytes, piece, b4a.indexOf(bytes, piece) + 1) !== -1
        if (new Set(piece).size > 12 && !again) found.push({ name: `${name} ${at}`, bytes: piece })
      }
    }
  }
  return found.filter((secret) => new Set(secret.bytes).size > 3)
}

function longs(numbers: number[], little: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(numbers.length * 4))
  for (const [i, number] of numbers.entries()) view.setUint32(i * 4, number, little)
  return new Uint8Array(view.buffer)
}

/** What a video tells in its tags, as bytes, and the times of its tracks. */
export async function movieSecrets(bytes: Uint8Array): Promise<{ name: string; bytes: Uint8Array }[]> {
  using input = new Input({ source: new BufferSource(bytes), formats: ALL_FORMATS })
  const { raw } = await input.getMetadataTags()
  const found: { name: string; bytes: Uint8Array }[] = []
  for (const [name, value] of Object.entries(raw ?? {})) {
    if (typeof value === 'string' && value.length >= 4) found.push({ name, bytes: b4a.from(value) })
    if (value instanceof Uint8Array && value.length >= 8) found.push({ name, bytes: value.subarray(0, 1024) })
  }
  for (const type of ['mvhd', 'tkhd', 'mdhd']) {
    const at = b4a.indexOf(bytes, b4a.from(type))
    if (at > 0) found.push({ name: `${type} time`, bytes: bytes.subarray(at + 8, at + 12) })
  }
  for (const word of ['Core Media', 'VideoHandle', 'SoundHandle', 'com.apple', 'Apple Sound Media']) {
    found.push({ name: word, bytes: b4a.from(word) })
  }
  return found
}
