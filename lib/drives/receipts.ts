import type { Actor } from '../log/actor.ts'
import { Mutex } from '../util/wait.ts'
import type { Cast } from '../view/cast.ts'
import type { Holding } from '../view/holdings.ts'
import type { Queries } from '../view/queries.ts'
import { covers, without } from '../view/ranges.ts'
import type { DeviceRow } from '../view/rows.ts'
import { LIMITS } from '../view/rules.ts'
import { type BlobSource, Blobs } from './blobs.ts'

// Milliseconds until what arrived is told, and until it is tried again where that failed.
const DELAY = 1500
const RETRY = 30_000
// What was said longer ago is said again; how often it is looked at.
const DAY = 86_400_000
const HOUR = 3_600_000
// And first, so that a device which is online for minutes only says it too.
const SOON = 60_000

type DrivePlace = Pick<BlobSource, 'device' | 'drive' | 'renditions'>
type Place = DrivePlace & Pick<BlobSource, 'publicKey' | 'epoch'>

/** Tells the album which blocks of others' drives this device holds, and reads what other devices say of theirs. */
export class Receipts {
  readonly #actor: Actor
  readonly #queries: Queries
  readonly #blobs: Blobs
  // What arrived and has not been told, by drive.
  readonly #fresh = new Map<string, BlobSource>()
  readonly #turns = new Mutex()
  readonly #leaving: () => Promise<BlobSource[]>
  #timer: ReturnType<typeof setTimeout> | null = null
  readonly #confirming: ReturnType<typeof setTimeout>[]
  #closed = false

  /** `leaving` are blobs that are about to be dropped: nobody may count on them any more. */
  constructor(actor: Actor, queries: Queries, blobs: Blobs, leaving: () => Promise<BlobSource[]>) {
    this.#actor = actor
    this.#queries = queries
    this.#blobs = blobs
    this.#leaving = leaving
    const confirm = (): void => void this.confirm().catch(() => {})
    this.#confirming = [setTimeout(confirm, SOON), setInterval(confirm, HOUR)]
    // Other runtimes than Node have no such thing.
    for (const timer of this.#confirming) timer.unref?.()
  }

  /** Something of this source's drive arrived: it will be told, together with what else arrives. */
  arrived(source: BlobSource): void {
    if (this.#closed) return
    this.#fresh.set(`${source.device}/${source.drive}/${source.renditions}`, source)
    this.#soon(DELAY)
  }

  #soon(delay: number): void {
    if (this.#closed) return
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      this.publish().catch(() => this.#soon(RETRY))
    }, delay)
  }

  /** Tells it now; resolves to whether all of it has been told. */
  publish(): Promise<boolean> {
    return this.#turns.run(() => this.#publish())
  }

  /** Runs a task while nothing is told. */
  silently<T>(task: () => Promise<T>): Promise<T> {
    return this.#turns.run(task)
  }

  /** Says again which originals are here, also of this device's own, where that was said over a day ago. */
  confirm(now: number = Date.now()): Promise<void> {
    const before = now - DAY
    return this.#sayAgain((told, own, since) => (told ? told.at <= before : own && since <= before), true)
  }

  /** Says which originals are here, where the album has it otherwise: an heir took over the index, and its order. */
  renew(): Promise<void> {
    return this.#sayAgain((told, own) => told !== null || !own, false)
  }

  /** `isDue`: of a drive, what was told last, whether it is this device's own, and when that was admitted. */
  #sayAgain(
    isDue: (told: Holding | null, own: boolean, since: number) => boolean,
    unchanged: boolean
  ): Promise<void> {
    return this.#turns.run(async () => {
      const cast = await this.#queries.cast()
      const author = this.#actor.authorIn(cast)
      if (author === null) return
      const ops: Uint8Array[] = []
      const leaving = await this.#leaving()
      for (const device of cast.devices.keys()) {
        for (const [index, drives] of cast.drivesOf(device).entries()) {
          const place = { device, drive: index + 1, renditions: false }
          const told = await this.#told(place, author.device)
          if (!isDue(told, device === author.device, author.deviceRow.at)) continue
          const source = { ...place, publicKey: drives.originals, epoch: drives.epoch }
          const ranges = await this.#held(source, leaving)
          const isNew = ranges !== null && (told?.ranges ?? []).join() !== ranges.join()
          if (isNew || (unchanged && ranges !== null && told !== null)) {
            ops.push(this.#op(source, cast, ranges))
          }
        }
      }
      if (ops.length > 0) await this.#actor.appendAll(ops)
    })
  }

  async #publish(): Promise<boolean> {
    const fresh = [...this.#fresh]
    if (fresh.length === 0) return true
    const cast = await this.#queries.cast()
    const author = this.#actor.authorIn(cast)
    if (author === null) return false
    const ops: Uint8Array[] = []
    const leaving = await this.#leaving()
    for (const [, source] of fresh) {
      // Whoever adds a photo has it, unless they let go of it.
      if (source.device === author.device && !source.freed) continue
      // The log's order may have undone that it was let in.
      if (!cast.devices.has(source.device)) continue
      const told = await this.#told(source, author.device)
      const ranges = await this.#held(source, leaving)
      if (ranges && ranges.join() !== (told?.ranges ?? []).join()) ops.push(this.#op(source, cast, ranges))
    }
    if (ops.length > 0) await this.#actor.appendAll(ops)
    // What came meanwhile has still to be told.
    for (const [id, source] of fresh) if (this.#fresh.get(id) === source) this.#fresh.delete(id)
    return this.#fresh.size === 0
  }

  #told({ device, drive, renditions }: DrivePlace, holder: number): Promise<Holding | null> {
    return this.#queries.rows((rows) => rows.hold(device, drive, renditions, holder))
  }

  /**
   * What this device holds of a drive, without what is `leaving`; null where that cannot be known. A receipt has room for
   * 2,000 ranges: what is scattered over more, as by thousands of single purges, is told in part. It never says too much: of
   * what it leaves out, others only count a copy too few.
   */
  async #held(place: Place, leaving: BlobSource[]): Promise<number[] | null> {
    const core = await this.#blobs.core(place.publicKey, place.epoch)
    if (core === null) return null
    const gone = leaving.filter(
      ({ device, drive, renditions }) =>
        device === place.device && drive === place.drive && renditions === place.renditions
    )
    return gone.reduce(
      (ranges, { pointer }) => without(ranges, pointer.blockOffset, pointer.blockLength, LIMITS.ranges),
      Blobs.held(core, LIMITS.ranges)
    )
  }

  #op({ device, drive, renditions }: DrivePlace, cast: Cast, ranges: number[]): Uint8Array {
    const { writer } = cast.devices.get(device) as DeviceRow
    return this.#actor.encode('hold', { device: writer, drive, renditions, ranges })
  }

  /** Numbers of the devices that wrote or hold one of these blobs. */
  async devicesWith(sources: BlobSource[]): Promise<Set<number>> {
    const devices = new Set(sources.flatMap(({ device, freed }) => (freed ? [] : [device])))
    return this.#queries.holdings(async (holdings) => {
      for (const { device, drive, renditions, pointer } of sources) {
        for (const [holder, { ranges }] of await holdings.drive(device, drive, renditions)) {
          if (covers(ranges, pointer.blockOffset, pointer.blockLength)) devices.add(holder)
        }
      }
      return devices
    })
  }

  /** Names of their members. */
  async holderNames(sources: BlobSource[], cast: Cast): Promise<string[]> {
    const names = [...(await this.devicesWith(sources))].flatMap((number) => {
      const device = cast.devices.get(number)
      return device && !device.removed ? [cast.person(device.member).name] : []
    })
    return [...new Set(names)]
  }

  close(): void {
    this.#closed = true
    for (const timer of this.#confirming) clearTimeout(timer)
    if (this.#timer) clearTimeout(this.#timer)
  }
}
