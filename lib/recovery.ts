import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import { untilArrived } from './arrivals.ts'
import { AlbumError } from './errors.ts'
import type { Actor } from './log/actor.ts'
import { untilFinal } from './membership/final.ts'
import { checkPassphrase, sealKit } from './membership/kit.ts'
import type { In } from './schema/codec.ts'
import type { Session } from './session.ts'
import { keepSpares, makeSpares, removeSpares, takeBackSpares } from './spares.ts'
import type {
  BlindMirrors,
  Indexer,
  Recovery as Public,
  RecoveryKit,
  RecoveryKitDevice,
  RecoveryKitOptions,
  Removal,
  TakeOverOptions,
  Wait
} from './types.ts'
import { toHex } from './util/hex.ts'
import { bounded, manyWaitOn, sleep } from './util/wait.ts'
import type { DeviceRow } from './view/rows.ts'
import { mayManage } from './view/rules.ts'

const ID_BYTES = 16
// How often a kit brings the album back.
const USES = 3
// Milliseconds.
const TIMEOUT = 60_000
const MIRROR_TIMEOUT = 20_000
const ARRIVAL_TIMEOUT = 60_000
const UNDOING = 20_000
const POLL = 100

interface Parts {
  session: Session
  actor: Actor
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
    const { save = async () => {}, ...wait } = options
    const stop = manyWaitOn()
    const making = this.#createKit(passphrase, save, stop.signal)
    try {
      return await bounded(making, { timeout: TIMEOUT, ...wait }, 'Making a recovery kit')
    } catch (error) {
      stop.abort()
      // Its devices are taken back before anybody closes the album; or it was saved just now.
      const made = await bounded(making, { timeout: UNDOING }, 'Taking back').catch(() => null)
      if (made !== null) return made
      throw error
    }
  }

  // A kit is devices of its owner that nobody uses until it is needed: whatever the album gives to its devices later,
  // keys of new epochs above all, they are given too.
  async #createKit(
    passphrase: string,
    save: (bytes: Uint8Array) => Promise<void>,
    signal: AbortSignal
  ): Promise<RecoveryKit> {
    const { session, actor } = this.#parts
    await actor.require((author) => mayManage(author), 'make a recovery kit')
    const id = crypto.randomBytes(ID_BYTES)
    const at = Date.now()
    const name = `Recovery kit of ${new Date(at).toISOString().slice(0, 10)}`
    const names = Array.from({ length: USES }, (_, i) => (i === 0 ? name : `${name} (${i + 1})`))
    try {
      const spares = await makeSpares(session, actor, id, names, signal)
      const { final } = await untilFinal(session.log, { signal })
      const bytes = await sealKit(await this.#contents(name, at, spares), passphrase)
      const ready = await this.#ready(signal)
      if (signal.aborted) throw new AlbumError('ABORTED', 'The operation was aborted')
      // First: killed in between, the file that was saved is good.
      await keepSpares(session, id)
      await save(bytes)
      return { bytes, id: toHex(id), name, uses: USES, final, mirrors: ready }
    } catch (error) {
      // Nobody has what they would be used with.
      await takeBackSpares(session, id).catch((reason: unknown) => session.warn(reason))
      throw error
    }
  }

  async #contents(device: string, at: number, spares: In['spare'][]): Promise<In['kit']> {
    const { queries, log, epochs } = this.#parts.session
    const cast = await queries.cast()
    const current = [...cast.devices.values()].filter(({ removed }) => !removed)
    return {
      name: cast.album.name,
      device,
      at,
      key: log.key,
      spares,
      epochKeys: await epochs.keys(),
      devices: current.map(({ identity }) => identity),
      mirrors: [...cast.blinds].map(([id, { name }]) => ({ key: b4a.from(id, 'hex'), name }))
    }
  }

  /** Waits until blind mirrors let those devices in, and have what this one wrote; says of each whether they do. */
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
    const { cast, kits } = await this.#kits()
    return [...kits].flatMap(([id, devices]) => {
      const [first] = devices
      const uses = devices.filter(({ removed, asleep }) => asleep && !removed).length
      if (!first || uses === 0) return []
      const madeAt = new Date(first.at).toISOString()
      return [{ id, name: first.name, by: cast.person(first.member), madeAt, uses }]
    })
  }

  /** Devices of kits, by the kits' ids, in the order in which they were let in. */
  async #kits(): Promise<{ cast: Session['cast']; kits: Map<string, DeviceRow[]> }> {
    const cast = await this.#parts.session.queries.cast()
    const kits = new Map<string, DeviceRow[]>()
    for (const row of cast.devices.values()) {
      if (row.kit === null) continue
      const id = toHex(row.kit)
      const devices = kits.get(id) ?? []
      // Whoever says that a device of theirs lies in another's kit says it in vain.
      if (devices.every(({ member }) => member === row.member)) kits.set(id, [...devices, row])
    }
    return { cast, kits }
  }

  async remove(id: string, wait: Wait = {}): Promise<Removal> {
    const { session, actor } = this.#parts
    const { kits } = await this.#kits()
    const left = kits.get(id)?.filter(({ removed, asleep }) => asleep && !removed) ?? []
    if (left.length === 0) throw new AlbumError('NOT_FOUND', 'There is no such recovery kit')
    await actor.require(mayManage, 'remove a recovery kit')
    await removeSpares(
      session,
      left.map(({ writer }) => writer)
    )
    return untilFinal(session.log, wait)
  }

  async takeOver(options: TakeOverOptions = {}): Promise<{ final: boolean }> {
    const { session, actor, indexer } = this.#parts
    const { evenIfBehind = false, ...wait } = options
    await actor.require(mayManage, 'take over the index')
    this.#refuseWithOthers()
    // What the one that signs has ordered, and is not here, would be lost from the order.
    if (session.swarm && !evenIfBehind) {
      await untilArrived(session, { timeout: ARRIVAL_TIMEOUT, ...wait })
      this.#refuseWithOthers()
    }
    await indexer.setHeirs([toHex(session.log.writer)])
    await indexer.takeOver()
    return untilFinal(session.log, {})
  }

  #refuseWithOthers(): void {
    const { session } = this.#parts
    const here = session.present().flatMap((identity) => session.cast.deviceByIdentity(identity) ?? [])
    const [other] = here
    if (!other) return
    const name = session.cast.person(other.row.member).name
    throw new AlbumError('FORBIDDEN', `${other.row.name} of ${name} is online: not everything is lost`)
  }
}
