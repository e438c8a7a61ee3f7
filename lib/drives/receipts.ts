import type { Actor } from '../log/actor.ts'
import { decode } from '../schema/codec.ts'
import { Mutex } from '../util/wait.ts'
import type { Cast } from '../view/cast.ts'
import { parse, range } from '../view/keys.ts'
import type { Queries } from '../view/queries.ts'
import { LIMITS } from '../view/rules.ts'
import { type BlobSource, Blobs } from './blobs.ts'

// Milliseconds until what arrived is told, and until it is tried again where that failed.
const DELAY = 1500
const RETRY = 30_000

/** Which devices hold a drive's blocks, as their receipts say: by device number, ranges of start and length. */
export type Holders = Map<number, number[]>

/** Tells the album which blocks of others' drives this device holds, and reads what other devices say of theirs. */
export class Receipts {
  readonly #actor: Actor
  readonly #queries: Queries
  readonly #blobs: Blobs
  // What arrived and has not been told, by drive.
  readonly #fresh = new Map<string, BlobSource>()
  readonly #turns = new Mutex()
  #timer: ReturnType<typeof setTimeout> | null = null
  #closed = false

  constructor(actor: Actor, queries: Queries, blobs: Blobs) {
    this.#actor = actor
    this.#queries = queries
    this.#blobs = blobs
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

  async #publish(): Promise<boolean> {
    const fresh = [...this.#fresh]
    if (fresh.length === 0) return true
    const cast = await this.#queries.cast()
    const author = this.#actor.authorIn(cast)
    if (author === null) return false
    const ops: Uint8Array[] = []
    for (const [, { device, drive, renditions, publicKey, epoch }] of fresh) {
      const core = await this.#blobs.core(publicKey, epoch)
      const row = cast.devices.get(device)
      if (core === null || row === undefined || device === author.device) continue
      const ranges = Blobs.held(core, LIMITS.ranges)
      const told = (await this.holders(device, drive, renditions)).get(author.device) ?? []
      if (told.length === ranges.length && told.every((value, i) => value === ranges[i])) continue
      ops.push(this.#actor.encode('hold', { device: row.writer, drive, renditions, ranges }))
    }
    if (ops.length > 0) await this.#actor.appendAll(ops)
    // What came meanwhile has still to be told.
    for (const [id, source] of fresh) if (this.#fresh.get(id) === source) this.#fresh.delete(id)
    return this.#fresh.size === 0
  }

  /** Who holds what of a drive, by their receipts. */
  async holders(device: number, drive: number, renditions: boolean): Promise<Holders> {
    return this.#queries.at(async (bee) => {
      const holders: Holders = new Map()
      for await (const row of bee.createReadStream(range.holds(device, drive, renditions))) {
        holders.set(parse.hold(row.key).holder, decode('hold-row', row.value).ranges)
      }
      return holders
    })
  }

  /** Numbers of the devices that wrote or hold one of these blobs. */
  async devicesWith(sources: BlobSource[]): Promise<Set<number>> {
    const devices = new Set(sources.map((source) => source.device))
    for (const { device, drive, renditions, pointer } of sources) {
      for (const [holder, ranges] of await this.holders(device, drive, renditions)) {
        if (covers(ranges, pointer.blockOffset, pointer.blockLength)) devices.add(holder)
      }
    }
    return devices
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
    if (this.#timer) clearTimeout(this.#timer)
  }
}

/** Whether ranges (start, length, start, length...) hold all of these blocks. */
export function covers(ranges: number[], offset: number, length: number): boolean {
  for (let i = 0; i + 1 < ranges.length; i += 2) {
    const start = ranges[i] as number
    if (start <= offset && offset + length <= start + (ranges[i + 1] as number)) return true
  }
  return false
}
