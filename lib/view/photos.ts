import b4a from 'b4a'
import type { In, Out } from '../schema/codec.ts'
import { CAPTION, CAPTURED, TAGS } from '../schema/op.ts'
import { sourceNumber } from '../schema/time.ts'
import { halfOf, leave, meet, settle } from './halves.ts'
import { key } from './keys.ts'
import type { Pass } from './pass.ts'
import { isPosition } from './position.ts'
import { type Contribution, HALF, LIVE, PURGED, type PhotoRecord, type Place } from './rows.ts'
import * as rules from './rules.ts'
import { type Author, LIMITS } from './rules.ts'
import { type Standing, change, move, primary } from './standing.ts'
import { isCaptured, isPhoto, sameCaptured, sameTags } from './valid.ts'

// What ops do to photos.

function recordOf(photo: Out['photo'], contribution: Contribution): PhotoRecord {
  const { name, type, size, captured, width, height, duration, location, camera, placeholder } = photo
  const { caption, tags, related, damaged, mime, live, embedded } = photo
  const facts = { name, type, size, captured, width, height, duration, location, camera, placeholder }
  const said = { caption, tags, related, damaged, mime, collections: photo.collections }
  const alone = { live, embedded, half: null, still: null }
  const fresh = { favourites: null, trashed: null, edits: 0, contributions: [contribution] }
  return { ...facts, ...said, ...alone, ...fresh }
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
  const { id, drive, original, preview, thumbnail } = photo
  const { member, device } = author
  const contribution = {
    member,
    device,
    drive,
    at,
    original,
    preview,
    thumbnail,
    withdrawn: false,
    freed: false
  }
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
  await meet(pass, id, photo)
}

/**
 * Somebody adds bytes that the album knows: one photo, one more source. Whether by that the photo says anew what it is,
 * which only whoever stands for it can say.
 */
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
  const facts = completed ? factsAfter(record, author, photo) : null
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
  // What is said with the moving half of a Live Photo is said of the photo.
  const still = place.state === HALF ? await pass.rows.photo(id) : null
  await change(
    pass,
    id,
    { place, record },
    {
      contributions,
      ...facts,
      trashed: back ? null : record.trashed,
      ...(still === null && said(record, photo))
    }
  )
  if (still !== null) {
    const there = still.record.contributions.some((one) => !one.withdrawn)
    const restored = photo.restore && there && rules.mayRestore(author, still.record)
    const { trashed } = still.record
    await change(pass, still.id, still, { ...said(still.record, photo), trashed: restored ? null : trashed })
  }
  await settle(pass, id, record)
  return facts !== null
}

/** What is said along with bytes that the album knows: it takes the place of nothing. */
function said(record: PhotoRecord, { caption, tags, collections }: Out['photo']): Partial<PhotoRecord> {
  const wanted = (collections ?? []).filter(
    (one) => !record.collections?.some((placed) => b4a.equals(placed.collection, one.collection))
  )
  return {
    caption: record.caption ?? caption,
    tags: record.tags ?? tags,
    collections:
      wanted.length === 0
        ? record.collections
        : [...(record.collections ?? []), ...wanted].slice(0, LIMITS.collections)
  }
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
function factsAfter(record: PhotoRecord, author: Author, photo: Out['photo']): Partial<PhotoRecord> | null {
  const { member, device } = primary(record)
  if (member !== author.member || device !== author.device) return null
  const { width, height, duration, damaged } = photo
  return {
    width,
    height,
    duration,
    damaged,
    location: record.location ?? photo.location,
    camera: record.camera ?? photo.camera,
    placeholder: photo.placeholder,
    live: record.live ?? photo.live,
    embedded: record.embedded ?? photo.embedded,
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

async function each(
  pass: Pass,
  ids: Uint8Array[],
  visit: (id: Uint8Array, standing: Standing) => Promise<void>
): Promise<void> {
  if (ids.length > LIMITS.ids) return
  const seen = new Set<string>()
  for (const id of ids) {
    // What is done to the moving half of a Live Photo is done to the photo.
    const found = await pass.rows.photo(id)
    if (found === null || seen.has(b4a.toString(found.id, 'hex'))) continue
    seen.add(b4a.toString(found.id, 'hex'))
    await visit(found.id, found)
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
  const { member } = author
  const takenBack = (given: Contribution[]): Contribution[] =>
    given.map((one) => (one.member === member ? { ...one, withdrawn: true } : one))
  await each(pass, body.ids, async (id, standing) => {
    const { record } = standing
    if (!rules.mayWithdraw(author, record)) return
    const half = await halfOf(pass, record)
    if (half) await change(pass, half.id, half, { contributions: takenBack(half.record.contributions) })
    const contributions = takenBack(record.contributions)
    const gone = contributions.every((one) => one.withdrawn)
    const trashed = gone && record.trashed === null ? { by: member, at, withdrawn: true } : record.trashed
    await change(pass, id, standing, { contributions, trashed })
    await settle(pass, id, record)
    // What moved with it was theirs: another's may take its place.
    await meet(pass, id, record)
  })
}

export async function trash(pass: Pass, author: Author, at: number, body: Out['trash']): Promise<void> {
  if (!rules.mayTrash(author)) return
  await each(pass, body.ids, async (id, standing) => {
    // An owner's word is kept also where all had withdrawn: then a later contribution does not bring it back.
    if (standing.record.trashed?.withdrawn === false) return
    await change(pass, id, standing, { trashed: { by: author.member, at, withdrawn: false } })
    await settle(pass, id, standing.record)
  })
}

export async function restore(pass: Pass, author: Author, body: Out['restore']): Promise<void> {
  await each(pass, body.ids, async (id, standing) => {
    const { record } = standing
    if (record.trashed === null || !rules.mayRestore(author, record)) return
    const half = await halfOf(pass, record)
    const restored = (contributions: Contribution[]): Contribution[] => {
      const mine = contributions.some((one) => one.member === author.member)
      const others = !mine && rules.isOwner(author)
      return contributions.map((one) =>
        others || one.member === author.member ? { ...one, withdrawn: false } : one
      )
    }
    if (half) await change(pass, half.id, half, { contributions: restored(half.record.contributions) })
    await change(pass, id, standing, { contributions: restored(record.contributions), trashed: null })
    await settle(pass, id, record)
    await meet(pass, id, record)
  })
}

export async function purge(pass: Pass, author: Author, at: number, body: Out['purge']): Promise<void> {
  const by = { by: author.member, at, byOwner: rules.isOwner(author) }
  if (body.ids.length > LIMITS.ids) return
  // What moves of a Live Photo may be deleted by itself, by whose it is.
  for (const id of body.ids) {
    const standing = await pass.rows.record(id)
    if (standing === null || !rules.mayPurge(author, standing.record)) continue
    await purgeOne(pass, id, standing, by)
    const half = await leave(pass, standing.record, by)
    if (half) await purgeOne(pass, half.id, half, by)
  }
}

async function purgeOne(
  pass: Pass,
  id: Uint8Array,
  standing: Standing,
  by: Pick<Out['purged'], 'by' | 'at' | 'byOwner'>
): Promise<void> {
  const { record } = standing
  const earlier = await pass.rows.purged(id)
  await move(pass, id, standing, null)
  await pass.rows.put(key.place(id), 'place', { local: standing.place.local, state: PURGED })
  for (let number = 0; number < record.edits; number++) await pass.rows.delete(key.history(id, number))
  const purged = { contributions: earlier?.contributions ?? [], changes: earlier?.changes ?? 0, ...by }
  await rememberPlaces(pass, id, purged, record.contributions)
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
