import b4a from 'b4a'
import { viewOf } from '../bytes.ts'
import type { RandomAccess } from '../file.ts'
import { EXIF_BYTES, hasExifHeader, orientationExif, orientationOf } from './orientation.ts'
import { Patch, Segments } from './patch.ts'
import { broken, Reader } from './reader.ts'

// Markers of ITU-T T.81, table B.1.
const SOF0 = 0xc0
const JPG = 0xc8
const SOI = 0xd8
const EOI = 0xd9
const SOS = 0xda
const APP0 = 0xe0
const APP1 = 0xe1
const APP2 = 0xe2
const APP14 = 0xee
const APP15 = 0xef

// JFIF 1.02 without the thumbnail that may follow; Adobe's APP14 (Technical Note 5116) without what may follow.
const JFIF = 'JFIF\0'
const JFIF_BYTES = 14
const ADOBE = 'Adobe'
const ADOBE_BYTES = 12
// ICC.1:2022 annex B.4.
const ICC = 'ICC_PROFILE\0'

// A JPEG has some dozens, a progressive one with many restarts no more: restarts are not counted here.
const MOST_MARKERS = 10_000

/** A segment with a length: `at` is its 0xff, `end` the byte after it. */
interface Part {
  marker: number
  at: number
  end: number
}

/**
 * A JPEG without any APPn and comment but JFIF, ICC profile and Adobe's colour transform, and without anything
 * after its end: Motion Photo videos, further images (MPF), trailers. A JPEG that is cut short stays cut short.
 */
export async function stripJpeg(file: RandomAccess): Promise<Patch> {
  const reader = new Reader(file)
  const jfif = new Segments()
  const rest = new Segments()
  let orientation = 0
  let at = await startOfImage(reader)
  let scans = 0

  for (let markers = 0; ; markers++) {
    if (markers > MOST_MARKERS) throw broken('it has too many segments')
    const part = await nextPart(reader, at)
    if (part === null) break
    if (part.marker === EOI) {
      rest.keep(part.at, part.end)
      break
    }
    at = part.end
    if (part.marker === SOS) {
      scans++
      at = await endOfScan(reader, part.end)
      rest.keep(part.at, at)
    } else if (part.marker < APP0) {
      rest.keep(part.at, part.end)
    } else if (part.marker <= APP15) {
      orientation ||= await orientationIn(reader, part)
      // JFIF wants to be first; the orientation comes after it.
      const first = part.marker === APP0 && jfif.list.length === 0
      await keepApp(reader, part, first ? jfif : rest)
    }
  }

  if (scans === 0) throw broken('it has no image')
  const out = new Segments()
  out.put(b4a.from([0xff, SOI]))
  out.append(jfif)
  if (orientation > 1) out.put(segmentOf(APP1, orientationExif(orientation)))
  out.append(rest)
  return new Patch(file, out)
}

async function startOfImage(reader: Reader): Promise<number> {
  const view = await reader.view(0, 2)
  if (view.getUint16(0) !== 0xff00 + SOI) throw broken('it does not begin like a JPEG')
  return 2
}

/**
 * The next segment; what lies between two is skipped, as libjpeg does. Null where no decoder goes on: at the end of
 * the file, at a segment that is cut short, at reserved codes and at a second image.
 */
async function nextPart(reader: Reader, from: number): Promise<Part | null> {
  const found = await findMarker(reader, from, 0x01)
  if (found === null) return null
  const { marker, at } = found
  if (marker === EOI) return { marker, at, end: at + 2 }
  if (marker < SOF0 || marker === JPG || (marker > 0xcf && marker <= SOI)) return null
  if (at + 4 > reader.size) return null
  const length = (await reader.view(at + 2, 2)).getUint16(0)
  if (length < 2 || at + 2 + length > reader.size) return null
  return { marker, at, end: at + 2 + length }
}

/**
 * Where the coded data of a scan ends: at the next marker. Restarts belong to the data, and so do codes below SOF0,
 * which only damaged data has: libjpeg skips them and looks for the next restart.
 */
async function endOfScan(reader: Reader, from: number): Promise<number> {
  for (let at = from; ;) {
    const found = await findMarker(reader, at, SOF0)
    if (found === null) return reader.size
    if (found.marker < 0xd0 || found.marker > 0xd7) return found.at
    at = found.at + 2
  }
}

/** The next 0xff with a code of at least `lowest`, and not 0xff, after it. */
async function findMarker(
  reader: Reader,
  from: number,
  lowest: number
): Promise<{ marker: number; at: number } | null> {
  let at = from
  for (;;) {
    const bytes = await reader.some(at)
    if (bytes.byteLength < 2) {
      if (at + bytes.byteLength >= reader.size) return null
      // The last byte of the window: read on from it.
      const two = await reader.bytes(at, 2)
      const marker = markerIn(two, 0, lowest)
      if (marker !== 0) return { marker, at }
      at++
      continue
    }
    for (let i = bytes.indexOf(0xff); i !== -1 && i < bytes.byteLength - 1; i = bytes.indexOf(0xff, i + 1)) {
      const marker = markerIn(bytes, i, lowest)
      if (marker !== 0) return { marker, at: at + i }
    }
    at += bytes.byteLength - 1
  }
}

function markerIn(bytes: Uint8Array, at: number, lowest: number): number {
  const code = bytes[at + 1] as number
  return bytes[at] === 0xff && code >= lowest && code !== 0xff ? code : 0
}

async function orientationIn(reader: Reader, { marker, at, end }: Part): Promise<number> {
  if (marker !== APP1) return 0
  const block = await reader.bytes(at + 4, Math.min(end - at - 4, EXIF_BYTES))
  return hasExifHeader(block) ? orientationOf(block) : 0
}

/** Keeps of an APPn what decoders need for the colours. */
async function keepApp(reader: Reader, { marker, at, end }: Part, into: Segments): Promise<void> {
  const length = end - at - 4
  const head = await reader.bytes(at + 4, Math.min(length, JFIF_BYTES))
  const name = b4a.toString(head, 'latin1')
  if (marker === APP0 && name.startsWith(JFIF) && length >= JFIF_BYTES) {
    // Width and height of the thumbnail are the last two bytes.
    into.put(segmentOf(APP0, b4a.concat([head.subarray(0, JFIF_BYTES - 2), b4a.alloc(2)])))
  } else if (marker === APP2 && name.startsWith(ICC)) {
    into.keep(at, end)
  } else if (marker === APP14 && name.startsWith(ADOBE) && length >= ADOBE_BYTES) {
    into.put(segmentOf(APP14, head.slice(0, ADOBE_BYTES)))
  }
}

function segmentOf(marker: number, payload: Uint8Array): Uint8Array {
  const head = b4a.from([0xff, marker, 0, 0])
  viewOf(head).setUint16(2, payload.byteLength + 2)
  return b4a.concat([head, payload])
}
