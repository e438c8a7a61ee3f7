import b4a from 'b4a'
import type { RandomAccess } from '../file.ts'
import { left } from './left.ts'

/** Throws where an image of segments or chunks has one more than its pixels and colours need. */
export async function checkChunks(file: RandomAccess, type: string): Promise<void> {
  if (type === 'image/jpeg') await checkJpeg(file)
  else if (type === 'image/png') await checkPng(file)
  else await checkWebp(file)
}

/** What may follow 0xff 0xeN, and how long it may be: nothing may hide behind what is known. */
const APPS: [code: number, name: string, most: number][] = [
  [0xe0, 'JFIF\0', 16],
  [0xe1, 'Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0', 34],
  [0xe2, 'ICC_PROFILE\0', 0xffff],
  [0xee, 'Adobe', 14]
]

async function checkJpeg(file: RandomAccess): Promise<void> {
  let at = 2
  let inScan = false
  while (at < file.size) {
    if (inScan) {
      at = await nextMarker(file, at)
      inScan = false
      continue
    }
    const head = await file.read(at, 40)
    const code = head[1] ?? 0
    if (code === 0xd9 || head.byteLength < 4) {
      if (at + 2 < file.size) throw left('something after the image')
      return
    }
    const length = ((head[2] as number) << 8) | (head[3] as number)
    if (head[0] !== 0xff || code < 0xc0 || length < 2) throw left('something between its segments')
    const text = b4a.toString(head.subarray(4), 'latin1')
    const app = APPS.find(([known, name]) => known === code && text.startsWith(name))
    if (code >= 0xe0 && (app === undefined || length > app[2])) throw left(`a segment ${code.toString(16)}`)
    at += 2 + length
    inScan = code === 0xda
  }
}

/** Where the next marker is that does not belong to a scan's data. */
async function nextMarker(file: RandomAccess, from: number): Promise<number> {
  const size = 1024 * 1024
  for (let at = from; at < file.size; at += size) {
    // One byte more: the marker may lie across.
    const bytes = await file.read(at, size + 1)
    for (let i = bytes.indexOf(0xff); i !== -1; i = bytes.indexOf(0xff, i + 1)) {
      const code = bytes[i + 1] ?? 0
      if (i < size && code >= 0xc0 && code !== 0xff && (code < 0xd0 || code > 0xd7)) return at + i
    }
  }
  return file.size
}

const PNG_CHUNKS =
  /^(IHDR|PLTE|IDAT|IEND|tRNS|acTL|fcTL|fdAT|gAMA|cHRM|sRGB|iCCP|cICP|mDCV|cLLI|sBIT|bKGD|hIST|sPLT|pHYs)$/

async function checkPng(file: RandomAccess): Promise<void> {
  let type = ''
  let at = 8
  while (at < file.size) {
    const head = await file.read(at, 8)
    if (head.byteLength < 8 || type === 'IEND') throw left('something after the image')
    type = b4a.toString(head.subarray(4), 'latin1')
    const length = b4a.readUInt32BE(head, 0)
    // 26 bytes: the orientation alone.
    if (!PNG_CHUNKS.test(type) && !(type === 'eXIf' && length === 26)) throw left(`a chunk ${type}`)
    at += 12 + length
  }
  if (at !== file.size || type !== 'IEND') throw left('an end that is none')
}

async function checkWebp(file: RandomAccess): Promise<void> {
  const size = b4a.readUInt32LE(await file.read(4, 4), 0)
  if (size + 8 !== file.size) throw left('something after the image')
  await checkWebpChunks(file, 12, file.size, /^(VP8[ LX]|ALPH|ANIM|ANMF|ICCP|EXIF)$/)
}

async function checkWebpChunks(file: RandomAccess, start: number, end: number, known: RegExp): Promise<void> {
  for (let at = start; at + 1 < end;) {
    const head = await file.read(at, 9)
    const name = b4a.toString(head.subarray(0, 4), 'latin1')
    const length = b4a.readUInt32LE(head, 4)
    if (!known.test(name) || (name === 'EXIF' && length !== 26)) throw left(`a chunk ${name}`)
    if (name === 'VP8X' && ((head[8] as number) & 0x04) !== 0) throw left('a note that there is XMP')
    if (name === 'ANMF') await checkWebpChunks(file, at + 24, at + 8 + length, /^(VP8[ L]|ALPH)$/)
    at += 8 + length + (length % 2)
  }
}
