import fs from 'node:fs'
import type Dht from 'hyperdht'
import { AlbumError, codeOf } from '../errors.ts'
import { blindCodeId, decodeBlindCode } from '../membership/blindcode.ts'
import type { Signal } from '../types.ts'
import { folderAt } from '../util/disk.ts'
import { bounded, manyWaitOn, sleep } from '../util/wait.ts'
import { Backoff } from './backoff.ts'
import { BlindDisk } from './blinddisk.ts'
import type { BlindMirrorEvent, BlindMirrorHealth, BlindMirrorOptions } from './blindevents.ts'
import { setUp } from './blindsetup.ts'
import type { MirrorTrouble } from './events.ts'
import { troubleOf } from './tending.ts'

// A mirror that failed is opened again after so long, in milliseconds; having been open for so long, it has recovered.
const REOPENING = { first: 1000, most: 300_000 }
const RECOVERED = 60_000
const CLOSING = 30_000
// Half of it is for photos.
const LEAST_BYTES = 64_000_000
// A timer of Node counts to 2^31 milliseconds.
const MOST_INTERVAL = 0x7fffffff
// Milliseconds between two looks at what has come.
const PACE = 1000

/** What no trying again mends. */
const FINAL = [
  'ABORTED',
  'BAD_ARGUMENT',
  'INVITE_EXPIRED',
  'INVITE_INVALID',
  'INVITE_REJECTED',
  'INVITE_USED',
  'NOT_AN_ALBUM'
]

/**
 * An always-on box that holds an album and cannot read it: its devices leave their encrypted cores there and fetch what
 * others left, until the `signal` aborts or the caller stops iterating. A folder is set up with a `code` from
 * `album.blindMirrors.create`, as soon as the device that made it is online; a code that was used here already is not asked
 * for again, and a new one sets the folder up anew, with the cores it has. Only devices that an owner's device has put on its
 * list can connect. What fails is told as a `trouble`, and tried again; what no trying mends is thrown: `NOT_AN_ALBUM` for a
 * folder that was not set up, without a code; `INVITE_EXPIRED`, `INVITE_INVALID`, `INVITE_REJECTED`, `INVITE_USED`,
 * `BAD_ARGUMENT`; and `STORAGE_FAILED` where it cannot even be closed.
 */
export async function* runBlindMirror(
  folder: string,
  options: BlindMirrorOptions = {}
): AsyncGenerator<BlindMirrorEvent> {
  const root = folderAt(folder)
  const { interval = 60_000, maxBytes = Infinity, signal = manyWaitOn().signal } = options
  if (!(interval >= 1 && interval <= MOST_INTERVAL)) {
    throw new AlbumError('BAD_ARGUMENT', `interval is milliseconds, from 1 to ${MOST_INTERVAL}`)
  }
  if (!(maxBytes >= LEAST_BYTES)) {
    throw new AlbumError('BAD_ARGUMENT', `maxBytes is a number of bytes, from ${LEAST_BYTES}`)
  }
  const code = options.code === undefined ? null : decodeBlindCode(options.code)
  const backoff = new Backoff(REOPENING)
  while (!signal.aborted) {
    let failure: unknown = null
    let since = Infinity
    const running = new Running(root, maxBytes, signal)
    try {
      const disk = await running.prepare(options.network)
      if (code && !disk.hasUsed(blindCodeId(code.secret))) {
        yield { type: 'waiting' }
        const list = await setUp(running.dht, disk.keyPair, code, signal)
        if (list === null) return
        await disk.setUp(list, blindCodeId(code.secret))
      }
      if (disk.list === null)
        throw new AlbumError('NOT_AN_ALBUM', 'This is no blind mirror yet: give it a code')
      since = Date.now()
      yield* running.run(interval)
    } catch (error) {
      failure = error
    } finally {
      await running.close()
    }
    if (signal.aborted || failure === null) return
    if (FINAL.includes(codeOf(failure))) throw failure
    if (Date.now() - since >= RECOVERED) backoff.reset()
    const retryIn = backoff.next()
    yield troubleOf(failure, retryIn)
    await sleep(retryIn, signal)
  }
}

type Box = import('./blindbox.ts').BlindBox

/** A blind mirror from one opening to the next. */
class Running {
  readonly #folder: string
  readonly #maxBytes: number
  readonly #signal: Signal
  readonly #troubles: MirrorTrouble[] = []
  #dht: Dht | null = null
  #ownsDht = false
  #disk: BlindDisk | null = null
  #box: Box | null = null
  #wake: () => void = () => {}
  #news = false

  constructor(folder: string, maxBytes: number, signal: Signal) {
    this.#folder = folder
    this.#maxBytes = maxBytes
    this.#signal = signal
  }

  get dht(): Dht {
    return this.#dht as Dht
  }

  async prepare(network: BlindMirrorOptions['network']): Promise<BlindDisk> {
    this.#disk = await BlindDisk.open(this.#folder)
    const { default: HyperDht } = await import('hyperdht')
    if (network && 'swarm' in network) {
      throw new AlbumError(
        'BAD_ARGUMENT',
        'A blind mirror has its own swarm: network is { bootstrap } or { dht }'
      )
    }
    this.#ownsDht = !(network && 'dht' in network)
    this.#dht =
      network && 'dht' in network
        ? (network.dht as unknown as Dht)
        : new HyperDht(network && 'bootstrap' in network ? { bootstrap: network.bootstrap } : {})
    return this.#disk
  }

  async *run(interval: number): AsyncGenerator<BlindMirrorEvent> {
    // A blind peer changes how all Hypercores of its process ask for blocks, so that it is loaded only here.
    const { BlindBox } = await import('./blindbox.ts')
    const disk = this.#disk as BlindDisk
    const box = await BlindBox.open(disk, this.dht, this.#maxBytes, {
      onchange: this.#onnews,
      onlist: this.#onnews,
      onerror: (error) => {
        this.#troubles.push(troubleOf(error, null))
        this.#onnews()
      }
    })
    this.#box = box
    this.#signal.addEventListener('abort', this.#onnews)
    yield { type: 'opened', id: Buffer.from(disk.keyPair.publicKey).toString('hex') }
    let told = { at: -Infinity, text: '' }
    while (!this.#signal.aborted) {
      this.#news = false
      await box.look()
      yield* this.#troubles.splice(0)
      const health = await this.#health(disk, box)
      const { allowed, online, cores, full } = health
      const text = [allowed, online, cores, full].join(' ')
      if (text !== told.text || Date.now() - told.at >= interval) {
        told = { at: Date.now(), text }
        yield health
      }
      await this.#pause(Math.min(PACE, interval))
    }
  }

  readonly #onnews = (): void => {
    this.#news = true
    this.#wake()
  }

  async #health({ list }: BlindDisk, box: Box): Promise<BlindMirrorHealth> {
    const { bavail, bsize } = await fs.promises.statfs(this.#folder)
    return {
      type: 'health',
      allowed: list === null ? 0 : list.owners.length + list.others.length,
      online: box.door.present,
      cores: box.cores,
      bytes: box.bytes,
      diskFree: bavail * bsize,
      memory: process.memoryUsage.rss(),
      full: box.full
    }
  }

  async #pause(milliseconds: number): Promise<void> {
    if (this.#news || this.#signal.aborted) return
    const rest = manyWaitOn()
    this.#wake = () => rest.abort()
    await sleep(milliseconds, rest.signal)
    this.#wake = () => {}
  }

  async close(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#onnews)
    try {
      await bounded(this.#close(), { timeout: CLOSING }, 'Closing the blind mirror')
    } catch (error) {
      // Its folder stays locked until this process ends.
      throw new AlbumError('STORAGE_FAILED', 'The blind mirror cannot be closed: start it again', {
        cause: error
      })
    }
  }

  async #close(): Promise<void> {
    await this.#box?.close()
    if (this.#ownsDht) await this.#dht?.destroy()
  }
}
