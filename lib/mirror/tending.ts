import fs from 'node:fs'
import type { Album } from '../album.ts'
import { AlbumError, codeOf, storageError } from '../errors.ts'
import type { Admitted, Change, Signal, Variant } from '../types.ts'
import { isClosing, sleep } from '../util/wait.ts'
import { Backoff } from './backoff.ts'
import type { MirrorAdmitted, MirrorEvent, MirrorHealth, MirrorTrouble } from './events.ts'
import { Inventory } from './inventory.ts'

/** What a mirror keeps: of a Live Photo both files are the original. */
export const EVERYTHING: Variant[] = ['original', 'preview', 'thumbnail']

// Milliseconds until what is lacking is looked at again; between two words while it catches up, which may take days; and
// how long a photo that did not fit on the disk is waited for: it was here, or with somebody who is connected.
const LOOK_AGAIN = 1000
const PACE = 5000
const PATIENCE = 1000
// A full disk is tried again as soon as there is so much more room, in bytes, or else after these milliseconds.
const ROOM = 64_000_000
const FULL = { first: 30_000, most: 600_000 }
// Troubles that are kept until they are told.
const MOST_TROUBLES = 20

/** An open album that is mirrored: follows it and tells how it is, until it is stopped or the album can go on no more. */
export class Tending {
  readonly #album: Album
  readonly #folder: string
  readonly #interval: number
  readonly #signal: Signal
  readonly #inventory: Inventory
  readonly #troubles: MirrorTrouble[] = []
  readonly #arrivals: MirrorAdmitted[] = []
  readonly #full = new Backoff(FULL)
  #fullUntil: number | null = null
  #freeWhenFull = Infinity
  #retrying = false
  #incomplete = false
  #changedAt: string | null = null
  #admitted = false
  #told = { at: -Infinity, text: '' }
  #wake: () => void = () => {}
  #news = false

  constructor(album: Album, folder: string, interval: number, signal: Signal) {
    this.#album = album
    this.#folder = folder
    this.#interval = interval
    this.#signal = signal
    this.#inventory = new Inventory(album)
  }

  /** Throws `REMOVED`, and what the album must be opened anew for. */
  async *run(): AsyncGenerator<MirrorEvent> {
    const album = this.#album
    album.on('update', this.#onupdate).on('warning', this.#onwarning).on('upgrade-required', this.#onupgrade)
    album.on('peers', this.#onnews).on('members', this.#onnews).on('close', this.#onnews)
    album.on('admitted', this.#onadmitted)
    this.#signal.addEventListener('abort', this.#onnews)
    try {
      yield { type: 'opened', id: album.id, name: album.name }
      while (!this.#signal.aborted) {
        if (album.closed) throw new AlbumError('LOG_FAILED', 'The album closed by itself')
        this.#news = false
        await this.#look()
        yield* this.#arrivals.splice(0)
        yield* this.#troubles.splice(0)
        const health = await this.#health()
        if (this.#isDue(health)) yield health
        await this.#pause()
      }
    } finally {
      this.#signal.removeEventListener('abort', this.#onnews)
      album
        .off('update', this.#onupdate)
        .off('warning', this.#onwarning)
        .off('upgrade-required', this.#onupgrade)
      album.off('peers', this.#onnews).off('members', this.#onnews).off('close', this.#onnews)
      album.off('admitted', this.#onadmitted)
    }
  }

  readonly #onnews = (): void => {
    this.#news = true
    this.#wake()
  }

  readonly #onadmitted = (admitted: Admitted): void => {
    this.#arrivals.push({ type: 'admitted', ...admitted })
    this.#onnews()
  }

  readonly #onupdate = (changes: Change[]): void => {
    this.#changedAt = new Date().toISOString()
    for (const { type, id } of changes) {
      if (type === 'reset') this.#inventory.recount()
      else this.#inventory.changed(id)
    }
    this.#onnews()
  }

  readonly #onwarning = (error: Error): void => {
    let retryIn: number | null = null
    if (codeOf(error) === 'STORAGE_FULL') {
      // Told once, however many photos do not fit.
      if (this.#fullUntil !== null) return
      retryIn = this.#full.next()
      this.#fullUntil = Date.now() + retryIn
    }
    this.#trouble(error, retryIn)
  }

  readonly #onupgrade = (): void => {
    this.#trouble(
      new AlbumError('UPGRADE_REQUIRED', 'The album has a newer version: update this program'),
      null
    )
  }

  #trouble(error: Error, retryIn: number | null): void {
    if (this.#troubles.length === MOST_TROUBLES) this.#troubles.shift()
    this.#troubles.push(troubleOf(error, retryIn))
    this.#onnews()
  }

  async #look(): Promise<void> {
    try {
      await this.#inventory.look()
      this.#incomplete = false
    } catch (error) {
      if (codeOf(error) !== 'INDEX_INCOMPLETE') throw error
      // The others bring it.
      this.#incomplete = true
    }
  }

  // The background gave up where the disk was full.
  async #retry(): Promise<void> {
    this.#retrying = true
    const waiting = { variants: EVERYTHING, timeout: PATIENCE, signal: this.#signal }
    const failure = await this.#album.download({}, waiting).then(
      ({ missing }) => missing.find(({ error }) => error.code === 'STORAGE_FULL')?.error ?? null,
      (error: Error) => error
    )
    this.#retrying = false
    this.#fullUntil = null
    this.#freeWhenFull = Infinity
    if (failure === null) this.#full.reset()
    else if (codeOf(failure) === 'STORAGE_FULL') this.#onwarning(failure)
    else if (!isClosing(failure) && !this.#signal.aborted) this.#trouble(failure, null)
    this.#onnews()
  }

  /** Bytes; where they are enough for what did not fit, it is tried again. */
  async #diskFree(): Promise<number> {
    const { bavail, bsize } = await fs.promises.statfs(this.#folder)
    const free = bavail * bsize
    if (this.#fullUntil === null || this.#retrying) return free
    this.#freeWhenFull = Math.min(this.#freeWhenFull, free)
    if (free >= this.#freeWhenFull + ROOM || Date.now() >= this.#fullUntil) void this.#retry()
    return free
  }

  async #health(): Promise<MirrorHealth> {
    const { name, role, photos, peers } = await this.#album.status()
    if (role === null && this.#admitted) {
      throw new AlbumError('REMOVED', 'This mirror was removed from the album: it holds what it had')
    }
    this.#admitted = role !== null
    const diskFree = await this.#diskFree()
    const { held, bytes, counting } = this.#inventory
    return {
      type: 'health',
      name,
      role,
      known: photos,
      held,
      counting,
      bytes,
      online: peers.map(({ member, device }) => `${member}, ${device}`),
      changedAt: this.#changedAt,
      diskFree,
      memory: process.memoryUsage.rss(),
      trouble: this.#fullUntil !== null ? 'STORAGE_FULL' : this.#incomplete ? 'INDEX_INCOMPLETE' : null
    }
  }

  /** Whether it is time to tell it. */
  #isDue({ role, known, held, counting, online, changedAt, trouble }: MirrorHealth): boolean {
    const text = JSON.stringify([role, known, held, counting, online, changedAt, trouble])
    const since = Date.now() - this.#told.at
    const wait = counting || held < known ? PACE : 0
    const due = since >= this.#interval || (text !== this.#told.text && since >= wait)
    if (due) this.#told = { at: Date.now(), text }
    return due
  }

  // Until something happens, or is to be looked at again, or to be told.
  async #pause(): Promise<void> {
    if (this.#news || this.#signal.aborted) return
    const { counting, finding, lacking } = this.#inventory
    if ((counting || finding) && !this.#incomplete) return
    const busy = lacking > 0 || this.#incomplete || this.#fullUntil !== null
    const left = this.#told.at + this.#interval - Date.now()
    const woken = new AbortController()
    this.#wake = () => woken.abort()
    await sleep(Math.max(0, busy ? Math.min(LOOK_AGAIN, left) : left), woken.signal)
    this.#wake = () => {}
  }
}

/** An error as a mirror tells it. */
export function troubleOf(error: unknown, retryIn: number | null): MirrorTrouble {
  return { type: 'trouble', error: storageError(error), retryIn }
}
