import b4a from 'b4a'
import type { DateTags } from './captured.ts'
import { clippedText } from '../../util/text.ts'
import { parseMoment } from './moments.ts'
import { type Position, positionOf } from './position.ts'
import { MAX_XMP_BYTES, readXmp } from './xmp.ts'

// Files beside a photo that tell of it: XMP, as Lightroom, darktable and digiKam write it, and the JSON of Google
// Takeout (as exported in 2019 to 2025).

/** What a file beside a photo tells. People are left out. */
export interface Sidecar {
  kind: 'xmp' | 'takeout'
  /** To be laid over the photo's own, for `captureDate`: a date, and the position where there is one. */
  dates: DateTags
  position: Position | null
  /** As an album keeps it, as are the tags. */
  caption: string
  tags: string[]
  /** Rated with five stars, or `favorited` in Takeout. */
  favourite: boolean
  /** Names of collections, as an export of an album writes them. */
  collections: string[]
  /** The photo's name before it was exported, in Takeout; for telling whether the sidecar is really this photo's. */
  title: string | null
}

/** More than any sidecar is long. */
export const MAX_SIDECAR_BYTES: number = MAX_XMP_BYTES

const MAX_CAPTION = 10_000

/** Reads a sidecar of either kind, told by what it holds; null for what is none. */
export function readSidecar(bytes: Uint8Array): Sidecar | null {
  return readTakeout(bytes) ?? readXmpSidecar(bytes)
}

/** Reads an XMP sidecar; null for what is none. */
export function readXmpSidecar(bytes: Uint8Array): Sidecar | null {
  if (bytes.byteLength > MAX_SIDECAR_BYTES) return null
  const xmp = readXmp(b4a.toString(bytes, 'utf8'))
  if (xmp === null) return null
  const { position, caption, tags, favourite, collections } = xmp
  const sidecar = xmp.dates.find((date) => parseMoment(date) !== null) ?? null
  return {
    kind: 'xmp',
    dates: { sidecar, ...degrees(position) },
    position,
    caption,
    tags,
    favourite,
    collections,
    title: null
  }
}

/** Reads the JSON of a photo in Google Takeout; null for what is none, as the JSON of an album. */
export function readTakeout(bytes: Uint8Array): Sidecar | null {
  if (bytes.byteLength > MAX_SIDECAR_BYTES) return null
  const json = parseJson(b4a.toString(bytes, 'utf8'))
  const taken = secondsOf(record(json['photoTakenTime'])['timestamp'])
  const title = typeof json['title'] === 'string' ? json['title'] : null
  if (taken === null && (title === null || json['photoTakenTime'] === undefined)) return null
  // `geoData` is where the person put it, `geoDataExif` where the camera did.
  const position = place(json['geoData']) ?? place(json['geoDataExif'])
  const { description } = json
  const caption = typeof description === 'string' ? clippedText(description.trim(), MAX_CAPTION) : ''
  return {
    kind: 'takeout',
    dates: { taken, ...degrees(position) },
    position,
    caption,
    tags: [],
    favourite: json['favorited'] === true,
    collections: [],
    title
  }
}

function parseJson(text: string): Record<string, unknown> {
  try {
    return record(JSON.parse(text.replace(/^\ufeff/, '')))
  } catch {
    return {}
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

/** Seconds since 1970, which Takeout writes as a text. */
function secondsOf(value: unknown): number | null {
  const written = typeof value === 'number' ? String(value) : value
  return typeof written === 'string' && /^-?\d{1,12}$/.test(written) ? Number(written) : null
}

function place(value: unknown): Position | null {
  const { latitude, longitude, altitude } = record(value)
  // Takeout writes an altitude of 0 for one that it does not know.
  return positionOf(latitude, longitude, altitude === 0 ? null : altitude)
}

function degrees(position: Position | null): Pick<DateTags, 'latitude' | 'longitude'> {
  return position ? { latitude: position.latitude, longitude: position.longitude } : {}
}
