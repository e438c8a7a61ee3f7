import b4a from 'b4a'
import { text, viewOf } from '../bytes.ts'
import type { RandomAccess } from '../file.ts'

// PNG (W3C, third edition) and WebP (RFC 9649) are chunks one after another. Only those that say something of the
// image are taken out, and put together again as a small file of the same kind that holds no pixels.

/** A PNG of 100 megapixels in chunks of 8 kB has fewer. */
const MAX_CHUNKS = 50_000
const MAX_CHUNK = 512 * 1024
const MAX_TAKEN = 32
const WINDOW = 64 * 1024

export interface Gist {
  bytes: Uint8Array
  /** Whether a chunk goes past the end, or the end is missing. */
  damaged: boolean
}

interface Format {
  /** Bytes before the first chunk. */
  head: number
  /** Bytes of a chunk besides its content. */
  around: number
  wanted: string[]
  parse(head: DataView): { type: string; length: number }
  last: string | null
}

const PNG: Format = {
  head: 8,
  around: 12,
  wanted: ['IHDR', 'eXIf', 'tEXt', 'iTXt', 'zTXt', 'IEND'],
  parse: (head) => ({ type: text(head, 4, 4), length: head.getUint32(0) }),
  last: 'IEND'
}

const WEBP: Format = {
  head: 12,
  around: 8,
  wanted: ['VP8X', 'EXIF', 'XMP '],
  // A chunk of odd length has a byte of padding.
  parse: (head) => ({ type: text(head, 0, 4), length: (head.getUint32(4, true) + 1) & ~1 }),
  last: null
}

export async function pngGist(file: RandomAccess): Promise<Gist> {
  return gistOf(file, PNG)
}

export async function webpGist(file: RandomAccess): Promise<Gist> {
  const { bytes, damaged } = await gistOf(file, WEBP)
  const view = viewOf(bytes)
  if (bytes.byteLength < 12) return { bytes, damaged: true }
  const said = view.getUint32(4, true) + 8
  view.setUint32(4, bytes.byteLength - 8, true)
  return { bytes, damaged: damaged || said > file.size + 1 }
}

async function gistOf(file: RandomAccess, format: Format): Promise<Gist> {
  const parts: Uint8Array[] = [await file.read(0, format.head)]
  const done = (damaged: boolean): Gist => ({ bytes: b4a.concat(parts), damaged })
  // Chunks are small as a rule: read in windows, not one by one.
  let window = { start: 0, bytes: b4a.alloc(0) as Uint8Array }
  let at = format.head
  for (let count = 0; count < MAX_CHUNKS && at + 8 <= file.size; count++) {
    if (at + 8 > window.start + window.bytes.byteLength) {
      window = { start: at, bytes: await file.read(at, WINDOW) }
      if (window.bytes.byteLength < 8) return done(true)
    }
    const { type, length } = format.parse(viewOf(window.bytes.subarray(at - window.start)))
    const whole = length + format.around
    if (length < 0 || at + whole > file.size) return done(true)
    if (format.wanted.includes(type) && length <= MAX_CHUNK && parts.length <= MAX_TAKEN) {
      parts.push(await file.read(at, whole))
    }
    if (type === format.last) return done(false)
    at += whole
  }
  return done(format.last !== null || at < file.size)
}

/** The size of a WebP by its first chunk: `VP8 ` (RFC 6386, 9.1), `VP8L` (RFC 9649, 3.4) or `VP8X`. */
export function webpSize(head: Uint8Array): { width: number; height: number } | null {
  if (head.byteLength < 30) return null
  const view = viewOf(head)
  const kind = text(view, 12, 4)
  if (kind === 'VP8 ')
    return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff }
  if (kind === 'VP8L') {
    const bits = view.getUint32(21, true)
    return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 }
  }
  if (kind !== 'VP8X') return null
  const three = (at: number): number => view.getUint16(at, true) + (view.getUint8(at + 2) << 16) + 1
  return { width: three(24), height: three(27) }
}
