import EventEmitter from 'node:events'
import b4a from 'b4a'
import type { KeyPair, NoiseStream } from 'hypercore'
import type Dht from 'hyperdht'
import type { DhtServer } from 'hyperdht'
import { toHex } from '../util/hex.ts'

// A device has one connection, and another while it has not noticed that the first one broke.
const CONNECTIONS = 3

/**
 * Where devices come to a blind mirror: it is found under its key, and who is not let in gets no answer. Hyperswarm (4.17)
 * would remember every stranger that was turned away, and for ever those whom a later list lets in.
 */
export class BlindDoor extends EventEmitter<{ connection: [NoiseStream]; change: [] }> {
  readonly keyPair: KeyPair
  readonly #server: DhtServer
  readonly #isAllowed: (key: Uint8Array) => boolean
  readonly #connections = new Set<NoiseStream>()
  #closed = false

  constructor(dht: Dht, keyPair: KeyPair, isAllowed: (key: Uint8Array) => boolean) {
    super()
    this.keyPair = keyPair
    this.#isAllowed = isAllowed
    this.#server = dht.createServer({ firewall: (key) => !isAllowed(key) }, (stream) => this.#meet(stream))
  }

  async listen(): Promise<void> {
    await this.#server.listen(this.keyPair)
  }

  #meet(stream: NoiseStream): void {
    stream.on('error', () => {})
    // It may have been taken off the list while it came in.
    if (this.#closed || !this.#isAllowed(stream.remotePublicKey)) return stream.destroy()
    const same = [...this.#connections].filter(({ remotePublicKey }) =>
      b4a.equals(remotePublicKey, stream.remotePublicKey)
    )
    if (same.length >= CONNECTIONS) same[0]?.destroy()
    this.#connections.add(stream)
    stream.on('close', () => {
      this.#connections.delete(stream)
      this.emit('change')
    })
    EventEmitter.setMaxListeners(0, stream as never)
    this.emit('connection', stream)
    this.emit('change')
  }

  /** Ends all connections: who may come in comes again. */
  empty(): void {
    for (const stream of this.#connections) stream.destroy()
  }

  /** How many devices are connected. */
  get present(): number {
    return new Set([...this.#connections].map(({ remotePublicKey }) => toHex(remotePublicKey))).size
  }

  /** The list has changed: who is no longer on it has to go. */
  recheck(): void {
    for (const stream of this.#connections) if (!this.#isAllowed(stream.remotePublicKey)) stream.destroy()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.empty()
    await this.#server.close()
  }
}
