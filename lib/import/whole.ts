import { boxesIn, findBox } from '../media/boxes.ts'
import { text, viewOf } from '../media/bytes.ts'
import { type OpenFile, openPath } from '../media/file.ts'
import { SNIFF_BYTES, sniff } from '../media/sniff.ts'
import { mimeOf } from '../schema/mime.ts'

const CHUNK_BYTES = 1024 * 1024
// Parts that are gone through one by one: no picture has more, and a file may be made of nothing else.
const MAX_PARTS = 10_000
const PNG_END = 'IEND'
const GIF_END = 0x3b
const SCAN = 0xda
const END = 0xd9

/**
 * Whether a file has the end that its format asks for: a copy that is under way has none. True also of formats that
 * have no such end, and of what is no photo.
 */
export async function isWhole(path: string): Promise<boolean> {
  const file = await openPath(path)
  try {
    const type = mimeOf(sniff(await file.read(0, SNIFF_BYTES)))
    if (type === 'image/jpeg') return await endsJpeg(file)
    if (type === 'image/png') return await endsPng(file)
    if (type === 'image/webp') return viewOf(await file.read(4, 4)).getUint32(0, true) + 8 <= file.size
    if (type === 'image/gif') return (await file.read(file.size - 1, 1))[0] === GIF_END
    if (type.startsWith('video/')) return await endsBoxes(file, 'moov')
    if (/hei[cf]|avif/.test(type)) return await endsBoxes(file, 'meta')
    return true
  } finally {
    await file.close()
  }
}

/** An end marker after the picture began: before, it may be that of a thumbnail. */
async function endsJpeg(file: OpenFile): Promise<boolean> {
  let at = 2
  for (let [marker, parts] = [0, 0]; marker !== SCAN && parts < MAX_PARTS; parts++) {
    const head = viewOf(await file.read(at, 4))
    if (head.byteLength < 4) return false
    marker = head.getUint8(1)
    // Bytes that fill up, or no marker at all: then any end will do.
    if (head.getUint8(0) !== 0xff) break
    at += marker === 0xff ? 1 : 2 + head.getUint16(2)
  }
  for (; at < file.size; at += CHUNK_BYTES) {
    // The two bytes of a marker may lie on both sides.
    const bytes = await file.read(at, CHUNK_BYTES + 1)
    for (let i = bytes.indexOf(0xff); i !== -1; i = bytes.indexOf(0xff, i + 1)) {
      if (bytes[i + 1] === END) return true
    }
  }
  return false
}

async function endsPng(file: OpenFile): Promise<boolean> {
  let at = 8
  for (let parts = 0; at + 12 <= file.size && parts < MAX_PARTS; parts++) {
    const head = viewOf(await file.read(at, 8))
    at += 12 + head.getUint32(0)
    if (text(head, 4, 4) === PNG_END) return at <= file.size
  }
  // Of one with more parts the end has to be the file's.
  return at < file.size && text(viewOf(await file.read(file.size - 8, 4)), 0, 4) === PNG_END
}

async function endsBoxes(file: OpenFile, needed: string): Promise<boolean> {
  const { boxes, damaged } = await boxesIn(file, 0, file.size)
  return !damaged && findBox(boxes, needed) !== null
}
