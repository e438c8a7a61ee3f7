import b4a from 'b4a'
import { bury, type Box, type Boxes } from './boxes.ts'
import type { Edits } from './edits.ts'
import type { MediaData } from './mediadata.ts'
import { cleanSampleEntries } from './entries.ts'
import { broken } from './reader.ts'
import { addChunks } from './samples.ts'

/** What samples are, and when they are shown. */
const SAMPLE_FACTS = 'stsd stts ctts cslg stss stps sdtp stsh sgpd sbgp subs padb'.split(' ')
/** Where samples lie. */
const SAMPLE_TABLES = ['stsc', 'stsz', 'stz2', 'stco', 'co64']

// What stays of a movie, by ISO/IEC 14496-12 and Apple's QuickTime File Format (2016). All else is buried: `udta`,
// `meta`, `uuid`, and what makers put beside them.
const CHILDREN: Record<string, string[]> = {
  moov: ['mvhd', 'trak', 'mvex'],
  mvex: ['mehd', 'trex'],
  trak: ['tkhd', 'tapt', 'edts', 'tref', 'mdia'],
  tapt: ['clef', 'prof', 'enof'],
  edts: ['elst'],
  tref: ['auxl', 'vdep', 'vplx', 'sync', 'fall', 'folw'],
  mdia: ['mdhd', 'hdlr', 'elng', 'minf'],
  minf: ['vmhd', 'smhd', 'nmhd', 'hdlr', 'dinf', 'stbl'],
  dinf: ['dref'],
  stbl: [...SAMPLE_FACTS, ...SAMPLE_TABLES],
  moof: ['mfhd', 'traf'],
  traf: ['tfhd', 'tfdt', 'trun', 'sdtp', 'sgpd', 'sbgp', 'subs']
}

/** Tracks of pictures (also an image sequence's, and its depth or transparency) and of sound. All other go. */
const KEPT_TRACKS = ['vide', 'pict', 'auxv', 'soun']

/** A track that stays. */
export interface Track {
  id: number
  /** Bytes of a sample in a fragment that does not tell. */
  sampleBytes: number
}

/** Cleans a `moov` box; adds what it shows to the media data. */
export async function cleanMovie(
  boxes: Boxes,
  moov: Box,
  data: MediaData,
  edits: Edits
): Promise<Map<number, Track>> {
  const tracks = new Map<number, Track>()
  const inside = await boxes.inside(moov)
  for (const trak of inside.filter(({ type }) => type === 'trak')) {
    const handler = await handlerOf(boxes, trak)
    const tables = await tablesOf(boxes, trak)
    if (handler !== null && KEPT_TRACKS.includes(handler)) {
      const id = await trackId(boxes, trak)
      const uniform = tables.stsd ? await cleanSampleEntries(boxes, tables.stsd, handler, edits) : null
      if (tables.samples) {
        const limit = (start: number): number => data.endOf(start)
        await addChunks(boxes.reader, { ...tables.samples, uniform }, limit, data.kept)
      }
      tracks.set(id, { id, sampleBytes: 0 })
      await clean(boxes, trak, edits)
    } else {
      if (tables.samples) {
        const limit = (): number => boxes.reader.size
        await addChunks(boxes.reader, { ...tables.samples, uniform: null }, limit, data.dropped)
      }
      bury(trak, edits)
    }
  }

  await clean(boxes, moov, edits, 'trak')
  const mvex = inside.find(({ type }) => type === 'mvex')
  for (const trex of mvex ? await boxes.inside(mvex) : []) {
    if (trex.type !== 'trex') continue
    const view = await boxes.reader.view(trex.start, 20)
    const track = tracks.get(view.getUint32(4))
    if (track) track.sampleBytes = view.getUint32(16)
  }
  return tracks
}

/** Buries what does not belong into a box, and goes into what does; boxes of type `except` are done already. */
export async function clean(boxes: Boxes, parent: Box, edits: Edits, except?: string): Promise<void> {
  const kept = CHILDREN[parent.type] as string[]
  const { boxes: children, rest } = await boxes.list(parent.start, parent.end)
  for (const box of children) {
    if (box.type === except) continue
    if (!kept.includes(box.type)) bury(box, edits)
    else if (box.type in CHILDREN) await clean(boxes, box, edits)
    else if (/^(mvhd|tkhd|mdhd)$/.test(box.type)) await clearTimes(boxes, box, edits)
    else if (box.type === 'hdlr') clearName(box, edits)
    else if (box.type === 'dref') await clearReferences(boxes, box, edits)
  }
  edits.zero(rest, parent.end)
}

/** Creation and modification time, seconds since 1904, lie behind version and flags: 4 bytes each, or 8. */
async function clearTimes(boxes: Boxes, { type, start, end }: Box, edits: Edits): Promise<void> {
  const version = (await boxes.reader.view(start, 1)).getUint8(0)
  const length = version === 1 ? 16 : 8
  if (start + 4 + length > end) throw broken(`its ${type} box is too short`)
  edits.zero(start + 4, start + 4 + length)
}

/** Maker and name: after version, flags, the kind of the component and its subtype. */
export function clearName({ start, end }: Box, edits: Edits): void {
  edits.zero(start + 12, end)
}

/** References to other files hold their paths; to this file they need not hold anything. */
export async function clearReferences(boxes: Boxes, dref: Box, edits: Edits): Promise<void> {
  for (const { start, end } of await boxes.inside(dref, 8)) {
    const flags = start + 4 > end ? 0 : (await boxes.reader.view(start, 4)).getUint32(0)
    if ((flags & 1) === 0) throw broken('a part of it lies in another file')
    edits.zero(start + 4, end)
  }
}

async function find(boxes: Boxes, parent: Box, ...path: string[]): Promise<Box | null> {
  let at: Box | undefined = parent
  for (const type of path) {
    at = (await boxes.inside(at)).find((box) => box.type === type)
    if (at === undefined) return null
  }
  return at
}

async function handlerOf(boxes: Boxes, trak: Box): Promise<string | null> {
  const hdlr = await find(boxes, trak, 'mdia', 'hdlr')
  if (hdlr === null || hdlr.start + 12 > hdlr.end) return null
  return b4a.toString(await boxes.reader.bytes(hdlr.start + 8, 4), 'latin1')
}

async function trackId(boxes: Boxes, trak: Box): Promise<number> {
  const tkhd = await find(boxes, trak, 'tkhd')
  if (tkhd === null || tkhd.start + 24 > tkhd.end) throw broken('it has a track without a header')
  const view = await boxes.reader.view(tkhd.start, 24)
  return view.getUint32(view.getUint8(0) === 1 ? 20 : 12)
}

interface Tables {
  stsd: Box | null
  samples: { sizes: Box; runs: Box; offsets: Box } | null
}

async function tablesOf(boxes: Boxes, trak: Box): Promise<Tables> {
  const stbl = await find(boxes, trak, 'mdia', 'minf', 'stbl')
  const inside = stbl ? await boxes.inside(stbl) : []
  const one = (...types: string[]): Box | undefined => inside.find(({ type }) => types.includes(type))
  const sizes = one('stsz', 'stz2')
  const runs = one('stsc')
  const offsets = one('stco', 'co64')
  return { stsd: one('stsd') ?? null, samples: sizes && runs && offsets ? { sizes, runs, offsets } : null }
}
