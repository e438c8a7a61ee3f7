import { capturedOf, weakDate } from './dates.ts'
import { AlbumError } from './errors.ts'
import type { In } from './schema/codec.ts'
import { extensionOf } from './schema/mime.ts'
import type { AddOptions } from './types.ts'
import { fromHex, toHex } from './util/hex.ts'
import { ID_BYTES } from './view/identity.ts'
import { positionsBetween } from './view/position.ts'
import type { Queries } from './view/queries.ts'
import * as rules from './view/rules.ts'

// What is known of a photo before its bytes are written: what the file says, and what the caller says.

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

export async function draftOf(file: File, options: AddOptions, ends: Ends): Promise<Draft> {
  const { id, type, size, name, modified } = file
  const { caption, tags, capturedAt, restore = false } = options
  const collections: In['placed'][] = []
  for (const collection of collectionsOf(options)) collections.push(await ends.next(collection))
  const weak = modified === null ? weakDate(Date.now(), 'added') : weakDate(modified, 'file')
  return {
    id,
    name:
      name.normalize('NFC').slice(0, rules.LIMITS.fileName) ||
      `${toHex(id).slice(0, 12)}.${extensionOf(type)}`,
    type,
    size,
    captured: capturedAt === undefined ? weak : capturedOf(capturedAt, 'caller'),
    caption: caption === undefined ? null : checkCaption(caption),
    tags: tags && tags.length > 0 ? cleanTags(tags) : null,
    collections: collections.length > 0 ? collections : null,
    restore
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
  const clean = [...new Set(texts.map((tag) => tag.trim().normalize('NFC')))]
  if (!rules.areTags(clean)) {
    const { tags: most, tag: longest } = rules.LIMITS
    throw new AlbumError('BAD_ARGUMENT', `At most ${most} tags of 1 to ${longest} characters`)
  }
  return clean
}

export function checkCaption(caption: string): string {
  const clean = typeof caption === 'string' ? caption.normalize('NFC') : null
  if (clean === null || clean.length > rules.LIMITS.caption) {
    throw new AlbumError('BAD_ARGUMENT', `A caption has at most ${rules.LIMITS.caption} characters`)
  }
  return clean
}
