import b4a from 'b4a'
import { type Box, type Boxes, boxesIn, findBox } from '../boxes.ts'
import { viewOf } from '../bytes.ts'
import type { DateTags } from './captured.ts'
import { identifier } from './exif.ts'
import { type RandomAccess, openBytes } from '../file.ts'
import { type Input, openMovie } from '../mediabunny.ts'
import { type Position, parseIso6709, parseLoci } from './position.ts'

/** What the boxes of an MP4 or MOV tell. */
export interface Video {
  dates: DateTags
  position: Position | null
  make: string | null
  model: string | null
  /** Pixels as seen. */
  width: number | null
  height: number | null
  /** Seconds. */
  duration: number | null
  /** Apple's identifier of a Live Photo. */
  contentId: string | null
  damaged: boolean
}

// The tables of ten hours of video take 20 MB.
const MAX_MOOV = 64 * 1024 * 1024

// What may be read of a file in fragments, whose length only its fragments tell.
const MAX_FRAGMENT_BYTES = 32 * 1024 * 1024
const MAX_FRAGMENT_READS = 2000

export async function readVideo(file: RandomAccess): Promise<Video> {
  const top = await boxesIn(file, 0, file.size)
  const moov = findBox(top.boxes, 'moov')
  if (moov === null || moov.end - moov.start > MAX_MOOV) return nothing()
  const movie = await movieOf(file, moov)
  // The tables and nothing else: no reader of video goes astray in a file that it has not got.
  const gist = openBytes(await gistOf(file, top, moov))
  const facts = await mediaOf(gist)
  const duration = movie.duration ?? (await durationOfFragments(file))
  const { make } = facts
  const dates = { ...facts.dates, movie: movie.created, movieIsLocal: /^nikon/i.test(make ?? '') }
  return { ...facts, dates, duration, damaged: top.damaged || facts.width === null }
}

function nothing(): Video {
  const unknown = { position: null, make: null, model: null, width: null, height: null }
  return { ...unknown, dates: {}, duration: null, contentId: null, damaged: true }
}

async function gistOf(file: RandomAccess, top: Boxes, moov: Box): Promise<Uint8Array> {
  const ftyp = findBox(top.boxes, 'ftyp')
  const brand = ftyp
    ? await file.read(ftyp.start, Math.min(ftyp.end - ftyp.start, 64))
    : b4a.from('qt  \0\0\0\0')
  const content = await file.read(moov.start, moov.end - moov.start)
  return b4a.concat([header('ftyp', brand), brand, header('moov', content), content])
}

function header(type: string, content: Uint8Array): Uint8Array {
  const bytes = b4a.alloc(8)
  viewOf(bytes).setUint32(0, content.byteLength + 8)
  bytes.set(b4a.from(type), 4)
  return bytes
}

interface Movie {
  /** Seconds since 1904, as written. */
  created: number | null
  duration: number | null
}

/** `mvhd` (ISO/IEC 14496-12:2022, 8.2.2), of which mediabunny does not tell the time. */
async function movieOf(file: RandomAccess, moov: Box): Promise<Movie> {
  const unknown = { created: null, duration: null }
  const box = findBox((await boxesIn(file, moov.start, moov.end)).boxes, 'mvhd')
  if (box === null) return unknown
  const view = viewOf(await file.read(box.start, Math.min(box.end - box.start, 32)))
  const long = view.byteLength > 0 && view.getUint8(0) === 1
  if (view.byteLength < (long ? 32 : 20)) return unknown
  const created = long ? Number(view.getBigUint64(4)) : view.getUint32(4)
  const scale = view.getUint32(long ? 20 : 12)
  const ticks = long ? Number(view.getBigUint64(24)) : view.getUint32(16)
  // All bits set: not known.
  const known = scale > 0 && ticks > 0 && ticks < (long ? 2 ** 63 : 0xffffffff)
  return { created: created === 0 ? null : created, duration: known ? secondsOf(ticks / scale) : null }
}

/** A length that a video can have: a year at most. */
function secondsOf(duration: number): number | null {
  return duration > 0 && duration < 366 * 86_400 ? duration : null
}

async function mediaOf(file: RandomAccess): Promise<Omit<Video, 'duration'>> {
  const unknown = nothing()
  const input = await openMovie(file)
  try {
    const { raw = {} } = await input.getMetadataTags()
    const text = (...names: string[]): string | null =>
      names
        .map((name) => raw[name])
        .find((value): value is string => typeof value === 'string' && value !== '') ?? null
    const place = text('com.apple.quicktime.location.ISO6709', 'location', '©xyz')
    const facts = {
      dates: {
        quicktime: text('com.apple.quicktime.creationdate', 'date') ?? utf8(raw['date']),
        embedded: listOf(text('©day'))
      },
      position: parseIso6709(place) ?? parseLoci(raw['loci']),
      make: text('com.apple.quicktime.make', 'com.android.manufacturer', '©mak', 'make'),
      model: text('com.apple.quicktime.model', 'com.android.model', '©mod', 'model'),
      contentId: identifier(text('com.apple.quicktime.content.identifier'))
    }
    return { ...unknown, ...facts, ...(await sizeOf(input)) }
  } catch {
    return unknown
  } finally {
    input.dispose()
  }
}

function listOf(text: string | null): string[] {
  return text === null ? [] : [text]
}

/** A text that mediabunny hands over as it lies in `udta`. */
function utf8(value: unknown): string | null {
  return value instanceof Uint8Array ? b4a.toString(value.subarray(0, 256), 'utf8') : null
}

async function sizeOf(input: Input): Promise<{ width: number | null; height: number | null }> {
  try {
    const track = await input.getPrimaryVideoTrack()
    const [width, height] = track ? [await track.getDisplayWidth(), await track.getDisplayHeight()] : []
    if (isSide(width) && isSide(height)) return { width: Math.round(width), height: Math.round(height) }
  } catch {
    // A track that makes no sense: what else was found still counts.
  }
  return { width: null, height: null }
}

function isSide(pixels: number | undefined): pixels is number {
  return pixels !== undefined && pixels >= 1 && pixels < 2 ** 31
}

async function durationOfFragments(file: RandomAccess): Promise<number | null> {
  let [reads, bytes] = [0, 0]
  const bounded: RandomAccess = {
    size: file.size,
    async read(start, length) {
      reads++
      bytes += length
      if (reads > MAX_FRAGMENT_READS || bytes > MAX_FRAGMENT_BYTES) throw new RangeError('Too much was read')
      return file.read(start, length)
    }
  }
  const input = await openMovie(bounded)
  try {
    return secondsOf(await input.computeDuration())
  } catch {
    return null
  } finally {
    input.dispose()
  }
}
