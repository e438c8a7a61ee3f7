import b4a from 'b4a'
import { isVideo } from '../schema/mime.ts'
import { givers } from './givers.ts'
import type { Pass } from './pass.ts'
import { HALF, LIVE, type PhotoRecord, type Shown } from './rows.ts'
import { LIMITS } from './rules.ts'
import { change, move, stateOf } from './standing.ts'

// A Live Photo is a still and a short video, added in whichever order and by whomever. Each keeps a record of its own,
// and they know of each other: the still's `half` names what moves, whose `still` names the still. While both are there
// the moving half is shown as a file of the still and nowhere else; whatever is done to it, but deleting it, is done to
// the still. Where those who gave the still take it back, a half that others gave stands by itself again.

/** By what the halves of a Live Photo, or a Motion Photo and its video, find each other. */
type Tie = Pick<PhotoRecord, 'type' | 'live' | 'embedded'>

/** A photo came, or came back: where its other half is there and has no other, they become one. Whether they did. */
export async function meet(pass: Pass, id: Uint8Array, { type, live, embedded }: Tie): Promise<boolean> {
  const moving = isVideo(type)
  const tied = live ? await pass.rows.live(live, !moving) : []
  if (moving) tied.push(...(await pass.rows.around(id)))
  else if (embedded) tied.push(embedded.sha256)
  const one = tied.length > 0 ? await pass.rows.exact(id) : null
  if (!one || !isFree(one, moving)) return false
  const free: Shown[] = []
  for (const other of tied) {
    const found = await pass.rows.exact(other)
    if (found && isFree(found, !moving)) free.push(found)
  }
  // What somebody says of theirs does not part what one member gave.
  const own = givers(one.record.contributions)
  const near = free.find(({ record }) => givers(record.contributions).some((giver) => own.includes(giver)))
  const other = near ?? free[0]
  if (!other) return false
  await (moving ? bind(pass, other, one) : bind(pass, one, other))
  return true
}

// One that is in the trash, moves with another, or has a half that somebody gives, is not.
function isFree({ place, record }: Shown, moving: boolean): boolean {
  return place.state === LIVE && isVideo(record.type) === moving && !record.half?.by
}

async function bind(pass: Pass, still: Shown, moving: Shown): Promise<void> {
  if (moving.record.still) await untie(pass, moving.record.still)
  await untie(pass, still.id)
  const { size, type } = moving.record
  const half = { id: moving.id, size, type, by: null, met: false }
  await change(pass, moving.id, moving, { still: still.id })
  await change(pass, still.id, still, { half })
  await settle(pass, still.id, { half, still: null })
}

/** A still lets go of a half that it is not shown with. */
async function untie(pass: Pass, stillId: Uint8Array): Promise<void> {
  const still = await pass.rows.record(stillId)
  if (!still?.record.half) return
  const half = await pass.rows.exact(still.record.half.id)
  await change(pass, stillId, still, { half: null })
  if (half) await standAlone(pass, half, { trashed: trashOf(still.record, half.record) })
}

/** The moving half that is shown with a still; null where there is none. */
export async function halfOf(pass: Pass, { half }: PhotoRecord): Promise<Shown | null> {
  const found = half && (await pass.rows.exact(half.id))
  return found?.place.state === HALF ? found : null
}

/** Brings a still and its half together or apart, after something has changed about either (by its id and record). */
export async function settle(
  pass: Pass,
  id: Uint8Array,
  record: Pick<PhotoRecord, 'half' | 'still'>
): Promise<void> {
  if (record.half === null && record.still === null) return
  const stillId = record.still ?? id
  const still = await pass.rows.record(stillId)
  const half = still?.record.half ?? null
  const moving = half && (await pass.rows.record(half.id))
  if (still === null || half === null || moving === null) return
  const joined = moving.place.state === HALF
  const gone = givers(still.record.contributions).length === 0
  const given = givers(moving.record.contributions)
  const together = joined
    ? !gone || given.length === 0
    : still.record.trashed === null && moving.record.trashed === null
  if (together !== joined) {
    const trashed = together ? null : trashOf(still.record, moving.record)
    const after = { ...moving.record, trashed }
    const place = { ...moving.place, state: together ? HALF : stateOf(after) }
    await move(pass, half.id, moving, { place, record: after })
  }
  const by = together ? given : []
  if (together === joined && by.join() === (half.by ?? []).join()) return
  const told = { ...half, by: by.length === 0 ? null : by, met: half.met || together }
  const meeting = together && !half.met
  await change(pass, stillId, still, {
    half: told,
    ...(meeting && carried(still.record, moving.record))
  })
}

/**
 * A photo was deleted for good. What moved with it goes too where all who gave it gave the still as well, and no other
 * still has it; else it stands by itself. Resolves to the half that has to go.
 */
export async function leave(pass: Pass, record: PhotoRecord, by: { by: number }): Promise<Shown | null> {
  const still = record.still && (await pass.rows.exact(record.still))
  if (still) {
    await change(pass, still.id, still, { half: null })
    await meet(pass, still.id, still.record)
  }
  const half = record.half && (await pass.rows.exact(record.half.id))
  if (!half) return null
  const given = half.record.contributions
  const whose = new Set(record.contributions.map((one) => one.member))
  const joined = half.place.state === HALF
  const along = joined && given.every((one) => whose.has(one.member))
  // Who deletes a photo of theirs takes back all they gave of it.
  const contributions =
    joined && !along && whose.has(by.by)
      ? given.map((one) => (one.member === by.by ? { ...one, withdrawn: true } : one))
      : given
  await standAlone(pass, half, { contributions, trashed: trashOf(record, half.record) })
  if (await meet(pass, half.id, half.record)) return null
  return along ? pass.rows.exact(half.id) : null
}

/** Puts what moved with a still where it belongs without it: in the album, or the trash. */
async function standAlone(pass: Pass, half: Shown, changes: Partial<PhotoRecord>): Promise<void> {
  const record = { ...half.record, ...changes, still: null }
  const last = record.contributions.at(-1)
  // Nobody gives it any more.
  if (record.trashed === null && last && givers(record.contributions).length === 0) {
    record.trashed = { by: last.member, at: last.at, withdrawn: true }
  }
  await move(pass, half.id, half, { place: { ...half.place, state: stateOf(record) }, record })
}

// What an owner threw away stays in the trash, also where the halves part.
function trashOf(still: PhotoRecord, moving: PhotoRecord): PhotoRecord['trashed'] {
  return moving.trashed ?? (still.trashed?.withdrawn === false ? still.trashed : null)
}

/** What people said of the moving half while it stood by itself. */
function carried(still: PhotoRecord, moving: PhotoRecord): Partial<PhotoRecord> {
  const tags = [...new Set([...(still.tags ?? []), ...(moving.tags ?? [])])].slice(0, LIMITS.tags)
  const favourites = [...new Set([...(still.favourites ?? []), ...(moving.favourites ?? [])])].sort(
    (a, b) => a - b
  )
  const placed = [...(still.collections ?? [])]
  for (const one of moving.collections ?? []) {
    if (!placed.some(({ collection }) => b4a.equals(collection, one.collection))) placed.push(one)
  }
  return {
    caption: still.caption ?? moving.caption,
    tags: tags.length === 0 ? null : tags,
    favourites: favourites.length === 0 ? null : favourites,
    collections: placed.length === 0 ? null : placed.slice(0, LIMITS.collections),
    location: still.location ?? moving.location
  }
}
