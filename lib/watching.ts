import { AlbumError } from './errors.ts'
import type { Actor } from './log/actor.ts'
import type { Session } from './session.ts'
import type { Change, WatchOptions } from './types.ts'
import { toHex } from './util/hex.ts'
import { type Changed, Changes, writeCursor } from './view/changes.ts'
import { presentPhoto } from './view/present.ts'

/** Follows what happens to photos, here and elsewhere, in batches; ends when the signal aborts or the album closes. */
export async function* watchBatches(
  session: Session,
  actor: Actor,
  options: WatchOptions
): AsyncGenerator<Change[]> {
  const { queries, log } = session
  // Rewrites that come while the watcher is being made are not lost on it.
  let lowest = Infinity
  const note = ({ shared }: { shared: number }): void => {
    lowest = Math.min(lowest, shared)
  }
  let wake: () => void = () => {}
  let dirty = true
  const onupdate = (): void => {
    dirty = true
    wake()
  }
  log.on('change', note)
  session.updated.on('update', onupdate)
  options.signal?.addEventListener('abort', onupdate)
  let changes: Changes | null = null
  try {
    const { since } = options
    changes =
      since === undefined ? null : await queries.at((bee) => Changes.resume(bee, log.finalLength, since))
    const reset = since !== undefined && changes === null
    changes ??= await queries.at((bee) => Changes.from(bee, log.finalLength))
    if (lowest !== Infinity) changes.rewritten(lowest)
    session.watchers.add(changes)
    log.off('change', note)
    if (reset) yield [await resetChange(session)]
    const reader = changes
    while (!session.closed && !options.signal?.aborted) {
      if (!dirty) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        continue
      }
      dirty = false
      const changed = await queries.at((bee) => reader.take(bee, log.finalLength))
      const batch = await present(session, actor, changed)
      if (batch.length > 0) yield batch
    }
  } catch (error) {
    if (!session.closed) throw error
  } finally {
    log.off('change', note)
    session.updated.off('update', onupdate)
    options.signal?.removeEventListener('abort', onupdate)
    if (changes) session.watchers.delete(changes)
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
    const photo = found && presentPhoto(id, found.record, cast, me)
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
