import EventEmitter from 'events'
import b4a from 'b4a'
import BlindPairing from 'blind-pairing'
import type Corestore from 'corestore'
import type { NoiseStream } from 'hypercore'
import { type BlobSource, Blobs } from './drives/blobs.ts'
import { Claims } from './drives/claims.ts'
import { CurrentDrives } from './drives/current.ts'
import { Keeper } from './drives/keeper.ts'
import { Looks } from './drives/looks.ts'
import { Receipts } from './drives/receipts.ts'
import { Reclaim } from './drives/reclaim.ts'
import { Releases } from './drives/releases.ts'
import { Upkeep } from './drives/upkeep.ts'
import { Wishes } from './drives/wishes.ts'
import { Duties } from './duties.ts'
import { AlbumError, codeOf } from './errors.ts'
import { Examining } from './examining.ts'
import { Actor } from './log/actor.ts'
import { type DeviceKeys, Keychain, deviceKeys } from './log/keychain.ts'
import { Log } from './log/log.ts'
import type { Storage } from './log/storage.ts'
import { Blinds } from './membership/blinds.ts'
import type { Admission } from './membership/candidate.ts'
import { Circle } from './membership/circle.ts'
import type { Kit } from './membership/kit.ts'
import { Doorkeeper } from './membership/doorkeeper.ts'
import { Epochs } from './membership/epochs.ts'
import { Invites } from './membership/invites.ts'
import { Succession } from './membership/succession.ts'
import { Gate } from './network/gate.ts'
import type { Local } from './network/local.ts'
import { keepHistories } from './network/histories.ts'
import { relayAll } from './network/relaying.ts'
import { share } from './network/sharing.ts'
import { Swarm } from './network/swarm.ts'
import type { AlbumEvents, OpenOptions } from './types.ts'
import { Rounds } from './util/rounds.ts'
import { Mutex, isClosing, manyWaitOn, type Deferred } from './util/wait.ts'
import { Belongings } from './view/belongings.ts'
import { Cast } from './view/cast.ts'
import { Queries } from './view/queries.ts'
import { SUPPORTED_VERSION } from './view/versions.ts'
import { Watchers } from './view/watchers.ts'

export interface SessionOptions extends OpenOptions {
  storage: Storage
  /** The namespace of the album's cores in the storage. */
  namespace: string
  /** Null to found a new album. */
  key: Uint8Array | null
  /** Null where the storage has it. */
  encryptionKey: Uint8Array | null
  /** Where this device was just let in. */
  admission: Admission | null
  /** The swarm that a joiner has open already. */
  swarm: Swarm | null
  /** The id of the recovery kit that this device is being put into. */
  asleep?: Uint8Array
  /** What a recovery kit says of the others. */
  kit?: Kit
  /** Whether it only reads, with a writer of which the album knows nothing. */
  reading?: boolean
}

/** An open album's parts, wired together. The `Album` and its facets are faces of it. */
export class Session {
  readonly events: EventEmitter<AlbumEvents> = new EventEmitter()
  readonly storage: Storage
  /** The part of the storage where the album's cores lie. */
  readonly store: Corestore
  readonly keys: DeviceKeys
  /** The id of the recovery kit that this device is being put into; null for others. */
  readonly asleep: Uint8Array | null
  readonly log: Log
  readonly queries: Queries
  readonly keychain: Keychain
  readonly epochs: Epochs
  readonly blobs: Blobs
  readonly actor: Actor
  readonly receipts: Receipts
  /** Originals that this device lets go of. */
  readonly releases: Releases
  /** What this device is to keep. */
  readonly wishes: Wishes
  /** What people look at. */
  readonly looks: Looks
  /** Fetches and drops by itself. */
  readonly keeper: Keeper
  /** Fetches what too few devices hold; null where this device does not help. */
  readonly upkeep: Upkeep | null
  /** Where this device's photos go. */
  readonly drives: CurrentDrives
  readonly invites: Invites
  readonly succession: Succession
  /** Mirrors that cannot read what they hold. */
  readonly blinds: Blinds
  readonly swarm: Swarm | null
  readonly examining: Examining
  /** Those who read changes. */
  readonly watchers: Watchers
  /** Bytes on their way into the album, by their SHA-256 (hex): whoever adds the same ones waits for these. */
  readonly adding: Map<string, Deferred<void>> = new Map()
  /** Called at every change of the view. */
  readonly updated: EventEmitter<{ update: [] }> = new EventEmitter()
  /** Who is who, as of the last update: for decisions that cannot wait. */
  cast: Cast = Cast.empty

  readonly #belongings: Belongings
  readonly #circle: Circle
  readonly #gate: Gate
  readonly #doorkeeper: Doorkeeper | null
  readonly #pairing: BlindPairing | null
  readonly #reclaim: Reclaim
  readonly #closing = manyWaitOn()
  readonly #refreshes: Rounds
  readonly #turns = new Mutex()
  readonly #resting = new Mutex()
  readonly #duties: Duties
  #local: Local | null = null
  // How many devices were in the last time.
  #there = 0
  #suspended = false
  #closed: Promise<void> | null = null

  private constructor(
    store: Corestore,
    keys: DeviceKeys,
    log: Log,
    swarm: Swarm | null,
    options: SessionOptions,
    belongings: Belongings
  ) {
    this.store = store
    this.#belongings = belongings
    this.storage = options.storage
    this.keys = keys
    this.asleep = options.asleep ?? null
    this.log = log
    this.swarm = swarm
    this.queries = new Queries(
      () => log.view,
      () => log.steady()
    )
    this.watchers = new Watchers(this.queries, () => log.finalLength)
    this.keychain = new Keychain(store, log.encryptionKey)
    this.epochs = new Epochs(this.queries, this.keychain, keys)
    this.blobs = new Blobs(
      store,
      (epoch) => this.epochs.key(epoch),
      (bytes) => this.storage.room(bytes),
      new Claims(this.keychain)
    )
    this.actor = new Actor(log, this.queries)
    const leaving = async (): Promise<BlobSource[]> => [
      ...(await this.releases.sources()),
      ...this.keeper.leaving()
    ]
    this.receipts = new Receipts(this.actor, this.queries, this.blobs, leaving)
    this.releases = new Releases(this)
    const { queries, actor, epochs } = this
    this.drives = new CurrentDrives({ store, log, queries, actor, epochKey: (epoch) => epochs.key(epoch) })
    this.#reclaim = new Reclaim(this)
    this.examining = new Examining(options.media, this.closing, (error) => this.warn(error))
    this.#refreshes = new Rounds(
      async () => {
        await this.refresh()
        this.#duties.wake()
        await this.#attend()
      },
      (error) => this.warn(error)
    )
    this.succession = new Succession(this)
    this.blinds = new Blinds({
      log,
      queries: this.queries,
      keychain: this.keychain,
      keys,
      swarm,
      replicate: (stream) => share(store, stream),
      onchange: () => this.#met(),
      onwarning: (error) => this.warn(error)
    })
    this.#duties = new Duties(this)
    this.wishes = new Wishes(this.keychain, options.keep)
    this.looks = new Looks((id, variant) => this.keeper.looked(id, variant))
    this.keeper = new Keeper(this)
    this.upkeep = options.upkeep === false ? null : new Upkeep(this)
    this.#circle = new Circle(this.keychain, keys.writerKey, (id) =>
      this.queries.rows((rows) => rows.invite(id))
    )
    this.#gate = this.#openGate()
    this.#pairing = swarm && new BlindPairing(swarm.hyperswarm)
    this.#doorkeeper =
      this.#pairing &&
      new Doorkeeper(this.#pairing, {
        log,
        queries: this.queries,
        keychain: this.keychain,
        keys,
        epochs: this.epochs,
        onrequest: (request) => this.#tell('join-request', request),
        onadmitted: (admitted) => this.#tell('admitted', admitted),
        onwarning: (error) => this.warn(error)
      })
    this.invites = this.invitesOf(this.actor)
    this.#listen()
  }

  static async open(options: SessionOptions): Promise<Session> {
    const belongings = new Belongings()
    const part = options.storage.part(options.namespace, (key) => belongings.has(key))
    const store = await part.catch(async (error: unknown) => {
      await options.swarm?.close()
      throw error
    })
    relayAll(store)
    keepHistories(store)
    const logStore = store.namespace('log')
    let keys: DeviceKeys
    let log: Log
    let { swarm } = options
    try {
      keys = await deviceKeys(store, logStore)
      swarm ??= await Swarm.open(options.network, keys.identity)
      const { key, encryptionKey, keyProtection = null } = options
      const { system = null, handings } = options.admission ?? {}
      log = await Log.open(logStore, {
        key,
        writer: options.reading ? await logStore.createKeyPair('hyperalbum/reader') : keys.writer,
        encryptionKey,
        keyProtection,
        system,
        handings: handings ?? []
      })
    } catch (error) {
      await swarm?.close()
      await store.close()
      throw error
    }
    const session = new Session(store, keys, log, swarm, options, belongings)
    try {
      if (options.kit) await session.#learn(options.kit)
      await session.#start(options.admission)
    } catch (error) {
      await session.close()
      throw error
    }
    return session
  }

  async #learn({ epochKeys, devices, mirrors }: Kit): Promise<void> {
    for (const key of epochKeys) await this.epochs.learn(key)
    await this.#circle.remember(devices)
    await this.blinds.remember(mirrors.map(({ key }) => key))
  }

  async #start(admission: Admission | null): Promise<void> {
    if (admission) await this.epochs.learn(admission.epochKey)
    await this.#circle.open(admission)
    await this.blinds.open()
    // A disk that is full keeps nobody from reading.
    await this.wishes.rules().catch((error: unknown) => this.warn(error))
    // An index that is partly with others opens all the same, and is read when they are there.
    const later = (error: unknown): void => {
      if (codeOf(error) !== 'INDEX_INCOMPLETE') throw error
    }
    await this.refresh().catch(later)
    if (this.swarm) {
      const { hyperswarm } = this.swarm
      for (const stream of hyperswarm.connections) this.#meet(stream)
      hyperswarm.on('connection', this.#meet)
      this.swarm.join(this.log.discoveryKey)
      await this.#openLocal()
    }
    if (await this.invites.hasMade()) await this.#doorkeeper?.answer()
    await this.#attend().catch(later)
    this.#duties.wake()
    await this.storage.compactLater().catch((error: unknown) => this.warn(error))
  }

  // ---- who may come in

  readonly #meet = (stream: NoiseStream): void => {
    this.#gate.meet(stream)
    this.blinds.meet(stream)
  }
  readonly #look = (): void => this.#local?.look()

  async #openLocal(): Promise<void> {
    const scope = this.swarm?.local
    if (!scope) return
    // Loaded where it is used, as the swarm is.
    const { Local } = await import('./network/local.ts')
    const { log, keys } = this
    const { publicKey: identity } = keys.identity
    this.#local = await Local.open({
      scope,
      albumKey: log.encryptionKey,
      identity,
      isPresent: (other) => this.present().some((one) => b4a.equals(one, other)),
      onconnection: (stream) => this.meet(stream, { spare: true })
    }).catch((error: unknown) => {
      // As where another program has the port. The internet is still there.
      this.warn(error)
      return null
    })
    this.swarm?.hyperswarm.dht.on('network-change', this.#look)
  }

  async #closeLocal(): Promise<void> {
    this.swarm?.hyperswarm.dht.off('network-change', this.#look)
    await this.#local?.close()
    this.#local = null
  }

  #openGate(): Gate {
    const { log } = this
    return new Gate({
      key: log.key,
      discoveryKey: log.discoveryKey,
      identity: this.keys.identity,
      certificate: () => this.#circle.certificate,
      consult: (identity, certified) => this.#circle.consult(identity, certified),
      judge: (identity, certified) => this.#circle.judge(identity, certified),
      dismissed: (by) => {
        this.#circle.dismissed(by)
        log.dismissed = this.#circle.isDismissed
      },
      welcomed: (by) => {
        this.#circle.welcomed(by)
        log.dismissed = this.#circle.isDismissed
      },
      admit: (stream) => {
        share(this.store, stream)
        log.attach(stream)
      },
      changed: () => {
        const there = this.present().length
        if (there < this.#there) this.#look()
        this.#there = there
        this.#met()
      }
    })
  }

  /** Somebody came or went. */
  #met(): void {
    this.#tell('peers')
    this.keeper.wake({ peers: true })
    this.upkeep?.wake()
    // What could not be read while nobody was there.
    this.#refreshes.wake()
  }

  /** Identities of the devices that are connected. */
  present(): Uint8Array[] {
    return this.#gate.present()
  }

  /** Meets a connection that does not come from the swarm; a `spare` one ends when its device is in by another. */
  meet(stream: NoiseStream, options: { spare?: boolean } = {}): void {
    this.#gate.meet(stream, options)
  }

  // ---- following the log

  #listen(): void {
    const { log } = this
    log.on('change', ({ shared }) => {
      this.queries.invalidate()
      this.watchers.rewritten(shared)
    })
    log.on('reopened', () => this.watchers.reopened())
    log.on('update', () => {
      this.queries.invalidate()
      this.watchers.shown()
      this.updated.emit('update')
      this.#refreshes.wake()
    })
    log.on('writable', () => {
      this.#tell('writable', log.writable)
      this.#duties.wake()
    })
    log.on('upgrade', (version) => this.#tell('upgrade-required', version))
    log.on('warning', (error) => this.warn(error))
    this.storage.store.once('close', () => {
      if (!this.closed) log.lose(new AlbumError('CLOSED', 'The Corestore of the album was closed'))
    })
    this.updated.setMaxListeners(0)
  }

  /** Reports trouble in the background. */
  warn(error: unknown): void {
    if (!isClosing(error)) this.#tell('warning', error as Error)
  }

  // Listeners ask the album about it: one that is closing has no answers.
  #tell<E extends keyof AlbumEvents>(event: E, ...args: AlbumEvents[E]): void {
    if (!this.closed) this.events.emit(event, ...(args as never))
  }

  get closed(): boolean {
    return this.#closing.signal.aborted
  }

  get closing(): AbortSignal {
    return this.#closing.signal
  }

  get suspended(): boolean {
    return this.#suspended
  }

  /** Reads anew who is who, and does what cannot wait: somebody was let in, or has to go. */
  refresh(): Promise<void> {
    return this.#turns.run(() => this.#refresh())
  }

  async #refresh(): Promise<void> {
    const before = this.cast
    this.cast = await this.queries.cast()
    this.#belongings.cast = this.cast
    // A finished view that was taken over from others may be of a version whose ops never came by here.
    const { version } = this.cast.album
    if (version > SUPPORTED_VERSION) this.log.requireUpgrade(version)
    const kept = this.#circle.follow(this.cast)
    this.log.dismissed = this.#circle.isDismissed
    this.#gate.recheck()
    if (changedMembers(before, this.cast)) this.#tell('members')
    this.keeper.wake()
    this.upkeep?.wake()
    await kept
    await this.blinds.follow(this.cast)
    // Where the index cannot be read, it is as it was.
    if (await this.#circle.reread().catch(() => false)) this.#gate.recheck()
  }

  /** Answers invites that were handed to this device. */
  async #attend(): Promise<void> {
    if (await this.#doorkeeper?.attend()) this.#duties.wake()
  }

  async acknowledge(): Promise<void> {
    await this.#doorkeeper?.acknowledge()
  }

  async reclaim(): Promise<void> {
    await this.#reclaim.run()
    await this.releases.run()
  }

  /** Says what this device holds, as it is: in the order of an heir who took over the index it may not stand there. */
  async recount(): Promise<void> {
    await this.releases.own()
    await this.receipts.renew()
  }

  // ---- life

  invitesOf(actor: Actor): Invites {
    const { log, queries, keychain, keys } = this
    return new Invites({ log, queries, keychain, keys, actor, doorkeeper: this.#doorkeeper })
  }

  // One after the other: a phone goes back and forth faster than this ends.
  suspend(): Promise<void> {
    return this.#resting.run(() => this.#suspend())
  }

  resume(): Promise<void> {
    return this.#resting.run(() => this.#resume())
  }

  async #suspend(): Promise<void> {
    if (this.closed) throw new AlbumError('CLOSED', 'The album is closed')
    if (this.#suspended) return
    this.#suspended = true
    await this.#closeLocal()
    await this.blinds.suspend()
    await this.#pairing?.suspend()
    await this.swarm?.suspend()
    await this.storage.suspend()
  }

  async #resume(): Promise<void> {
    if (this.closed) throw new AlbumError('CLOSED', 'The album is closed')
    if (!this.#suspended) return
    this.#suspended = false
    await this.storage.resume()
    await this.swarm?.resume()
    this.#pairing?.resume()
    await this.blinds.resume()
    await this.#openLocal()
    this.log.lookup()
    // What this device does by itself rested too.
    this.#duties.wake()
  }

  /** Ends everything; what is under way ends with `CLOSED`. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    await this.#resting.run(() => this.#resume()).catch((error: unknown) => this.warn(error))
    this.#closing.abort()
    this.queries.close()
    this.updated.emit('update')
    this.swarm?.hyperswarm.off('connection', this.#meet)
    await this.#closeLocal()
    this.receipts.close()
    // Whoever waits for a block ends here.
    await this.blobs.close()
    await this.keeper.close()
    await this.upkeep?.end()
    await this.#doorkeeper?.close()
    await this.blinds.close()
    const pairing = this.#pairing?.close().catch(() => {})
    this.#gate.close(this.swarm === null)
    await this.swarm?.close()
    await pairing
    await this.examining.close()
    await this.log.close()
    await this.#refreshes.end()
    await this.#duties.end()
    await this.drives.close()
    await this.keychain.close()
    await this.store.close()
    await this.storage.close()
    this.events.emit('close')
  }
}

function changedMembers(before: Cast, after: Cast): boolean {
  const text = (cast: Cast): string =>
    [...cast.members].map(([n, row]) => `${n}${row.name}${row.role}${row.removed}`).join() +
    [...cast.devices].map(([n, row]) => `${n}${row.name}${row.removed}`).join()
  return text(before) !== text(after)
}
