import type Hypercore from 'hypercore'
import { untilArrived } from './arrivals.ts'
import { AlbumError, codeOf } from './errors.ts'
import type { Storage } from './log/storage.ts'
import type { Kit } from './membership/kit.ts'
import { Session } from './session.ts'
import type { OpenOptions, RecoveryProgress, Signal, Wait } from './types.ts'
import { toHex } from './util/hex.ts'
import { Rounds } from './util/rounds.ts'
import { abortError, bounded, deferred, isClosing, manyWaitOn, sleep } from './util/wait.ts'

// Looking for the album of a recovery kit, as a reader who writes nothing.

/** One of a kit's devices. */
export type Spare = Kit['spares'][number]

/** How it is looked for. */
export interface Search {
  kit: Kit
  opening: OpenOptions
  /** What is left of the caller's patience. */
  left: () => Wait
  onprogress: (progress: RecoveryProgress) => void
}

// Milliseconds between two words on how it goes, and between two looks; and that it waits for all that others have, and for
// a mirror which cannot be reached, where another has the album.
const TELLING = 1000
const LOOKING = 500
const SETTLING = 60_000
const REACH = 15_000

/** The kit's last device: the album is looked for in its name, since it is the last to be used. */
export function lastOf({ spares }: Kit): Spare {
  const last = spares.at(-1)
  if (!last) throw new AlbumError('KIT_INVALID', 'There is no device in this recovery kit')
  return last
}

/** Opens the album of a kit to read it; closes the storage where that fails. */
export function openReader(storage: Storage, { kit, opening }: Search): Promise<Session> {
  const { namespace, admission } = lastOf(kit)
  const { key } = kit
  const { encryptionKey } = admission
  const place = { storage, namespace, key, encryptionKey, admission: { ...admission, key }, swarm: null }
  return Session.open({ ...opening, ...place, kit, reading: true }).catch(async (error: unknown) => {
    await storage.close()
    throw error
  })
}

/** Waits until the index is here, as far as anybody can be reached. Throws `REMOVED`, `TIMEOUT`, `ABORTED`. */
export async function untilRead(session: Session, search: Search): Promise<void> {
  await find(session, search, async () => (await isRead(session)) || null)
}

/** The same; resolves to the next device of the kit, when all that it wrote is here. Throws `KIT_USED`, too. */
export async function nextSpare(session: Session, search: Search): Promise<Spare> {
  const { spares } = search.kit
  const cores = spares.map(({ writer }) => session.store.get({ key: writer }))
  try {
    await Promise.all(cores.map((core) => core.ready()))
    for (const [i, { length }] of spares.entries()) cores[i]?.download({ start: 0, end: length })
    return await find(session, search, async () => {
      return (await isRead(session)) ? freeOf(session, search.kit, cores) : null
    })
  } finally {
    for (const core of cores) await core.close()
  }
}

/** Looks for something until it is there, and all has come that those who can be reached have: by that it may be another. */
async function find<T>(session: Session, search: Search, look: () => Promise<T | null>): Promise<T> {
  const stop = manyWaitOn()
  void tell(session, search, stop.signal)
  const finding = (async () => {
    let found = await until(session, look, stop.signal)
    await settled(session, { signal: stop.signal })
    found = await until(session, look, stop.signal)
    return found
  })()
  const what = `Looking for the album (${whereOf(search.kit)})`
  return bounded(finding, search.left(), what).finally(() => stop.abort())
}

/** Waits until all is here that others have; not for long where somebody cannot be reached. */
export async function settled(session: Session, { signal, timeout = Infinity }: Wait): Promise<void> {
  const wait = { timeout: Math.min(timeout, SETTLING), reach: REACH, ...(signal && { signal }) }
  await untilArrived(session, wait).catch((error: unknown) => {
    if (codeOf(error) !== 'TIMEOUT') throw error
  })
}

async function until<T>(session: Session, look: () => Promise<T | null>, signal: Signal): Promise<T> {
  const done = deferred<T>()
  const rounds = new Rounds(async () => {
    if (session.closed || signal.aborted) throw abortError(signal)
    const found = await look().catch((error: unknown) => {
      // The index moves to other cores just now.
      if (isClosing(error) && !session.closed) return null
      throw error
    })
    if (found !== null) done.resolve(found)
  }, done.reject)
  const wake = (): void => rounds.wake()
  session.updated.on('update', wake)
  // Where it is told that it was removed.
  session.log.on('writable', wake)
  signal.addEventListener('abort', wake)
  const timer = setInterval(wake, LOOKING)
  try {
    wake()
    return await done.promise
  } finally {
    clearInterval(timer)
    session.updated.off('update', wake)
    session.log.off('writable', wake)
    await rounds.end()
  }
}

async function isRead({ queries, epochs, keys, log }: Session): Promise<boolean> {
  const cast = await queries.cast()
  const device = cast.deviceByWriter(keys.writerKey)
  if (log.dismissed || device?.row.removed) {
    throw new AlbumError('REMOVED', 'An owner removed this recovery kit from the album: use a newer one')
  }
  const { epoch } = cast.album
  return device !== null && log.whole && epoch !== null && (await epochs.key(epoch)) !== null
}

/** The first device that nobody went on from; null where it is not sure yet. */
async function freeOf(
  { queries }: Session,
  { spares, device: name }: Kit,
  cores: Hypercore[]
): Promise<Spare | null> {
  const cast = await queries.cast()
  for (const [i, spare] of spares.entries()) {
    const core = cores[i] as Hypercore
    const row = cast.deviceByWriter(spare.writer)?.row
    if (!row) return null
    const known = Math.max(core.length, ...core.peers.map(({ remoteLength }) => remoteLength))
    const isUsed = row.removed || known > spare.length || (row.supports > 0 && !row.asleep)
    if (isUsed) continue
    return core.peers.length > 0 && core.contiguousLength >= spare.length ? spare : null
  }
  const message =
    `This recovery kit (${name}) brought the album back ${spares.length} times already: open the album there, or use a ` +
    'newer kit. To look at the album and save its photos it can still be used'
  throw new AlbumError('KIT_USED', message)
}

function whereOf({ mirrors }: Kit): string {
  const names = mirrors.map(({ name }) => name).join(', ')
  return names === '' ? 'a device of the album has to be online' : `a device or ${names} has to be online`
}

/** Says now and again who is there and what has come. */
async function tell(session: Session, { kit, onprogress }: Search, signal: Signal): Promise<void> {
  while (!signal.aborted && !session.closed) {
    const { cast, blinds } = session
    const isHere = ({ key }: Kit['mirrors'][number]): boolean =>
      (blinds.get(toHex(key))?.state ?? null) !== null
    const mirrors = kit.mirrors.filter(isHere).map(({ name }) => name)
    const away = kit.mirrors.filter((one) => !isHere(one)).map(({ name }) => name)
    const devices = session.present().map((one) => cast.deviceByIdentity(one)?.row.name ?? '')
    onprogress({ mirrors, away, devices, photos: cast.album.photos })
    await sleep(TELLING, signal)
  }
}
