import crypto from 'hypercore-crypto'
import { AlbumError } from './errors.ts'
import { openJoined, readAdmission, untilReady } from './joining.ts'
import { type Storage, pending } from './log/storage.ts'
import { Session } from './session.ts'
import { clearSpares } from './spares.ts'
import type { OpenOptions } from './types.ts'
import { fromHex, toHex } from './util/hex.ts'
import { ID_BYTES } from './view/identity.ts'

const KEY_BYTES = 32

/** Founds an album: its first op names the founder, and its first epoch has the first media key. */
export async function found(
  storage: Storage,
  names: { name: string; member: string; device: string },
  options: OpenOptions
): Promise<Session> {
  if (storage.isFolder && (await storage.albums()).length > 0) {
    throw new AlbumError('ALBUM_EXISTS', 'There is an album in this folder already')
  }
  const namespace = storage.newNamespace()
  const encryptionKey = crypto.randomBytes(KEY_BYTES)
  const fresh = { storage, namespace, encryptionKey, key: null, admission: null, swarm: null }
  const session = await Session.open({ ...options, ...fresh })
  try {
    const { actor, keys, epochs } = session
    const publicKey = keys.writer.publicKey
    const identity = keys.identity.publicKey
    const box = keys.box.publicKey
    const nonce = crypto.randomBytes(ID_BYTES)
    await actor.appendAll([
      actor.encode('found', { ...names, nonce, publicKey, identity, box }),
      actor.encode('epoch', epochs.first())
    ])
    await storage.register({ id: toHex(session.log.key), namespace, join: null })
    await session.refresh()
    return session
  } catch (error) {
    await session.close()
    throw error
  }
}

/** Opens an album that is in the storage. */
export async function reopen(storage: Storage, options: OpenOptions): Promise<Session> {
  const album = await storage.choose(options.album)
  const admission = await readAdmission(album, options.keyProtection)
  if (admission) {
    const session = await openJoined(storage, album, admission, null, options)
    // Joining goes on in the background, and ends when this device has all that it was promised.
    const joined = { ...album, id: toHex(session.log.key), join: null }
    untilReady(session)
      .then(() => storage.register(joined))
      .catch((error: unknown) => session.warn(error))
    return session
  }
  if (album.recovering) throw pending()
  if (album.join) {
    throw new AlbumError('JOIN_PENDING', 'Nobody has answered the request to join yet: join again to go on')
  }
  const key = fromHex(album.id, KEY_BYTES)
  const { namespace, reading = false } = album
  const known = { storage, namespace, key, encryptionKey: null, admission: null, swarm: null, reading }
  const session = await Session.open({ ...options, ...known })
  const takeBack = await clearSpares(session).catch((error: unknown) => session.warn(error))
  takeBack?.().catch((error: unknown) => session.warn(error))
  return session
}
