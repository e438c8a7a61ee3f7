import b4a from 'b4a'
import { text, viewOf } from '../bytes.ts'
import type { RandomAccess } from '../file.ts'

// A JPEG (ITU-T T.81, annex B) is segments up to the picture. Some carry megabytes of a maker's own before its size:
// FLIR's heat, depth maps, previews. Then those that tell facts are put together as a small JPEG without a picture.

const MAX_SEGMENTS = 1000
const MAX_STRAY = 64 * 1024
const HEAD = 48

// Two of each, for what programs write twice.
const MAX_OF_A_KIND = 2
const KINDS: [marker: number, begins: string][] = [
  [0xe1, 'Exif\0'],
  [0xe1, 'http://ns.adobe.com/xap/1.0/\0'],
  [0xed, 'Photoshop 3.0\0']
]

export interface JpegGist {
  bytes: Uint8Array
  /** Pixels as stored. */
  width: number | null
  height: number | null
  /** Whether something lies between the segments, or the picture does not come. */
  damaged: boolean
}

export async function jpegGist(file: RandomAccess): Promise<JpegGist> {
  const parts: Uint8Array[] = [await file.read(0, 2)]
  const taken = new Map<string, number>()
  const size: { width: number | null; height: number | null } = { width: null, height: null }
  const done = (damaged: boolean): JpegGist => ({ bytes: b4a.concat(parts), ...size, damaged })
  let stray = false
  let at = 2
  for (let count = 0; count < MAX_SEGMENTS; count++) {
    const next = await markerFrom(file, at)
    if (next === null) return done(true)
    stray ||= next !== at
    at = next
    const head = viewOf(await file.read(at, HEAD))
    if (head.byteLength < 10) return done(true)
    const [marker, length] = [head.getUint8(1), head.getUint16(2)]
    // The picture begins.
    if (marker === 0xda) return done(stray || size.width === null)
    if (isFrame(marker)) Object.assign(size, { height: head.getUint16(5), width: head.getUint16(7) })
    const kind = KINDS.find(
      ([of, begins]) => of === marker && text(head, 4, head.byteLength - 4).startsWith(begins)
    )
    const before = taken.get(kind?.[1] ?? '') ?? 0
    if (kind && before < MAX_OF_A_KIND) {
      taken.set(kind[1], before + 1)
      parts.push(await file.read(at, 2 + length))
    }
    at += 2 + length
  }
  return done(true)
}

/** SOF0 to SOF15 without the tables that lie between them. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
}

/** Where the next segment begins: decoders pass over what lies before it. */
async function markerFrom(file: RandomAccess, at: number): Promise<number | null> {
  const near = await file.read(at, 2)
  if (isMarker(near, 0)) return at
  const bytes = await file.read(at, MAX_STRAY)
  for (let i = 0; i + 1 < bytes.byteLength; i++) if (isMarker(bytes, i)) return at + i
  return null
}

/** A marker with a segment behind it: SOF0 to COM, without those that stand alone. */
function isMarker(bytes: Uint8Array, at: number): boolean {
  const marker = bytes[at + 1] ?? 0
  return bytes[at] === 0xff && marker >= 0xc0 && marker < 0xff && !(marker >= 0xd0 && marker <= 0xd9)
}
