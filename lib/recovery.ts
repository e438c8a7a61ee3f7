import fs from 'fs'
import os from 'os'
import path from 'path'
import b4a from 'b4a'
import { createInvite, createReceipt, decodeInvite } from 'blind-pairing-core'
import Hypercore from 'hypercore'
import crypto from 'hypercore-crypto'
import { AlbumError } from './errors.ts'
import { keysIn } from './joining.ts'
import type { Actor } from './log/actor.ts'
import { Storage } from './log/storage.ts'
import { type Admission, candidateData } from './membership/candidate.ts'
import { commitmentOf } from './membership/code.ts'
import { untilFinal } from './membership/final.ts'
import { checkPassphrase, sealKit } from './membership/kit.ts'
import type { In } from './schema/codec.ts'
import { Session } from './session.ts'
import type {
  BlindMirrors,
  Indexer,
  Members,
  Recovery as Public,
  RecoveryKit,
  RecoveryKitDevice,
  RecoveryKitOptions
} from './types.ts'
import { toHex } from './util/hex.ts'
import { bounded, manyWaitOn, sleep } from './util/wait.ts'
import { certificateStatement, inviteStatement } from './view/identity.ts'
import { ROLES, mayManage } from './view/rules.ts'

const KEY_BYTES = 32
const HOUR = 3_600_000
// Milliseconds.
const TIMEOUT = 60_000
const MIRROR_TIMEOUT = 20_000
const POLL = 100

interface Parts {
  session: Session
  actor: Actor
  members: Members
  indexer: Indexer
  blindMirrors: BlindMirrors
}

/** `album.recovery`; see the interface for what each does. */
export class Recovery implements Public {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async createKit(passphrase: string, options: RecoveryKitOptions = {}): Promise<RecoveryKit> {
    checkPassphrase(passphrase)
    const stop = manyWaitOn()
    const making = this.#createKit(passphrase, stop.signal)
    return bounded(making, { timeout: TIMEOUT, ...options }, 'Making a recovery kit').finally(() =>
      stop.abort()
    )
  }

  // The kit is a device of its owner that nobody uses until it is needed: whatever the album gives to its devices later,
  // keys of new epochs above all, it is given too.
  async #createKit(passphrase: string, signal: AbortSignal): Promise<RecoveryKit> {
    const { session, actor } = this.#parts
    await actor.require((author) => mayManage(author), 'make a recovery kit')
    const folder = await fs.promises.mkdtemp(path.join(os.tmpdir(), 'hyperalbum-kit-'))
    const primaryKey = crypto.randomBytes(KEY_BYTES)
    const at = Date.now()
    const device = `Recovery kit of ${new Date(at).toISOString().slice(0, 10)}`
    let writer: Uint8Array | null = null
    try {
      const storage = await Storage.open(folder, { existing: false, primaryKey })
      const namespace = storage.newNamespace()
      const admission = await this.#admit(storage, namespace, device).catch(async (error: unknown) => {
        await storage.close()
        throw error
      })
      writer = admission.writer
      const final = await this.#greet(storage, namespace, admission, signal)
      const { queries, log, epochs } = session
      const cast = await queries.cast()
      const mirrors = [...cast.blinds].map(([id, { name }]) => ({ key: b4a.from(id, 'hex'), name }))
      const current = [...cast.devices.values()].filter(({ removed }) => !removed)
      const kit: In['kit'] = {
        name: cast.album.name,
        device,
        at,
        key: log.key,
        primaryKey,
        namespace,
        length: await this.#lengthOf(writer),
        admission: admission.admission,
        epochKeys: await epochs.keys(),
        devices: current.map(({ identity }) => identity),
        mirrors
      }
      const bytes = await sealKit(kit, passphrase)
      const ready = await this.#ready(signal)
      if (signal.aborted) throw new AlbumError('ABORTED', 'The operation was aborted')
      return { bytes, deviceId: toHex(writer), name: device, final, mirrors: ready }
    } catch (error) {
      // Nobody has what it would be used with.
      if (writer) await this.#parts.members.removeDevice(toHex(writer)).catch(() => {})
      throw error
    } finally {
      await fs.promises.rm(folder, { recursive: true, force: true })
    }
  }

  /** Lets a device in that lies in another folder here, as one of this member's. */
  async #admit(storage: Storage, namespace: string, device: string): Promise<Admitted> {
    const { session, actor } = this.#parts
    const { log, keys, epochs, queries } = session
    const author = await actor.require((one) => mayManage(one), 'make a recovery kit')
    const { epoch } = (await queries.cast()).album
    const epochKey = epoch && (await epochs.key(epoch))
    if (!epochKey) throw new AlbumError('NOT_WRITABLE', 'The key of the current epoch has not arrived yet')

    const expires = Date.now() + HOUR
    const { id, invite, seed, publicKey } = createInvite(log.key, { expires })
    const commitment = commitmentOf(log.encryptionKey, keys.identity.publicKey)
    const proof = crypto.sign(inviteStatement(log.writer, id), crypto.keyPair(seed).secretKey)
    const role = ROLES.indexOf('owner')
    const limits = { expires, uses: 1, approval: false, own: true }
    const theirs = await keysIn(storage, namespace)
    const code = { invite, commitment, decoded: decodeInvite(invite) }
    const data = candidateData(code, theirs, author.memberRow.name, device)
    const { receipt } = createReceipt(invite, data)
    await actor.appendAll([
      actor.encode('invite', { id, publicKey, proof, role, commitment, ...limits }),
      actor.encode('admit', { invite: id, receipt })
    ])
    await session.refresh()
    if (session.cast.deviceByWriter(theirs.writerKey) === null) {
      throw new AlbumError('FORBIDDEN', 'The album took no other device: it has as many as it may')
    }
    const certifiedAt = Date.now()
    const { publicKey: identity, secretKey } = keys.identity
    const statement = certificateStatement(log.key, theirs.identity.publicKey, certifiedAt, id)
    const certificate = crypto.sign(statement, secretKey)
    const { encryptionKey } = log
    return {
      writer: theirs.writerKey,
      // Where the finished index lies now says little about where it will.
      admission: {
        encryptionKey,
        epochKey,
        identity,
        certificate,
        certifiedAt,
        invite: id,
        system: null,
        handings: null
      }
    }
  }

  /**
   * Opens that device for as long as it takes to say hello: one that never wrote could not take over the index. Resolves to
   * whether that is final.
   */
  async #greet(
    storage: Storage,
    namespace: string,
    { writer, admission }: Admitted,
    signal: AbortSignal
  ): Promise<boolean> {
    const { session } = this.#parts
    const { key, encryptionKey } = session.log
    const kit = await Session.open({
      storage,
      namespace,
      key,
      encryptionKey,
      admission: { key, ...admission },
      swarm: null,
      asleep: true,
      network: false,
      media: null,
      keep: { original: 'none', preview: 'none', thumbnail: 'none' },
      upkeep: false
    }).catch(async (error: unknown) => {
      await storage.close()
      throw error
    })
    const near = Hypercore.createProtocolStream(true)
    const far = Hypercore.createProtocolStream(false)
    session.meet(near.noiseStream)
    kit.meet(far.noiseStream)
    near.pipe(far)
    far.pipe(near)
    try {
      const isThere = (): boolean => session.cast.deviceByWriter(writer)?.row.asleep === true
      while (!isThere()) {
        if (signal.aborted || session.closed) throw new AlbumError('ABORTED', 'The operation was aborted')
        await sleep(POLL, signal)
      }
      return (await untilFinal(session.log, { signal })).final
    } finally {
      await kit.close()
      near.destroy()
      far.destroy()
    }
  }

  /** How much of what that device wrote the album has: what it did not hand on is gone with it. */
  async #lengthOf(writer: Uint8Array): Promise<number> {
    const core = this.#parts.session.store.get({ key: writer })
    try {
      await core.ready()
      return core.length
    } finally {
      await core.close()
    }
  }

  /** Waits until blind mirrors let that device in, and have what this one wrote; says of each whether they do. */
  async #ready(signal: AbortSignal): Promise<RecoveryKit['mirrors']> {
    const until = Date.now() + MIRROR_TIMEOUT
    for (;;) {
      const mirrors = (await this.#parts.blindMirrors.list()).map(({ name, current, lacking }) => ({
        name,
        ready: current === true && lacking === 0
      }))
      const done = mirrors.every(({ ready }) => ready)
      if (done || signal.aborted || Date.now() > until || !this.#parts.session.swarm) return mirrors
      await sleep(POLL, signal)
    }
  }

  async list(): Promise<RecoveryKitDevice[]> {
    const cast = await this.#parts.session.queries.cast()
    return [...cast.devices.values()].flatMap(({ writer, name, member, at, removed, asleep }) => {
      const madeAt = new Date(at).toISOString()
      return asleep && !removed ? [{ deviceId: toHex(writer), name, by: cast.person(member), madeAt }] : []
    })
  }

  async takeOver(): Promise<{ final: boolean }> {
    const { session, actor, indexer } = this.#parts
    await actor.require(mayManage, 'take over the index')
    const here = session.present().flatMap((identity) => session.cast.deviceByIdentity(identity) ?? [])
    const [other] = here
    if (other) {
      const name = session.cast.person(other.row.member).name
      throw new AlbumError('FORBIDDEN', `${other.row.name} of ${name} is online: not everything is lost`)
    }
    await indexer.setHeirs([toHex(session.log.writer)])
    await indexer.takeOver()
    return untilFinal(session.log, {})
  }
}

interface Admitted {
  writer: Uint8Array
  admission: Omit<Admission, 'key'>
}
