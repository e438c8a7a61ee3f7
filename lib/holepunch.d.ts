// Types for packages that ship none: only what this project calls. `test/holepunch.test.ts` touches every member
// declared here on real objects, so that an upgrade which drops one is noticed.

// hypercore 11.37.1
declare module 'hypercore' {
  export interface Manifest {
    version: number
    hash: string
    allowPatch: boolean
    quorum: number
    signers: { signature: string; namespace: Uint8Array; publicKey: Uint8Array }[]
    prologue: { length: number; hash: Uint8Array } | null
  }
  export interface KeyPair {
    publicKey: Uint8Array
    secretKey: Uint8Array
  }
  export interface GetOptions {
    wait?: boolean
    timeout?: number
  }
  export interface DownloadRange {
    done(): Promise<boolean>
    destroy(): void
  }
  export interface RemotePeer {
    remotePublicKey: Uint8Array
    readonly stream: NoiseStream
    readonly remoteLength: number
    readonly remoteContiguousLength: number
    readonly remoteBitfield: { get(index: number): boolean }
    readonly canUpgrade: boolean
    signalUpgrade(): void
    /** Has it say whether it has a block, on behalf of `handle`. */
    _maybeWant(index: number, handle: { addWant(): void; removeWant(): void }): void
    /** Asks it for a block of a range; false where there is none to ask for. */
    _requestRange: (range: object) => boolean
    /** Asks it for how much there is by now. */
    _requestUpgrade: (upgrade: object) => boolean
  }
  /** A core as its sessions see it. */
  export interface SessionState {
    readonly length: number
    /** What is being written, where it is written in one go. */
    readonly atomized: object | null
  }
  /** What all sessions of a core share. */
  export interface InnerCore {
    readonly bitfield: { firstSet(from: number): number; firstUnset(from: number): number }
    /** Null until it is open. */
    readonly state: SessionState | null
    readonly replicator: Replicator
    readonly discoveryKey: Uint8Array
    /** Null until it is open. */
    readonly header: { key: Uint8Array; readonly keyPair?: KeyPair | null } | null
    /** Takes what a peer sent, where that is sound. */
    verify: (proof: { block: object | null; upgrade: object | null }, from: RemotePeer) => Promise<boolean>
    /** Whether a peer showed another history of it; then it is given up, for good. */
    checkConflict: (proof: object) => Promise<boolean>
  }
  export interface Replicator {
    readonly peers: RemotePeer[]
    onhave: (start: number, length: number, drop?: boolean) => void
    /** Takes what a peer sends of a history that goes on from a shorter core. */
    _onreorgdata: (peer: RemotePeer) => Promise<void>
    /** Looks again at what to ask of whom. */
    updateAll(): void
  }
  interface Hypercore {
    readonly key: Uint8Array
    readonly discoveryKey: Uint8Array
    readonly manifest: Manifest | null
    readonly keyPair: KeyPair | null
    readonly length: number
    readonly byteLength: number
    readonly signedLength: number
    readonly contiguousLength: number
    readonly opened: boolean
    readonly writable: boolean
    readonly closing: unknown
    /** Milliseconds that a read of a block waits for others; sessions and snapshots take it over. */
    timeout: number
    readonly peers: RemotePeer[]
    readonly core: InnerCore
    ready(): Promise<void>
    close(): Promise<void>
    append(blocks: Uint8Array | Uint8Array[]): Promise<unknown>
    get(index: number, options?: GetOptions): Promise<Uint8Array | null>
    has(start: number, end?: number): Promise<boolean>
    seek(offset: number, options?: GetOptions): Promise<[number, number]>
    clear(start: number, end: number): Promise<unknown>
    update(options?: { wait?: boolean }): Promise<boolean>
    download(range?: { start?: number; end?: number; linear?: boolean }): DownloadRange
    treeHash(length?: number): Promise<Uint8Array>
    setUserData(key: string, value: Uint8Array | null): Promise<void>
    getUserData(key: string): Promise<Uint8Array | null>
    on(event: string, listener: (...args: never[]) => void): this
    off(event: string, listener: (...args: never[]) => void): this
    prependListener(event: string, listener: (...args: never[]) => void): this
  }
  export interface ProtocolStream {
    noiseStream: NoiseStream
    destroy(error?: Error): void
    pipe<T>(destination: T): T
    on(event: string, listener: (...args: never[]) => void): this
  }
  export interface NoiseStream extends ProtocolStream {
    readonly isInitiator: boolean
    readonly handshakeHash: Uint8Array | null
    readonly opened: Promise<boolean>
    readonly destroyed: boolean
    readonly remotePublicKey: Uint8Array
    readonly rawBytesRead: number
    /**
     * What it goes over; null until it is open. Of UDX: `rtoCount`, how often what is not confirmed was sent again, and
     * `bytesReceived` of all packets.
     */
    readonly rawStream: { readonly rtoCount?: number; readonly bytesReceived?: number } | null
  }
  interface HypercoreStatic {
    key(manifest: Manifest): Uint8Array
    createProtocolStream(stream: unknown, options?: object): ProtocolStream
  }
  const Hypercore: HypercoreStatic
  export default Hypercore
}

// @hyperswarm/secret-stream 6.9.2
declare module '@hyperswarm/secret-stream' {
  import type { KeyPair, NoiseStream } from 'hypercore'
  interface SecretStream extends NoiseStream {
    /** Destroys it when nothing has come for so many milliseconds. */
    setTimeout(milliseconds: number): void
  }
  const SecretStream: new (
    isInitiator: boolean,
    rawStream: unknown,
    options: { pattern: 'IK'; keyPair: KeyPair; remotePublicKey: Uint8Array | null; keepAlive: number }
  ) => SecretStream
  export default SecretStream
}

// hypercore-crypto 3.7.0
declare module 'hypercore-crypto' {
  import type { KeyPair } from 'hypercore'
  const crypto: {
    hash(data: Uint8Array | Uint8Array[]): Uint8Array
    namespace(name: string, count: number): Uint8Array[]
    sign(message: Uint8Array, secretKey: Uint8Array): Uint8Array
    verify(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean
    randomBytes(count: number): Uint8Array
    keyPair(seed?: Uint8Array): KeyPair
    discoveryKey(key: Uint8Array): Uint8Array
  }
  export default crypto
}

// sodium-universal 5.0.1
declare module 'sodium-universal' {
  const sodium: {
    readonly crypto_box_PUBLICKEYBYTES: number
    readonly crypto_box_SECRETKEYBYTES: number
    readonly crypto_box_SEALBYTES: number
    readonly crypto_secretbox_KEYBYTES: number
    readonly crypto_secretbox_NONCEBYTES: number
    readonly crypto_secretbox_MACBYTES: number
    readonly crypto_pwhash_ALG_ARGON2ID13: number
    readonly crypto_pwhash_SALTBYTES: number
    readonly crypto_aead_xchacha20poly1305_ietf_ABYTES: number
    readonly crypto_aead_xchacha20poly1305_ietf_KEYBYTES: number
    readonly crypto_aead_xchacha20poly1305_ietf_NPUBBYTES: number
    /** Rejects where there is too little memory. */
    crypto_pwhash_async(
      out: Uint8Array,
      password: Uint8Array,
      salt: Uint8Array,
      passes: number,
      memory: number,
      algorithm: number
    ): Promise<void>
    crypto_aead_xchacha20poly1305_ietf_encrypt(
      cipher: Uint8Array,
      message: Uint8Array,
      additional: Uint8Array,
      nsec: null,
      nonce: Uint8Array,
      key: Uint8Array
    ): void
    /** Throws where the key is another. */
    crypto_aead_xchacha20poly1305_ietf_decrypt(
      message: Uint8Array,
      nsec: null,
      cipher: Uint8Array,
      additional: Uint8Array,
      nonce: Uint8Array,
      key: Uint8Array
    ): void
    crypto_box_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void
    crypto_box_seal(cipher: Uint8Array, message: Uint8Array, publicKey: Uint8Array): void
    crypto_box_seal_open(
      message: Uint8Array,
      cipher: Uint8Array,
      publicKey: Uint8Array,
      secretKey: Uint8Array
    ): boolean
    crypto_secretbox_easy(cipher: Uint8Array, message: Uint8Array, nonce: Uint8Array, key: Uint8Array): void
    crypto_secretbox_open_easy(
      message: Uint8Array,
      cipher: Uint8Array,
      nonce: Uint8Array,
      key: Uint8Array
    ): boolean
  }
  export default sodium
}

// corestore 7.12.5
declare module 'corestore' {
  import type Hypercore from 'hypercore'
  import type { InnerCore, KeyPair, NoiseStream, ProtocolStream } from 'hypercore'
  export interface CoreOptions {
    name?: string
    key?: Uint8Array
    encryptionKey?: Uint8Array | null
    exclusive?: boolean
    active?: boolean
  }
  export interface CoreStorage {
    path: string
    hasCore(discoveryKey: Uint8Array, options?: object): Promise<boolean>
    db: { compactRange(start: null, end: null, options: Record<string, number>): Promise<void> }
  }
  interface Corestore {
    once(event: 'close', listener: () => void): this
    readonly closed: boolean
    readonly closing: unknown
    readonly root: Corestore | null
    readonly storage: CoreStorage
    ready(): Promise<void>
    get(options: CoreOptions): Hypercore
    namespace(name: string | Uint8Array): Corestore
    readonly ns: Uint8Array
    session(options: { namespace: Uint8Array; manifestVersion?: number }): Corestore
    createKeyPair(name: string): Promise<KeyPair>
    replicate(stream: ProtocolStream | NoiseStream): ProtocolStream
    watch(onopen: (core: InnerCore) => void): void
    _attachMaybe(mux: unknown, discoveryKey: Uint8Array): Promise<void>
    suspend(): Promise<void>
    resume(): Promise<void>
    close(): Promise<void>
  }
  const Corestore: new (
    storage: string | CoreStorage,
    options?: { namespace?: Uint8Array; manifestVersion?: number; primaryKey?: Uint8Array; unsafe?: boolean }
  ) => Corestore
  export default Corestore
}

// hyperbee 2.27.3
declare module 'hyperbee' {
  import type Hypercore from 'hypercore'
  export interface BeeNode {
    seq: number
    key: Uint8Array
    value: Uint8Array
    type?: 'put' | 'del'
  }
  export interface BeeRange {
    gt?: Uint8Array | undefined
    gte?: Uint8Array | undefined
    lt?: Uint8Array | undefined
    lte?: Uint8Array | undefined
    reverse?: boolean
    limit?: number
  }
  export interface BeeReader {
    get(key: Uint8Array): Promise<BeeNode | null>
    createReadStream(range: BeeRange, options?: { reverse?: boolean; limit?: number }): AsyncIterable<BeeNode>
  }
  export interface BeeWriter extends BeeReader {
    put(
      key: Uint8Array,
      value: Uint8Array,
      options?: { cas: (previous: BeeNode, next: BeeNode) => boolean }
    ): Promise<void>
    del(key: Uint8Array): Promise<void>
    flush(): Promise<void>
    close(): Promise<void>
  }
  interface Hyperbee extends BeeReader {
    readonly core: Hypercore
    readonly version: number
    ready(): Promise<void>
    put(key: Uint8Array, value: Uint8Array): Promise<void>
    del(key: Uint8Array): Promise<void>
    batch(options?: { update?: boolean }): BeeWriter
    snapshot(): Hyperbee
    checkout(version: number, options?: { reuseSession: boolean }): Hyperbee
    createHistoryStream(range: { gte: number; lt?: number }): AsyncIterable<BeeNode>
    close(): Promise<void>
  }
  interface HyperbeeOptions {
    extension?: boolean
    keyEncoding?: 'binary'
    valueEncoding?: 'binary'
  }
  const Hyperbee: new (core: Hypercore, options?: HyperbeeOptions) => Hyperbee
  export default Hyperbee
}

// autobase 7.28.1
declare module 'autobase/lib/fast-forward.js' {
  import type Autobase from 'autobase'
  export default class FastForward {
    constructor(base: Autobase, key: Uint8Array, options: { verified: boolean; force: boolean })
    close(): Promise<void>
  }
}
declare module 'autobase' {
  import type Corestore from 'corestore'
  import type Hypercore from 'hypercore'
  import type { KeyPair, NoiseStream } from 'hypercore'
  import type Hyperbee from 'hyperbee'
  export interface ApplyNode {
    value: Uint8Array
    from: { key: Uint8Array }
  }
  /** What Autobase itself keeps of the log: its writers, and who of them signs. */
  export interface SystemView {
    readonly core: Hypercore
    readonly indexers: { key: Uint8Array; length: number }[]
    /** Of the index alone: it has one view. */
    readonly views: { key: Uint8Array; length: number }[]
    readonly db: { getBySeq(seq: number): Promise<{ key: Uint8Array }> }
    checkout(length: number): Promise<SystemView>
    get(key: Uint8Array): Promise<{ length: number; isRemoved: boolean } | null>
    close(): Promise<void>
  }
  export interface ApplyHost {
    readonly key: Uint8Array
    addWriter(key: Uint8Array, options: { indexer: boolean }): Promise<void>
    removeWriter(key: Uint8Array): Promise<void>
    removeable(key: Uint8Array): boolean
    fork(indexers: Uint8Array[], system: { key: Uint8Array; length: number }): Promise<boolean>
    readonly system: SystemView
    interrupt(reason: string): void
  }
  export interface UpdateChanges {
    get(name: string): { from: number; to: number; shared: number } | undefined
  }
  export interface ViewStore {
    get(name: string): Hypercore
    flush(): Promise<void>
  }
  export interface LocalState {
    readonly tx: object | null
    setBootRecord(record: BootRecord): void
    deleteUpdate(update: object): void
    flush(): Promise<void>
  }
  export interface BootRecord {
    version: number
    key: Uint8Array
    systemLength: number
    indexersUpdated: boolean
    fastForwarding: boolean
    recoveries: number
  }
  export interface ApplyState {
    readonly key: Uint8Array
    readonly store: ViewStore
    readonly systemView: { indexedLength: number }
    /** What was put in order here and may be put in another. */
    readonly updates: object[]
    readonly localState: LocalState | null
    /** Set where another device signs the index from now on without the one before. */
    readonly pendingFork: { length: number } | null
    readonly systemRef: { getNextKey(): Uint8Array | null }
  }
  /** `state` where the view that is opened will be written to. */
  export interface OpenHost {
    readonly base: { readonly recoveries: number }
    readonly state?: ApplyState
  }
  export interface AutobaseOptions {
    open(store: ViewStore, host: OpenHost): Hyperbee
    apply(nodes: ApplyNode[], view: Hyperbee, host: ApplyHost): Promise<void>
    update(view: Hyperbee, changes: UpdateChanges): Promise<void>
    close(view: Hyperbee): Promise<void>
    keyPair?: KeyPair
    encryptionKey?: Uint8Array | null
    blindEncryption?: {
      encrypt(key: Uint8Array): Promise<{ value: Uint8Array; type: number }>
      decrypt(sealed: { value: Uint8Array; type: number }): Promise<{ value: Uint8Array; rotated: boolean }>
    } | null
    valueEncoding: 'binary'
    bigBatches?: boolean
    wakeup?: object
    ackInterval?: number
    fastForward?: boolean | { key: Uint8Array }
  }
  interface Autobase {
    readonly key: Uint8Array
    readonly discoveryKey: Uint8Array
    readonly encryptionKey: Uint8Array
    readonly local: Hypercore
    readonly core: Hypercore
    readonly view: Hyperbee
    readonly writable: boolean
    readonly isIndexer: boolean
    readonly signedLength: number
    readonly interrupted: string | null
    readonly closing: unknown
    views(): { key: Uint8Array }[]
    /** Looks at these writers; of a length that is not known, -1. */
    hintWakeup(hints: { key: Uint8Array; length: number }[]): void
    readonly system: { get(key: Uint8Array): Promise<{ length: number } | null> } | null
    readonly wakeupSession: {
      broadcastLookup(request: object): void
      addStream(stream: NoiseStream): void
    } | null
    ready(): Promise<void>
    append(values: Uint8Array[]): Promise<number>
    update(): Promise<void>
    resume(): void
    isFastForwarding(): boolean
    _addRemoteHeads(): Promise<number>
    _updateAll(): Promise<unknown>
    _indexersIdle(): boolean
    readonly activeWriters: Iterable<AutobaseWriter> & { get(key: Uint8Array): AutobaseWriter | null }
    _getWakeup(): { key: Uint8Array; length: number }[]
    _applyFastForward(): Promise<void>
    _runFastForward(forward: object): Promise<void>
    _reboot(key: Uint8Array): Promise<void>
    readonly _applyState: ApplyState | null
    _updateActivity(): void
    _moveTo(): Promise<void>
    readonly _viewStore: { readonly byName: Map<string, { moveTo: Hypercore[] | null }> }
    fastForwardTo: { readonly key: Uint8Array; readonly force: boolean } | null
    readonly store: Corestore
    emit(event: string): boolean
    getLastError(): Error | null
    close(): Promise<void>
    on(event: string, listener: (...args: never[]) => void): this
  }
  export interface AutobaseWriter {
    readonly core: Hypercore
    /** How many of its blocks have been taken in. */
    readonly length: number
    readonly closed: boolean
    /** Whether it signs the index. */
    readonly isActiveIndexer: boolean
    /** The node that it takes in next. */
    readonly node: AutobaseNode | null
    _loadNextNode: () => Promise<boolean>
  }
  export interface AutobaseNode {
    heads: AutobaseHead[]
    trace: { system: number[]; encryption: number[]; user: { view: number; blocks: number[] }[] } | null
  }
  export interface AutobaseHead {
    key: Uint8Array
    length: number
  }
  interface AutobaseStatic {
    new (store: Corestore, bootstrap: Uint8Array | null, options: AutobaseOptions): Autobase
    getLocalCore(store: Corestore): Hypercore
  }
  const Autobase: AutobaseStatic
  export default Autobase
}

// protomux-wakeup 2.9.0
declare module 'protomux-wakeup' {
  interface ProtomuxWakeup {
    addStream(stream: unknown): void
    destroy(): void
  }
  const ProtomuxWakeup: new () => ProtomuxWakeup
  export default ProtomuxWakeup
}

// hyperblobs 2.12.1
declare module 'hyperblobs' {
  import type Hypercore from 'hypercore'
  export interface Pointer {
    blockOffset: number
    blockLength: number
    byteOffset: number
    byteLength: number
  }
  export interface Hyperblobs {
    readonly core: Hypercore
  }
}

// hyperdrive 13.3.4
declare module 'hyperdrive' {
  import type Corestore from 'corestore'
  import type Hyperbee from 'hyperbee'
  import type { Hyperblobs, Pointer } from 'hyperblobs'
  import type { Manifest } from 'hypercore'
  interface Hyperdrive {
    readonly key: Uint8Array
    readonly db: Hyperbee
    readonly blobs: Hyperblobs | null
    ready(): Promise<void>
    getBlobs(): Promise<Hyperblobs>
    batch(): Hyperdrive
    putEntry(path: string, entry: { blob: Pointer }): Promise<void>
    get(path: string): Promise<Uint8Array | null>
    put(path: string, bytes: Uint8Array): Promise<unknown>
    del(path: string): Promise<void>
    list(folder?: string): AsyncIterable<{ key: string; value: { blob: Pointer } }>
    flush(): Promise<void>
    close(): Promise<void>
  }
  interface HyperdriveStatic {
    new (store: Corestore, options: { encryptionKey: Uint8Array }): Hyperdrive
    new (store: Corestore, key: Uint8Array, options: { encryptionKey: Uint8Array }): Hyperdrive
    getContentKey(manifest: Manifest, key: Uint8Array): Uint8Array | null
  }
  const Hyperdrive: HyperdriveStatic
  export default Hyperdrive
}

// hyperdht 6.34.0
declare module 'hyperdht' {
  import type { KeyPair, NoiseStream } from 'hypercore'
  export interface DhtServer {
    listen(keyPair: KeyPair): Promise<unknown>
    refresh(): void
    close(): Promise<void>
  }
  interface Dht {
    connect(publicKey: Uint8Array, options: { keyPair: KeyPair }): NoiseStream
    createServer(
      options: { firewall(publicKey: Uint8Array): boolean },
      onconnection: (stream: NoiseStream) => void
    ): DhtServer
    readonly destroyed: boolean
    /** Whether anybody answered. */
    readonly bootstrapped: boolean
    /** Whom it knows, and has not lost. */
    readonly nodes: { readonly length: number }
    readonly bootstrapNodes: { host: string; port: number }[]
    /** False when none of what it asked lately was answered. */
    readonly online: boolean
    destroy(options?: { force?: boolean }): Promise<void>
    on(event: 'close' | 'network-change', listener: () => void): this
    off(event: 'close' | 'network-change', listener: () => void): this
    fullyBootstrapped(): Promise<void>
    address(): { host: string; port: number }
  }
  const Dht: new (options?: object) => Dht
  export default Dht
}

declare module 'hyperdht/testnet.js' {
  import type Dht from 'hyperdht'
  export interface Testnet {
    bootstrap: { host: string; port: number }[]
    nodes: Dht[]
    createNode(options?: object): Dht
    destroy(): Promise<void>
  }
  const createTestnet: (size?: number, options?: { host?: string }) => Promise<Testnet>
  export default createTestnet
}

// blind-peering 2.0.1
declare module 'blind-peering' {
  import type { KeyPair, NoiseStream } from 'hypercore'
  import type Dht from 'hyperdht'
  /** A core as it is told to a blind peer. */
  export interface ToldCore {
    readonly key: Uint8Array
    readonly length: number
    readonly closing: unknown
    ready(): Promise<void>
    on(event: 'close', listener: () => void): unknown
  }
  interface BlindPeering {
    /** That of the client; without it the DHT's is taken. */
    keyPair?: KeyPair
    addCore(
      core: ToldCore,
      options: { referrer: Uint8Array | null; priority: number; announce: boolean }
    ): Promise<void>
    suspend(): Promise<unknown>
    resume(): Promise<unknown>
    close(): Promise<void>
  }
  const BlindPeering: new (
    dht: Dht,
    store: { replicate(stream: NoiseStream): void },
    options: { keys: Uint8Array[]; pick: number; wakeup: { addStream(stream: NoiseStream): void } }
  ) => BlindPeering
  export default BlindPeering
}

// blind-peer 3.8.1
declare module 'blind-peer' {
  import type Hypercore from 'hypercore'
  import type { InnerCore, KeyPair, NoiseStream } from 'hypercore'
  import type Corestore from 'corestore'
  /** What it needs of a Hyperswarm. */
  export interface PeerSwarm {
    readonly keyPair: KeyPair
    on(event: 'connection', listener: (stream: NoiseStream) => void): unknown
    listen(): unknown
  }
  export interface CoreTracker {
    readonly core: Hypercore
  }
  export interface AddedCores {
    cores: { key: Uint8Array; length: number }[]
    referrer: Uint8Array | null
    priority: number
  }
  /** A column family of its database (rocksdb-native 3.18). */
  export interface RocksSession {
    iterator(range: object): AsyncIterable<{ key: Uint8Array; value: Uint8Array }>
    write(options: { autoDestroy: boolean }): RocksBatch
    close(): Promise<void>
  }
  export interface RocksBatch {
    tryPut(key: Uint8Array, value: Uint8Array): void
    flush(): Promise<void>
  }
  class BlindPeer {
    constructor(folder: string, options: { swarm: PeerSwarm; maxBytes: number; enableGc: boolean })
    readonly store: Corestore
    readonly rocks: { session(options: { columnFamily: string }): RocksSession }
    readonly digest: { cores: number }
    readonly db: { hasCore(key: Uint8Array): Promise<boolean> }
    readonly activeReplication: Map<string, CoreTracker>
    readonly announcedCores: Map<string, Hypercore>
    readonly closing: unknown
    ready(): Promise<void>
    listen(): Promise<unknown>
    close(): Promise<void>
    on(event: string, listener: (...args: never[]) => void): this
    protected _open(): Promise<void>
    protected _close(): Promise<void>
    protected _isTrustedPeer(key: Uint8Array): boolean
    protected _onconnection(stream: NoiseStream): void
    protected _oncoreopen(core: InnerCore): void
    protected _onaddcore(stream: NoiseStream, record: object): Promise<unknown>
    protected _ondeletecore(stream: NoiseStream, request: object): Promise<boolean>
    protected _onaddcores(stream: NoiseStream, request: AddedCores): Promise<null>
    protected _announceCore(key: Uint8Array): Promise<void>
  }
  export default BlindPeer
}

// hyperswarm 4.17.2
declare module 'hyperswarm' {
  import type { KeyPair, NoiseStream } from 'hypercore'
  import type Dht from 'hyperdht'
  export interface Discovery {
    flushed(): Promise<unknown>
    refresh(): Promise<unknown>
    destroy(): Promise<unknown>
  }
  interface Hyperswarm {
    readonly keyPair: KeyPair
    readonly dht: Dht
    readonly connections: Set<NoiseStream>
    readonly destroyed: boolean
    readonly server: { close(): Promise<void>; refresh(): void }
    listen(): Promise<unknown>
    clear(): Promise<unknown>
    join(topic: Uint8Array, options: { server: boolean; client: boolean }): Discovery
    flush(): Promise<unknown>
    suspend(): Promise<void>
    resume(): Promise<void>
    destroy(): Promise<void>
    on(event: 'connection', listener: (stream: NoiseStream) => void): this
    off(event: 'connection', listener: (stream: NoiseStream) => void): this
  }
  const Hyperswarm: new (options?: { keyPair?: KeyPair; dht?: unknown; bootstrap?: unknown }) => Hyperswarm
  export default Hyperswarm
}

// protomux 3.12.1
declare module 'protomux' {
  export interface Channel {
    open(): void
    close(): void
    readonly closed: boolean
    messages: { send(value: Uint8Array): boolean }[]
  }
  export interface ChannelOptions {
    protocol: string
    id: Uint8Array | null
    messages: { encoding: unknown; onmessage: (value: Uint8Array) => void }[]
    onclose?: () => void
  }
  interface Protomux {
    createChannel(options: ChannelOptions): Channel | null
    unpair(options: { protocol: string; id?: Uint8Array }): void
    pair(
      options: { protocol: string; id?: Uint8Array },
      notify: (id: Uint8Array | null) => Promise<void> | void
    ): void
  }
  const Protomux: { from(stream: unknown): Protomux }
  export default Protomux
}

// blind-pairing-core 2.10.1
declare module 'blind-pairing-core' {
  export interface CreatedInvite {
    id: Uint8Array
    invite: Uint8Array
    seed: Uint8Array
    publicKey: Uint8Array
  }
  export interface DecodedInvite {
    id: Uint8Array
    seed: Uint8Array
    discoveryKey: Uint8Array
    expires: number
  }
  export class MemberRequest {
    static from(bytes: Uint8Array): MemberRequest
    readonly inviteId: Uint8Array
    readonly id: Uint8Array
    readonly receipt: Uint8Array
    open(publicKey: Uint8Array): Uint8Array
    confirm(answer: { key: Uint8Array; additional: { data: Uint8Array; signature: Uint8Array } }): void
    deny(answer: { status: number }): void
  }
  export interface Answer {
    key: Uint8Array
    data: Uint8Array | null
  }
  export class CandidateRequest {
    constructor(invite: Uint8Array, userData: Uint8Array)
    on(event: 'rejected', listener: (error: Error) => void): this
    handleResponse(bytes: Uint8Array): Answer | null
    /** Of the answer that was handled last. */
    readonly response?: { status: number }
  }
  export function createReceipt(invite: Uint8Array, userData: Uint8Array): { receipt: Uint8Array }
  export function createInvite(key: Uint8Array, options?: { expires?: number }): CreatedInvite
  export function decodeInvite(invite: Uint8Array): DecodedInvite
  export function verifyReceipt(receipt: Uint8Array, publicKey: Uint8Array): Uint8Array | null
}

// blind-pairing 2.3.1
declare module 'blind-pairing' {
  import type { Answer, MemberRequest } from 'blind-pairing-core'
  import type Hyperswarm from 'hyperswarm'
  export interface Pairing {
    ready(): Promise<void>
    close(): Promise<void>
  }
  export interface Member extends Pairing {
    _addRequest(bytes: Uint8Array): Promise<object | null>
  }
  export interface Candidate extends Pairing {
    readonly ref: { channels: Set<object> }
    readonly visited: Set<object>
    broadcast(): void
    _sendRequest(channel: object): void
    _addResponse(bytes: Uint8Array, gc: boolean): Promise<void>
  }
  interface BlindPairing extends Pairing {
    addMember(options: {
      discoveryKey: Uint8Array
      onadd(request: MemberRequest): Promise<void> | void
    }): Member
    addCandidate(options: {
      invite: Uint8Array
      userData: Uint8Array
      onadd(answer: Answer): Promise<void>
    }): Candidate
    suspend(): Promise<void>
    resume(): void
  }
  const BlindPairing: new (swarm: Hyperswarm, options?: { poll?: number }) => BlindPairing
  export default BlindPairing
}

// index-encoder 3.5.0
declare module 'index-encoder' {
  import type { BeeRange } from 'hyperbee'
  export type KeyPart = object
  export type KeyRange = BeeRange
  type Parts = readonly (number | string | Uint8Array)[]
  export interface KeyEncoder {
    encode(parts: Parts): Uint8Array
    decode(bytes: Uint8Array): (number | string | Uint8Array | null)[]
    encodeRange(range: {
      gt?: Parts | undefined
      gte?: Parts | undefined
      lt?: Parts | undefined
      lte?: Parts | undefined
    }): KeyRange
  }
  interface IndexEncoderStatic {
    new (parts: KeyPart[], options: { prefix: number }): KeyEncoder
    readonly UINT: KeyPart
    readonly BUFFER: KeyPart
    readonly STRING: KeyPart
  }
  const IndexEncoder: IndexEncoderStatic
  export default IndexEncoder
}

// z32 1.1.0
declare module 'z32' {
  const z32: { encode(bytes: Uint8Array): string; decode(text: string): Uint8Array }
  export default z32
}

// brittle 4.1.0
declare module 'brittle' {
  export interface Assertions {
    (name: string): Assertions
    plan(count: number): void
    pass(message?: string): void
    fail(message?: string): void
    ok(value: unknown, message?: string): void
    absent(value: unknown, message?: string): void
    is(actual: unknown, expected: unknown, message?: string): void
    not(actual: unknown, expected: unknown, message?: string): void
    alike(actual: unknown, expected: unknown, message?: string): void
    unlike(actual: unknown, expected: unknown, message?: string): void
    exception(run: unknown, expected?: unknown, message?: string): Promise<void>
    execution(run: unknown, message?: string): Promise<unknown>
    teardown(run: () => unknown, options?: { order?: number }): void
    timeout(milliseconds: number): void
    comment(...message: unknown[]): void
    tmp(): Promise<string>
    end(): Promise<void>
  }
  export interface TestOptions {
    timeout?: number
    skip?: boolean
  }
  type Run = (t: Assertions) => unknown
  interface Test {
    (name: string, run: Run): void
    (name: string, options: TestOptions, run: Run): void
    skip(name: string, run: Run): void
    configure(options: TestOptions): void
    pause(): void
    resume(): void
  }
  const test: Test
  export default test
}
