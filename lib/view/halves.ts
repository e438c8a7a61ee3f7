import b4a from 'b4a'
import { isVideo } from '../schema/mime.ts'
import { key } from './keys.ts'
import type { Pass } from './pass.ts'
import { type Contribution, HALF, LIVE, type PhotoRecord, TRASHED } from './rows.ts'
import { LIMITS } from './rules.ts'
import { type Standing, change, move } from './standing.ts'

// A Live Photo is a still and a short video, added in whichever order and by whomever. Each keeps a record of its own,
// and they know of each other: the still's `half` names what moves, whose `still` names the still. While both are there
// the moving half is shown as a file of the still and nowhere else; whatever is done to it is done to the still. Where
// those who gave the still take it back, a half that others gave stands by itself again: it must not go along.

/** What an op says by which halves find each other. */
export interface Tie {
  /** What both files say, hashed. */
  live: Uint8Array | null
  /** The hash of the video that lies in a Motion Photo, which may have been added by itself. */
  embedded: Uint8Array | null
}

/** A photo has been added: where its other half is there, they become one. */
export async function meet(pass: Pass, id: Uint8Array, moving: boolean, tie: Tie): Promise<void> {
  if (moving) {
    const around = await pass.rows.file(id)
    if (around !== null) await bind(pass, around, id)
  } else if (tie.embedded !== null) {
    await bind(pass, id, tie.embedded)
  }
  if (tie.live === null) return
  // The first of each kind has the name; a copy that somebody edited, say, stands by itself.
  const holder = await pass.rows.live(tie.live, moving)
  if (holder !== null && !b4a.equals(holder, id) && (await isThere(pass, holder))) return
  if (holder === null || !b4a.equals(holder, id)) await pass.rows.putBytes(key.live(tie.live, moving), id)
  const other = await pass.rows.live(tie.live, !moving)
  if (other !== null) await (moving ? bind(pass, other, id) : bind(pass, id, other))
}

// One that is in the trash, or that all have taken back, gives way.
async function isThere(pass: Pass, id: Uint8Array): Promise<boolean> {
  const found = await pass.rows.record(id)
  return found !== null && found.place.state !== TRASHED && giversOf(found.record.contributions).length > 0
}

async function bind(pass: Pass, stillId: Uint8Array, movingId: Uint8Array): Promise<void> {
  const still = await pass.rows.record(stillId)
  const moving = await pass.rows.record(movingId)
  if (still === null || moving === null || isVideo(still.record.type) || !isVideo(moving.record.type)) return
  if (still.record.half !== null || moving.record.still !== null) return
  const { size, type } = moving.record
  const half = { id: movingId, size, type, by: null, met: false }
  await change(pass, movingId, moving, { still: stillId })
  await change(pass, stillId, still, { half })
  await settle(pass, stillId, { half, still: null })
}

/** The moving half that is shown with a still; null where there is none. */
export async function halfOf(
  pass: Pass,
  { half }: PhotoRecord
): Promise<(Standing & { id: Uint8Array }) | null> {
  const found = half && (await pass.rows.record(half.id))
  return half && found?.place.state === HALF ? { id: half.id, ...found } : null
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
  const gone = still.record.contributions.every((given) => given.withdrawn)
  const givers = giversOf(moving.record.contributions)
  const together = joined
    ? !gone || givers.length === 0
    : still.record.trashed === null && moving.record.trashed === null
  if (together !== joined) {
    const record = together
      ? moving.record
      : { ...moving.record, trashed: trashOf(still.record, moving.record) }
    const place = { ...moving.place, state: together ? HALF : stateOf(record) }
    await move(pass, half.id, moving, { place, record })
  }
  const by = together ? givers : []
  if (together === joined && by.join() === (half.by ?? []).join()) return
  const meeting = together && !half.met
  const told = { half: { ...half, by: by.length === 0 ? null : by, met: half.met || together } }
  await change(pass, stillId, still, { ...told, ...(meeting && carried(still.record, moving.record)) })
}

// What an owner threw away stays in the trash, also where the halves part.
function trashOf(still: PhotoRecord, moving: PhotoRecord): PhotoRecord['trashed'] {
  return moving.trashed ?? (still.trashed?.withdrawn === false ? still.trashed : null)
}

function stateOf({ trashed }: PhotoRecord): number {
  return trashed === null ? LIVE : TRASHED
}

/**
 * A photo is deleted for good, and no longer there: what moved with it goes too where all who gave it gave the still as
 * well; otherwise it stands by itself. Resolves to the half that has to go.
 */
export async function leave(
  pass: Pass,
  record: PhotoRecord,
  by: { by: number; at: number }
): Promise<(Standing & { id: Uint8Array }) | null> {
  await leaveStill(pass, record)
  const half = record.half && (await pass.rows.record(record.half.id))
  if (!record.half || !half) return null
  const { id } = record.half
  const givers = new Set(record.contributions.map((one) => one.member))
  const along = half.record.contributions.every((one) => givers.has(one.member))
  if (half.place.state === HALF && along) return { id, ...half }
  // Who deletes a photo of theirs takes back all they gave of it.
  const contributions =
    half.place.state === HALF && givers.has(by.by)
      ? half.record.contributions.map((one) => (one.member === by.by ? { ...one, withdrawn: true } : one))
      : half.record.contributions
  const none = giversOf(contributions).length === 0
  const takenBack = none ? { by: by.by, at: by.at, withdrawn: true } : null
  const trashed = trashOf(record, half.record) ?? takenBack
  const alone = { ...half.record, contributions, still: null, trashed }
  await move(pass, id, half, { place: { ...half.place, state: stateOf(alone) }, record: alone })
  return null
}

/** What moves is deleted for good: its still goes on without. */
async function leaveStill(pass: Pass, { still }: PhotoRecord): Promise<void> {
  const found = still && (await pass.rows.record(still))
  if (still && found) await change(pass, still, found, { half: null })
}

/** Members who gave something and have not taken it back, in order. */
function giversOf(contributions: Contribution[]): number[] {
  const members = contributions.filter((one) => !one.withdrawn).map((one) => one.member)
  return [...new Set(members)].sort((a, b) => a - b)
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
