import b4a from 'b4a'
import type { Input } from './input.ts'

// A file has a handful of boxes at its top; one with more is somebody's joke.
const MOST_BOXES = 1000

/**
 * Whether an ISO base media file (ISO/IEC 14496-12: HEIC, MP4, MOV) ends where its boxes say. Decoders show a HEIC that
 * was cut short, with whatever is missing grey or black.
 */
export async function isWhole(input: Input): Promise<boolean> {
  let at = 0
  for (let boxes = 0; at < input.size && boxes < MOST_BOXES; boxes++) {
    const head = b4a.from(await input.read(at, 16))
    if (head.byteLength < 8) return false
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
    let size = view.getUint32(0)
    // 0: up to the end of the file. 1: the size follows in 64 bits.
    if (size === 0) return true
    if (size === 1) {
      if (head.byteLength < 16) return false
      size = Number(view.getBigUint64(8))
      if (size < 16) return false
    } else if (size < 8) return false
    at += size
  }
  return at === input.size
}
