import type { Keep } from './keeping.ts'
import type { MediaOption } from './media.ts'
import type { Wait } from './waiting.ts'

/** A Corestore (7.x), or one of its namespaces. Several albums may share one. */
export interface CorestoreLike {
  ready(): Promise<void>
  get(options: unknown): unknown
  namespace(name: string): unknown
  close(): Promise<void>
}

/** A Hyperswarm (4.x). */
export interface SwarmLike {
  join(topic: Uint8Array, options?: unknown): unknown
  destroy(): Promise<void>
}

/** A HyperDHT (6.x). */
export interface DhtLike {
  bootstrapped?: boolean
  destroy(): Promise<void>
}

/**
 * How an album reaches others: the public DHT unless told; `false` for not at all (then `album.replicate(stream)`);
 * `bootstrap` for a DHT of one's own; or a DHT or swarm that the caller made and closes. With each of them `local` says
 * whether it also looks for the album's devices in the home's own network, which works without the internet: unless
 * told, not where a DHT or swarm is handed in.
 */
export type NetworkOption =
  | false
  | ((
      | { bootstrap: (string | { host: string; port: number })[] }
      | { dht: DhtLike }
      | { swarm: SwarmLike }
      | {}
    ) & { local?: boolean })

/**
 * Seals the album's key where it lies on disk, with a key that the app keeps elsewhere: 32 bytes, or under 1 kB while
 * joining, when the key lies among what the device was admitted with.
 */
export interface KeyProtection {
  seal(key: Uint8Array): Promise<Uint8Array> | Uint8Array
  open(sealed: Uint8Array): Promise<Uint8Array> | Uint8Array
}

export interface OpenOptions {
  network?: NetworkOption
  media?: MediaOption
  /** What this device is to keep, from now on; as the last time unless told, at first `{ thumbnail: 'all' }`. */
  keep?: Keep
  /**
   * Whether this device, while 5 GB of its disk are free, also fetches originals of which fewer devices hold a copy than an
   * owner has promised; true unless told. Where no owner has promised anything it never does, nor where what it is to keep
   * says `none` of originals, or sets a budget for them.
   */
  upkeep?: boolean
  keyProtection?: KeyProtection
  /** Which album of a store that holds several: its `id`. */
  album?: string
}

export interface CreateOptions extends OpenOptions {
  /** The album's name. */
  name: string
  /** The founder's name. */
  member: string
  /** This device's name; the host's name unless told. */
  device?: string
}

export interface JoinOptions extends OpenOptions, Wait {
  member: string
  device?: string
}
