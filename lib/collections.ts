import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import { checkName } from './membership/members.ts'
import { AlbumError } from './errors.ts'
import type { Actor } from './log/actor.ts'
import { type In, type Out, decode } from './schema/codec.ts'
import type { Collection, Collections as Public, Ids, Many, Photo, Place } from './types.ts'
import { fromHex, toHex } from './util/hex.ts'
import type { Cast } from './view/cast.ts'
import { ID_BYTES, idOf } from './view/identity.ts'
import { parse, range } from './view/keys.ts'
import { positionsBetween } from './view/position.ts'
import { presentPhoto } from './view/present.ts'
import type { Queries } from './view/queries.ts'
import * as rules from './view/rules.ts'
import { changeMany } from './many.ts'

interface Parts {
  queries: Queries
  actor: Actor
  writer: Uint8Array
}

/** `album.collections`; see the interface for what each does. */
export class Collections implements Public {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async create(options: { name: string }): Promise<Collection> {
    const name = checkName(options.name, 'A name')
    const { actor, writer } = this.#parts
    await actor.require(rules.mayContribute, 'make collections')
    const nonce = crypto.randomBytes(ID_BYTES)
    await actor.append('collection', { nonce, name })
    return this.#get(toHex(idOf('collection', writer, nonce)))
  }

  async list(): Promise<Collection[]> {
    const { queries } = this.#parts
    const cast = await queries.cast()
    return queries.at(async (bee) => {
      const found: Collection[] = []
      for await (const row of bee.createReadStream(range.collections())) {
        found.push(present(parse.id(row.key), decode('collection-row', row.value), cast))
      }
      return found.sort((a, b) => (a.name < b.name ? -1 : 1))
    })
  }

  async #row(id: string): Promise<{ bytes: Uint8Array; row: Out['collection-row'] }> {
    const bytes = fromHex(id, ID_BYTES)
    const row = bytes && (await this.#parts.queries.rows((rows) => rows.collection(bytes)))
    if (!bytes || !row) throw new AlbumError('NOT_FOUND', `There is no collection ${id}`)
    return { bytes, row }
  }

  async #get(id: string): Promise<Collection> {
    const { bytes, row } = await this.#row(id)
    return present(bytes, row, await this.#parts.queries.cast())
  }

  async get(id: string): Promise<Collection | null> {
    return this.#get(id).catch((error: AlbumError) => {
      if (error.code === 'NOT_FOUND') return null
      throw error
    })
  }

  async rename(id: string, name: string): Promise<Collection> {
    const { bytes } = await this.#row(id)
    await this.#parts.actor.require(rules.mayContribute, 'rename collections')
    await this.#parts.actor.append('collection', { id: bytes, name: checkName(name, 'A name') })
    return this.#get(id)
  }

  async setCover(id: string, photoId: string): Promise<Collection> {
    const { bytes } = await this.#row(id)
    const cover = fromHex(photoId, 32)
    const found = cover && (await this.#parts.queries.rows((rows) => rows.photo(cover)))
    if (!found) throw new AlbumError('NOT_FOUND', 'There is no such photo')
    await this.#parts.actor.require(rules.mayContribute, 'change collections')
    await this.#parts.actor.append('collection', { id: bytes, cover: found.id })
    return this.#get(id)
  }

  async delete(id: string): Promise<void> {
    const { bytes, row } = await this.#row(id)
    await this.#parts.actor.require(
      (author) => rules.mayDeleteCollection(author, row.by),
      'delete this collection'
    )
    await this.#parts.actor.append('collection', { id: bytes, remove: true })
  }

  add<T extends Ids>(id: string, photoIds: T, place: Place = {}): Promise<Many<T>> {
    return this.#put(id, photoIds, place)
  }

  move<T extends Ids>(id: string, photoIds: T, place: Place): Promise<Many<T>> {
    return this.#put(id, photoIds, place)
  }

  async #put<T extends Ids>(id: string, photoIds: T, place: Place): Promise<Many<T>> {
    const { bytes } = await this.#row(id)
    const ids = [photoIds].flat() as string[]
    const positions = await this.#positions(bytes, place, ids)
    return this.#collect(photoIds, bytes, true, (chunk) => ({
      collection: bytes,
      ids: chunk.map(({ bytes: photo }) => photo),
      positions: chunk.map(({ index }) => positions[index] as string)
    }))
  }

  async remove<T extends Ids>(id: string, photoIds: T): Promise<Many<T>> {
    const { bytes } = await this.#row(id)
    return this.#collect(photoIds, bytes, false, (chunk) => ({
      collection: bytes,
      ids: chunk.map(({ bytes: photo }) => photo),
      remove: true
    }))
  }

  #collect<T extends Ids>(
    photoIds: T,
    collection: Uint8Array,
    inside: boolean,
    body: (chunk: { bytes: Uint8Array; index: number }[]) => In['collect']
  ): Promise<Many<T>> {
    const { queries, actor } = this.#parts
    return changeMany(photoIds, {
      queries,
      actor,
      allowed: rules.mayContribute,
      what: 'change collections',
      took: (record) =>
        record !== null &&
        (record.collections ?? []).some((one) => b4a.equals(one.collection, collection)) === inside,
      op: (chunk) => actor.encode('collect', body(chunk))
    })
  }

  async #positions(collection: Uint8Array, place: Place, moved: string[]): Promise<string[]> {
    const { queries } = this.#parts
    if (place.before === undefined && place.after === undefined) {
      return positionsBetween(await queries.lastPosition(collection), null, moved.length)
    }
    const all = await queries.positions(collection)
    const moving = new Set(moved)
    const others = all.filter(({ id }) => !moving.has(toHex(id)))
    const anchor = place.before ?? place.after
    const index = others.findIndex(({ id }) => toHex(id) === anchor)
    if (index === -1) throw new AlbumError('NOT_FOUND', 'The photo to put it beside is not in the collection')
    const left = place.before === undefined ? index : index - 1
    const [before, after] = [others[left]?.position ?? null, others[left + 1]?.position ?? null]
    return positionsBetween(before, after, moved.length)
  }

  async *photos(id: string): AsyncGenerator<Photo> {
    const { bytes } = await this.#row(id)
    const cast = await this.#parts.queries.cast()
    const me = this.#parts.actor.authorIn(cast)?.member ?? 0
    for await (const { id: photo, record } of this.#parts.queries.placed(bytes)) {
      if (record.trashed === null) yield presentPhoto(photo, record, cast, me)
    }
  }
}

function present(id: Uint8Array, row: Out['collection-row'], cast: Cast): Collection {
  const { name, count, cover } = row
  const at = new Date(row.at).toISOString()
  return { id: toHex(id), name, by: cast.person(row.by), at, count, cover: cover && toHex(cover) }
}
