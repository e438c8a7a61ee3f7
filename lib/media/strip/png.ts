import b4a from 'b4a'
import { viewOf } from '../bytes.ts'
import type { RandomAccess } from '../file.ts'
import { EXIF_BYTES, orientationBlock, orientationOf } from './orientation.ts'
import { Patch, Segments } from './patch.ts'
import { broken, Reader } from './reader.ts'

const SIGNATURE_BYTES = 8
/** Length and type before a chunk's data, checksum after it. */
const HEAD_BYTES = 8
const CHECK_BYTES = 4
const MOST_CHUNKS = 200_000

// PNG, third edition (2025): pixels, then what says how to show them. Texts, times, Exif and private chunks are not here.
const PIXELS = ['IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS', 'acTL', 'fcTL', 'fdAT']
const COLOURS = [
  'gAMA',
  'cHRM',
  'sRGB',
  'iCCP',
  'cICP',
  'mDCV',
  'cLLI',
  'sBIT',
  'bKGD',
  'hIST',
  'sPLT',
  'pHYs'
]
const KEPT = new Set([...PIXELS, ...COLOURS])

/** A PNG (also an animated one) with the chunks of its pixels and colours only, and nothing after its end. */
export async function stripPng(file: RandomAccess): Promise<Patch> {
  const reader = new Reader(file)
  const head = new Segments()
  const rest = new Segments()
  let orientation = 1
  let pixels = false
  head.keep(0, SIGNATURE_BYTES)

  let at = SIGNATURE_BYTES
  for (let count = 0; ; count++) {
    if (count > MOST_CHUNKS) throw broken('it has too many chunks')
    const bytes = await reader.bytes(at, HEAD_BYTES)
    const type = b4a.toString(bytes.subarray(4), 'latin1')
    const length = viewOf(bytes).getUint32(0)
    const end = at + HEAD_BYTES + length + CHECK_BYTES
    if (end > reader.size) throw broken('it is cut short')
    if ((count === 0) !== (type === 'IHDR')) throw broken('its header is not where it belongs')

    if (type === 'IHDR') head.keep(at, end)
    else if (KEPT.has(type)) rest.keep(at, end)
    else if (type === 'eXIf') orientation = orientationOf(await reader.bytes(at + HEAD_BYTES, atMost(length)))
    // Decoders have to refuse a chunk that they do not know where its name begins with a capital.
    else if (/^[A-Z]/.test(type)) throw broken(`it has an unknown chunk that decoders need`)

    pixels ||= type === 'IDAT'
    if (type === 'IEND') break
    at = end
  }

  if (!pixels) throw broken('it has no image')
  if (orientation > 1) head.put(chunkOf('eXIf', orientationBlock(orientation)))
  head.append(rest)
  return new Patch(file, head)
}

function atMost(length: number): number {
  return Math.min(length, EXIF_BYTES)
}

function chunkOf(type: string, data: Uint8Array): Uint8Array {
  const bytes = b4a.concat([b4a.alloc(4), b4a.from(type, 'latin1'), data, b4a.alloc(CHECK_BYTES)])
  const view = viewOf(bytes)
  view.setUint32(0, data.byteLength)
  view.setUint32(bytes.byteLength - CHECK_BYTES, crc32(bytes.subarray(4, -CHECK_BYTES)))
  return bytes
}

/** CRC-32 as in annex D, bit by bit: it runs over 30 bytes a photo. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}
