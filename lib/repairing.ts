import { embeddedIn, factsOf, packed } from './drafts.ts'
import { sourcesOf } from './drives/sources.ts'
import { AlbumError } from './errors.ts'
import type { Actor } from './log/actor.ts'
import { examineOptions, writeRenditions } from './renditions.ts'
import type { Session } from './session.ts'
import type { RepairResult, Wait } from './types.ts'
import { toHex } from './util/hex.ts'
import { abortError } from './util/wait.ts'
import type { Contribution, PhotoRecord } from './view/rows.ts'
import * as rules from './view/rules.ts'

/**
 * Makes what the photos lack of thumbnails and previews that this member added with this device: they were added without
 * an engine, or it failed.
 */
export async function repair(session: Session, actor: Actor, { signal }: Wait): Promise<RepairResult> {
  const author = await actor.require(rules.mayContribute, 'add photos')
  const result: RepairResult = { repaired: 0, failed: [] }
  for (const { id, record, own } of await lacking(session, author)) {
    if (signal?.aborted) throw abortError(signal)
    const failure = await repairOne(session, actor, id, record, own, signal ? { signal } : {}).catch(
      asFailure
    )
    if (session.closed) throw new AlbumError('CLOSED', 'The album was closed while repairing')
    if (failure === null) result.repaired++
    else result.failed.push({ id: toHex(id), error: failure })
  }
  return result
}

function asFailure(error: unknown): AlbumError {
  if (!(error instanceof AlbumError) || error.code === 'ABORTED' || error.code === 'CLOSED') throw error
  return error
}

interface Lacking {
  id: Uint8Array
  record: PhotoRecord
  own: Contribution
}

async function lacking(session: Session, { member, device }: rules.Author): Promise<Lacking[]> {
  const photos: Lacking[] = []
  const span = { from: null, to: null }
  const everything = { span, type: null, tag: null, collection: null, favouriteOf: null, member }
  const selection = { ...everything, trashed: false, reverse: false, limit: Infinity, after: null }
  for await (const { id, record } of session.queries.list(selection)) {
    const own = record.contributions.find(
      (one) => one.device === device && one.member === member && !one.withdrawn
    )
    if (own && own.thumbnail === null) photos.push({ id, record, own })
  }
  return photos
}

async function repairOne(
  session: Session,
  actor: Actor,
  id: Uint8Array,
  record: PhotoRecord,
  own: Contribution,
  wait: Pick<Wait, 'signal'>
): Promise<AlbumError | null> {
  const [source] = sourcesOf([own], await session.queries.cast(), 'original')
  if (!source) return new AlbumError('NOT_FOUND', 'Its bytes are not on this device')
  const { byteLength } = source.pointer
  const bytes = session.blobs.read([source], { start: 0, end: byteLength }, { timeout: 0, ...wait })
  const options = examineOptions(record.name, null, wait)
  const examined = await session.examining.examineStream(bytes, byteLength, record.type, options)
  if (!examined?.thumbnail) {
    return new AlbumError(
      'MEDIA_FAILED',
      examined?.failure ?? 'There is nothing here that makes pictures of it'
    )
  }
  // Beside the photo, also where that is of an earlier epoch.
  const drives = await session.drives.numbered(own.drive)
  const [renditions] = await writeRenditions(drives, [{ id, examined }])
  const { name, type, size } = record
  const captured = examined.facts.captured ? packed(examined.facts.captured) : record.captured
  const { motion } = examined.facts
  const read = (start: number, length: number): AsyncIterable<Uint8Array> =>
    session.blobs.read([source], { start, end: start + length }, { timeout: 0, ...wait })
  const embedded = motion ? await embeddedIn({ size, read }, motion) : null
  const photo = { id, name, type, size, captured, drive: own.drive, original: own.original, embedded }
  await actor.append('photos', { photos: [{ ...photo, ...factsOf(examined), ...renditions }] })
  return null
}
