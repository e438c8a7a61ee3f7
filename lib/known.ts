import * as rules from './view/rules.ts'
import { HALF, LIVE, PURGED, type PhotoRecord, type Rows } from './view/rows.ts'

/**
 * What the album knows of some bytes. `another`: it has them, but not from this device in this member's name, then these
 * become one more source; `restore`: they are in the trash, and this member may take them out.
 */
export interface Known {
  id: Uint8Array
  status: 'duplicate' | 'trashed' | 'another' | 'new' | 'restore'
}

export type AddStatus = 'added' | 'duplicate' | 'trashed'

/** What the album knows of some bytes that a member is about to add. */
export async function knownAs(
  rows: Rows,
  id: Uint8Array,
  author: rules.Author,
  restore: boolean
): Promise<Known> {
  const place = await rows.place(id)
  if (place === null) {
    // The video of a Motion Photo has come with it.
    const around = await rows.file(id)
    const photo = around && (await rows.photo(around))
    return photo ? spared(photo, author, restore) : { id, status: 'new' }
  }
  if (place.state === PURGED) {
    const purged = await rows.purged(id)
    const gone = !restore && purged !== null && rules.isGone(purged, author.member)
    return { id, status: gone ? 'trashed' : 'new' }
  }
  const record = await rows.recordAt(place, id)
  if (record === null) return { id, status: 'new' }
  // Another device of the same member may be lost: what counts is whether this one has given the bytes.
  const own = record.contributions.filter(
    (one) => one.member === author.member && one.device === author.device
  )
  const given = own.some((one) => !one.withdrawn)
  if (place.state === HALF) {
    const still = await rows.photo(id)
    if (still === null) return { id, status: 'new' }
    const known = spared(still, author, restore)
    return given || known.status !== 'duplicate' ? known : { id, status: 'another' }
  }
  if (place.state === LIVE) return { id, status: given ? 'duplicate' : 'another' }
  const allowed = restore && (rules.isOwner(author) || record.trashed?.withdrawn === true)
  if (!allowed) return { id, status: 'trashed' }
  // Whoever gives the bytes anew is one more source of them.
  return { id, status: given ? 'restore' : 'another' }
}

/** What becomes of bytes that the album has as a part of a photo. */
function spared(
  { id, record }: { id: Uint8Array; record: PhotoRecord },
  author: rules.Author,
  restore: boolean
): Known {
  if (record.trashed === null) return { id, status: 'duplicate' }
  return { id, status: restore && rules.mayRestore(author, record) ? 'restore' : 'trashed' }
}

/** Whether its bytes have to be written. */
export function isNew({ status }: Known): boolean {
  return status === 'new' || status === 'another'
}

export function statusOf({ status }: Known): AddStatus {
  return status === 'another' ? 'duplicate' : 'added'
}
