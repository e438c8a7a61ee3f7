import b4a from 'b4a'
import { COMMON_TYPE, isVideo } from '../schema/mime.ts'
import { dayOf } from '../schema/time.ts'
import { giversOf } from './givers.ts'
import { key } from './keys.ts'
import type { Pass } from './pass.ts'
import { type Contribution, HALF, LIVE, type PhotoRecord, type Place, TRASHED, recordKey } from './rows.ts'

// A photo is one record, whoever and however many added it; its place is in the album (`time`) or in the trash. Every
// other row about it is an index that follows from record and place, see `indexKeys`.

/** The contribution that stands for the photo: the first that was not withdrawn. */
export function primary(record: PhotoRecord): Contribution {
  const first = record.contributions.find((one) => !one.withdrawn) ?? record.contributions[0]
  return first as Contribution
}

/** Keys of the rows by which the halves of a Live Photo find each other, wherever its record stands. */
function tieKeys(id: Uint8Array, { type, live, embedded }: PhotoRecord): Uint8Array[] {
  const keys = embedded ? [key.file(embedded.sha256, id)] : []
  return live ? [...keys, key.live(live, isVideo(type), id)] : keys
}

/** Keys of all index rows of a photo with this record in the album. */
function indexKeys(id: Uint8Array, record: PhotoRecord): Uint8Array[] {
  const local = record.captured.local
  const keys = [...giversOf(record)].map((member) => key.by(member, local, id))
  if (record.type !== COMMON_TYPE) keys.push(key.type(record.type, local, id))
  for (const tag of new Set(record.tags)) keys.push(key.tag(tag, local, id))
  for (const member of record.favourites ?? []) keys.push(key.favourite(member, local, id))
  for (const placed of record.collections ?? []) {
    keys.push(
      key.collected(placed.collection, local, id),
      key.position(placed.collection, placed.position, id)
    )
  }
  return keys
}

function count(pass: Pass, place: Place, record: PhotoRecord, change: number): void {
  if (place.state !== LIVE) return
  pass.countPhoto(dayOf(place.local), record, change)
  for (const placed of record.collections ?? []) pass.countCollected(placed.collection, change)
}

/** Where a photo stands that is no half of another. */
export function stateOf({ trashed }: PhotoRecord): number {
  return trashed === null ? LIVE : TRASHED
}

/** A record as it stands in the album or trash. */
export interface Standing {
  place: Place
  record: PhotoRecord
}

function keysOf(id: Uint8Array, { place, record }: Standing): Uint8Array[] {
  const index = place.state === LIVE ? indexKeys(id, record) : []
  return [...index, ...tieKeys(id, record)]
}

/** Brings record, place, counts and index rows from one standing to another; null is "not there". */
export async function move(
  pass: Pass,
  id: Uint8Array,
  before: Standing | null,
  after: Standing | null
): Promise<void> {
  const { rows } = pass
  const oldRow = before && recordKey(before.place, id)
  const newRow = after && recordKey(after.place, id)
  const oldKeys = before ? keysOf(id, before) : []
  const newKeys = after ? keysOf(id, after) : []
  const kept = new Set(newKeys.map((one) => b4a.toString(one, 'hex')))
  const had = new Set(oldKeys.map((one) => b4a.toString(one, 'hex')))

  if (oldRow && (newRow === null || !b4a.equals(oldRow, newRow))) await rows.delete(oldRow)
  for (const one of oldKeys) if (!kept.has(b4a.toString(one, 'hex'))) await rows.delete(one)
  if (newRow && after) await rows.put(newRow, 'record', after.record)
  for (const one of newKeys) if (!had.has(b4a.toString(one, 'hex'))) await rows.mark(one)
  if (
    before &&
    after &&
    (before.place.state !== after.place.state || before.place.local !== after.place.local)
  ) {
    await rows.put(key.place(id), 'place', after.place)
  }
  if (before) count(pass, before.place, before.record, -1)
  if (after) count(pass, after.place, after.record, 1)
}

/** Changes a photo's record where it stands; a changed date or `trashed` moves it, but for a half, which goes with its still. */
export async function change(
  pass: Pass,
  id: Uint8Array,
  standing: Standing,
  changes: Partial<PhotoRecord>
): Promise<void> {
  const record = { ...standing.record, ...changes }
  const state = standing.place.state === HALF ? HALF : stateOf(record)
  const place = { local: record.captured.local, state }
  await move(pass, id, standing, { place, record })
}
