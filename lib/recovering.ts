import fs from 'fs'
import path from 'path'
import Hypercore from 'hypercore'
import { AlbumError } from './errors.ts'
import { untilReady } from './joining.ts'
import { writerCore } from './log/keychain.ts'
import { type Registered, Storage } from './log/storage.ts'
import type { Kit } from './membership/kit.ts'
import { Session } from './session.ts'
import type { RecoverOptions, Wait } from './types.ts'
import { toHex } from './util/hex.ts'
import { Rounds } from './util/rounds.ts'
import { bounded, deferred, manyWaitOn } from './util/wait.ts'

// Bringing an album back with a recovery kit. The kit's device goes on where it wrote last. A core that goes on from a
// shorter copy has two histories, which no device takes; and Autobase (7.28) takes no block of its own writer from others while
// it is open. So the album is first fetched by a reader with a store of its own, and what the device wrote is taken over
// from there, before it is opened with its writer. Each step is on disk before the next.

// Where that store lies, in the album's folder.
const READING = 'fetching'

/** Brings the album back, or goes on where an earlier attempt stopped. */
export async function recover(folder: string, kit: Kit, options: RecoverOptions): Promise<Session> {
  const { signal, timeout, ...opening } = options
  const started = Date.now()
  const left = (): Wait => ({
    ...(signal && { signal }),
    ...(timeout && { timeout: Math.max(1, timeout - (Date.now() - started)) })
  })
  const { primaryKey, namespace, key, admission } = kit
  const { encryptionKey } = admission
  const place = { namespace, key, encryptionKey, swarm: null }
  const storage = await Storage.open(folder, { existing: false, primaryKey })
  let session: Session
  try {
    const album = await entryFor(storage, kit)
    const aside = path.join(folder, READING)
    if (album.recovering === 'fetching') {
      const reading = await Session.open({
        ...opening,
        ...place,
        storage: await Storage.open(aside, { existing: false, primaryKey }),
        admission: { ...admission, key },
        kit,
        reading: true,
        media: null,
        keep: { original: 'none', preview: 'none', thumbnail: 'none' },
        upkeep: false
      })
      try {
        await fetched(reading, kit, left())
        await takeOwn(reading, storage, namespace)
      } finally {
        await reading.close()
      }
      await storage.register({ ...album, recovering: 'opening' })
    }
    await fs.promises.rm(aside, { recursive: true, force: true })
    session = await Session.open({ ...opening, ...place, storage, kit, admission: { ...admission, key } })
  } catch (error) {
    await storage.close()
    throw error
  }
  try {
    await bounded(untilReady(session), left(), 'Bringing the album back')
    await storage.register({ id: toHex(key), namespace, join: null })
    await session.refresh()
    return session
  } catch (error) {
    await session.close()
    throw error
  }
}

async function fetched(reading: Session, kit: Kit, wait: Wait): Promise<void> {
  const stop = manyWaitOn()
  const fetching = untilFetched(reading, kit, stop.signal)
  await bounded(fetching, wait, `Looking for the album (${whereOf(kit)})`).finally(() => stop.abort())
}

/** Takes over what the kit's device wrote. */
async function takeOwn(reading: Session, storage: Storage, namespace: string): Promise<void> {
  const part = await storage.part(namespace)
  const near = Hypercore.createProtocolStream(true)
  const far = Hypercore.createProtocolStream(false)
  const from = reading.store.get({ key: reading.keys.writerKey })
  const to = writerCore(part.namespace('log'))
  try {
    await Promise.all([from.ready(), to.ready()])
    reading.store.replicate(near)
    part.replicate(far)
    near.pipe(far)
    far.pipe(near)
    await to.download({ start: 0, end: from.length }).done()
  } finally {
    near.destroy()
    far.destroy()
    await from.close()
    await to.close()
    await part.close()
  }
}

function whereOf({ mirrors }: Kit): string {
  const names = mirrors.map(({ name }) => name).join(', ')
  return names === '' ? 'a device of the album has to be online' : `a device or ${names} has to be online`
}

async function entryFor(storage: Storage, kit: Kit): Promise<Registered> {
  const [album] = await storage.albums()
  const id = toHex(kit.key)
  if (album?.id === id && album.recovering) return album
  if (album) throw new AlbumError('ALBUM_EXISTS', 'There is an album in this folder already: open it')
  const entry: Registered = { id, namespace: kit.namespace, join: null, recovering: 'fetching' }
  await storage.register(entry)
  return entry
}

/** Resolves when the index is here, and all that the kit's device wrote. */
async function untilFetched(session: Session, kit: Kit, signal: AbortSignal): Promise<void> {
  const core = session.store.get({ key: session.keys.writerKey })
  await core.ready()
  const whole = core.download({ start: 0, end: -1 })
  const done = deferred<void>()
  const rounds = new Rounds(async () => {
    if (session.closed || signal.aborted || (await isFetched(session, kit, core))) done.resolve()
  }, done.reject)
  const wake = (): void => rounds.wake()
  session.updated.on('update', wake)
  // Where it is told that it was removed.
  session.log.on('writable', wake)
  signal.addEventListener('abort', wake)
  for (const event of ['append', 'download', 'peer-add']) core.on(event, wake)
  try {
    wake()
    await done.promise
  } finally {
    session.updated.off('update', wake)
    session.log.off('writable', wake)
    await rounds.end()
    whole.destroy()
    await core.close()
  }
}

async function isFetched(session: Session, kit: Kit, core: Hypercore): Promise<boolean> {
  const { queries, epochs, keys, log } = session
  if (core.peers.length > 0) await core.update()
  const cast = await queries.cast()
  const device = cast.deviceByWriter(keys.writerKey)
  if (log.dismissed || device?.row.removed) throw removed()
  const isAwake = device !== null && device.row.supports > 0 && !device.row.asleep
  if (core.length > kit.length || isAwake) throw used(kit)
  if (device === null || core.peers.length === 0 || core.length < kit.length) return false
  if (core.contiguousLength < core.length || !log.whole) return false
  const { epoch } = cast.album
  return epoch !== null && (await epochs.key(epoch)) !== null
}

function removed(): AlbumError {
  const message = 'An owner removed this recovery kit from the album: use a newer one'
  return new AlbumError('REMOVED', message)
}

function used({ device }: Kit): AlbumError {
  const message =
    `This recovery kit (${device}) was used before, and a device went on from it: open the album there, or use a ` +
    'newer kit. Used twice it would give the album two histories'
  return new AlbumError('KIT_USED', message)
}
