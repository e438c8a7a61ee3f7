import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import type { Actor } from '../log/actor.ts'
import type { Keychain } from '../log/keychain.ts'
import type { Log } from '../log/log.ts'
import type { Storage } from '../log/storage.ts'
import { Mutex } from '../util/wait.ts'
import { Holdings } from '../view/holdings.ts'
import type { Queries } from '../view/queries.ts'
import { LIMITS } from '../view/rules.ts'
import { Rows } from '../view/rows.ts'
import type { BlobSource, Blobs } from './blobs.ts'
import type { Receipts } from './receipts.ts'
import { sourcesOf } from './sources.ts'

// Where the keychain keeps what was asked for.
const MARK = 'releasing'
// And what was dropped.
const DROPPED = 'dropped'

interface Parts {
  actor: Actor
  log: Log
  queries: Queries
  keychain: Keychain
  blobs: Blobs
  storage: Storage
  receipts: Receipts
}

interface Outcome {
  /** This device's number. */
  device: number
  granted: boolean
}

/**
 * Lets go of originals with the album's leave. What is asked for is remembered, and the bytes are dropped when the final
 * view says that others hold them: the order of what is not final yet may still change.
 */
export class Releases {
  readonly #parts: Parts
  readonly #turns = new Mutex()
  // The nonces of the ops that ask, by file.
  #marks: Promise<Map<string, Uint8Array>> | null = null
  // Rows of the view that were final when it looked last.
  #seen = -1

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Asks for the album's leave to drop these files, by their ids in hex: of a Live Photo each half. Resolves when the log has it. */
  ask(ids: string[]): Promise<void> {
    const { actor, keychain, receipts } = this.#parts
    // From here on no receipt counts them in: one that came after the leave would take it back.
    const ask = (): Promise<void> =>
      receipts.silently(async () => {
        const marks = await this.#marked()
        const nonce = crypto.randomBytes(16)
        for (const id of ids) {
          await keychain.put(MARK, id, nonce)
          marks.set(id, nonce)
        }
        const ops: Uint8Array[] = []
        for (let i = 0; i < ids.length; i += LIMITS.ids) {
          const some = ids.slice(i, i + LIMITS.ids).map((id) => b4a.from(id, 'hex'))
          ops.push(actor.encode('release', { nonce, ids: some }))
        }
        await actor.appendAll(ops)
      })
    return this.#turns.run(() => ask().finally(() => (this.#seen = -1)))
  }

  /** Looks what has been decided; resolves to those of these files of which nothing is. */
  async undecided(ids: string[]): Promise<string[]> {
    await this.run()
    const marks = await this.#marked()
    return ids.filter((id) => marks.has(id))
  }

  /** Drops what the album has given leave to drop. */
  run(): Promise<void> {
    return this.#turns.run(() => this.#run())
  }

  async #run(): Promise<void> {
    const { keychain, log, queries, receipts, storage } = this.#parts
    const marks = await this.#marked()
    if (marks.size === 0) return
    // Just opened, the view may not show yet what this device wrote last.
    await log.update()
    const final = log.finalLength
    if (final === this.#seen) return
    let dropped = false
    for (const [id, nonce] of marks) {
      const outcome = await this.#decide(b4a.from(id, 'hex'), nonce)
      if (outcome === null) continue
      const sources = await this.#sourcesOf(id)
      if (outcome.granted) {
        const own = outcome.device
        // What this device gave since then, the album counts on.
        const gone = sources.filter(({ device, freed }) => device !== own || freed)
        // Remembered first: an heir who takes over the index may put in another order what is final now.
        if (gone.length > 0) {
          await storage.owe()
          await keychain.put(DROPPED, id, b4a.from([]))
        }
        for (const source of gone) await this.#parts.blobs.clear(source)
        dropped ||= gone.length > 0
      }
      await keychain.delete(MARK, id)
      marks.delete(id)
      // While it was marked no receipt counted it in, whatever became of it.
      for (const source of sources) receipts.arrived(source)
    }
    this.#seen = final
    if (dropped) {
      // An open state of the view would keep on disk what was there when it was opened.
      queries.invalidate()
      await storage.compact()
    }
  }

  /**
   * Tells of what was dropped that the album counts on nevertheless: an heir took over the index, and the log as it is in
   * order now does not give the leave that this device had.
   */
  own(): Promise<void> {
    return this.#turns.run(async () => {
      const { actor, blobs, keychain, queries } = this.#parts
      const device = actor.authorIn(await queries.cast())?.device
      if (device === undefined) return
      const lacking: Uint8Array[] = []
      for (const { id } of await keychain.list(DROPPED)) {
        for (const source of await this.#sourcesOf(id)) {
          const counted = source.device === device && !source.freed
          if (counted && !(await blobs.has(source))) lacking.push(b4a.from(id, 'hex'))
        }
      }
      for (let i = 0; i < lacking.length; i += LIMITS.ids) {
        const ids = lacking.slice(i, i + LIMITS.ids)
        await actor.append('release', { nonce: crypto.randomBytes(16), ids, gone: true })
      }
    })
  }

  /** Null while it is not final. */
  async #decide(id: Uint8Array, nonce: Uint8Array): Promise<Outcome | null> {
    const { actor, log, queries } = this.#parts
    const device = actor.authorIn(await queries.cast())?.device
    if (device === undefined) return null
    return queries.at(async (bee) => {
      const answer = async (rows: Rows): Promise<boolean | null> => {
        const row = await rows.leave(device, id)
        return row && b4a.equals(row.nonce, nonce) ? row.granted : null
      }
      const now = new Rows(bee)
      // Also where it was never written: this process ended before, or the photo is no more.
      if ((await answer(now)) === null) return { device, granted: false }
      const final = Math.min(log.finalLength, bee.version)
      if (final < 2) return null
      const granted = await answer(new Rows(bee.checkout(final, { reuseSession: true })))
      if (granted === null) return null
      // Those that were counted on may have gone since.
      const photo = granted ? await now.exact(id) : null
      const album = await now.album()
      const enough =
        photo === null ||
        album === null ||
        (await new Holdings(now).areEnough(photo.record.contributions, device, album))
      return { device, granted: granted && enough }
    })
  }

  /** Blobs that are about to be dropped. */
  async sources(): Promise<BlobSource[]> {
    const marks = await this.#marked()
    const all: BlobSource[] = []
    for (const id of marks.keys()) all.push(...(await this.#sourcesOf(id)))
    return all
  }

  async #sourcesOf(id: string): Promise<BlobSource[]> {
    const { queries } = this.#parts
    const cast = await queries.cast()
    const found = await queries.rows((rows) => rows.exact(b4a.from(id, 'hex')))
    return found ? sourcesOf(found.record.contributions, cast, 'original') : []
  }

  #marked(): Promise<Map<string, Uint8Array>> {
    if (this.#marks === null) {
      const reading = this.#parts.keychain.list(MARK)
      this.#marks = reading.then((rows) => new Map(rows.map(({ id, value }) => [id, value])))
      this.#marks.catch(() => (this.#marks = null))
    }
    return this.#marks
  }
}
