import { createHash } from 'crypto'
import { capturedOf, weakDate } from './dates.ts'
import { AlbumError } from './errors.ts'
import type { In } from './schema/codec.ts'
import { extensionOf, typeOf } from './schema/mime.ts'
import { MAX_LOCAL, MIN_LOCAL, packOffset, precisionNumber, sourceNumber } from './schema/time.ts'
import type { AddOptions, Examined, Location, MediaFacts } from './types.ts'
import { fromHex, toHex } from './util/hex.ts'
import { clippedText, keptText } from './util/text.ts'
import { ID_BYTES } from './view/identity.ts'
import { positionsBetween } from './view/position.ts'
import type { Queries } from './view/queries.ts'
import * as rules from './view/rules.ts'

// What is known of a photo before its bytes are written: what the file says, and what the caller says.

const LIVE_BYTES = 16

/** A photo as its op will carry it, but for where its bytes lie. */
export type Draft = Omit<In['photo'], 'drive' | 'original'>

/** What a file says of itself. */
export interface File {
  id: Uint8Array
  type: number
  size: number
  name: string
  /** Milliseconds since 1970, or null. */
  modified: number | null
  /** Its bytes from a place on. */
  read(start: number, length: number): AsyncIterable<Uint8Array>
}

/** Where photos go in collections: each at the end, in the order in which they are asked for. */
export class Ends {
  readonly #queries: Queries
  readonly #last = new Map<string, string | null>()

  constructor(queries: Queries) {
    this.#queries = queries
  }

  async next(id: string): Promise<In['placed']> {
    const collection = fromHex(id, ID_BYTES)
    if (!collection) throw new AlbumError('NOT_FOUND', `There is no collection ${id}`)
    const last = this.#last.get(id) ?? (await this.#queries.lastPosition(collection))
    const [position] = positionsBetween(last, null, 1) as [string]
    this.#last.set(id, position)
    return { collection, position }
  }
}

export async function draftOf(
  file: File,
  options: AddOptions,
  examined: Examined | null,
  ends: Ends
): Promise<Draft> {
  const { id, type, size, name, modified } = file
  const motion = examined?.facts.motion ?? null
  const { capturedAt, restore = false } = options
  const said = examined?.facts.sidecar ?? null
  const caption =
    options.caption === undefined ? clippedCaption(said?.caption) : checkCaption(options.caption)
  const tags = options.tags === undefined ? clippedTags(said?.tags) : cleanTags(options.tags)
  const collections: In['placed'][] = []
  for (const collection of collectionsOf(options)) collections.push(await ends.next(collection))
  const weak = modified === null ? weakDate(Date.now(), 'added') : weakDate(modified, 'file')
  const found = examined?.facts.captured
  return {
    id,
    name: clippedText(name, rules.LIMITS.fileName) || `${toHex(id).slice(0, 12)}.${extensionOf(type)}`,
    type,
    size,
    captured: capturedAt !== undefined ? capturedOf(capturedAt, 'caller') : found ? packed(found) : weak,
    caption,
    tags: tags.length > 0 ? tags : null,
    collections: collections.length > 0 ? collections : null,
    restore,
    ...(examined && factsOf(examined)),
    embedded: motion && (await embeddedIn(file, motion))
  }
}

/** The video inside a Motion Photo, by the hash it has where it comes by itself. */
export async function embeddedIn(
  { size, read }: Pick<File, 'size' | 'read'>,
  { start, length }: NonNullable<MediaFacts['motion']>
): Promise<In['embedded'] | null> {
  if (![start, length].every(Number.isSafeInteger) || start < 0 || length < 1 || start + length > size)
    return null
  const hash = createHash('sha256')
  for await (const chunk of read(start, length)) hash.update(chunk)
  return { sha256: new Uint8Array(hash.digest()), start, size: length, type: typeOf('video/mp4') }
}

/** What both halves of a Live Photo say, so short that an op may carry it; a hash, since it is nobody's to read. */
function liveOf(contentId: string | null | undefined): Uint8Array | null {
  if (typeof contentId !== 'string' || contentId === '') return null
  const hash = createHash('sha256').update(`hyperalbum live ${contentId}`).digest()
  return new Uint8Array(hash.subarray(0, LIVE_BYTES))
}

// What a file says is cut to size: only what a person says is refused.
function clippedCaption(caption: string | null | undefined): string | null {
  return caption ? clippedText(caption, rules.LIMITS.caption) : null
}

function clippedTags(tags: string[] | null | undefined): string[] {
  const clean = (tags ?? []).map((tag) => keptText(tag.trim()))
  const short = clean.filter((tag) => tag.length > 0 && tag.length <= rules.LIMITS.tag)
  return [...new Set(short)].slice(0, rules.LIMITS.tags)
}

/** What an engine found, as ops carry it. */
export function factsOf({ facts, placeholder, damaged }: Examined): Partial<Draft> {
  const { width, height, duration, location, camera, contentId } = facts
  return {
    live: liveOf(contentId),
    width: whole(width, rules.LIMITS.pixels),
    height: whole(height, rules.LIMITS.pixels),
    // Milliseconds.
    duration: whole(duration === null ? null : duration * 1000, rules.LIMITS.duration),
    location: location && packedPlace(location),
    camera: camera?.slice(0, rules.LIMITS.name) ?? null,
    placeholder: placeholder && placeholder.byteLength <= rules.LIMITS.placeholder ? placeholder : null,
    damaged
  }
}

function whole(value: number | null, most: number): number {
  return value !== null && value > 0 && value <= most ? Math.round(value) : 0
}

// Metres.
function isAltitude(altitude: number | null): altitude is number {
  return altitude !== null && altitude > -20_000 && altitude < 200_000
}

/** A date that an engine found, as ops carry it. */
export function packed(found: NonNullable<MediaFacts['captured']>): In['captured'] {
  const { local, offset, zone, source, precision } = found
  return {
    local: Math.min(Math.max(Math.trunc(local), MIN_LOCAL), MAX_LOCAL),
    offset: packOffset(offset !== null && Math.abs(offset) <= 14 * 60 ? Math.round(offset) : null),
    zone,
    source: sourceNumber(source),
    precision: precisionNumber(precision)
  }
}

function packedPlace({ latitude, longitude, altitude }: Location): In['location'] {
  return {
    latitude: Math.round(latitude * 1e7),
    longitude: Math.round(longitude * 1e7),
    altitude: isAltitude(altitude) ? Math.round(altitude * 100) + 1e7 : 0
  }
}

/** Says what is wrong with the options before a byte is read. */
export async function checkOptions(options: AddOptions, queries: Queries): Promise<void> {
  const { name, caption, tags, capturedAt } = options
  if (name !== undefined && typeof name !== 'string') throw new AlbumError('BAD_ARGUMENT', 'A name is a text')
  if (caption !== undefined) checkCaption(caption)
  if (tags !== undefined) cleanTags(tags)
  if (capturedAt !== undefined) capturedOf(capturedAt, 'caller')
  const collections = collectionsOf(options)
  if (collections.length > rules.LIMITS.collections) {
    throw new AlbumError('BAD_ARGUMENT', `At most ${rules.LIMITS.collections} collections`)
  }
  for (const id of collections) {
    const collection = fromHex(id, ID_BYTES)
    const row = collection && (await queries.rows((rows) => rows.collection(collection)))
    if (!row) throw new AlbumError('NOT_FOUND', `There is no collection ${id}`)
  }
}

function collectionsOf({ collection = [] }: AddOptions): string[] {
  return [...new Set(typeof collection === 'string' ? [collection] : collection)]
}

/** Tags as they are stored: trimmed, in Unicode's normal form C, each once. */
export function cleanTags(tags: string[]): string[] {
  const texts = Array.isArray(tags) && tags.every((tag) => typeof tag === 'string') ? tags : ['']
  const clean = [...new Set(texts.map((tag) => keptText(tag.trim())))]
  if (!rules.areTags(clean)) {
    const { tags: most, tag: longest } = rules.LIMITS
    throw new AlbumError('BAD_ARGUMENT', `At most ${most} tags of 1 to ${longest} characters`)
  }
  return clean
}

export function checkCaption(caption: string): string {
  const clean = typeof caption === 'string' ? keptText(caption) : null
  if (clean === null || clean.length > rules.LIMITS.caption) {
    throw new AlbumError('BAD_ARGUMENT', `A caption has at most ${rules.LIMITS.caption} characters`)
  }
  return clean
}
