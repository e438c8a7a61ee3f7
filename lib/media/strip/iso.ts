import type { RandomAccess } from '../file.ts'
import { Boxes, bury, type Box } from './boxes.ts'
import { Edits } from './edits.ts'
import { cleanFragment } from './fragments.ts'
import { cleanItems } from './items.ts'
import { MediaData } from './mediadata.ts'
import { cleanMovie, type Track } from './movie.ts'
import type { Patch } from './patch.ts'
import { broken, Reader } from './reader.ts'

// Boxes that a file needs to be read; an image's `meta` comes to them.
const KEPT = ['ftyp', 'styp', 'moov', 'mdat', 'moof', 'mfra', 'sidx', 'ssix']
const EMPTY = ['free', 'skip', 'wide']

/**
 * HEIC, AVIF, MP4 and QuickTime, in place: nothing moves, so every offset stays true. Only the samples of pictures
 * and sound and the coded images stay; tracks of metadata, boxes of makers, times and names become empty. What comes
 * after the last box that is needed is cut off: trailers and Motion Photo videos.
 */
export async function stripIso(file: RandomAccess, image: boolean): Promise<Patch> {
  const boxes = new Boxes(new Reader(file))
  const edits = new Edits(file.size)
  const { boxes: all, rest } = await boxes.list(0, file.size)
  const kept = (box: Box): boolean => KEPT.includes(box.type) || (image && box.type === 'meta')

  const last = all.findLastIndex(kept)
  if (last === -1) throw broken('it has no box that belongs into one')
  edits.cut(all[last + 1]?.at ?? rest)

  const data = new MediaData(all.filter(({ type }) => type === 'mdat'))
  let tracks = new Map<number, Track>()
  let images = 0
  for (const box of all.slice(0, last + 1)) {
    if (box.type === 'moov') tracks = new Map([...tracks, ...(await cleanMovie(boxes, box, data, edits))])
    else if (image && box.type === 'meta') images += await cleanItems(boxes, box, data, edits)
    else if (EMPTY.includes(box.type)) edits.zero(box.start, box.end)
    else if (!kept(box)) bury(box, edits)
  }
  for (const box of all.slice(0, last + 1)) {
    if (box.type === 'moof') await cleanFragment(boxes, box, tracks, data, edits)
  }
  if (tracks.size === 0 && images === 0) throw broken('it has no image')
  data.clean(edits)
  return edits.apply(file)
}
