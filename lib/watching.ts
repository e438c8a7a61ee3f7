import { AlbumError } from './errors.ts'
import type { Actor } from './log/actor.ts'
import type { Session } from './session.ts'
import type { Change, WatchOptions } from './types.ts'
import { toHex } from './util/hex.ts'
import { type Changed, type Changes, writeCursor } from './view/changes.ts'
import { presentPhoto } from './view/present.ts'
import { HALF } from './view/rows.ts'

/** Follows what happens to photos, here and elsewhere, in batches; ends when the signal aborts or the album closes. */
export async function* watchBatches(
  session: Session,
  actor: Actor,
  options: WatchOptions
): AsyncGenerator<Change[]> {
  const { watchers } = session
  let wake: () => void = () => {}
  let dirty = true
  const onupdate = (): void => {
    dirty = true
    wake()
  }
  session.updated.on('update', onupdate)
  options.signal?.addEventListener('abort', onupdate)
  let reader: Changes | null = null
  try {
    const { since } = options
    const opened = await watchers.open(since)
    reader = opened.reader
    if (since !== undefined && !opened.resumed) yield [await resetChange(session)]
    while (!session.closed && !options.signal?.aborted) {
      if (!dirty) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        continue
      }
      dirty = false
      const changed = await watchers.take(reader)
      const batch = await present(session, actor, changed)
      if (batch.length > 0) yield batch
    }
  } catch (error) {
    if (!session.closed) throw error
  } finally {
    session.updated.off('update', onupdate)
    options.signal?.removeEventListener('abort', onupdate)
    if (reader) watchers.close(reader)
  }
}

async function resetChange(session: Session): Promise<Change> {
  const cursor = await session.queries.at(writeCursor)
  return { type: 'reset', id: '', photo: null, cursor }
}

async function present(session: Session, actor: Actor, changed: Changed): Promise<Change[]> {
  const { cursor } = changed
  if (changed.reset) return [{ type: 'reset', id: '', photo: null, cursor }]
  if (changed.photos.length === 0) return []
  const cast = await session.queries.cast()
  const me = actor.authorIn(cast)?.member ?? 0
  const batch: Change[] = []
  for (const { id, existed } of changed.photos) {
    const found = await session.queries.rows((rows) => rows.record(id))
    // The moving half of a Live Photo has no place of its own any more.
    const shown = found?.place.state === HALF ? null : found
    const photo = shown && presentPhoto(id, shown.record, cast, me)
    if (!photo && !existed) continue
    const type = !photo ? 'removed' : photo.trashed ? 'trashed' : existed ? 'changed' : 'added'
    batch.push({ type, id: toHex(id), photo, cursor })
  }
  return batch
}

/** One change after the other. */
export async function* watch(session: Session, actor: Actor, options: WatchOptions): AsyncGenerator<Change> {
  if (session.closed) throw new AlbumError('CLOSED', 'The album is closed')
  for await (const batch of watchBatches(session, actor, options)) yield* batch
}
