import b4a from 'b4a'
import { viewOf } from '../bytes.ts'
import type { RandomAccess } from '../file.ts'
import { EXIF_BYTES, orientationBlock, orientationOf } from './orientation.ts'
import { Patch, Segments } from './patch.ts'
import { broken, Reader } from './reader.ts'

// RFC 9649, section 2: little-endian, chunks padded to an even length.
const RIFF_BYTES = 12
const HEAD_BYTES = 8
const FRAME_BYTES = 16
const VP8X_BYTES = 10
const MOST_CHUNKS = 100_000

const KEPT = ['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ANIM', 'ANMF', 'ICCP']
const KEPT_IN_FRAME = ['VP8 ', 'VP8L', 'ALPH']

// Flags of VP8X: the file has Exif, has XMP.
const HAS_EXIF = 0x08
const HAS_XMP = 0x04

/** A chunk: `at` is its name, `end` the byte after it and its padding. */
interface Chunk {
  name: string
  at: number
  data: number
  length: number
  end: number
}

/** A WebP (also an animated one) with the chunks of its pixels and colours only. */
export async function stripWebp(file: RandomAccess): Promise<Patch> {
  const reader = new Reader(file)
  const size = viewOf(await reader.bytes(0, RIFF_BYTES)).getUint32(4, true) + 8
  if (size < RIFF_BYTES || size > reader.size) throw broken('it is cut short')

  const chunks = await chunksIn(reader, RIFF_BYTES, size)
  if (!chunks.some(({ name }) => /^(VP8 |VP8L|ANMF)$/.test(name))) throw broken('it has no image')
  const orientation = await orientationIn(reader, chunks)

  const body = new Segments()
  for (const [index, chunk] of chunks.entries()) {
    if (!KEPT.includes(chunk.name)) continue
    if (chunk.name === 'VP8X') body.put(await flagsOf(reader, chunk, index, orientation > 1))
    else if (chunk.name === 'ANMF') await keepFrame(reader, chunk, body)
    else body.keep(chunk.at, chunk.end)
  }
  if (orientation > 1) body.put(chunkOf('EXIF', orientationBlock(orientation)))

  const out = new Segments()
  const riff = b4a.from('RIFF\0\0\0\0WEBP', 'latin1')
  viewOf(riff).setUint32(4, body.length + 4, true)
  out.put(riff)
  out.append(body)
  return new Patch(file, out)
}

async function chunksIn(reader: Reader, start: number, end: number): Promise<Chunk[]> {
  const chunks: Chunk[] = []
  // A last byte alone is padding of the file itself.
  for (let at = start; at + 1 < end;) {
    if (chunks.length >= MOST_CHUNKS) throw broken('it has too many chunks')
    if (at + HEAD_BYTES > end) throw broken('it is cut short')
    const head = await reader.bytes(at, HEAD_BYTES)
    const length = viewOf(head).getUint32(4, true)
    const data = at + HEAD_BYTES
    // Some writers leave the last padding out.
    const next = Math.min(data + length + (length % 2), end)
    if (data + length > end) throw broken('it is cut short')
    chunks.push({ name: b4a.toString(head.subarray(0, 4), 'latin1'), at, data, length, end: next })
    at = next
  }
  return chunks
}

/** Exif counts only where the header says that there is some: libwebp and browsers do not look for it otherwise. */
async function orientationIn(reader: Reader, chunks: Chunk[]): Promise<number> {
  const header = chunks[0]
  const exif = chunks.find(({ name }) => name === 'EXIF')
  if (header?.name !== 'VP8X' || header.length < VP8X_BYTES || exif === undefined) return 1
  const flags = (await reader.view(header.data, 1)).getUint8(0)
  if ((flags & HAS_EXIF) === 0) return 1
  return orientationOf(await reader.bytes(exif.data, Math.min(exif.length, EXIF_BYTES)))
}

async function flagsOf(reader: Reader, chunk: Chunk, index: number, exif: boolean): Promise<Uint8Array> {
  if (index !== 0 || chunk.length < VP8X_BYTES) throw broken('its header is not where it belongs')
  const data = b4a.from(await reader.bytes(chunk.data, VP8X_BYTES))
  data[0] = ((data[0] as number) & ~(HAS_EXIF | HAS_XMP)) | (exif ? HAS_EXIF : 0)
  return chunkOf('VP8X', data)
}

/** One frame of an animation: its head, and of the chunks inside those of its pixels. */
async function keepFrame(reader: Reader, frame: Chunk, into: Segments): Promise<void> {
  if (frame.length < FRAME_BYTES) throw broken('it has a frame without a header')
  const start = frame.data + FRAME_BYTES
  const chunks = await chunksIn(reader, start, frame.data + frame.length)
  const kept = new Segments()
  kept.keep(frame.data, start)
  for (const { name, at, end } of chunks) if (KEPT_IN_FRAME.includes(name)) kept.keep(at, end)
  const head = chunkOf('ANMF', new Uint8Array(0))
  viewOf(head).setUint32(4, kept.length, true)
  into.put(head)
  into.append(kept)
  if (kept.length % 2 === 1) into.zero(1)
}

function chunkOf(name: string, data: Uint8Array): Uint8Array {
  const head = b4a.concat([b4a.from(name, 'latin1'), b4a.alloc(4)])
  viewOf(head).setUint32(4, data.byteLength, true)
  return b4a.concat([head, data, b4a.alloc(data.byteLength % 2)])
}
