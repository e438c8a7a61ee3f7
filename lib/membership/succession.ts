import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import { AlbumError } from '../errors.ts'
import type { Actor } from '../log/actor.ts'
import type { DeviceKeys, Keychain } from '../log/keychain.ts'
import type { Log } from '../log/log.ts'
import type { Cast } from '../view/cast.ts'
import { reignStatement } from '../view/identity.ts'
import { heirsOf, maySign } from '../view/succession.ts'

// What waits so long, in milliseconds, is remembered; and waits too long.
const NOTED = 60_000
const LONG = 3 * 86_400_000
// It asks for another device's index again after this long.
const AGAIN = 5000
// Where the keychain keeps since when.
const MARK = 'waiting'

interface Parts {
  log: Log
  actor: Actor
  keys: DeviceKeys
  keychain: Keychain
  cast: Cast
  present(): Uint8Array[]
  warn(error: unknown): void
}

/** What this device does by itself so that there is always one that signs the index. */
export class Succession {
  readonly #parts: Parts
  #since: number | null = null
  #asked = ''
  #warned = false
  #tried = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Does what there is to do; resolves to the milliseconds after which to call it again, 0 where that need not be. */
  async tend(): Promise<number> {
    await this.#watch()
    await this.#handOn()
    return (await this.#meet()) ? 0 : AGAIN
  }

  async #handOn(): Promise<void> {
    const { log, actor, cast } = this.#parts
    const own = actor.authorIn(cast)?.device
    if (own === undefined || !log.writable) return
    const { indexer, successor, reign, rival } = cast.album
    const row = cast.devices.get(own)
    const { system } = log.signed
    const isKnown = row?.system && b4a.equals(row.system, system)
    if (row && own === indexer && log.isIndexer && reign > 0 && !isKnown) {
      const { supports, takeovers } = row
      await actor.append('hello', { supports, takeovers, takenBy: cast.takenBy, system })
    }
    const next = cast.devices.get(successor)
    // Once for a state: an op that had no effect is not written again and again.
    const state = `${reign} ${successor} ${rival}`
    if (this.#asked === state) return
    if (row && own === rival) {
      // It wrote that it takes over, and did not: others wait for its index.
      const { supports, takeovers } = row
      await actor.append('hello', { supports, takeovers, takenBy: cast.takenBy })
      this.#asked = state
      return
    }
    if (own === indexer && next && maySign(next, cast.members.get(next.member))) {
      // An index that nobody signs waits: not while the next is away.
      if (!this.isHere(successor)) return
      await actor.append('hand-over', this.#handing(next.writer))
      this.#asked = state
    } else if (cast.devices.get(indexer)?.removed && heirsOf(cast)[0] === own) {
      // An owner has said that it will not come back.
      await actor.append('take-over', { reign, ...log.signed })
      this.#asked = state
    }
  }

  /** Follows what another device signs, where two took over the index apart from each other; whether nothing is left of that. */
  async #meet(): Promise<boolean> {
    const { log, cast } = this.#parts
    const rival = cast.devices.get(cast.album.rival)
    if (!rival || rival.removed) return true
    if (!rival.system || Date.now() - this.#tried < AGAIN || this.#parts.present().length === 0) return false
    this.#tried = Date.now()
    await log.move(rival.system, rival.writer).catch((error: unknown) => this.#parts.warn(error))
    return false
  }

  #handing(writer: Uint8Array): {
    reign: number
    signer: Uint8Array
    device: Uint8Array
    publicKey: Uint8Array
    proof: Uint8Array
    system: Uint8Array
  } {
    const { keys, log, cast } = this.#parts
    const { reign } = cast.album
    const { publicKey, secretKey } = keys.writer
    const proof = crypto.sign(reignStatement(log.key, reign + 1, writer), secretKey)
    return { reign, signer: log.writer, device: writer, publicKey, proof, system: log.signed.system }
  }

  /** Whether a device (by its number) is connected, or this one. */
  isHere(device: number): boolean {
    const { cast, log } = this.#parts
    const row = cast.devices.get(device)
    if (!row) return false
    const isMe = b4a.equals(row.writer, log.writer)
    return isMe || this.#parts.present().some((identity) => b4a.equals(identity, row.identity))
  }

  /** Since when (ms since 1970) something of the log waits to become final; null where nothing does. */
  async waitingSince(): Promise<number | null> {
    const { log, keychain } = this.#parts
    if (log.finalLength >= log.view.version) return null
    const noted = await keychain.get(MARK)
    return noted === null ? this.#since : Number(b4a.toString(noted))
  }

  async #watch(): Promise<void> {
    const { log, keychain } = this.#parts
    const now = Date.now()
    const noted = await keychain.get(MARK)
    if (log.finalLength >= log.view.version) {
      this.#since = null
      this.#warned = false
      if (noted !== null) await keychain.delete(MARK, '')
      return
    }
    this.#since ??= noted === null ? now : Number(b4a.toString(noted))
    const waited = now - this.#since
    if (waited >= NOTED && noted === null) await keychain.put(MARK, '', b4a.from(String(this.#since)))
    if (waited < LONG || this.#warned) return
    this.#warned = true
    this.#parts.warn(new AlbumError('INDEXER_AWAY', this.#advice()))
  }

  #advice(): string {
    const { cast } = this.#parts
    const { device, member } = named(cast, cast.album.indexer)
    const first = heirsOf(cast)[0]
    const heir = first === undefined ? '' : `, or ${named(cast, first).device} takes over where it is lost`
    const days = Math.round(LONG / 86_400_000)
    return `For over ${days} days nothing became final: ${device} of ${member} has to be online for that${heir}`
  }
}

/** What a device and its member are called. */
export function named(cast: Cast, number: number): { device: string; member: string } {
  const row = cast.devices.get(number)
  return { device: row?.name ?? '', member: row ? cast.person(row.member).name : '' }
}
