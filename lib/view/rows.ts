import b4a from 'b4a'
import type { BeeNode, BeeRange, BeeReader, BeeWriter } from 'hyperbee'
import { type In, type Out, type StructName, decode, encode } from '../schema/codec.ts'
import { key, parse, range } from './keys.ts'
import { LIMITS } from './rules.ts'

export type AlbumRow = Out['album-row']
export type MemberRow = Out['member-row']
export type DeviceRow = Out['device-row']
export type InviteRow = Out['invite-row']
export type Drives = Out['drives']
export type PhotoRecord = Out['record']
export type Contribution = Out['contribution']
export type Place = Out['place']
export type DayRow = Out['day-row']

/** States of a photo's `place` row. */
export const LIVE = 0
export const TRASHED = 1
export const PURGED = 2
/** The moving half of a Live Photo: it is shown as a file of its still. */
export const HALF = 3

/** A photo's record, where it stands, and under which id. */
export interface Shown {
  id: Uint8Array
  place: Place
  record: PhotoRecord
}

const EMPTY = b4a.alloc(0)

/** Where a photo's record stands. */
export function recordKey(place: Place, id: Uint8Array): Uint8Array {
  if (place.state === HALF) return key.half(id)
  return place.state === TRASHED ? key.trash(place.local, id) : key.time(place.local, id)
}

async function read<N extends StructName>(
  bee: BeeReader,
  rowKey: Uint8Array,
  name: N
): Promise<Out[N] | null> {
  const node = await bee.get(rowKey)
  return node === null || node.value === null ? null : decode(name, node.value)
}

/** Typed reading of single rows of the view, at a snapshot or inside a batch. */
export class Rows {
  protected readonly bee: BeeReader

  constructor(bee: BeeReader) {
    this.bee = bee
  }

  album(): Promise<AlbumRow | null> {
    return read(this.bee, key.album(), 'album-row')
  }

  member(number: number): Promise<MemberRow | null> {
    return read(this.bee, key.member(number), 'member-row')
  }

  async memberNumber(id: Uint8Array): Promise<number | null> {
    return (await read(this.bee, key.memberId(id), 'count'))?.count ?? null
  }

  device(number: number): Promise<DeviceRow | null> {
    return read(this.bee, key.device(number), 'device-row')
  }

  async deviceNumber(writer: Uint8Array): Promise<number | null> {
    return (await read(this.bee, key.writer(writer), 'count'))?.count ?? null
  }

  invite(id: Uint8Array): Promise<Out['invite-row'] | null> {
    return read(this.bee, key.invite(id), 'invite-row')
  }

  /** Invites that a device answers for others. */
  async handed(device: number): Promise<Uint8Array[]> {
    const ids: Uint8Array[] = []
    for await (const row of this.bee.createReadStream(range.handed(device))) ids.push(parse.handed(row.key))
    return ids
  }

  /** The seed of an invite that a device answers for another, sealed to it. */
  async handedSeed(device: number, invite: Uint8Array): Promise<Uint8Array | null> {
    return (await this.bee.get(key.handed(device, invite)))?.value ?? null
  }

  /** A device's pair of drives, by its number. */
  drives(device: number, number: number): Promise<Drives | null> {
    return read(this.bee, key.drives(device, number), 'drives')
  }

  /** Epochs are named by what commits to their keys. */
  async hasEpoch(epoch: Uint8Array): Promise<boolean> {
    return (await this.bee.get(key.epoch(epoch))) !== null
  }

  async has(rowKey: Uint8Array): Promise<boolean> {
    return (await this.bee.get(rowKey)) !== null
  }

  /** How many rows there are in a range. */
  async count(rows: BeeRange): Promise<number> {
    let count = 0
    for await (const row of this.bee.createReadStream(rows)) if (row.key) count++
    return count
  }

  /** An epoch's key, sealed to a device: what each of those says who sealed one. */
  async sealed(epoch: Uint8Array, device: number): Promise<Uint8Array[]> {
    const boxes: Uint8Array[] = []
    for await (const row of this.bee.createReadStream(range.sealed(epoch, device))) boxes.push(row.value)
    return boxes
  }

  async hasDrive(publicKey: Uint8Array): Promise<boolean> {
    return (await this.bee.get(key.drive(publicKey))) !== null
  }

  place(id: Uint8Array): Promise<Place | null> {
    return read(this.bee, key.place(id), 'place')
  }

  /** Photos which say that a file lies in them: a Motion Photo's video. At most `LIMITS.tied`. */
  around(sha256: Uint8Array): Promise<Uint8Array[]> {
    return this.#ids(range.files(sha256), parse.file)
  }

  /** Photos with an identifier that the halves of a Live Photo have in common: stills, or what moves. */
  live(identifier: Uint8Array, moving: boolean): Promise<Uint8Array[]> {
    return this.#ids(range.live(identifier, moving), parse.live)
  }

  async #ids(rows: BeeRange, idIn: (key: Uint8Array) => Uint8Array): Promise<Uint8Array[]> {
    const ids: Uint8Array[] = []
    for await (const { key: rowKey } of this.bee.createReadStream(rows, { limit: LIMITS.tied })) {
      ids.push(idIn(rowKey))
    }
    return ids
  }

  /** A photo's record, wherever its place is, also that of a Live Photo's half; null where there is none or it was purged. */
  async record(id: Uint8Array): Promise<{ place: Place; record: PhotoRecord } | null> {
    const place = await this.place(id)
    if (place === null || place.state === PURGED) return null
    const record = await this.recordAt(place, id)
    return record === null ? null : { place, record }
  }

  /** The same with its id, as `photo` gives it. */
  async exact(id: Uint8Array): Promise<Shown | null> {
    const found = await this.record(id)
    return found && { id, ...found }
  }

  /** The photo that the album shows for an id: for the moving half of a Live Photo, its still. */
  async photo(id: Uint8Array): Promise<Shown | null> {
    const found = await this.exact(id)
    if (found?.place.state !== HALF || found.record.still === null) return found
    return this.exact(found.record.still)
  }

  recordAt(place: Place, id: Uint8Array): Promise<PhotoRecord | null> {
    return read(this.bee, recordKey(place, id), 'record')
  }

  purged(id: Uint8Array): Promise<Out['purged'] | null> {
    return read(this.bee, key.purged(id), 'purged')
  }

  collection(id: Uint8Array): Promise<Out['collection-row'] | null> {
    return read(this.bee, key.collection(id), 'collection-row')
  }

  /** Whether a collection of this id was deleted: photos still name it, so it must not come back. */
  async wasDeleted(id: Uint8Array): Promise<boolean> {
    return (await this.bee.get(key.deleted(id))) !== null
  }

  day(day: number): Promise<DayRow | null> {
    return read(this.bee, key.day(day), 'day-row')
  }

  /** What a device was answered that asked for leave to drop a photo's original. */
  leave(device: number, id: Uint8Array): Promise<Out['leave-row'] | null> {
    return read(this.bee, key.leave(device, id), 'leave-row')
  }

  /** Which device signed the index as the how-manieth after the founder's. */
  reign(number: number): Promise<Out['reign-row'] | null> {
    return read(this.bee, key.reign(number), 'reign-row')
  }

  /** What a device says that it holds of another's drive. */
  hold(device: number, drive: number, renditions: boolean, holder: number): Promise<Out['hold-row'] | null> {
    return read(this.bee, key.hold(device, drive, renditions, holder), 'hold-row')
  }

  /** Receipts, as they stand in the view. */
  async holds(rows: BeeRange): Promise<BeeNode[]> {
    const found: BeeNode[] = []
    for await (const row of this.bee.createReadStream(rows)) found.push(row)
    return found
  }

  comment(rowKey: Uint8Array): Promise<Out['comment-row'] | null> {
    return read(this.bee, rowKey, 'comment-row')
  }

  async commentKey(id: Uint8Array): Promise<Uint8Array | null> {
    return (await this.bee.get(key.commentId(id)))?.value ?? null
  }
}

/** Typed reading and writing inside one batch of the reducer. */
export class WritableRows extends Rows {
  readonly #batch: BeeWriter
  /** The schema version that rows are written by: of the album's version, or programs would write other bytes. */
  schema = 1

  constructor(batch: BeeWriter) {
    super(batch)
    this.#batch = batch
  }

  put<N extends StructName>(rowKey: Uint8Array, name: N, value: In[N]): Promise<void> {
    return this.#batch.put(rowKey, encode(name, value, this.schema))
  }

  /** A row that says all it has to say by its key. */
  mark(rowKey: Uint8Array): Promise<void> {
    return this.#batch.put(rowKey, EMPTY)
  }

  putBytes(rowKey: Uint8Array, value: Uint8Array): Promise<void> {
    return this.#batch.put(rowKey, value)
  }

  delete(rowKey: Uint8Array): Promise<void> {
    return this.#batch.del(rowKey)
  }

  /** Puts a photo's place only where there is none, in one descent of the tree; otherwise gives the one found. */
  async claim(id: Uint8Array, place: In['place']): Promise<Place | null> {
    let found: Uint8Array | null = null
    await this.#batch.put(key.place(id), encode('place', place, this.schema), {
      cas: (previous) => {
        found = previous.value
        return false
      }
    })
    return found === null ? null : decode('place', found)
  }
}
