import b4a from 'b4a'
import c from 'compact-encoding'
import type { NoiseStream } from 'hypercore'
import Protomux from 'protomux'
import { AlbumError } from '../errors.ts'
import { Actor } from '../log/actor.ts'
import type { DeviceKeys, Keychain } from '../log/keychain.ts'
import type { Log } from '../log/log.ts'
import { BlindLink, type Wanted } from '../network/blind.ts'
import type { Swarm } from '../network/swarm.ts'
import { decode, encode, tryDecode } from '../schema/codec.ts'
import { fromHex, toHex } from '../util/hex.ts'
import { Mutex } from '../util/wait.ts'
import {
  type SignedAllowed,
  allowedIn,
  areSame,
  includes,
  isNewer,
  openAllowed,
  signAllowed
} from '../view/allowed.ts'
import { Cast } from '../view/cast.ts'
import { blobsKeyOf, coreKeyOf } from '../view/identity.ts'
import type { Queries } from '../view/queries.ts'
import { mayManage } from '../view/rules.ts'
import { SETUP, blindCodeId, encodeBlindCode, newSecret, proofOf } from './blindcode.ts'

const KEY_BYTES = 32
const EMPTY = b4a.alloc(0)
// So many writers a blind mirror (blind-peer 3.8) tells of by itself, those that wrote last.
const TOLD = 32

/** Why a box that shows a code is not taken for a mirror. */
export type Refusal = 'expired' | 'used' | 'rejected'

interface Parts {
  log: Log
  queries: Queries
  keychain: Keychain
  keys: DeviceKeys
  swarm: Swarm | null
  replicate(stream: NoiseStream): void
  /** A mirror came, went, or said something new. */
  onchange(): void
  onwarning(error: unknown): void
}

/** The album's blind mirrors, as this device uses them: it sets them up, has them hold what there is, and reads there. */
export class Blinds {
  readonly #parts: Parts
  readonly #actor: Actor
  readonly #links = new Map<string, BlindLink>()
  // Codes that this device made, by their ids, hex.
  readonly #codes = new Map<string, Uint8Array>()
  readonly #streams = new Set<NoiseStream>()
  readonly #wanted = new Map<string, Wanted>()
  readonly #drives = new Set<string>()
  readonly #turns = new Mutex()
  #lists: { from: readonly Uint8Array[]; opened: SignedAllowed[] } = { from: [], opened: [] }
  #cast: Cast = Cast.empty
  #kept = ''
  // Whether it was told of mirrors of which the index, as far as it has come, may not know yet.
  #remembers = false
  #closed = false

  constructor(parts: Parts) {
    this.#parts = parts
    this.#actor = new Actor(parts.log, parts.queries)
  }

  /** Reads what this device kept: the codes it made, and where the mirrors are while the index cannot be read. */
  async open(): Promise<void> {
    const { keychain } = this.#parts
    for (const { id, value } of await keychain.list('blind-code')) {
      this.#codes.set(id, decode('blind-code', value).secret)
    }
    const kept = (await keychain.get('blinds')) ?? EMPTY
    this.#kept = toHex(kept)
    for (let at = 0; at < kept.byteLength; at += KEY_BYTES) this.use(kept.subarray(at, at + KEY_BYTES))
  }

  /** Uses these mirrors, by their keys, also while nothing can be read: to be called before `open`. */
  async remember(keys: Uint8Array[]): Promise<void> {
    this.#remembers = true
    await this.#parts.keychain.put('blinds', '', b4a.concat(keys))
  }

  // ---- using them

  get(id: string): BlindLink | null {
    return this.#links.get(id) ?? null
  }

  /** The keys, hex, of the mirrors that are used and not connected. */
  away(): string[] {
    return [...this.#links].flatMap(([id, { state }]) => (state === null ? [id] : []))
  }

  /** Uses the mirror with this key. */
  use(key: Uint8Array): void {
    const { swarm, log, keys } = this.#parts
    const id = toHex(key)
    if (swarm === null || this.#closed || this.#links.has(id)) return
    const link = new BlindLink({
      dht: swarm.hyperswarm.dht,
      identity: keys.identity,
      key,
      albumKey: log.key,
      replicate: (stream) => this.#parts.replicate(stream),
      wakeUp: (stream) => log.attach(stream),
      onmeet: () => {
        this.#seek()
        this.#vouch()
      },
      onchange: () => this.#parts.onchange(),
      lists: () => this.#lists.opened
    })
    this.#links.set(id, link)
    this.#want(log.key, true)
    this.#want(keys.writerKey, true)
    link.want(this.#wanted)
  }

  /** Goes by this state of the index from now on. */
  async follow(cast: Cast): Promise<void> {
    if (!cast.founded || this.#closed) return
    this.#cast = cast
    const { keychain, log, keys } = this.#parts
    const current = !log.dismissed && cast.author(keys.writerKey) !== null
    const early = !log.dismissed && this.#remembers && (current || !cast.deviceByWriter(keys.writerKey))
    for (const [id, link] of this.#links) {
      if (early || (current && cast.blinds.has(id))) continue
      this.#links.delete(id)
      await link.close()
    }
    if (!current) return
    for (const id of cast.blinds.keys()) this.use(b4a.from(id, 'hex'))
    if (
      cast.allowed.length !== this.#lists.from.length ||
      cast.allowed.some((one, i) => !isSame(one, this.#lists.from[i]))
    ) {
      this.#lists = { from: cast.allowed, opened: cast.allowed.flatMap((one) => openAllowed(one) ?? []) }
    }
    if (this.#links.size > 0) {
      for (const key of log.cores) this.#want(key, true)
      for (const { writer } of cast.devices.values()) this.#want(writer, true)
      // Its own first: what a mirror takes from one device has an end.
      const own = cast.deviceByWriter(keys.writerKey)?.number ?? 0
      for (const number of [own, ...cast.devices.keys()]) {
        for (const { originals, renditions } of cast.drivesOf(number)) {
          this.#wantDrive(originals, false)
          this.#wantDrive(renditions, false)
        }
      }
      for (const link of this.#links.values()) {
        link.want(this.#wanted)
        link.carry()
      }
      this.#vouch()
    }
    const known = [...cast.blinds.keys()].join('')
    if (known !== this.#kept) await keychain.put('blinds', '', b4a.from(known, 'hex'))
    this.#kept = known
  }

  // Who wrote before all those, while this device was away, is asked for.
  #seek(): void {
    const writers = [...this.#cast.devices.values()].map(({ writer }) => writer)
    if (writers.length > TOLD) this.#parts.log.seek(writers)
  }

  // An owner's device is believed who writes what.
  #vouch(): void {
    const author = this.#actor.authorIn(this.#cast)
    if (!author || !mayManage(author)) return
    for (const [number, { identity, writer }] of this.#cast.devices) {
      const drives = this.#cast
        .drivesOf(number)
        .flatMap(({ originals, renditions }) => [originals, renditions])
      const cores = [writer, ...drives.flatMap((drive) => [coreKeyOf(drive), blobsKeyOf(drive)])]
      for (const link of this.#links.values()) link.vouch(identity, cores)
    }
  }

  #want(key: Uint8Array, log: boolean): void {
    const id = toHex(key)
    if (!this.#wanted.has(id)) this.#wanted.set(id, { key, log })
  }

  // Also of drives that are others': whoever has some of their bytes gives them.
  #wantDrive(publicKey: Uint8Array, log: boolean): void {
    const id = toHex(publicKey)
    if (this.#drives.has(id)) return
    this.#drives.add(id)
    this.#want(coreKeyOf(publicKey), log)
    this.#want(blobsKeyOf(publicKey), log)
  }

  // ---- whom they let in

  /** Of an owner's device: the list to be written into the log; null where the newest there says it already. */
  async nextList(cast: Cast): Promise<Uint8Array | null> {
    const author = this.#actor.authorIn(cast)
    if (!author || !mayManage(author) || cast.blinds.size === 0) return null
    const devices = allowedIn(cast, cast)
    // One by whoever is no owner any more may have counted far.
    const [newest] = cast.allowed
      .flatMap((one) => openAllowed(one) ?? [])
      .filter(({ issuer }) => includes(devices.owners, issuer))
      .sort((a, b) => (isNewer(a, b) ? -1 : 1))
    if (newest && areSame(newest, devices)) return null
    const list = await this.#list(cast)
    return newest && !isNewer(list, newest) ? null : signAllowed(list, this.#parts.keys.identity)
  }

  async #list(cast: Cast): Promise<ReturnType<typeof allowedIn>> {
    const { log, queries } = this.#parts
    const final = await queries.at((bee) => {
      const length = Math.min(log.finalLength, bee.version)
      return length < 2
        ? Promise.resolve(Cast.empty)
        : Cast.read(bee.checkout(length, { reuseSession: true }))
    })
    return allowedIn(cast, final)
  }

  // ---- setting them up

  /** Makes a code with which one box becomes a mirror of this name, within so many milliseconds. */
  async create(name: string, expires: number): Promise<{ code: string; expiresAt: number }> {
    const { keychain, keys, swarm } = this.#parts
    const secret = newSecret()
    const id = toHex(blindCodeId(secret))
    await keychain.put('blind-code', id, encode('blind-code', { secret, name, expires }))
    this.#codes.set(id, secret)
    for (const stream of this.#streams) this.#listen(stream, id, secret)
    const identity = keys.identity.publicKey
    const address = swarm?.hyperswarm.keyPair.publicKey ?? identity
    return { code: encodeBlindCode({ secret, identity, address }), expiresAt: expires }
  }

  /** Meets a connection: it may be of a box that was given a code. */
  meet(stream: NoiseStream): void {
    this.#streams.add(stream)
    stream.on('close', () => this.#streams.delete(stream))
    for (const [id, secret] of this.#codes) this.#listen(stream, id, secret)
  }

  #listen(stream: NoiseStream, id: string, secret: Uint8Array): void {
    const mux = Protomux.from(stream)
    const place = { protocol: SETUP, id: b4a.from(id, 'hex') }
    mux.pair(place, () => {
      if (this.#closed) return
      const channel = mux.createChannel({
        ...place,
        messages: [
          {
            encoding: c.buffer,
            onmessage: (bytes) => {
              const knock = tryDecode('knock', bytes)
              const proof = stream.handshakeHash && proofOf(secret, stream.handshakeHash)
              if (!knock || !proof || !b4a.equals(knock.proof, proof)) return channel?.close()
              this.#turns
                .run(() => this.#answer(id, stream.remotePublicKey))
                .then((answer) => channel?.messages[1]?.send(encode('knock-answer', answer)))
                .catch((error: unknown) => this.#parts.onwarning(error))
            }
          },
          { encoding: c.buffer, onmessage: () => {} }
        ]
      })
      channel?.open()
    })
  }

  /** What a box is answered that has shown the secret: again, where the answer was lost. */
  async #answer(id: string, mirror: Uint8Array): Promise<{ refusal?: Refusal; list?: Uint8Array }> {
    const { keychain, queries, keys } = this.#parts
    const row = tryDecode('blind-code', (await keychain.get('blind-code', id)) ?? EMPTY)
    const author = await this.#actor.author()
    if (row === null || !author || !mayManage(author)) return { refusal: 'rejected' }
    if (row.mirror === null) {
      if (Date.now() > row.expires) return { refusal: 'expired' }
      await this.#actor.append('blind', { key: mirror, name: row.name })
      await keychain.put('blind-code', id, encode('blind-code', { ...row, mirror }))
    } else if (!b4a.equals(row.mirror, mirror)) {
      return { refusal: 'used' }
    }
    const cast = await queries.cast()
    // As where there are too many; or it was one, and is no more.
    if (!cast.blinds.has(toHex(mirror))) return { refusal: row.mirror === null ? 'rejected' : 'used' }
    return { list: signAllowed(await this.#list(cast), keys.identity) }
  }

  /** Forgets a mirror: no device uses it any more. */
  async remove(id: string): Promise<void> {
    const key = fromHex(id, KEY_BYTES)
    if (!key || !(await this.#parts.queries.cast()).blinds.has(id)) {
      throw new AlbumError('NOT_FOUND', 'There is no such blind mirror')
    }
    await this.#actor.require(mayManage, 'remove a blind mirror')
    await this.#actor.append('blind', { key })
  }

  async suspend(): Promise<void> {
    for (const link of this.#links.values()) await link.suspend()
  }

  async resume(): Promise<void> {
    for (const link of this.#links.values()) await link.resume()
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const stream of this.#streams) {
      for (const id of this.#codes.keys())
        Protomux.from(stream).unpair({ protocol: SETUP, id: b4a.from(id, 'hex') })
    }
    this.#streams.clear()
    for (const link of this.#links.values()) await link.close()
    this.#links.clear()
  }
}

function isSame(one: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && b4a.equals(one, other)
}
