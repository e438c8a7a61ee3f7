import b4a from 'b4a'
import type Corestore from 'corestore'
import { AlbumError } from '../errors.ts'
import type { Actor } from '../log/actor.ts'
import type { Log } from '../log/log.ts'
import { Mutex } from '../util/wait.ts'
import type { Cast } from '../view/cast.ts'
import type { Queries } from '../view/queries.ts'
import { OwnDrives } from './own.ts'

interface Parts {
  store: Corestore
  log: Log
  queries: Queries
  actor: Actor
  epochKey(epoch: Uint8Array): Promise<Uint8Array | null>
}

/** This device's drives of the current epoch: fresh ones when an epoch begins, made known before anything points there. */
export class CurrentDrives {
  readonly #parts: Parts
  readonly #turns = new Mutex()
  #own: OwnDrives | null = null
  // What is being written when an epoch begins still goes to the drives of the one before.
  readonly #opened: OwnDrives[] = []

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** The drives to write to, and their number among those of this device. */
  get(): Promise<{ drives: OwnDrives; number: number }> {
    return this.#turns.run(async () => {
      const { queries } = this.#parts
      const cast = await queries.cast()
      const { epoch } = cast.album
      if (this.#own === null || epoch === null || !b4a.equals(this.#own.epoch, epoch)) {
        const key = epoch && (await this.#parts.epochKey(epoch))
        if (epoch === null || key === null) {
          throw new AlbumError(
            'NOT_WRITABLE',
            'The key of the current epoch has not arrived yet: try again shortly'
          )
        }
        this.#own = await this.#open(epoch, key)
      }
      const drives = this.#own
      const number = this.#numberIn(cast, drives) ?? (await this.#announce(drives))
      return { drives, number }
    })
  }

  /** A pair of this device's drives by its number: that of an earlier epoch, too. */
  numbered(number: number): Promise<OwnDrives> {
    return this.#turns.run(async () => {
      const cast = await this.#parts.queries.cast()
      const device = cast.deviceByWriter(this.#parts.log.writer)
      const drives = device && cast.drivesOf(device.number)[number - 1]
      const key = drives && (await this.#parts.epochKey(drives.epoch))
      if (!key) throw new AlbumError('NOT_WRITABLE', 'The key of those drives is not on this device')
      return this.#open(drives.epoch, key)
    })
  }

  // An epoch comes back where one that was begun apart gives way to it: never two writers to its drives.
  async #open(epoch: Uint8Array, key: Uint8Array): Promise<OwnDrives> {
    const open = this.#opened.find((one) => b4a.equals(one.epoch, epoch))
    if (open) return open
    const drives = await OwnDrives.open(this.#parts.store, epoch, key)
    this.#opened.push(drives)
    return drives
  }

  #numberIn(cast: Cast, drives: OwnDrives): number | null {
    const device = cast.deviceByWriter(this.#parts.log.writer)
    const known = device === null ? [] : cast.drivesOf(device.number)
    const index = known.findIndex((one) => b4a.equals(one.originals, drives.publicKey))
    return index === -1 ? null : index + 1
  }

  async #announce(drives: OwnDrives): Promise<number> {
    const { actor, log, queries } = this.#parts
    await actor.append('device', drives.announcement(log.key, log.writer))
    const number = this.#numberIn(await queries.cast(), drives)
    if (number === null)
      throw new AlbumError('NOT_WRITABLE', 'The album did not take the drives of this device')
    return number
  }

  async close(): Promise<void> {
    await this.#turns.run(async () => {
      for (const drives of this.#opened) await drives.close()
    })
  }
}
