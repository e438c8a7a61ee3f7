import fs from 'fs'
import path from 'path'
import b4a from 'b4a'
import { AlbumError } from './errors.ts'
import { untilReady } from './joining.ts'
import { writerCore } from './log/keychain.ts'
import { FETCHING, type Registered, Storage } from './log/storage.ts'
import type { Kit } from './membership/kit.ts'
import { Cable } from './network/cable.ts'
import { type Search, type Spare, lastOf, nextSpare, openReader, settled, untilRead } from './salvage.ts'
import { Session } from './session.ts'
import type { RecoverOptions, Wait } from './types.ts'
import { fromHex, toHex } from './util/hex.ts'
import { bounded, sleep } from './util/wait.ts'

// Bringing an album back with a recovery kit. One of the kit's devices goes on where it wrote last. A core that goes on from a
// shorter copy has two histories, which no device takes; and Autobase (7.28) takes no block of its own writer from others while
// it is open. So the album is first fetched by a reader with a store of its own, and what the device wrote is taken over
// from there, before it is opened with its writer. Each step is on disk before the next.

const KEY_BYTES = 32
const POLL = 100
// Milliseconds that it waits until others have heard of the device.
const TELLING = 10_000
const NOTHING = { original: 'none', preview: 'none', thumbnail: 'none' } as const

/** Brings the album back, or goes on where an earlier attempt stopped. */
export async function recover(folder: string, kit: Kit, options: RecoverOptions): Promise<Session> {
  const { signal, timeout, mirrors = [], readOnly = false, onprogress = () => {}, ...opening } = options
  const started = Date.now()
  const left = (): Wait => ({
    ...(signal && { signal }),
    ...(timeout && { timeout: Math.max(1, timeout - (Date.now() - started)) })
  })
  const search = { kit: withMirrors(kit, mirrors), opening, left, onprogress }
  return readOnly ? look(folder, search) : goOn(folder, search)
}

function withMirrors(kit: Kit, more: readonly string[]): Kit {
  const mirrors = more.map((id) => {
    const key = fromHex(id, KEY_BYTES)
    if (!key)
      throw new AlbumError('BAD_ARGUMENT', `A blind mirror is named by ${2 * KEY_BYTES} digits: ${id}`)
    return { key, name: `blind mirror ${id.slice(0, 8)}` }
  })
  const others = kit.mirrors.filter(({ key }) => !mirrors.some((one) => b4a.equals(one.key, key)))
  return { ...kit, mirrors: [...others, ...mirrors] }
}

/** Brings it back to be looked at only: the kit is as unused as before. */
async function look(folder: string, search: Search): Promise<Session> {
  const { kit } = search
  const { primaryKey, namespace } = lastOf(kit)
  const storage =
    (await begun(folder, kit, ({ reading }) => reading === true)) ??
    (await Storage.open(folder, { existing: false, primaryKey }))
  const album = { id: toHex(kit.key), namespace, join: null, reading: true }
  await storage.register({ ...album, recovering: 'fetching' })
  const session = await openReader(storage, search)
  try {
    await untilRead(session, search)
    await storage.register(album)
    await session.refresh()
    return session
  } catch (error) {
    await session.close()
    throw error
  }
}

async function goOn(folder: string, search: Search): Promise<Session> {
  const { kit, opening, left } = search
  const storage =
    (await begun(folder, kit, ({ recovering }) => recovering === 'opening')) ?? (await fetch(folder, search))
  let session: Session
  try {
    await fs.promises.rm(path.join(folder, FETCHING), { recursive: true, force: true })
    const [{ namespace } = { namespace: '' }] = await storage.albums()
    const spare = kit.spares.find((one) => one.namespace === namespace)
    if (!spare) throw new AlbumError('ALBUM_EXISTS', 'Another recovery kit has brought the album back here')
    const { key } = kit
    const { encryptionKey } = spare.admission
    const place = { storage, namespace, key, encryptionKey, swarm: null }
    session = await Session.open({ ...opening, ...place, kit, admission: { ...spare.admission, key } })
  } catch (error) {
    await storage.close()
    throw error
  }
  try {
    await bounded(untilReady(session), left(), 'Bringing the album back')
    const [{ namespace } = { namespace: '' }] = await storage.albums()
    await storage.register({ id: toHex(kit.key), namespace, join: null })
    await session.refresh()
    await settled(session, left())
    await untilTold(session, left())
    return session
  } catch (error) {
    await session.close()
    throw error
  }
}

/** Fetches the album, and lays out a store in which the next device of the kit has all that it wrote. */
async function fetch(folder: string, search: Search): Promise<Storage> {
  const { kit, opening } = search
  const { primaryKey: key, namespace: place } = lastOf(kit)
  // Each kit in a folder of its own: one that brought nothing back is in nobody's way.
  const folderAside = path.join(folder, FETCHING, place)
  const aside = await Storage.open(folderAside, { existing: false, primaryKey: key })
  const quiet = { ...opening, media: null, keep: NOTHING, upkeep: false }
  const reading = await openReader(aside, { ...search, opening: quiet })
  try {
    const spare = await nextSpare(reading, search)
    const { primaryKey, namespace } = spare
    const storage = await Storage.open(folder, { existing: false, primaryKey })
    try {
      const album: Registered = { id: toHex(kit.key), namespace, join: null, recovering: 'fetching' }
      await storage.register(album)
      await takeOwn(reading, storage, spare)
      await storage.register({ ...album, recovering: 'opening' })
      return storage
    } catch (error) {
      await storage.close()
      throw error
    }
  } finally {
    await reading.close()
  }
}

/**
 * The store of an earlier attempt that is gone on with; null where there is none, or where it wrote nothing yet and another one
 * takes its place. Throws `ALBUM_EXISTS`.
 */
async function begun(
  folder: string,
  kit: Kit,
  isTheOne: (album: Registered) => boolean
): Promise<Storage | null> {
  if (!fs.existsSync(path.join(folder, STORE[0]))) return null
  const storage = await Storage.open(folder, { existing: true })
  try {
    const albums = await storage.albums()
    const [album] = albums
    if (album?.recovering && album.id === toHex(kit.key) && isTheOne(album)) return storage
    const isUnused = album ? album.recovering === 'fetching' : fs.existsSync(path.join(folder, FETCHING))
    if (albums.length > 1 || !isUnused) {
      throw new AlbumError('ALBUM_EXISTS', 'There is an album in this folder already: open it')
    }
  } catch (error) {
    await storage.close()
    throw error
  }
  await storage.close()
  for (const name of STORE) {
    await fs.promises.rm(path.join(folder, name), { recursive: true, force: true })
  }
  return null
}

// What a Corestore (7.12) lays out in its folder; the first is its keys.
const STORE = ['CORESTORE', 'db'] as const

/** Takes over what that device of the kit wrote. */
async function takeOwn(reading: Session, storage: Storage, { writer, namespace }: Spare): Promise<void> {
  const part = await storage.part(namespace)
  const cable = new Cable()
  const from = reading.store.get({ key: writer })
  const to = writerCore(part.namespace('log'))
  try {
    await Promise.all([from.ready(), to.ready()])
    reading.store.replicate(cable.near)
    part.replicate(cable.far)
    await to.download({ start: 0, end: from.length }).done()
  } finally {
    cable.cut()
    await from.close()
    await to.close()
    await part.close()
  }
}

/** Waits until somebody has heard that this device is used, so that nobody takes the same one of the kit again. */
async function untilTold(session: Session, { signal, timeout = Infinity }: Wait): Promise<void> {
  const until = Date.now() + Math.min(timeout, TELLING)
  const own = session.store.get({ key: session.log.writer })
  try {
    await own.ready()
    while (Date.now() < until && !session.closed && !signal?.aborted) {
      const isAwake = session.actor.authorIn(await session.queries.cast())?.deviceRow.asleep === false
      if (isAwake && own.peers.some(({ remoteLength }) => remoteLength >= own.length)) return
      await sleep(POLL, signal)
    }
  } finally {
    await own.close()
  }
}
