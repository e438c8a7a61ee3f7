import EventEmitter from 'events'
import b4a from 'b4a'
import type Corestore from 'corestore'
import Hyperbee from 'hyperbee'
import Protomux from 'protomux'
import ProtomuxWakeup from 'protomux-wakeup'
import type Hypercore from 'hypercore'
import type { KeyPair, NoiseStream } from 'hypercore'
import { AlbumError, storageError } from '../errors.ts'
import type { KeyProtection } from '../types.ts'
import { isClosing, manyWaitOn, sleep } from '../util/wait.ts'
import { apply } from '../view/apply.ts'
import { type Handing, isRightful } from '../view/handings.ts'
import { coreKeyOf } from '../view/identity.ts'
import { flushAtOnce } from './atomic.ts'
import { Backlog } from './backlog.ts'
import { IndexCopy } from './indexcopy.ts'
import { Moved, PatientAutobase } from './patient.ts'
import { mendSnapshots } from './snapshots.ts'
import { AppendQueue } from './queue.ts'
import { tame } from './tame.ts'

// A base that closed by itself (an error below it, a block that crashes it) is opened again so many times.
const REOPENINGS = 3
// Open for so long, in milliseconds, it counts as having recovered.
const STEADY = 60_000
// The indexer confirms what others wrote after this long, in milliseconds; Autobase's own default is 10 s.
const ACK_INTERVAL = 1000
const LOOKUP_DELAYS = [100, 1000, 4000]
// Blocks of Autobase's system core, some two an op, which a fast-forward needs; and how many of them, or else of rows of
// the index, take longer to work out than to take over.
const TAKING_NEEDS = 16
const WORTH_TAKING = { blocks: 64, rows: 2000 }
// After a fast-forward the index is fetched whole: at once where it has no more than so many rows, or else when the
// first page has had its time.
const SMALL_INDEX = 5000
const KEEP_DELAY = 3000
// An append that takes longer says why.
const APPEND_PATIENCE = 15_000

/** How far the view was rewritten by an update: rows up to `shared` are as before, `from` was the old length. */
export interface ViewChange {
  from: number
  to: number
  shared: number
}

interface LogEvents {
  change: [change: ViewChange]
  update: []
  /** Nothing that was read before need be so any more. */
  reopened: []
  writable: []
  upgrade: [version: number]
  warning: [error: Error]
}

export interface LogOptions {
  /** The album's key: null to found a new album. */
  key: Uint8Array | null
  /**
   * The signer of this device's writer core. Autobase would otherwise go on with the writer that it finds in the store
   * beside the album's first core: another's, where this album was joined here before (7.28).
   */
  writer: KeyPair
  /** Null where the store has it already. */
  encryptionKey: Uint8Array | null
  /** Of a joiner: where the finished index lies, as `system` of the member that admitted it, and how its signer came to it. */
  system: Uint8Array | null
  handings: readonly Handing[]
  keyProtection: KeyProtection | null
}

/** The album's log: one Autobase, which linearizes all writers' ops into one view, kept in working order. */
export class Log extends EventEmitter<LogEvents> {
  readonly #store: Corestore
  readonly #options: LogOptions
  readonly #queue: AppendQueue
  readonly #index: IndexCopy
  readonly #closing = manyWaitOn()
  // Shared by the bases that follow each other when one has to be opened again.
  readonly #wakeup = new ProtomuxWakeup()
  #base: PatientAutobase
  #reopened = 0
  #recovered = 0
  #recovering: Promise<void> | null = null
  /** Why the base last closed by itself. */
  #failure: Error | null = null
  /** Set when opening it again was given up. */
  #lost: AlbumError | null = null
  #upgrade: number | null = null
  #dismissed = false
  #writer: Uint8Array | null = null
  #moving: Promise<boolean> | null = null
  readonly #awaited = new Set<string>()

  private constructor(store: Corestore, options: LogOptions) {
    super()
    this.#store = store
    this.#options = options
    this.#base = this.#open()
    this.#queue = new AppendQueue((ops) => this.#append(ops))
    const cores = (): Hypercore[] => [this.#base.core, this.view.core]
    this.#index = new IndexCopy(cores, this.#closing.signal, () => this.emit('update'))
  }

  /** Opens the log in a namespace of its own. */
  static async open(store: Corestore, options: LogOptions): Promise<Log> {
    const log = new Log(store, options)
    try {
      await log.#base.ready()
      const { state } = log.#base.core.core
      if (state) mendSnapshots(state)
    } catch (error) {
      throw storageError(error)
    }
    if (!log.whole) log.#settle()
    return log
  }

  #open(): PatientAutobase {
    const { key, writer: keyPair, encryptionKey, keyProtection, system, handings } = this.#options
    const base = new PatientAutobase(this.#store.session({ namespace: this.#store.ns }), key, {
      valueEncoding: 'binary',
      keyPair,
      encryptionKey,
      blindEncryption: keyProtection && protection(keyProtection),
      bigBatches: true,
      wakeup: this.#wakeup,
      ackInterval: ACK_INTERVAL,
      ...(system && { fastForward: { key: system } }),
      open: (views, host) => {
        flushAtOnce(host)
        const core = views.get('view')
        return new Hyperbee(core, { extension: false, keyEncoding: 'binary', valueEncoding: 'binary' })
      },
      close: (view) => view.close(),
      apply: async (nodes, view, host) => {
        try {
          await apply(nodes, view, host)
        } finally {
          // Autobase's own event is lost where a fast-forward is about to be taken (7.28).
          if (base.interrupted !== null) this.requireUpgrade(Number(base.interrupted.split(' ')[1]))
        }
      },
      update: async (_view, changes) => {
        const change = changes.get('view')
        if (change) this.emit('change', change)
      }
    })
    base.maySign = (signer) => isRightful(base.key, handings, signer)
    base.on('error', (error: Error) => {
      if (this.closed) return
      this.#recovering ??= this.#recover(error).finally(() => {
        this.#recovering = null
      })
    })
    base.on('writer', tame)
    new Backlog(base, this.#closing.signal)
    base.on('warning', (error: Error) => this.emit('warning', error))
    base.on('update', () => this.emit('update'))
    base.on('writable', () => this.emit('writable'))
    base.on('unwritable', () => this.emit('writable'))
    // It always has a listener.
    base.on('interrupt', () => {})
    base.on('reboot', () => this.#settle())
    base.on('fast-forward', () => this.#settle())
    return base
  }

  /** Opens the base again after it closed by itself; gives up after a few times in a row. */
  async #recover(error: Error): Promise<void> {
    this.#failure = error
    if (Date.now() - this.#recovered > STEADY) this.#reopened = 0
    for (let failure: Error | null = error; failure !== null && !this.closed;) {
      const { message } = failure
      const moved = failure instanceof Moved
      if (!moved) {
        this.emit('warning', new AlbumError('LOG_FAILED', `The log closed: ${message}`, { cause: failure }))
      }
      // A disk that is full keeps nobody from reading.
      const full = storageError(failure).code === 'STORAGE_FULL'
      if (!full && !moved && ++this.#reopened > REOPENINGS) {
        const advice = 'The log closed again and again: close the album, and open it anew'
        this.lose(new AlbumError('LOG_FAILED', advice, { cause: failure }))
        return
      }
      await this.#base.close().catch(() => {})
      await sleep(250 * (1 + this.#reopened), this.#closing.signal)
      if (this.closed || this.#lost) return
      this.#base = this.#open()
      failure = await this.#base.ready().then(
        () => this.#base.getLastError(),
        (reason: Error) => reason
      )
    }
    this.#recovered = Date.now()
    this.emit('reopened')
    this.emit('update')
    // What others wrote meanwhile was told to the one before.
    this.lookup()
  }

  /**
   * Moves to the index that another device signs, by the key of its system core and that device's writer core; resolves to
   * whether that is what this device has now. Not where nobody gives it: try again when others are there.
   */
  move(system: Uint8Array, writer: Uint8Array): Promise<boolean> {
    this.#moving ??= this.#move(system, writer).finally(() => {
      this.#moving = null
      this.emit('update')
    })
    return this.#moving
  }

  async #move(system: Uint8Array, writer: Uint8Array): Promise<boolean> {
    const isThere = (): boolean => b4a.equals(this.#base.core.key, system)
    if (isThere()) return true
    await this.#base.moveTo(system, (signer) => b4a.equals(coreKeyOf(signer), writer))
    // It closes on the way.
    await this.#base.update().catch(() => {})
    await this.#recovering
    return isThere()
  }

  /** From now on everything fails with this error: what the log stands on is gone. */
  lose(why: AlbumError): void {
    this.#lost = why
    // Whoever waits for something to come finds out that nothing will.
    this.emit('update')
  }

  /** Resolves when the log is open: at once, but where it closed by itself and is being opened again. */
  async steady(): Promise<void> {
    if (this.#base.taking) await this.#moving
    await this.#recovering
    if (this.#lost && !this.closed) throw this.#lost
  }

  get key(): Uint8Array {
    return this.#base.key
  }

  get discoveryKey(): Uint8Array {
    return this.#base.discoveryKey
  }

  get encryptionKey(): Uint8Array {
    return this.#base.encryptionKey
  }

  /** The key of the core that leads to the finished index; null where it is so small that it is worked out as fast. */
  get system(): Uint8Array | null {
    const { core } = this.#base
    const { blocks, rows } = WORTH_TAKING
    const worth = core.signedLength >= blocks || this.finalLength >= rows
    return worth && core.signedLength >= TAKING_NEEDS ? core.key : null
  }

  /** The key of this device's writer core. */
  get writer(): Uint8Array {
    // While a base that closed is being opened again it has none.
    return (this.#writer ??= this.#base.local.key)
  }

  /** Keys of the cores in which the index lies. */
  get cores(): Uint8Array[] {
    return this.#base.views().map(({ key }) => key)
  }

  get writable(): boolean {
    return this.#base.writable && !this.#dismissed
  }

  /** Whether this device was told, past the log, that it was removed: it writes nothing more. */
  get dismissed(): boolean {
    return this.#dismissed
  }

  set dismissed(dismissed: boolean) {
    if (dismissed === this.#dismissed) return
    this.#dismissed = dismissed
    this.emit('writable')
  }

  get isIndexer(): boolean {
    return this.#base.isIndexer
  }

  get view(): Hyperbee {
    return this.#base.view
  }

  /** Lets a connection ask which writers have something new. */
  attach(stream: NoiseStream): void {
    this.#wakeup.addStream(stream)
    // By itself it listens for all topics at once, and another album's on the same connection takes its place.
    const topic = { protocol: 'wakeup', id: this.discoveryKey }
    Protomux.from(stream).pair(topic, () => this.#base.wakeupSession?.addStream(stream))
    this.lookup()
  }

  /** The album's version, where this program stopped because it does not know it. */
  get upgrade(): number | null {
    return this.#upgrade
  }

  /** Stops writing for good: the album is at a version that this program does not know. */
  requireUpgrade(version: number): void {
    if (this.#upgrade !== null) return
    this.#upgrade = version
    this.emit('upgrade', version)
  }

  get closed(): boolean {
    return this.#closing.signal.aborted
  }

  /** Rows of the view that can never be reordered. */
  get finalLength(): number {
    return this.view.core.signedLength
  }

  /** Whether the device that signs the index has signed something of its own: otherwise no heir could go on from there. */
  get isTakenUp(): boolean {
    const { core } = this.#base
    return core.signedLength > (core.manifest?.prologue?.length ?? 0)
  }

  /** Where the signed part of the index ends, in Autobase's system core: what an heir goes on from. */
  get signed(): { system: Uint8Array; length: number } {
    const { core } = this.#base
    return { system: core.key, length: core.signedLength }
  }

  /** Blocks of that core, with those that are not signed yet. */
  get length(): number {
    return this.#base.core.length
  }

  /** Whether the whole index lies on this device, so that appending needs nobody. */
  get whole(): boolean {
    return this.#index.whole
  }

  /** Appends ops, in one atomic run. Resolves when they stand in the log and the view shows them. */
  append(ops: Uint8Array[]): Promise<void> {
    if (this.closed) return Promise.reject(new AlbumError('CLOSED', 'The album is closed'))
    return this.#queue.append(ops)
  }

  async #append(ops: Uint8Array[]): Promise<void> {
    await this.steady()
    if (this.#upgrade !== null) throw upgradeRequired()
    // While it takes over a finished view Autobase has no local writer for a moment (7.28).
    if (!this.writable) await this.#base.update()
    if (this.#dismissed) throw new AlbumError('REMOVED', 'This device was removed from the album')
    if (!this.writable) throw new AlbumError('NOT_WRITABLE', 'This device may not write to the album')
    await this.#index.untilReadable()
    const watchdog = setTimeout(() => this.emit('warning', this.#whyAppendWaits()), APPEND_PATIENCE)
    try {
      await this.#base.append(ops)
    } catch (error) {
      if (this.#upgrade !== null) throw upgradeRequired(error)
      if (this.closed) throw new AlbumError('CLOSED', 'The album was closed while adding', { cause: error })
      const known = storageError(isClosing(error) ? (this.#failure ?? error) : error)
      if (known.code !== 'STORAGE_FAILED') throw known
      throw new AlbumError('LOG_FAILED', 'The log closed while writing: try again', { cause: known.cause })
    } finally {
      clearTimeout(watchdog)
    }
  }

  #whyAppendWaits(): AlbumError {
    const reason = this.whole
      ? 'much has to be put in order first'
      : 'a part of the index is still with other devices'
    return new AlbumError('LOG_FAILED', `Writing to the album takes long: ${reason}`)
  }

  #settle(): void {
    this.#soon('keep', this.finalLength <= SMALL_INDEX ? 0 : KEEP_DELAY, () => {
      this.#index.fetch().catch((error: Error) => {
        if (!this.closed && !isClosing(error)) this.emit('warning', error)
      })
    })
    this.lookup()
  }

  // One of a name at a time: reboots come in bursts.
  #soon(name: string, delay: number, task: () => void): void {
    if (this.#awaited.has(name)) return
    this.#awaited.add(name)
    void sleep(delay, this.#closing.signal).then(() => {
      this.#awaited.delete(name)
      if (!this.closed) task()
    })
  }

  /**
   * Asks peers which writers have something new, now and again shortly after. Autobase asks only after a
   * fast-forward, and a joiner could miss a writer for good (autobase 7.28, measured).
   */
  lookup(): void {
    for (const delay of LOOKUP_DELAYS) {
      this.#soon(`lookup ${delay}`, delay, () => {
        this.#base.wakeupSession?.broadcastLookup({})
      })
    }
  }

  /** Looks whether these writers have something new. */
  seek(writers: Uint8Array[]): void {
    this.#base.hintWakeup(writers.map((key) => ({ key, length: -1 })))
  }

  /** How many blocks of a writer's core stand in the log's order. */
  async inOrder(writer: Uint8Array): Promise<number> {
    return (await this.#base.system?.get(writer))?.length ?? 0
  }

  /** Waits until the log has taken in what has arrived so far. */
  async update(): Promise<void> {
    await this.#base.update()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#base.close()
    this.#wakeup.destroy()
    await this.#queue.idle()
  }
}

/** The album is at a version that this program does not know. */
export function upgradeRequired(cause?: unknown): AlbumError {
  return new AlbumError('UPGRADE_REQUIRED', 'The album needs a newer version of this program', { cause })
}

function protection(keys: KeyProtection): {
  encrypt(key: Uint8Array): Promise<{ value: Uint8Array; type: number }>
  decrypt(sealed: { value: Uint8Array }): Promise<{ value: Uint8Array; rotated: boolean }>
} {
  return {
    encrypt: async (key) => ({ value: await keys.seal(key), type: 0 }),
    decrypt: async ({ value }) => ({ value: await keys.open(value), rotated: false })
  }
}
