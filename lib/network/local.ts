import dgram from 'dgram'
import net, { type AddressInfo, type Socket } from 'net'
import SecretStream from '@hyperswarm/secret-stream'
import b4a from 'b4a'
import type { KeyPair, NoiseStream } from 'hypercore'
import crypto from 'hypercore-crypto'
import { type Beacon, beaconSecret, openBeacon, sealBeacon } from './beacon.ts'
import { type Scope, broadcastOf, isNear, subnets, textOf } from './subnets.ts'

/** Where beacons are sent to, and heard (UDP). */
export const BEACON_PORT: number = 27_474

// Milliseconds between two beacons: often at first and when something happened, then ever less.
const FIRST_GAP = 1000
const LONGEST_GAP = 60_000
// Milliseconds that a greeting may take, and in which nothing comes from who is still there.
const GREETING = 5000
const KEEP_ALIVE = 5000
const SILENCE = 15_000
// Milliseconds before one that was not reached, or is gone, is called again at the same place.
const PAUSE = 10_000
// Whoever has the album's key, as those who were removed, can make up beacons; anybody can repeat old ones, or connect.
const MOST_CALLS = 64
const MOST_CALLS_EACH = 4
const MOST_CONNECTIONS = 64
const MOST_GREETINGS = 16
const MOST_GREETINGS_EACH = 2

export interface LocalOptions {
  scope: Scope
  /** The key that the album is encrypted with. */
  albumKey: Uint8Array
  /** This device's. */
  identity: Uint8Array
  /** Whether a device is connected already, whichever way. */
  isPresent(identity: Uint8Array): boolean
  onconnection(stream: NoiseStream): void
}

/** Somebody who is greeted, or was. */
interface Caller {
  stream: NoiseStream
  host: string
  greeted: boolean
}

/**
 * Finds the album's devices in the home's own network, where there may be no internet and no DHT, and connects to them.
 * Each says at times that it is there, in packets to all in which strangers read nothing (see `beacon.ts`); whoever hears
 * another that is not connected calls it, by TCP, in a Noise handshake that only those begin who could read the packet.
 * Who may come in the gate decides, as for all connections.
 *
 * By broadcast, since mDNS is for names that anybody can list, and multicast has to be led into each interface and lost
 * memberships made good, while a broadcast goes by the routes that there are.
 */
export class Local {
  readonly #options: LocalOptions
  readonly #secret: Uint8Array
  // Nothing that is seen of it tells who has it, nor that somebody was here before.
  readonly #keyPair: KeyPair = crypto.keyPair()
  readonly #socket: dgram.Socket = dgram.createSocket({ type: 'udp4', reuseAddr: true })
  readonly #server: net.Server = net.createServer((socket) => this.#answer(socket))
  readonly #callers = new Set<Caller>()
  // Identities of those who were called, by the place, until a while after the connection's end.
  readonly #calls = new Map<string, Uint8Array>()
  readonly #pauses = new Set<ReturnType<typeof setTimeout>>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #gap = FIRST_GAP
  #last = -Infinity
  #closed = false

  private constructor(options: LocalOptions) {
    this.#options = options
    this.#secret = beaconSecret(options.albumKey)
  }

  static async open(options: LocalOptions): Promise<Local> {
    const local = new Local(options)
    try {
      await local.#listen()
    } catch (error) {
      await local.close()
      throw error
    }
    local.look()
    return local
  }

  async #listen(): Promise<void> {
    const host = this.#options.scope === 'machine' ? '127.0.0.1' : '0.0.0.0'
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(0, host, resolve)
    })
    await new Promise<void>((resolve, reject) => {
      this.#socket.once('error', reject).bind(BEACON_PORT, resolve)
    })
    this.#socket.setBroadcast(true)
    // An interface that goes down in the middle of it: it is left out the next time.
    this.#socket.on('error', () => {})
    this.#server.on('error', () => {})
    this.#socket.on('message', (packet) => this.#hear(packet))
  }

  // ---- saying that one is there

  /** Says soon that this device is there, and often for a while: somebody left, or the network is another one. */
  look(): void {
    this.#gap = FIRST_GAP
    this.#plan(Math.max(0, this.#last + FIRST_GAP - performance.now()))
  }

  #plan(wait: number): void {
    clearTimeout(this.#timer)
    if (!this.#closed) this.#timer = setTimeout(() => this.#speak(), wait)
  }

  #speak(): void {
    this.#last = performance.now()
    const { port } = this.#server.address() as AddressInfo
    const { publicKey: key } = this.#keyPair
    const { identity } = this.#options
    for (const subnet of subnets(this.#options.scope)) {
      const packet = sealBeacon({ address: subnet.address, port, identity, key }, this.#secret)
      this.#socket.send(packet, BEACON_PORT, broadcastOf(subnet), () => {})
    }
    // Not all at the same moment.
    this.#plan(this.#gap * (0.75 + Math.random() / 2))
    this.#gap = Math.min(this.#gap * 2, LONGEST_GAP)
  }

  // ---- hearing of others

  #hear(packet: Uint8Array): void {
    const beacon = openBeacon(packet, this.#secret)
    if (this.#closed || beacon === null || b4a.equals(beacon.identity, this.#options.identity)) return
    // Where it says that it is, not where the packet came from: one that somebody repeats leads nowhere else.
    const host = textOf(beacon.address)
    if (!isNear(subnets(this.#options.scope), host) || this.#knows(beacon)) return
    const place = `${host}:${beacon.port}`
    const each = [...this.#calls.values()].filter((identity) => b4a.equals(identity, beacon.identity))
    if (this.#calls.has(place) || this.#calls.size >= MOST_CALLS || each.length >= MOST_CALLS_EACH) return
    this.#calls.set(place, beacon.identity)
    const stream = this.#greet(net.connect({ host, port: beacon.port }), host, beacon.key)
    stream.on('close', () => this.#pause(place))
  }

  #pause(place: string): void {
    if (this.#closed) return
    const timer = setTimeout(() => {
      this.#pauses.delete(timer)
      this.#calls.delete(place)
    }, PAUSE)
    this.#pauses.add(timer)
  }

  // One that the gate does not let in has a connection all the same.
  #knows({ identity, key }: Beacon): boolean {
    const streams = [...this.#callers].map(({ stream }) => stream)
    return this.#options.isPresent(identity) || streams.some((one) => isWith(one, key))
  }

  // ---- connections

  #answer(socket: Socket): void {
    const host = socket.remoteAddress ?? ''
    const waiting = [...this.#callers].filter(({ greeted }) => !greeted)
    const same = waiting.filter((caller) => caller.host === host)
    const room =
      this.#callers.size < MOST_CONNECTIONS &&
      waiting.length < MOST_GREETINGS &&
      same.length < MOST_GREETINGS_EACH
    if (!this.#closed && room && isNear(subnets(this.#options.scope), host)) {
      this.#greet(socket, host, null)
      return
    }
    socket.on('error', () => {})
    socket.destroy()
  }

  /** Shakes hands, in the pattern in which the one who answers says nothing to those who do not know its key. */
  #greet(socket: Socket, host: string, remotePublicKey: Uint8Array | null): NoiseStream {
    const options = { pattern: 'IK', keyPair: this.#keyPair, remotePublicKey, keepAlive: KEEP_ALIVE } as const
    const stream = new SecretStream(remotePublicKey !== null, socket, options)
    const caller: Caller = { stream, host, greeted: false }
    this.#callers.add(caller)
    socket.setNoDelay(true)
    const timer = setTimeout(() => stream.destroy(), GREETING)
    stream.on('error', () => {})
    stream.on('close', () => {
      clearTimeout(timer)
      this.#callers.delete(caller)
    })
    void stream.opened.then((opened) => {
      clearTimeout(timer)
      if (!opened || this.#closed) return
      caller.greeted = true
      stream.setTimeout(SILENCE)
      this.#options.onconnection(stream)
    })
    return stream
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    for (const timer of this.#pauses) clearTimeout(timer)
    for (const { stream } of this.#callers) stream.destroy()
    await Promise.all([
      new Promise<void>((resolve) => this.#socket.close(resolve)),
      new Promise<void>((resolve) => this.#server.close(() => resolve()))
    ])
  }
}

function isWith(stream: NoiseStream, key: Uint8Array): boolean {
  // Null until somebody who calls has greeted.
  const { remotePublicKey } = stream as { remotePublicKey: Uint8Array | null }
  return remotePublicKey !== null && b4a.equals(remotePublicKey, key)
}
