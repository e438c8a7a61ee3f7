import { bury, type Box, type Boxes } from './boxes.ts'
import type { Edits } from './edits.ts'
import type { MediaData } from './mediadata.ts'
import { clean, type Track } from './movie.ts'
import { broken } from './reader.ts'
import { Cursor } from './cursor.ts'

// Flags of `tfhd` and `trun` (ISO/IEC 14496-12, 8.8.7 and 8.8.8).
const BASE_OFFSET = 0x1
const DESCRIPTION = 0x2
const DEFAULT_DURATION = 0x8
const DEFAULT_SIZE = 0x10
const BASE_IS_MOOF = 0x020000
const DATA_OFFSET = 0x1
const FIRST_FLAGS = 0x4
const SAMPLE_DURATION = 0x100
const SAMPLE_SIZE = 0x200
const SAMPLE_FLAGS = 0x400
const SAMPLE_SHIFT = 0x800

// A fragment holds some seconds.
const MOST_RUN_BYTES = 16 * 1024 * 1024

/** Cleans a `moof` box; adds what its tracks show to the media data. */
export async function cleanFragment(
  boxes: Boxes,
  moof: Box,
  tracks: Map<number, Track>,
  data: MediaData,
  edits: Edits
): Promise<void> {
  let end = moof.at
  for (const traf of (await boxes.inside(moof)).filter(({ type }) => type === 'traf')) {
    const inside = await boxes.inside(traf)
    const tfhd = inside.find(({ type }) => type === 'tfhd')
    if (tfhd === undefined) throw broken('it has a fragment without a header')
    const head = new Cursor(await boxes.reader.bytes(tfhd.start, tfhd.end - tfhd.start))
    const flags = head.number(4)
    const track = tracks.get(head.number(4))
    let base = flags & BASE_IS_MOOF ? moof.at : end
    if (flags & BASE_OFFSET) base = head.number(8)
    if (flags & DESCRIPTION) head.skip(4)
    if (flags & DEFAULT_DURATION) head.skip(4)
    const each = flags & DEFAULT_SIZE ? head.number(4) : (track?.sampleBytes ?? 0)

    let at = base
    for (const trun of inside.filter(({ type }) => type === 'trun')) {
      const run = await runOf(boxes, trun, each)
      if (run.offset !== null) at = base + run.offset
      if (track && at + run.bytes > data.endOf(at)) throw broken('it is cut short')
      const into = track ? data.kept : data.dropped
      into.add(at, at + run.bytes)
      at += run.bytes
    }
    end = at
    if (track) await clean(boxes, traf, edits)
    else bury(traf, edits)
  }
  await clean(boxes, moof, edits, 'traf')
}

/** Where a run of samples begins, from the base of its fragment, and how many bytes it has. */
async function runOf(
  boxes: Boxes,
  trun: Box,
  each: number
): Promise<{ offset: number | null; bytes: number }> {
  if (trun.end - trun.start > MOST_RUN_BYTES) throw broken('it has too many samples')
  const run = new Cursor(await boxes.reader.bytes(trun.start, trun.end - trun.start))
  const flags = run.number(4)
  const count = run.number(4)
  const offset = flags & DATA_OFFSET ? run.number(4) | 0 : null
  if (flags & FIRST_FLAGS) run.skip(4)
  if (!(flags & SAMPLE_SIZE)) return { offset, bytes: count * each }
  let bytes = 0
  for (let i = 0; i < count; i++) {
    if (flags & SAMPLE_DURATION) run.skip(4)
    bytes += run.number(4)
    if (flags & SAMPLE_FLAGS) run.skip(4)
    if (flags & SAMPLE_SHIFT) run.skip(4)
  }
  return { offset, bytes }
}
