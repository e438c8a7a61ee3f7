import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import { AlbumError } from './errors.ts'
import { type DeviceKeys, deviceKeys } from './log/keychain.ts'
import type { Registered, Storage } from './log/storage.ts'
import { type Admission, askToJoin, candidateData } from './membership/candidate.ts'
import { type Code, decodeCode } from './membership/code.ts'
import { Swarm } from './network/swarm.ts'
import { decode, encode } from './schema/codec.ts'
import { Session } from './session.ts'
import type { JoinOptions, KeyProtection, Wait } from './types.ts'
import { fromHex, toHex } from './util/hex.ts'
import { bounded, isClosing } from './util/wait.ts'

// Joining, from a code to an album that this device may use. Each step is on disk before the next is taken, so that
// it goes on after a restart: asked (`code`, `data`), admitted (`admission`), joined (`join` is null).

/** Joins, or goes on joining where an earlier attempt with the same code stopped. */
export async function join(
  storage: Storage,
  text: string,
  who: { member: string; device: string },
  options: JoinOptions
): Promise<Session> {
  return joinWith(storage, text, who, options).catch((error: unknown) => {
    const closed = !(error instanceof AlbumError) && (isClosing(error) || /destroyed/i.test(String(error)))
    throw closed
      ? new AlbumError('CLOSED', 'What it joined with was closed meanwhile', { cause: error })
      : error
  })
}

async function joinWith(
  storage: Storage,
  text: string,
  who: { member: string; device: string },
  options: JoinOptions
): Promise<Session> {
  const code = decodeCode(text)
  const started = Date.now()
  const album = await entryFor(storage, code, text, who)
  const { admission, swarm } = await admissionOf(storage, album, code, options)
  const session = await openJoined(storage, album, admission, swarm, options)
  try {
    const { signal, timeout } = options
    const left = timeout && Math.max(1, timeout - (Date.now() - started))
    const wait: Wait = { ...(signal && { signal }), ...(left && { timeout: left }) }
    const ready = session.swarm?.during(() => untilReady(session)) ?? untilReady(session)
    await bounded(ready, wait, 'Joining')
    await storage.register({ ...album, id: toHex(session.log.key), join: null })
    await session.refresh()
    return session
  } catch (error) {
    await session.close()
    throw error
  }
}

async function entryFor(
  storage: Storage,
  code: Code,
  text: string,
  who: { member: string; device: string }
): Promise<Registered> {
  const albums = await storage.albums()
  const { discoveryKey, expires } = code.decoded
  const same = albums.find((album) => {
    const asked = album.join ? decodeCode(album.join.code).decoded.discoveryKey : null
    const key = asked ?? crypto.discoveryKey(fromHex(album.id, 32) as Uint8Array)
    return b4a.equals(key, discoveryKey)
  })
  const joining = same?.join
  if (same && !joining) throw new AlbumError('ALBUM_EXISTS', 'This storage holds that album already: open it')
  if (same && joining && b4a.equals(decodeCode(joining.code).invite, code.invite)) return same
  // An unfinished attempt with another code gives way, since only the newest can be meant: whoever was let in by the
  // other one may have been removed meanwhile.
  if (same) await storage.forget(same.namespace)
  else if (storage.isFolder && albums.length > 0) {
    const unfinished = albums.find((album) => album.join && !album.join.admission)
    if (!unfinished) throw new AlbumError('ALBUM_EXISTS', 'There is another album in this folder')
    await storage.forget(unfinished.namespace)
  }
  if (expires > 0 && Date.now() > expires) {
    throw new AlbumError('INVITE_EXPIRED', 'This invite has expired: ask for another')
  }
  const namespace = storage.newNamespace()
  const keys = await keysIn(storage, namespace)
  const data = toHex(candidateData(code, keys, who.member, who.device))
  const entry = { id: '', namespace, join: { code: text.trim(), data, admission: null } }
  await storage.register(entry)
  return entry
}

export async function keysIn(storage: Storage, namespace: string): Promise<DeviceKeys> {
  const store = await storage.part(namespace)
  try {
    return await deviceKeys(store, store.namespace('log'))
  } finally {
    await store.close()
  }
}

async function admissionOf(
  storage: Storage,
  album: Registered,
  code: Code,
  options: JoinOptions
): Promise<{ admission: Admission; swarm: Swarm | null }> {
  const { keyProtection } = options
  const earlier = await readAdmission(album, keyProtection)
  if (earlier) return { admission: earlier, swarm: null }
  const keys = await keysIn(storage, album.namespace)
  const swarm = await Swarm.open(options.network, keys.identity)
  if (swarm === null) throw new AlbumError('BAD_ARGUMENT', 'Joining needs a network')
  const { join: asked } = album
  try {
    const data = b4a.from(asked?.data ?? '', 'hex')
    const admission = await swarm.during(() => askToJoin(swarm, code, data, keys, options))
    const written = await writeAdmission(admission, keyProtection)
    await storage.register({ ...album, join: asked && { ...asked, ...written } })
    return { admission, swarm }
  } catch (error) {
    await swarm.close()
    const denied = ['INVITE_USED', 'INVITE_EXPIRED', 'INVITE_REJECTED', 'ALBUM_FULL']
    if (error instanceof AlbumError && denied.includes(error.code)) await storage.forget(album.namespace)
    throw error
  }
}

// It holds the album's key: where the app keeps that from the disk, it is sealed like the one in the log.
async function writeAdmission(
  { key, ...rest }: Admission,
  keyProtection: KeyProtection | undefined
): Promise<{ admission: string; sealed: boolean }> {
  const bytes = b4a.concat([key, encode('admission', rest)])
  const kept = keyProtection ? await keyProtection.seal(bytes) : bytes
  return { admission: toHex(kept), sealed: keyProtection !== undefined }
}

/** The admission that a joiner was given and has not used up yet; null where there is none. */
export async function readAdmission(
  album: Registered,
  keyProtection: KeyProtection | undefined
): Promise<Admission | null> {
  if (!album.join?.admission) return null
  const kept = b4a.from(album.join.admission, 'hex')
  if (album.join.sealed && !keyProtection) {
    throw new AlbumError(
      'BAD_ARGUMENT',
      'The key of this album is sealed: keyProtection is needed to open it'
    )
  }
  const bytes = album.join.sealed && keyProtection ? await keyProtection.open(kept) : kept
  return { key: bytes.subarray(0, 32), ...decode('admission', bytes.subarray(32)) }
}

/** Opens an album that this device has been admitted to. */
export async function openJoined(
  storage: Storage,
  album: Registered,
  admission: Admission,
  swarm: Swarm | null,
  options: Omit<JoinOptions, 'member' | 'signal' | 'timeout'>
): Promise<Session> {
  const { key, encryptionKey } = admission
  const { namespace } = album
  return Session.open({ ...options, storage, namespace, key, encryptionKey, admission, swarm })
}

/**
 * Resolves when this device may use the album as its role says: the index says so, the log takes our ops, and we can
 * read and write photos of the current epoch. `CLOSED` where the album closes before.
 */
export async function untilReady(session: Session): Promise<void> {
  for (;;) {
    if (session.closed) throw new AlbumError('CLOSED', 'The album was closed while joining')
    let wake = (): void => {}
    const changed = new Promise<void>((resolve) => {
      wake = resolve
    })
    session.updated.once('update', wake)
    session.log.once('writable', wake)
    try {
      const cast = await session.queries.cast()
      const author = session.actor.authorIn(cast)
      const { epoch } = cast.album
      if (author && session.log.writable && epoch && (await session.epochs.key(epoch))) return
      if (session.log.dismissed || cast.deviceByWriter(session.log.writer)?.row.removed) {
        throw new AlbumError('REMOVED', 'This device was removed from the album while joining')
      }
      await changed
    } finally {
      // It may take long and many updates: listeners must not pile up.
      session.updated.off('update', wake)
      session.log.off('writable', wake)
    }
  }
}
