import b4a from 'b4a'
import { bury, type Box, type Boxes } from './boxes.ts'
import { Cursor } from './cursor.ts'
import type { Edits } from './edits.ts'
import type { MediaData } from './mediadata.ts'
import { clearName, clearReferences } from './movie.ts'
import { Ranges } from './ranges.ts'
import { broken } from './reader.ts'

// What stays of the `meta` box of an image (ISO/IEC 14496-12, 8.11).
const KEPT = ['hdlr', 'pitm', 'iinf', 'iloc', 'iref', 'iprp', 'idat', 'dinf', 'grpl']

// Coded images and those derived from them (ISO/IEC 23008-12; AV1 image format). Exif, `mime` (XMP) and all other go.
const IMAGES = ['hvc1', 'hev1', 'lhv1', 'av01', 'avc1', 'vvc1', 'jpeg', 'j2k1', 'unci', 'mski']
const DERIVED = ['grid', 'iovl', 'iden', 'tmap']
const IMAGE_ITEMS = new Set([...IMAGES, ...DERIVED])

// Properties that say something about the picture's contents, its maker or its time. The others tell how to decode
// or to show it, and a reader must refuse an image that lacks one of those.
const PRIVATE_PROPERTIES = [
  'uuid',
  'udes',
  'altt',
  'crtt',
  'mdft',
  'itai',
  'taic',
  'free',
  'skip',
  'cmin',
  'cmex'
]

// The tables of an image of 1,000 tiles take some 50 kB.
const MOST_TABLE_BYTES = 4 * 1024 * 1024

/** Cleans the `meta` box of an image; adds where its images lie to the media data. Answers how many stay. */
export async function cleanItems(boxes: Boxes, meta: Box, data: MediaData, edits: Edits): Promise<number> {
  const children = await boxes.inside(meta, 4)
  for (const box of children) {
    if (!KEPT.includes(box.type)) bury(box, edits)
    if (box.type === 'hdlr') clearName(box, edits)
  }
  const one = (type: string): Box | undefined => children.find((box) => box.type === type)
  const [iinf, iloc, iprp, idat, dinf] = ['iinf', 'iloc', 'iprp', 'idat', 'dinf'].map(one)
  if (!iinf || !iloc) throw broken('it has no image')

  const { needed, thumbnails } = await references(boxes, one('pitm'), one('iref'), edits)
  const items = await cleanNames(boxes, iinf, thumbnails, edits)
  for (const id of needed) {
    if (!IMAGE_ITEMS.has(items.get(id) ?? '')) throw broken('a part of its image is of an unknown kind')
  }
  if (iprp) await cleanProperties(boxes, iprp, edits)
  for (const dref of dinf ? await boxes.inside(dinf) : []) {
    if (dref.type === 'dref') await clearReferences(boxes, dref, edits)
    else bury(dref, edits)
  }

  const inIdat = { kept: new Ranges(), dropped: new Ranges() }
  let count = 0
  for (const { id, method, extents } of await locations(boxes, iloc)) {
    const type = items.get(id)
    const stays = type !== undefined && IMAGE_ITEMS.has(type) && !thumbnails.has(id)
    if (stays) count++
    const ranges = method === 0 ? data : inIdat
    for (const { start, end } of extents) {
      if (stays && method === 0 && end > data.endOf(start)) throw broken('it is cut short')
      if (stays) ranges.kept.add(start, end)
      // A thumbnail's place may be another image's too; that of Exif and the like may not.
      else if (!thumbnails.has(id)) ranges.dropped.add(start, end)
    }
  }
  if (idat) {
    const all = new Ranges()
    all.add(0, idat.end - idat.start)
    const gone = all.without(inIdat.kept.without(inIdat.dropped))
    for (const [start, end] of gone) edits.zero(idat.start + start, idat.start + end)
  }
  return count
}

async function table(boxes: Boxes, { type, start, end }: Box): Promise<Cursor> {
  if (end - start > MOST_TABLE_BYTES) throw broken(`its ${type} box is too large`)
  // A copy: the window moves on while it is read.
  return new Cursor(new Uint8Array(await boxes.reader.bytes(start, end - start)))
}

interface References {
  /** The main image, and those that others are put together from. */
  needed: Set<number>
  thumbnails: Set<number>
}

/**
 * What items are to each other. Thumbnails lose their bond, or programs would show the empty thumbnail in place of
 * the image.
 */
async function references(
  boxes: Boxes,
  pitm: Box | undefined,
  iref: Box | undefined,
  edits: Edits
): Promise<References> {
  const needed = new Set<number>()
  const thumbnails = new Map<number, Box>()
  if (pitm) {
    const cursor = await table(boxes, pitm)
    const version = cursor.number(1)
    cursor.skip(3)
    needed.add(cursor.number(version === 0 ? 2 : 4))
  }
  const idBytes = iref && (await boxes.reader.view(iref.start, 1)).getUint8(0) > 0 ? 4 : 2
  for (const box of iref ? await boxes.inside(iref, 4) : []) {
    const cursor = await table(boxes, box)
    const from = cursor.number(idBytes)
    if (box.type === 'thmb') thumbnails.set(from, box)
    for (let left = cursor.number(2); left > 0 && box.type === 'dimg'; left--)
      needed.add(cursor.number(idBytes))
  }
  for (const [id, box] of thumbnails) {
    if (needed.has(id)) thumbnails.delete(id)
    else edits.write(box.at + 4, b4a.from('free', 'latin1'))
  }
  return { needed, thumbnails: new Set(thumbnails.keys()) }
}

/** Types of items by id; names go, and thumbnails are hidden, so that nobody takes one for an image of its own. */
async function cleanNames(
  boxes: Boxes,
  iinf: Box,
  thumbnails: Set<number>,
  edits: Edits
): Promise<Map<number, string>> {
  const items = new Map<number, string>()
  const version = (await boxes.reader.view(iinf.start, 1)).getUint8(0)
  for (const infe of await boxes.inside(iinf, version === 0 ? 6 : 8)) {
    if (infe.type !== 'infe') {
      bury(infe, edits)
      continue
    }
    const cursor = await table(boxes, infe)
    const entryVersion = cursor.number(1)
    const flags = (cursor.number(1) << 16) | cursor.number(2)
    const id = cursor.number(entryVersion === 3 ? 4 : 2)
    const names = infe.start + (entryVersion === 3 ? 14 : 12)
    if (entryVersion !== 2 && entryVersion !== 3) {
      // Older entries have no type: none of an image is among them.
      edits.zero(infe.start + 8, infe.end)
      continue
    }
    if (names > infe.end) throw broken('its infe box is too short')
    const type = b4a.toString(await boxes.reader.bytes(names - 4, 4), 'latin1')
    items.set(id, type)
    edits.zero(names, infe.end)
    if (thumbnails.has(id)) edits.write(infe.start + 3, b4a.from([(flags & 0xff) | 1]))
  }
  return items
}

async function cleanProperties(boxes: Boxes, iprp: Box, edits: Edits): Promise<void> {
  for (const box of await boxes.inside(iprp)) {
    if (box.type === 'ipco') {
      // They are told by their number, so they are buried where they are.
      for (const property of await boxes.inside(box)) {
        if (PRIVATE_PROPERTIES.includes(property.type)) bury(property, edits)
      }
    } else if (box.type !== 'ipma') bury(box, edits)
  }
}

interface Location {
  id: number
  /** 0: in the file; 1: in `idat`. */
  method: number
  extents: { start: number; end: number }[]
}

async function locations(boxes: Boxes, iloc: Box): Promise<Location[]> {
  const cursor = await table(boxes, iloc)
  const version = cursor.number(1)
  cursor.skip(3)
  if (version > 2) throw broken('its iloc box is of an unknown version')
  const sizes = cursor.number(2)
  const [offsetBytes, lengthBytes, baseBytes] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15] as const
  const indexBytes = version === 0 ? 0 : sizes & 15
  for (const bytes of [offsetBytes, lengthBytes, baseBytes, indexBytes]) {
    if (![0, 4, 8].includes(bytes)) throw broken('its iloc box is not what it says')
  }

  const found: Location[] = []
  const count = cursor.number(version === 2 ? 4 : 2)
  for (let i = 0; i < count; i++) {
    const id = cursor.number(version === 2 ? 4 : 2)
    const method = version === 0 ? 0 : cursor.number(2) & 15
    const elsewhere = cursor.number(2) !== 0
    if (method > 1 || elsewhere) throw broken('a part of it lies where nobody looks')
    const base = cursor.number(baseBytes)
    const extents: Location['extents'] = []
    for (let left = cursor.number(2); left > 0; left--) {
      cursor.skip(indexBytes)
      const start = base + cursor.number(offsetBytes)
      const length = cursor.number(lengthBytes)
      // It would be all of the file.
      if (length === 0) throw broken('it has an item of no length')
      extents.push({ start, end: start + length })
    }
    found.push({ id, method, extents })
  }
  return found
}
