import { viewOf } from '../bytes.ts'
import { bury, type Box, type Boxes } from './boxes.ts'
import type { Edits } from './edits.ts'

// Bytes of a sample entry before the boxes inside, without size and type (ISO/IEC 14496-12, 12.1.3 and 12.2.3;
// QuickTime File Format, "Sound Sample Description", versions 0 to 2).
const VISUAL_BYTES = 78
const SOUND_BYTES = [28, 44, 64]

// The name of the compressor, with its length in the first byte. Action cameras and drones put their maker there.
const COMPRESSOR_AT = 42
const COMPRESSOR_BYTES = 32

const PRIVATE = ['udta', 'meta', 'uuid', 'free', 'skip']

/**
 * Takes out of the descriptions of a track's samples what does not help to decode them. For sound it answers how
 * many bytes samples of one size take, where the table of sizes may not tell: old QuickTime says 1 for all.
 */
export async function cleanSampleEntries(
  boxes: Boxes,
  stsd: Box,
  handler: string,
  edits: Edits
): Promise<((samples: number, size: number) => number) | null> {
  const version = (await boxes.reader.view(stsd.start, 1)).getUint8(0)
  const entries = await boxes.inside(stsd, 8)
  const guesses: ((samples: number) => number)[] = []
  for (const entry of entries) {
    let head = VISUAL_BYTES
    if (handler === 'soun') {
      const sound = await soundOf(boxes, entry, version === 1)
      if (sound === null) continue
      head = sound.head
      guesses.push(sound.bytes)
    } else if (entry.end - entry.start >= VISUAL_BYTES) {
      edits.zero(entry.start + COMPRESSOR_AT, entry.start + COMPRESSOR_AT + COMPRESSOR_BYTES)
    }
    if (entry.end - entry.start > head) await cleanInside(boxes, entry, head, edits)
  }
  if (guesses.length === 0) return null
  return (samples, size) => Math.max(samples * size, ...guesses.map((bytes) => bytes(samples)))
}

/** What is no box here is a codec's own business. */
async function cleanInside(boxes: Boxes, parent: Box, skip: number, edits: Edits): Promise<void> {
  const { boxes: children } = await boxes.list(parent.start + skip, parent.end)
  for (const box of children) {
    if (PRIVATE.includes(box.type)) bury(box, edits)
    else if (box.type === 'wave') await cleanInside(boxes, box, 0, edits)
  }
}

/** The longest that a reader may take samples of one size for: which of the fields counts depends on the codec. */
async function soundOf(
  boxes: Boxes,
  entry: Box,
  iso: boolean
): Promise<{ head: number; bytes: (samples: number) => number } | null> {
  if (entry.end - entry.start < (SOUND_BYTES[0] as number)) return null
  const view = await boxes.reader.view(entry.start, SOUND_BYTES[0] as number)
  const version = iso ? 0 : view.getUint16(8)
  const head = SOUND_BYTES[version]
  if (head === undefined || entry.end - entry.start < head) return null
  const plain = (view.getUint16(16) * view.getUint16(18)) / 8
  if (version !== 1) return { head, bytes: (samples) => Math.ceil(samples * plain) }
  const more = viewOf(await boxes.reader.bytes(entry.start + 28, 16))
  const samplesPerPacket = Math.max(1, more.getUint32(0))
  const bytesPerFrame = more.getUint32(8)
  const packets = (samples: number): number => Math.ceil(samples / samplesPerPacket) * bytesPerFrame
  return { head, bytes: (samples) => Math.max(Math.ceil(samples * plain), packets(samples)) }
}
