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
    // The video of a Motion Photo that this device gave lies in it. Of others' photos that is only what they say.
    for (const around of await rows.around(id)) {
      const photo = await rows.photo(around)
      if (photo?.place.state === LIVE && hasGiven(photo.record, author))
        return { id: photo.id, status: 'duplicate' }
    }
    return { id, status: 'new' }
  }
  if (place.state === PURGED) {
    const purged = await rows.purged(id)
    const gone = !restore && purged !== null && rules.isGone(purged, author.member)
    return { id, status: gone ? 'trashed' : 'new' }
  }
  const record = await rows.recordAt(place, id)
  if (record === null) return { id, status: 'new' }
  const given = hasGiven(record, author)
  // The moving half of a Live Photo is there, or in the trash, as its still is.
  const shown = place.state === HALF ? await rows.photo(id) : { id, place, record }
  if (shown === null) return { id, status: 'new' }
  const { trashed } = shown.record
  if (trashed === null) return given ? { id: shown.id, status: 'duplicate' } : { id, status: 'another' }
  const allowed = restore && (rules.isOwner(author) || trashed.withdrawn)
  if (!allowed) return { id: shown.id, status: 'trashed' }
  // Whoever gives the bytes anew is one more source of them.
  return given ? { id: shown.id, status: 'restore' } : { id, status: 'another' }
}

/** Another device of the same member may be lost: what counts is whether this one has given the bytes. */
function hasGiven({ contributions }: PhotoRecord, { member, device }: rules.Author): boolean {
  return contributions.some((one) => one.member === member && one.device === device && !one.withdrawn)
}

/** Whether its bytes have to be written. */
export function isNew({ status }: Known): boolean {
  return status === 'new' || status === 'another'
}

export function statusOf({ status }: Known): AddStatus {
  return status === 'another' ? 'duplicate' : 'added'
}
