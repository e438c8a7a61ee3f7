import b4a from 'b4a'
import type { ApplyHost } from 'autobase'
import type Hyperbee from 'hyperbee'
import type { BeeWriter } from 'hyperbee'
import { key } from './keys.ts'
import {
  type AlbumRow,
  type DeviceRow,
  type MemberRow,
  type PhotoRecord,
  Rows,
  WritableRows
} from './rows.ts'
import type { Author } from './rules.ts'
import { Tally } from './tally.ts'

/**
 * One call of the reducer: a batch of the view, and what was read and counted on the way. Rows that every op needs
 * (the album, authors, day counts) are read once and written once a pass: puts are the cost of everything.
 */
export class Pass {
  readonly rows: WritableRows
  readonly host: ApplyHost
  readonly #bee: Hyperbee
  readonly #authors = new Map<string, Author | null>()
  readonly #days = new Map<number, Tally>()
  readonly #collections = new Map<string, { id: Uint8Array; change: number }>()
  #album: AlbumRow | null | undefined
  #albumChanged = false

  constructor(bee: Hyperbee, batch: BeeWriter, host: ApplyHost) {
    this.#bee = bee
    this.rows = new WritableRows(batch)
    this.host = host
  }

  /** The rows as they stood when the view's core had a length. */
  past(length: number): Rows {
    return new Rows(this.#bee.checkout(length, { reuseSession: true }))
  }

  async album(): Promise<AlbumRow | null> {
    if (this.#album === undefined) this.#album = await this.rows.album()
    return this.#album
  }

  /** The album's row, where it is known that there is one. */
  async founded(): Promise<AlbumRow> {
    return (await this.album()) as AlbumRow
  }

  setAlbum(change: Partial<AlbumRow>): void {
    this.#album = { ...(this.#album as AlbumRow), ...change }
    this.#albumChanged = true
  }

  /** The device behind a writer core and its member; null where either is unknown or removed. */
  async author(writer: Uint8Array): Promise<Author | null> {
    const id = b4a.toString(writer, 'hex')
    let author = this.#authors.get(id)
    if (author === undefined) {
      author = await this.#findAuthor(writer)
      this.#authors.set(id, author)
    }
    return author
  }

  async #findAuthor(writer: Uint8Array): Promise<Author | null> {
    const device = await this.rows.deviceNumber(writer)
    const deviceRow = device === null ? null : await this.rows.device(device)
    if (device === null || deviceRow === null || deviceRow.removed) return null
    const memberRow = await this.rows.member(deviceRow.member)
    if (memberRow === null || memberRow.removed) return null
    return { device, deviceRow, member: deviceRow.member, memberRow, delegated: false }
  }

  async putMember(number: number, row: MemberRow): Promise<void> {
    this.#authors.clear()
    await this.rows.put(key.member(number), 'member-row', row)
  }

  async putDevice(number: number, row: DeviceRow): Promise<void> {
    this.#authors.clear()
    await this.rows.put(key.device(number), 'device-row', row)
  }

  /** Counts a photo of a day and of the album in (+1) or out (-1). */
  countPhoto(day: number, record: PhotoRecord, change: number): void {
    const tally = this.#days.get(day) ?? new Tally()
    tally.count(record, change)
    this.#days.set(day, tally)
    this.setAlbum({ photos: (this.#album?.photos ?? 0) + change })
  }

  /** Counts a photo of a collection in or out. */
  countCollected(id: Uint8Array, change: number): void {
    const hex = b4a.toString(id, 'hex')
    const total = (this.#collections.get(hex)?.change ?? 0) + change
    this.#collections.set(hex, { id, change: total })
  }

  /** Writes what was counted. */
  async finish(): Promise<void> {
    for (const [day, tally] of [...this.#days].sort(([a], [b]) => a - b)) {
      if (tally.isEven) continue
      const row = tally.after(await this.rows.day(day))
      if (row.count > 0) await this.rows.put(key.day(day), 'day-row', row)
      else await this.rows.delete(key.day(day))
    }
    for (const { id, change } of this.#collections.values()) {
      const row = change === 0 ? null : await this.rows.collection(id)
      if (row !== null) {
        const count = Math.max(0, row.count + change)
        await this.rows.put(key.collection(id), 'collection-row', { ...row, count })
      }
    }
    if (this.#albumChanged && this.#album) await this.rows.put(key.album(), 'album-row', this.#album)
  }
}
