import type { KeyPair, NoiseStream } from 'hypercore'
import type Hyperswarm from 'hyperswarm'
import { AlbumError } from '../errors.ts'
import type { NetworkOption } from '../types.ts'
import { deferred, manyWaitOn } from '../util/wait.ts'
import { Seeking } from './seeking.ts'
import type { Scope } from './subnets.ts'

// Whose the Hyperswarm is: ours, ours on the caller's DHT, or the caller's.
type Owner = 'us' | 'us-on-dht' | 'caller'

/** The album's Hyperswarm: one of our own, or one that the caller made and closes. */
export class Swarm {
  readonly hyperswarm: Hyperswarm
  /** Where others are looked for without it; null for nowhere. */
  readonly local: Scope | null
  readonly #owner: Owner
  readonly #closing = manyWaitOn()
  #leave: (() => Promise<unknown>) | null = null

  private constructor(hyperswarm: Hyperswarm, owner: Owner, local: Scope | null) {
    this.hyperswarm = hyperswarm
    this.#owner = owner
    this.local = local
    hyperswarm.on('connection', attend)
  }

  /** Null where the caller wants no network. */
  static async open(network: NetworkOption | undefined, keyPair: KeyPair): Promise<Swarm | null> {
    if (network === false) return null
    const [hyperswarm, owner] = await make(network, keyPair)
    const { local } = { local: owner === 'us', ...network }
    return new Swarm(hyperswarm, owner, local ? scopeOf(hyperswarm) : null)
  }

  /** Looks for others under a topic, and is found there. */
  join(topic: Uint8Array): void {
    const discovery = this.hyperswarm.join(topic, { server: true, client: true })
    this.#leave = () => discovery.destroy()
    const { hyperswarm } = this
    const isOnline = (): boolean => hyperswarm.dht.online && hyperswarm.dht.nodes.length > 0
    let before = isOnline()
    const look = (): Promise<unknown> => {
      // How others reach this device it would work out anew only after 5 minutes (hyperdht 6.34).
      if (!before) hyperswarm.server.refresh()
      before = isOnline()
      return discovery.refresh()
    }
    const seeking = new Seeking({ look, isOnline, closing: this.#closing.signal })
    const watch = (stream: NoiseStream): void => void stream.on('close', seeking.lost)
    for (const stream of hyperswarm.connections) watch(stream)
    hyperswarm.on('connection', watch)
    this.#closing.signal.addEventListener('abort', () => hyperswarm.off('connection', watch))
  }

  /** Waits for something to happen on the network; fails with `CLOSED` when the caller closes what is theirs. */
  async during<T>(start: () => Promise<T>): Promise<T> {
    const { dht, destroyed } = this.hyperswarm
    const closed = deferred<never>()
    const end = (): void => {
      closed.reject(new AlbumError('CLOSED', 'The network was closed while joining'))
    }
    closed.promise.catch(() => {})
    dht.on('close', end)
    if (destroyed || dht.destroyed) end()
    try {
      return await Promise.race([closed.promise, destroyed ? closed.promise : start()])
    } finally {
      dht.off('close', end)
    }
  }

  async suspend(): Promise<void> {
    if (this.#owner === 'us') await this.hyperswarm.suspend()
  }

  async resume(): Promise<void> {
    if (this.#owner === 'us') await this.hyperswarm.resume()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    if (this.#owner === 'us') {
      const { dht } = this.hyperswarm
      // Where nobody answers, hyperswarm 4.17 waits 12 s for the DHT to give up looking. Nothing was announced there yet.
      if (!dht.bootstrapped) await dht.destroy({ force: true })
      return this.hyperswarm.destroy()
    }
    if (this.#leave) await this.#leave().catch(() => {})
    if (this.#owner === 'caller') {
      this.hyperswarm.off('connection', attend)
      return
    }
    // `destroy` would destroy the caller's DHT too (hyperswarm 4.17).
    await this.hyperswarm.clear()
    for (const connection of this.hyperswarm.connections) connection.destroy()
    await this.hyperswarm.server.close()
  }
}

// A connection that is reset before anybody has looked at it, or while the album closes, must not end the process:
// Hyperswarm 4.17 leaves its error to its user.
function attend(stream: NoiseStream): void {
  stream.on('error', () => {})
}

async function make(network: NetworkOption | undefined, keyPair: KeyPair): Promise<[Hyperswarm, Owner]> {
  // Loaded where it is used: an album that is only looked at opens the sooner.
  const { default: Hyperswarm } = await import('hyperswarm')
  if (!network) return [new Hyperswarm({ keyPair }), 'us']
  if ('swarm' in network) return [network.swarm as unknown as Hyperswarm, 'caller']
  if ('dht' in network) return [new Hyperswarm({ keyPair, dht: network.dht }), 'us-on-dht']
  if ('bootstrap' in network) return [new Hyperswarm({ keyPair, bootstrap: network.bootstrap }), 'us']
  if ('local' in network) return [new Hyperswarm({ keyPair }), 'us']
  throw new AlbumError('BAD_ARGUMENT', 'network is false, { bootstrap }, { dht }, { swarm } or { local }')
}

/** Who lives on a DHT of their own on this machine wants nothing sent beyond. */
function scopeOf({ dht }: Hyperswarm): Scope {
  const here = ({ host }: { host: string }): boolean => /^(127\.|localhost$)/.test(host)
  return dht.bootstrapNodes.length > 0 && dht.bootstrapNodes.every(here) ? 'machine' : 'home'
}
