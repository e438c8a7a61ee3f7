import fs from 'fs'
import path from 'path'
import b4a from 'b4a'
import { createInvite, createReceipt, decodeInvite } from 'blind-pairing-core'
import crypto from 'hypercore-crypto'
import { AlbumError } from './errors.ts'
import { keysIn } from './joining.ts'
import type { Actor } from './log/actor.ts'
import type { DeviceKeys } from './log/keychain.ts'
import { Storage } from './log/storage.ts'
import { type Admission, candidateData } from './membership/candidate.ts'
import { commitmentOf } from './membership/code.ts'
import { Cable } from './network/cable.ts'
import type { In } from './schema/codec.ts'
import { Session } from './session.ts'
import { toHex } from './util/hex.ts'
import { abortError, sleep } from './util/wait.ts'
import { handingsTo } from './view/handings.ts'
import { certificateStatement, inviteStatement } from './view/identity.ts'
import { ROLES, mayManage } from './view/rules.ts'

// The devices that a recovery kit is made of: of its owner, in the album like any other, and used by nobody until the kit
// is. Each is used once. A device that went on from a copy of another's core would give that core two histories, which
// nobody takes; so a kit has one device for each time that it is used, and what an earlier one wrote stays as it is.

const KEY_BYTES = 32
const HOUR = 3_600_000
const POLL = 100
// In the album's folder, where such a device lies while it is made; and in the keychain, by the kit's id: the writers of
// devices that nobody may have the keys of.
const MAKING = 'making-kit-'
const MARK = 'making-kit'

/** A device that is being made, in a folder of its own. */
interface Spare {
  storage: Storage
  primaryKey: Uint8Array
  namespace: string
  keys: DeviceKeys
  name: string
}

/** Makes these devices, by their names, lets them into the album, and has each say hello; gives them as a kit seals them. */
export async function makeSpares(
  session: Session,
  actor: Actor,
  kit: Uint8Array,
  names: string[],
  signal: AbortSignal
): Promise<In['spare'][]> {
  const folder = await fs.promises.mkdtemp(path.join(session.storage.folder, prefixOf(session)))
  const spares: Spare[] = []
  try {
    for (const [i, name] of names.entries()) spares.push(await prepare(path.join(folder, String(i)), name))
    const writers = spares.map(({ keys }) => keys.writerKey)
    // Killed from here on, it leaves devices in the album: the next opening takes them back.
    await session.keychain.put(MARK, toHex(kit), b4a.concat(writers))
    if (signal.aborted) throw abortError(signal)
    const admissions = await admit(session, actor, spares)
    const greeting = spares.map(async (spare, i) => {
      const { primaryKey, namespace, keys } = spare
      const admission = admissions[i] as Omit<Admission, 'key'>
      await greet(session, kit, spare, admission, signal)
      const length = await lengthOf(session, keys.writerKey)
      // Where the finished index lies now says little about where it will.
      const kept = { ...admission, system: null, handings: null }
      return { primaryKey, namespace, writer: keys.writerKey, length, admission: kept }
    })
    // All of them end before their folders go.
    await Promise.allSettled(greeting)
    return await Promise.all(greeting)
  } finally {
    for (const { storage } of spares) await storage.close()
    await fs.promises.rm(folder, { recursive: true, force: true })
  }
}

/** From now on somebody else keeps the keys of these devices: none of them is taken back any more. */
export async function keepSpares(session: Session, kit: Uint8Array): Promise<void> {
  await session.keychain.delete(MARK, toHex(kit))
}

/** Takes back the devices of a kit that nobody has the keys of; where that fails, the next opening does. */
export async function takeBackSpares(session: Session, kit: Uint8Array): Promise<void> {
  const { keychain, queries } = session
  const marked = (await keychain.get(MARK, toHex(kit))) ?? b4a.alloc(0)
  const writers = keysOf(marked)
  for (const row of (await queries.cast()).devices.values()) {
    if (row.kit && b4a.equals(row.kit, kit)) writers.push(row.writer)
  }
  if (writers.length === 0) return
  await keychain.put(MARK, toHex(kit), b4a.concat(writers))
  await removeSpares(session, writers)
  await keychain.delete(MARK, toHex(kit))
}

function keysOf(bytes: Uint8Array): Uint8Array[] {
  const keys: Uint8Array[] = []
  for (let at = 0; at < bytes.byteLength; at += KEY_BYTES) keys.push(bytes.subarray(at, at + KEY_BYTES))
  return keys
}

/** Removes those of these devices that are in the album. */
export async function removeSpares(session: Session, writers: Uint8Array[]): Promise<void> {
  const { actor, queries, epochs } = session
  const cast = await queries.cast()
  const found = writers.flatMap((writer) => cast.deviceByWriter(writer) ?? [])
  const there = new Map(found.flatMap(({ number, row }) => (row.removed ? [] : [[number, row]])))
  if (there.size === 0) return
  const removals = [...there.values()].map((row) => actor.encode('remove', { device: row.writer }))
  const next = await epochs.next((number) => there.has(number))
  await actor.appendAll([...removals, actor.encode('epoch', next)])
}

/**
 * Clears up after a process that was killed while it made a kit: its folders, with the keys that are in them; resolves to
 * what takes their devices back.
 */
export async function clearSpares(session: Session): Promise<() => Promise<void>> {
  const { folder } = session.storage
  const left = (await fs.promises.readdir(folder)).filter((name) => name.startsWith(prefixOf(session)))
  for (const name of left) await fs.promises.rm(path.join(folder, name), { recursive: true, force: true })
  const marks = await session.keychain.list(MARK)
  return async () => {
    for (const { id } of marks) await takeBackSpares(session, b4a.from(id, 'hex'))
  }
}

// Several albums may lie in one store.
function prefixOf({ store }: Session): string {
  return `${MAKING}${toHex(store.ns).slice(0, 16)}-`
}

async function prepare(folder: string, name: string): Promise<Spare> {
  const primaryKey = crypto.randomBytes(KEY_BYTES)
  const storage = await Storage.open(folder, { existing: false, primaryKey })
  try {
    const namespace = storage.newNamespace()
    return { storage, primaryKey, namespace, keys: await keysIn(storage, namespace), name }
  } catch (error) {
    await storage.close()
    throw error
  }
}

/** Lets them in, as devices of this member. */
async function admit(session: Session, actor: Actor, spares: Spare[]): Promise<Omit<Admission, 'key'>[]> {
  const { log, epochs, queries } = session
  const { identity } = session.keys
  const author = await actor.require(mayManage, 'make a recovery kit')
  const { album } = await queries.cast()
  const epochKey = album.epoch && (await epochs.key(album.epoch))
  if (!epochKey) throw new AlbumError('NOT_WRITABLE', 'The key of the current epoch has not arrived yet')

  const expires = Date.now() + HOUR
  const commitment = commitmentOf(log.encryptionKey, identity.publicKey)
  const limits = { role: ROLES.indexOf('owner'), expires, uses: 1, approval: false, own: true }
  const invited = spares.map(({ keys, name }) => {
    const { id, invite, seed, publicKey } = createInvite(log.key, { expires })
    const proof = crypto.sign(inviteStatement(log.writer, id), crypto.keyPair(seed).secretKey)
    const code = { invite, commitment, decoded: decodeInvite(invite) }
    const { receipt } = createReceipt(invite, candidateData(code, keys, author.memberRow.name, name))
    const ops = [
      actor.encode('invite', { id, publicKey, proof, commitment, ...limits }),
      actor.encode('admit', { invite: id, receipt })
    ]
    return { id, ops, keys }
  })
  await actor.appendAll(invited.flatMap(({ ops }) => ops))
  await session.refresh()
  if (invited.some(({ keys }) => session.cast.deviceByWriter(keys.writerKey) === null)) {
    throw new AlbumError('FORBIDDEN', 'The album took no other device: it has as many as it may')
  }
  const handings = await queries.rows((rows) => handingsTo(rows, album))
  const system = handings && log.system
  const certifiedAt = Date.now()
  return invited.map(({ id: invite, keys }) => {
    const statement = certificateStatement(log.key, keys.identity.publicKey, certifiedAt, invite)
    const certificate = crypto.sign(statement, identity.secretKey)
    const { encryptionKey } = log
    const { publicKey } = identity
    return {
      encryptionKey,
      epochKey,
      identity: publicKey,
      certificate,
      certifiedAt,
      invite,
      system,
      handings
    }
  })
}

/** Opens such a device for as long as it takes to say hello: one that never wrote could not take over the index. */
async function greet(
  session: Session,
  kit: Uint8Array,
  { storage, namespace, keys }: Spare,
  admission: Omit<Admission, 'key'>,
  signal: AbortSignal
): Promise<void> {
  const { key, encryptionKey } = session.log
  const spare = await Session.open({
    storage,
    namespace,
    key,
    encryptionKey,
    admission: { key, ...admission },
    swarm: null,
    asleep: kit,
    network: false,
    media: null,
    keep: { original: 'none', preview: 'none', thumbnail: 'none' },
    upkeep: false
  })
  const cable = new Cable()
  session.meet(cable.near.noiseStream)
  spare.meet(cable.far.noiseStream)
  try {
    const isThere = (): boolean => session.cast.deviceByWriter(keys.writerKey)?.row.asleep === true
    while (!isThere()) {
      if (signal.aborted || session.closed) throw abortError(signal)
      await sleep(POLL, signal)
    }
  } finally {
    await spare.close()
    cable.cut()
  }
}

/** How much of what that device wrote the album has: what it did not hand on is gone with it. */
async function lengthOf({ store }: Session, writer: Uint8Array): Promise<number> {
  const core = store.get({ key: writer })
  try {
    await core.ready()
    return core.length
  } finally {
    await core.close()
  }
}
