import { factsOf } from './drafts.ts'
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

/** Makes what this device's photos lack of thumbnails and previews: they were added without an engine, or it failed. */
export async function repair(session: Session, actor: Actor, { signal }: Wait): Promise<RepairResult> {
  const author = await actor.require(rules.mayContribute, 'add photos')
  const result: RepairResult = { repaired: 0, failed: [] }
  for (const { id, record, own } of await lacking(session, author.device)) {
    if (signal?.aborted) throw abortError(signal)
    if (session.closed) throw new AlbumError('CLOSED', 'The album was closed while repairing')
    const failure = await repairOne(session, actor, id, record, own, signal ? { signal } : {})
    if (failure === null) result.repaired++
    else result.failed.push({ id: toHex(id), error: failure })
  }
  return result
}

async function lacking(
  session: Session,
  device: number
): Promise<{ id: Uint8Array; record: PhotoRecord; own: Contribution }[]> {
  const photos: { id: Uint8Array; record: PhotoRecord; own: Contribution }[] = []
  const span = { from: null, to: null }
  const everything = { span, type: null, tag: null, collection: null, favouriteOf: null, member: null }
  const selection = { ...everything, trashed: false, reverse: false, limit: Infinity, after: null }
  for await (const { id, record } of session.queries.list(selection)) {
    const own = record.contributions.find((one) => one.device === device && !one.withdrawn)
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
  const { drives, number } = await session.drives.get()
  const [source] = sourcesOf([own], await session.queries.cast(), 'original')
  if (!source) return new AlbumError('NOT_FOUND', 'Its bytes are not on this device')
  const whole = { start: 0, end: source.pointer.byteLength }
  const bytes = session.blobs.read([source], whole, { timeout: 0, ...wait })
  const options = examineOptions(record.name, null, wait)
  const examined = await session.examining.examineStream(bytes, record.type, options)
  const [renditions] = await writeRenditions(drives, [{ id, examined }])
  if (!examined || !renditions?.thumbnail) {
    return new AlbumError(
      'MEDIA_FAILED',
      examined?.failure ?? 'There is nothing here that makes pictures of it'
    )
  }
  const { name, type, size, captured } = record
  const photo = { id, name, type, size, captured, drive: number, original: own.original }
  // Where its drive is of an earlier epoch, the pictures lie in another drive than the photo: it is given again there.
  if (number !== own.drive)
    return new AlbumError('MEDIA_FAILED', 'It was added before somebody was removed: add it again')
  await actor.append('photos', { photos: [{ ...photo, ...factsOf(examined), ...renditions }] })
  return null
}
