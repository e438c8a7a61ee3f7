import b4a from 'b4a'
import type { RandomAccess } from '../file.ts'
import { left } from './left.ts'

const TOP = ['ftyp', 'styp', 'moov', 'mdat', 'moof', 'mfra', 'sidx', 'ssix', 'free', 'skip', 'wide']
const PRIVATE = [
  'udta',
  'meta',
  'uuid',
  'XMP_',
  'keys',
  'ilst',
  'mebx',
  'tmcd',
  'udes',
  'xml ',
  'bxml',
  'gmhd'
]
const CONTAINERS = 'moov trak mdia minf stbl dinf edts tref tapt mvex moof traf meta iprp ipco'.split(' ')
const HANDLERS = ['vide', 'soun', 'pict', 'auxv', 'mhlr', 'dhlr', 'alis', 'url ']
const EMPTY = ['free', 'skip', 'wide']
const CHUNK_BYTES = 64 * 1024

/** Throws where a file of boxes holds more than pictures, sound and how to show them. */
export async function checkBoxes(file: RandomAccess, image: boolean): Promise<void> {
  await walk(file, 0, file.size, image, '')
}

async function walk(
  file: RandomAccess,
  start: number,
  end: number,
  image: boolean,
  parent: string
): Promise<void> {
  let at = start
  while (at + 8 <= end) {
    const head = await file.read(at, 16)
    const type = b4a.toString(head.subarray(4, 8), 'latin1')
    let size = b4a.readUInt32BE(head, 0)
    let payload = at + 8
    if (size === 1 && head.byteLength === 16) {
      size = b4a.readUInt32BE(head, 8) * 2 ** 32 + b4a.readUInt32BE(head, 12)
      payload = at + 16
    }
    if (size === 0 && parent === '') size = end - at
    if (size < payload - at || size > end - at) break

    const imageMeta = type === 'meta' && image && parent === ''
    if (parent === '' && !TOP.includes(type) && !imageMeta) throw left(`a box ${type}`)
    if (PRIVATE.includes(type) && !imageMeta) throw left(`a box ${type}`)
    await checkBox(file, type, payload, at + size, parent)
    if (CONTAINERS.includes(type)) await walk(file, payload + (imageMeta ? 4 : 0), at + size, image, type)
    if (type === 'stsd') await walk(file, payload + 8, at + size, image, type)
    at += size
  }
  await checkZeros(file, at, end, parent === '' ? 'its end' : parent)
  if (parent === '' && at !== end) throw left('something after its last box')
}

async function checkBox(
  file: RandomAccess,
  type: string,
  start: number,
  end: number,
  parent: string
): Promise<void> {
  if (EMPTY.includes(type) && parent !== 'iref') await checkZeros(file, start, end, type)
  if (type === 'mvhd' || type === 'tkhd' || type === 'mdhd') {
    const long = (await file.read(start, 1))[0] === 1
    await checkZeros(file, start + 4, start + (long ? 20 : 12), `a time in ${type}`)
  }
  if (type === 'hdlr') {
    const handler = b4a.toString(await file.read(start + 8, 4), 'latin1')
    if (!HANDLERS.includes(handler)) throw left(`a track of ${handler}`)
    await checkZeros(file, start + 12, end, 'a name in hdlr')
  }
}

async function checkZeros(file: RandomAccess, start: number, end: number, what: string): Promise<void> {
  for (let at = start; at < end; at += CHUNK_BYTES) {
    const bytes = await file.read(at, Math.min(CHUNK_BYTES, end - at))
    if (bytes.some((byte) => byte !== 0)) throw left(`bytes in ${what}`)
  }
}
