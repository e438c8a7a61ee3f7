import fs from 'node:fs'
import path from 'node:path'
import BlindPeer, { type AddedCores } from 'blind-peer'
import c from 'compact-encoding'
import type { InnerCore, NoiseStream, RemotePeer } from 'hypercore'
import type Dht from 'hyperdht'
import Protomux, { type Channel } from 'protomux'
import { encode, tryDecode } from '../schema/codec.ts'
import { AlbumError, storageError } from '../errors.ts'
import { PROTOCOL } from '../network/blind.ts'
import { keepHistory } from '../network/histories.ts'
import { toHex } from '../util/hex.ts'
import { Mutex, isClosing } from '../util/wait.ts'
import { MAX_LIST_BYTES, type SignedAllowed, includes, isNewer, openAllowed } from '../view/allowed.ts'
import type { BlindDisk } from './blinddisk.ts'
import { BlindDoor } from './blinddoor.ts'
import { type Left, Shares } from './blindshares.ts'

// Cores that a device on the list may ask for in one message.
const MOST_AT_ONCE = 1024
// Cores of photos leave this part of the room to the log, and as many bytes at least; and all leave this much of the disk to
// RocksDB: see log/storage.ts.
const FOR_LOG = 0.05
const FOR_LOG_BYTES = 32_000_000
const RESERVE_BYTES = 160 * 1024 * 1024
// How often, in milliseconds, the disk is measured; in between what comes is counted.
const MEASURE = 60_000

interface Events {
  /** Somebody came or went, the list or the room changed. */
  onchange(): void
  /** There is a newer list. */
  onlist(): void
  onerror(error: unknown): void
}

/**
 * A blind mirror that is running: the cores of an album, of which it can read none, for the devices on its list. A blind
 * peer (3.8.1) lets anybody add cores, evicts old ones for new ones, and lets whom it trusts delete them; this one serves
 * its devices alone, and neither evicts nor deletes.
 */
export class BlindBox {
  readonly door: BlindDoor
  readonly #disk: BlindDisk
  readonly #peer: FamilyPeer
  readonly #room: Room
  readonly #events: Events
  // What was told to each device.
  readonly #channels = new Map<Channel, { device: Uint8Array; told: string }>()
  readonly #turns = new Mutex()
  // Whether it was told that a list cannot be kept.
  #complained = false

  private constructor(disk: BlindDisk, door: BlindDoor, peer: FamilyPeer, room: Room, events: Events) {
    this.#disk = disk
    this.door = door
    this.#peer = peer
    this.#room = room
    this.#events = events
  }

  static async open(disk: BlindDisk, dht: Dht, maxBytes: number, events: Events): Promise<BlindBox> {
    const isAllowed = (key: Uint8Array): boolean => {
      const { list } = disk
      return list !== null && (includes(list.owners, key) || includes(list.others, key))
    }
    const store = path.join(disk.folder, 'store')
    const room = new Room(store, maxBytes)
    const door = new BlindDoor(dht, disk.keyPair, isAllowed)
    const isOpen = (): boolean => disk.isWhole
    const peer = new FamilyPeer({ store, swarm: door, isOpen, room, isAllowed, listed: () => disk.list })
    const box = new BlindBox(disk, door, peer, room, events)
    try {
      await peer.ready()
      await room.measure()
      await disk.prove()
      door.on('connection', (stream) => box.#meet(stream))
      door.on('change', () => events.onchange())
      await peer.listen()
      if (!disk.isWhole) {
        const lost =
          'A list of devices was lost: nobody gets anything here until any device has brought a newer one'
        events.onerror(new AlbumError('STORAGE_FAILED', lost))
      }
    } catch (error) {
      await box.close().catch(() => {})
      throw storageError(error)
    }
    return box
  }

  get cores(): number {
    return this.#peer.digest.cores
  }

  get bytes(): number {
    return this.#room.used
  }

  get full(): boolean {
    return this.#room.left.photos <= 0
  }

  /** Measures the disk, where that is due, and tells who is connected; tries again to keep what could not be kept. */
  async look(): Promise<void> {
    await this.#keep()
    if (await this.#room.measureSometimes()) await this.#peer.goOn()
    for (const [channel, { device, told }] of this.#channels)
      if (told !== `${this.bytes} ${this.#isFullFor(device)}`) this.#tell(channel)
  }

  #meet(stream: NoiseStream): void {
    const device = stream.remotePublicKey
    const channel = Protomux.from(stream).createChannel({
      protocol: PROTOCOL,
      id: null,
      messages: [
        { encoding: c.buffer, onmessage: () => {} },
        {
          encoding: c.buffer,
          onmessage: (bytes) => {
            if (bytes.byteLength > MAX_LIST_BYTES) return stream.destroy()
            this.#take(bytes)
            this.#tell(channel)
          }
        },
        { encoding: c.buffer, onmessage: (bytes) => this.#peer.hear(device, bytes) }
      ],
      onclose: () => channel && this.#channels.delete(channel)
    })
    if (channel === null) return
    this.#channels.set(channel, { device, told: '' })
    channel.open()
    this.#tell(channel)
  }

  #tell(channel: Channel | null): void {
    const { list } = this.#disk
    const to = channel && this.#channels.get(channel)
    if (list === null || !to || channel.closed) return
    const { final, changes } = list
    const full = this.#isFullFor(to.device)
    to.told = `${this.bytes} ${full}`
    channel.messages[0]?.send(encode('blind-state', { final, changes, bytes: this.bytes, full }))
  }

  /** Whether it takes no more photos of a device. */
  #isFullFor(device: Uint8Array): boolean {
    return !this.#peer.mayAdd(device)
  }

  /** Takes a list that is newer, and that an owner signed by the list there is. */
  #take(bytes: Uint8Array): void {
    const list = openAllowed(bytes)
    const before = this.#disk.list
    if (list === null || before === null) return
    if (!isNewer(list, before) || !includes(before.owners, list.issuer)) return
    // Who is off the list goes at once, whatever the disk says.
    const { isWhole } = this.#disk
    this.#disk.take(list)
    if (isWhole) this.door.recheck()
    else this.door.empty()
    for (const channel of this.#channels.keys()) this.#tell(channel)
    this.#events.onlist()
    void this.#keep()
  }

  /** Keeps the list; says once where it cannot. */
  #keep(): Promise<void> {
    return this.#turns.run(async () => {
      try {
        await this.#disk.keep()
        this.#complained = false
      } catch (error) {
        if (!this.#complained) this.#events.onerror(error)
        this.#complained = true
      }
    })
  }

  async close(): Promise<void> {
    await this.door.close()
    await this.#keep()
    await this.#peer.close()
  }
}

interface PeerParts {
  /** Its folder. */
  store: string
  swarm: BlindDoor
  /** Whether it gives and takes cores at all. */
  isOpen: () => boolean
  room: Room
  isAllowed: (key: Uint8Array) => boolean
  listed: () => SignedAllowed | null
}

/** The blind peer of one family. */
class FamilyPeer extends BlindPeer {
  readonly #room: Room
  readonly #shares: Shares
  readonly #isAllowed: (key: Uint8Array) => boolean
  readonly #isOpen: () => boolean
  // Cores, in hex, that were opened for a connection: a blind peer opens a session each time that it is asked.
  readonly #given = new WeakMap<NoiseStream, Set<string>>()

  constructor({ store, swarm, isOpen, room, isAllowed, listed }: PeerParts) {
    super(store, { swarm, maxBytes: Infinity, enableGc: false })
    this.#room = room
    this.#isAllowed = isAllowed
    this.#isOpen = isOpen
    // Beside what a blind peer keeps: has to be named before the database is opened.
    this.#shares = new Shares(this.rocks.session({ columnFamily: 'hyperalbum' }), listed)
  }

  protected override async _open(): Promise<void> {
    await this.#shares.load()
    await super._open()
  }

  protected override _onconnection(stream: NoiseStream): void {
    if (this.#isOpen()) return super._onconnection(stream)
    // Who finds nobody there that takes cores goes again at once (blind-peering 2.0), with the list.
    const mux = Protomux.from(stream)
    const protocol = 'blind-peer'
    mux.pair({ protocol }, () => {
      const messages = [{ encoding: c.raw, onmessage: () => {} }]
      mux.createChannel({ protocol, id: null, messages })?.open()
    })
  }

  protected override _isTrustedPeer(key: Uint8Array): boolean {
    return this.#isAllowed(key)
  }

  // Members use the other way to add cores; and what one has given, no other takes away.
  protected override async _onaddcore(): Promise<never> {
    throw new Error('Not here')
  }

  protected override async _ondeletecore(): Promise<never> {
    throw new Error('Not here')
  }

  protected override async _onaddcores(stream: NoiseStream, request: AddedCores): Promise<null> {
    const { cores, referrer, priority } = request
    if (cores.length > MOST_AT_ONCE) {
      stream.destroy()
      return null
    }
    const isTaken = async (key: Uint8Array, log: boolean): Promise<boolean> =>
      this.#shares.ask(key, stream.remotePublicKey, log) || this.db.hasCore(key)
    const given = this.#given.get(stream) ?? new Set()
    this.#given.set(stream, given)
    const taken: typeof cores = []
    for (const core of cores) {
      if (!(await isTaken(core.key, priority > 0)) || given.has(toHex(core.key))) continue
      given.add(toHex(core.key))
      taken.push(core)
    }
    // A blind peer makes a core of it, whatever it is.
    const known = referrer !== null && (await isTaken(referrer, true)) ? referrer : null
    await this.#shares.save()
    return super._onaddcores(stream, { ...request, cores: taken, referrer: known })
  }

  // Kept open and whole, as a blind peer does, but not announced: members come by its key. What counts for nobody is
  // opened for those who ask for it.
  protected override async _announceCore(key: Uint8Array): Promise<void> {
    const id = toHex(key)
    if (this.announcedCores.has(id) || !this.#shares.counts(key)) return
    const core = this.store.get({ key })
    this.announcedCores.set(id, core)
    await core.ready()
    core.download({ start: 0, end: -1 })
  }

  protected override _oncoreopen(core: InnerCore): void {
    super._oncoreopen(core)
    keepHistory(core)
    const tracker = this.activeReplication.get(toHex(core.discoveryKey))
    if (!tracker) return
    const fits = (): boolean => core.header !== null && this.#shares.fits(core.header.key, this.#room.left)
    // Where there is no room nothing more is asked for, and nothing taken that was asked for before: that may be many
    // blocks, of 16 MB each. What it has it goes on giving.
    tracker.core.on('peer-add', (peer: RemotePeer) => {
      const [range, upgrade] = [peer._requestRange.bind(peer), peer._requestUpgrade.bind(peer)]
      peer._requestRange = (one) => fits() && range(one)
      peer._requestUpgrade = (one) => fits() && upgrade(one)
    })
    const verify = core.verify.bind(core)
    core.verify = (proof, from) =>
      (proof.block || proof.upgrade) && !fits() ? Promise.resolve(false) : verify(proof, from)
    tracker.core.on('download', (_: number, bytes: number) => {
      this.#room.take(bytes)
      if (core.header) this.#shares.take(core.header.key, bytes)
    })
  }

  /** Whether a device may leave more photos here. */
  mayAdd(device: Uint8Array): boolean {
    return this.#shares.mayAdd(device, this.#room.left)
  }

  /** A device says who writes cores. */
  hear(device: Uint8Array, bytes: Uint8Array): void {
    const said = tryDecode('blind-writes', bytes)
    for (const core of said?.cores ?? []) this.#shares.vouch(core, said?.device as Uint8Array, device)
  }

  protected override async _close(): Promise<void> {
    await this.#shares.save()
    await super._close()
  }

  /** There may be room again; what came is kept, of which a kill forgets a minute. */
  async goOn(): Promise<void> {
    await this.#shares.save()
    for (const { core } of this.activeReplication.values()) core.core.replicator.updateAll()
  }
}

/** How much of the disk a mirror takes. */
class Room {
  readonly #folder: string
  readonly #most: number
  #used = 0
  #free = 0
  #at = -Infinity

  constructor(folder: string, most: number) {
    this.#folder = folder
    this.#most = most
  }

  get used(): number {
    return this.#used
  }

  /** What it may take yet. */
  get left(): Left {
    const most = Math.min(this.#most, this.#used + this.#free - RESERVE_BYTES)
    const log = Math.max(FOR_LOG_BYTES, most * FOR_LOG)
    return { photos: most - log - this.#used, log }
  }

  take(bytes: number): void {
    this.#used += bytes
    this.#free -= bytes
  }

  async measureSometimes(): Promise<boolean> {
    if (Date.now() - this.#at < MEASURE) return false
    await this.measure()
    return true
  }

  async measure(): Promise<void> {
    this.#at = Date.now()
    try {
      const { bavail, bsize } = await fs.promises.statfs(this.#folder)
      let used = 0
      for (const name of await fs.promises.readdir(this.#folder, { recursive: true })) {
        // Files come and go there.
        const stat = await fs.promises.stat(path.join(this.#folder, name)).catch(() => null)
        if (stat?.isFile()) used += stat.size
      }
      this.#free = bavail * bsize
      this.#used = used
    } catch (error) {
      if (!isClosing(error)) throw storageError(error)
    }
  }
}
