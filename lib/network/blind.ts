import BlindPeering, { type ToldCore } from 'blind-peering'
import c from 'compact-encoding'
import type { KeyPair, NoiseStream } from 'hypercore'
import type Dht from 'hyperdht'
import Protomux, { type Channel } from 'protomux'
import { type Out, encode, tryDecode } from '../schema/codec.ts'
import { toHex } from '../util/hex.ts'
import { type SignedAllowed, isNewer } from '../view/allowed.ts'

/** Over this protocol a blind mirror says how it is, and is given lists of whom it lets in. */
export const PROTOCOL = 'hyperalbum/blind/1'

// Cores of which one message says who writes them.
const MOST_AT_ONCE = 1024

export type BlindState = Out['blind-state']

/** A core that a blind mirror is to hold; those of the log come before photos where it has little room. */
export interface Wanted {
  key: Uint8Array
  log: boolean
}

interface Parts {
  dht: Dht
  /** This device's identity: the mirror goes by it, whatever swarm is used. */
  identity: KeyPair
  /** The mirror's. */
  key: Uint8Array
  /** The album's: under it the mirror tells what is new. */
  albumKey: Uint8Array
  replicate(stream: NoiseStream): void
  wakeUp(stream: NoiseStream): void
  /** It is there. */
  onmeet(): void
  /** It came, went, or said something new. */
  onchange(): void
  /** Lists of whom it is to let in, in no order. */
  lists(): SignedAllowed[]
}

/** The way to a blind mirror: connects to it for as long as there is one, and has it hold the album's cores. */
export class BlindLink {
  readonly #parts: Parts
  readonly #peering: BlindPeering
  readonly #wanted = new Set<string>()
  // Cores, in hex, of which it knows on this connection who writes them.
  readonly #vouched = new Set<string>()
  #channel: Channel | null = null
  #state: BlindState | null = null

  constructor(parts: Parts) {
    this.#parts = parts
    const store = { replicate: (stream: NoiseStream) => this.#meet(stream) }
    const wakeup = { addStream: (stream: NoiseStream) => parts.wakeUp(stream) }
    this.#peering = new BlindPeering(parts.dht, store, { keys: [parts.key], pick: 1, wakeup })
    this.#peering.keyPair = parts.identity
  }

  get key(): Uint8Array {
    return this.#parts.key
  }

  /** What it last said; null while it is not connected. */
  get state(): BlindState | null {
    return this.#state
  }

  #meet(stream: NoiseStream): void {
    stream.on('error', () => {})
    this.#parts.replicate(stream)
    const channel = Protomux.from(stream).createChannel({
      protocol: PROTOCOL,
      id: null,
      messages: [
        {
          encoding: c.buffer,
          onmessage: (bytes) => {
            const state = this.#channel === channel ? tryDecode('blind-state', bytes) : null
            if (state !== null) this.#hear(state)
          }
        },
        { encoding: c.buffer, onmessage: () => {} },
        { encoding: c.buffer, onmessage: () => {} }
      ],
      onclose: () => {
        if (this.#channel !== channel) return
        this.#channel = null
        this.#state = null
        this.#parts.onchange()
      }
    })
    this.#channel = channel
    this.#state = null
    this.#vouched.clear()
    channel?.open()
  }

  #hear(state: BlindState): void {
    const before = this.#state
    this.#state = state
    if (before === null) this.#parts.onmeet()
    this.carry()
    this.#parts.onchange()
  }

  /** Gives it the lists that are newer than the one it goes by. */
  carry(): void {
    const state = this.#state
    if (state === null) return
    // An owner may be one only by a list that comes before.
    const lists = this.#parts.lists().filter((list) => isNewer(list, state))
    for (const { bytes } of lists.sort((a, b) => (isNewer(a, b) ? 1 : -1)))
      this.#channel?.messages[1]?.send(bytes)
  }

  /** Tells it which cores a device, by its identity, writes: what comes of them is that device's share. */
  vouch(device: Uint8Array, cores: Uint8Array[]): void {
    if (this.#state === null) return
    const news = cores.filter((key) => !this.#vouched.has(toHex(key)))
    for (let at = 0; at < news.length; at += MOST_AT_ONCE) {
      const some = news.slice(at, at + MOST_AT_ONCE)
      this.#channel?.messages[2]?.send(encode('blind-writes', { device, cores: some }))
      for (const key of some) this.#vouched.add(toHex(key))
    }
  }

  /** Has it hold cores: again and again, each is told once a connection. */
  want(cores: Iterable<[id: string, core: Wanted]>): void {
    for (const [id, { key, log }] of cores) {
      if (this.#wanted.has(id)) continue
      this.#wanted.add(id)
      // What is under the album's key the mirror tells its devices of, as what they read the index from.
      const options = { referrer: log ? this.#parts.albumKey : null, priority: log ? 1 : 0, announce: true }
      this.#peering.addCore(told(key), options).catch(() => {})
    }
  }

  async suspend(): Promise<void> {
    await this.#peering.suspend()
  }

  async resume(): Promise<void> {
    await this.#peering.resume()
  }

  async close(): Promise<void> {
    this.#channel = null
    await this.#peering.close()
  }
}

// Blind-peering asks for an open core, and uses its key alone: the mirror says what it lacks, and it is given that then.
function told(key: Uint8Array): ToldCore {
  return { key, length: 0, closing: false, ready: async () => {}, on: () => {} }
}
