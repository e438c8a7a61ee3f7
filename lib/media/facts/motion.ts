import { boxesIn, findBox } from '../boxes.ts'
import { text, viewOf } from '../bytes.ts'
import type { RandomAccess } from '../file.ts'
import type { XmpMotion } from './xmp.ts'

/** Where the video of a Motion Photo lies in its file, in bytes. */
export interface Motion {
  start: number
  length: number
}

const MAX_ENTRIES = 64

/**
 * The video inside a still: by what its XMP says (Google), by the trailer (Samsung), or in a box of its own (`mpvd`,
 * HEIF). Whatever says it, it counts only where an MP4 really lies there.
 */
export async function readMotion(
  file: RandomAccess,
  xmp: XmpMotion | null,
  heif: boolean
): Promise<Motion | null> {
  const places: number[] = []
  if (xmp) places.push(file.size - xmp.fromEnd)
  const samsung = await samsungTrailer(file)
  if (samsung !== null) places.push(samsung)
  if (heif) {
    const box = findBox((await boxesIn(file, 0, file.size)).boxes, 'mpvd')
    if (box) places.push(box.start)
  }
  for (const start of places) {
    const motion = await videoAt(file, start)
    if (motion) return motion
  }
  return null
}

/** An MP4 that begins at a place: `ftyp`, then boxes with a `moov` among them, up to where they end. */
async function videoAt(file: RandomAccess, start: number): Promise<Motion | null> {
  if (!(start > 0 && start + 16 <= file.size)) return null
  if (text(viewOf(await file.read(start, 8)), 4, 4) !== 'ftyp') return null
  const { boxes } = await boxesIn(file, start, file.size)
  // What follows the video, as a trailer does, has no name of a box.
  const strange = boxes.findIndex(({ type }) => !/^[a-z0-9 ]{4}$/i.test(type) || type === 'SEFH')
  const own = strange === -1 ? boxes : boxes.slice(0, strange)
  const last = findBox(own, 'moov') && findBox(own, 'mdat') ? own.at(-1) : undefined
  return last ? { start, length: last.end - start } : null
}

/**
 * Samsung's trailer, as exiftool 12.57 (Samsung.pm, ProcessSamsung) reads it: the file ends with the length of a
 * directory and `SEFT`; the directory begins with `SEFH`, a version and a count; an entry is 12 bytes: two of zero, two
 * of type, and how far before the directory its data lies, and how long it is. All numbers little-endian. The data
 * begins with 8 bytes, the length of a name in the last four, and the name.
 */
async function samsungTrailer(file: RandomAccess): Promise<number | null> {
  if (file.size < 32) return null
  const foot = viewOf(await file.read(file.size - 8, 8))
  if (foot.byteLength < 8 || text(foot, 4, 4) !== 'SEFT') return null
  const length = foot.getUint32(0, true)
  const directoryAt = file.size - 8 - length
  if (length < 12 || directoryAt < 0) return null
  const directory = viewOf(await file.read(directoryAt, Math.min(length, 12 + 12 * MAX_ENTRIES)))
  if (directory.byteLength < 12 || text(directory, 0, 4) !== 'SEFH') return null
  const count = Math.min(directory.getUint32(8, true), Math.floor((directory.byteLength - 12) / 12))
  for (let i = 0; i < count; i++) {
    const at = directoryAt - directory.getUint32(12 + i * 12 + 4, true)
    if (at < 0) continue
    const data = viewOf(await file.read(at, 8 + MOTION.length))
    if (data.byteLength === 8 + MOTION.length && text(data, 8, MOTION.length) === MOTION) {
      return at + 8 + data.getUint32(4, true)
    }
  }
  return null
}

const MOTION = 'MotionPhoto_Data'
