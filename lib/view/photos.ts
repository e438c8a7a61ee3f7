import b4a from 'b4a'
import type { In, Out } from '../schema/codec.ts'
import { CAPTION, CAPTURED, TAGS } from '../schema/op.ts'
import { sourceNumber } from '../schema/time.ts'
import { key } from './keys.ts'
import type { Pass } from './pass.ts'
import { isPosition } from './position.ts'
import { type Contribution, LIVE, PURGED, type PhotoRecord, type Place } from './rows.ts'
import * as rules from './rules.ts'
import { type Author, LIMITS } from './rules.ts'
import { type Standing, change, move, primary } from './standing.ts'
import { isCaptured, isPhoto, sameCaptured, sameTags } from './valid.ts'

// What ops do to photos.

function recordOf(photo: Out['photo'], contribution: Contribution): PhotoRecord {
  const { name, type, size, captured, width, height, duration, location, camera, placeholder } = photo
  const { caption, tags, related, damaged, mime } = photo
  const facts = { name, type, size, captured, width, height, duration, location, camera, placeholder }
  const said = { caption, tags, related, damaged, mime, collections: photo.collections }
  return { ...facts, ...said, contributions: [contribution], favourites: null, trashed: null, edits: 0 }
}

/** Without the collections that there are not, or where it cannot stand: the photo is added all the same. */
async function existing(pass: Pass, placed: Out['placed'][] | null): Promise<Out['placed'][] | null> {
  const found = new Map<string, Out['placed']>()
  for (const one of (placed ?? []).slice(0, LIMITS.collections)) {
    if (!isPosition(one.position) || (await pass.rows.collection(one.collection)) === null) continue
    found.set(b4a.toString(one.collection, 'hex'), one)
  }
  return found.size === 0 ? null : [...found.values()]
}

async function add(pass: Pass, author: Author, at: number, photo: Out['photo']): Promise<void> {
  if (!isPhoto(photo, author)) return
  photo = { ...photo, collections: await existing(pass, photo.collections) }
  const { id, drive, original, preview, thumbnail, files } = photo
  const { member, device } = author
  const contribution = { member, device, drive, at, original, preview, thumbnail, files, withdrawn: false }
  const place = { local: photo.captured.local, state: LIVE }
  const found = await pass.rows.claim(id, place)

  if (found === null) {
    await move(pass, id, null, { place, record: recordOf(photo, contribution) })
  } else if (found.state === PURGED) {
    const purged = await pass.rows.purged(id)
    if (!photo.restore && purged !== null && rules.isGone(purged, author.member)) {
      await rememberPlaces(pass, id, purged, [contribution])
      return
    }
    await pass.rows.put(key.place(id), 'place', place)
    await move(pass, id, null, { place, record: recordOf(photo, contribution) })
  } else if (!(await contribute(pass, author, id, found, photo, contribution))) {
    return
  }
  // A file that belongs to another photo already stays with it.
  for (const { sha256 } of files ?? []) {
    if ((await pass.rows.file(sha256)) === null) await pass.rows.putBytes(key.file(sha256), id)
  }
}

/** Somebody adds bytes that the album knows: one photo, one more source. False where that changes nothing. */
async function contribute(
  pass: Pass,
  author: Author,
  id: Uint8Array,
  place: Place,
  photo: Out['photo'],
  contribution: Contribution
): Promise<boolean> {
  const record = await pass.rows.recordAt(place, id)
  if (record === null) return false
  const own = record.contributions.filter((one) => one.member === author.member)
  // Bytes that this device gave, and has not taken back, stay where they are.
  const given = own.some((one) => one.device === author.device && !one.withdrawn)
  const full =
    record.contributions.length >= LIMITS.contributions || own.length >= LIMITS.contributionsOfMember
  const completed = given && completes(record, contribution)
  if ((given && !photo.restore && !completed) || (!given && full)) return false
  // Those it took back are kept too: they are on disks, and go with the photo.
  const contributions = completed
    ? record.contributions.map((one) =>
        isSame(one, contribution)
          ? { ...one, preview: contribution.preview, thumbnail: contribution.thumbnail }
          : one
      )
    : given
      ? record.contributions
      : [...record.contributions, contribution]
  const back = photo.restore
    ? rules.mayRestore(author, { ...record, contributions })
    : record.trashed?.withdrawn === true
  const wanted = (photo.collections ?? []).filter(
    (one) => !record.collections?.some((placed) => b4a.equals(placed.collection, one.collection))
  )
  await change(
    pass,
    id,
    { place, record },
    {
      contributions,
      ...(completed && factsAfter(record, author, photo)),
      trashed: back ? null : record.trashed,
      caption: record.caption ?? photo.caption,
      tags: record.tags ?? photo.tags,
      collections:
        wanted.length === 0
          ? record.collections
          : [...(record.collections ?? []), ...wanted].slice(0, LIMITS.collections)
    }
  )
  return true
}

function isSame(one: Contribution, other: Contribution): boolean {
  return (
    !one.withdrawn &&
    one.device === other.device &&
    one.member === other.member &&
    one.drive === other.drive &&
    one.original.blockOffset === other.original.blockOffset &&
    one.original.blockLength === other.original.blockLength
  )
}

/** Whether a device gives the pictures of what it had given without. */
function completes(record: PhotoRecord, contribution: Contribution): boolean {
  if (contribution.thumbnail === null) return false
  return record.contributions.some((one) => isSame(one, contribution) && one.thumbnail === null)
}

/** What a photo shows and says, where whoever stands for it can say it only now; others' word does not count. */
function factsAfter(record: PhotoRecord, author: Author, photo: Out['photo']): Partial<PhotoRecord> {
  const { member, device } = primary(record)
  if (member !== author.member || device !== author.device) return {}
  const { width, height, duration, damaged } = photo
  return {
    width,
    height,
    duration,
    damaged,
    location: record.location ?? photo.location,
    camera: record.camera ?? photo.camera,
    placeholder: photo.placeholder,
    captured: isWeak(record.captured) ? photo.captured : record.captured
  }
}

function isWeak({ source }: Out['captured']): boolean {
  return source === sourceNumber('added') || source === sourceNumber('file')
}

export async function photos(pass: Pass, author: Author, at: number, body: Out['photos']): Promise<void> {
  if (!rules.mayContribute(author) || body.photos.length > LIMITS.photosPerOp) return
  for (const photo of body.photos) await add(pass, author, at, photo)
}

export function distinct(ids: Uint8Array[]): Uint8Array[] {
  return [...new Map(ids.map((id) => [b4a.toString(id, 'hex'), id])).values()]
}

async function each(
  pass: Pass,
  ids: Uint8Array[],
  visit: (id: Uint8Array, standing: Standing) => Promise<void>
): Promise<void> {
  if (ids.length > LIMITS.ids) return
  for (const id of distinct(ids)) {
    const standing = await pass.rows.record(id)
    if (standing !== null) await visit(id, standing)
  }
}

export async function edit(pass: Pass, author: Author, at: number, body: Out['edit']): Promise<void> {
  const { fields, values } = body
  const tags = values.tags ?? []
  const caption = values.caption ?? ''
  const captured = values.captured && { ...values.captured, source: sourceNumber('member') }
  if (!rules.mayContribute(author) || caption.length > LIMITS.caption || !rules.areTags(tags)) return
  if (fields & CAPTURED && (!captured || !isCaptured(captured))) return

  await each(pass, body.ids, async (id, standing) => {
    const { record } = standing
    const changes: Partial<PhotoRecord> = { edits: record.edits }
    const note = async (field: number, before: In['values'], after: In['values']): Promise<void> => {
      const row = { field, before, after, member: author.member, at }
      await pass.rows.put(key.history(id, changes.edits as number), 'history-row', row)
      changes.edits = (changes.edits as number) + 1
    }
    if (fields & CAPTION && caption !== (record.caption ?? '')) {
      await note(CAPTION, { caption: record.caption }, { caption })
      changes.caption = caption
    }
    if (fields & TAGS && !sameTags(tags, record.tags ?? [])) {
      await note(TAGS, { tags: record.tags }, { tags })
      changes.tags = tags
    }
    if (fields & CAPTURED && captured && !sameCaptured(captured, record.captured)) {
      await note(CAPTURED, { captured: record.captured }, { captured })
      changes.captured = captured
    }
    if (changes.edits !== record.edits) await change(pass, id, standing, changes)
  })
}

export async function favourite(pass: Pass, author: Author, body: Out['favourite']): Promise<void> {
  if (!rules.maySpeak(author)) return
  await each(pass, body.ids, async (id, standing) => {
    const before = standing.record.favourites ?? []
    if (before.includes(author.member) === body.on) return
    const others = before.filter((member) => member !== author.member)
    const favourites = body.on ? [...others, author.member].sort((a, b) => a - b) : others
    await change(pass, id, standing, { favourites: favourites.length === 0 ? null : favourites })
  })
}

export async function withdraw(pass: Pass, author: Author, at: number, body: Out['withdraw']): Promise<void> {
  await each(pass, body.ids, async (id, standing) => {
    const { record } = standing
    if (!rules.mayWithdraw(author, record)) return
    const contributions = record.contributions.map((one) =>
      one.member === author.member ? { ...one, withdrawn: true } : one
    )
    const gone = contributions.every((one) => one.withdrawn)
    const trashed =
      gone && record.trashed === null ? { by: author.member, at, withdrawn: true } : record.trashed
    await change(pass, id, standing, { contributions, trashed })
  })
}

export async function trash(pass: Pass, author: Author, at: number, body: Out['trash']): Promise<void> {
  if (!rules.mayTrash(author)) return
  await each(pass, body.ids, async (id, standing) => {
    // An owner's word is kept also where all had withdrawn: then a later contribution does not bring it back.
    if (standing.record.trashed?.withdrawn === false) return
    await change(pass, id, standing, { trashed: { by: author.member, at, withdrawn: false } })
  })
}

export async function restore(pass: Pass, author: Author, body: Out['restore']): Promise<void> {
  await each(pass, body.ids, async (id, standing) => {
    const { record } = standing
    if (record.trashed === null || !rules.mayRestore(author, record)) return
    const mine = record.contributions.some((one) => one.member === author.member)
    const contributions = record.contributions.map((one) =>
      one.member === author.member || !mine ? { ...one, withdrawn: false } : one
    )
    await change(pass, id, standing, { contributions, trashed: null })
  })
}

export async function purge(pass: Pass, author: Author, at: number, body: Out['purge']): Promise<void> {
  await each(pass, body.ids, async (id, standing) => {
    const { record } = standing
    if (!rules.mayPurge(author, record)) return
    const earlier = await pass.rows.purged(id)
    await move(pass, id, standing, null)
    await pass.rows.put(key.place(id), 'place', { local: standing.place.local, state: PURGED })
    for (let number = 0; number < record.edits; number++) await pass.rows.delete(key.history(id, number))
    for (const { sha256 } of record.contributions.flatMap((one) => one.files ?? [])) {
      const owner = await pass.rows.file(sha256)
      if (owner !== null && b4a.equals(owner, id)) await pass.rows.delete(key.file(sha256))
    }
    const { member } = author
    const row = { contributions: earlier?.contributions ?? [], changes: earlier?.changes ?? 0 }
    const purged = { ...row, by: member, at, byOwner: rules.isOwner(author) }
    await rememberPlaces(pass, id, purged, record.contributions)
  })
}

/** Remembers where the bytes of a deleted photo lie, for devices that hear of it late. */
async function rememberPlaces(
  pass: Pass,
  id: Uint8Array,
  purged: Out['purged'],
  more: Contribution[]
): Promise<void> {
  const contributions = [...purged.contributions, ...more].slice(-LIMITS.purged)
  await pass.rows.put(key.purged(id), 'purged', { ...purged, contributions, changes: purged.changes + 1 })
}
