import b4a from 'b4a'
import type Hyperbee from 'hyperbee'
import type { Keychain } from '../log/keychain.ts'
import type { Log } from '../log/log.ts'
import type { Storage } from '../log/storage.ts'
import { type Out, decode, encode } from '../schema/codec.ts'
import { Mutex } from '../util/wait.ts'
import { isPurged, parse, range } from '../view/keys.ts'
import type { Queries } from '../view/queries.ts'
import { Rows } from '../view/rows.ts'
import type { Blobs } from './blobs.ts'
import { allSourcesOf } from './sources.ts'

const MARK = 'purged'
// More new rows than this are not looked through one by one.
const MAX_ROWS = 20_000

/** A photo that was deleted for good. */
interface Purged {
  id: Uint8Array
  row: Out['purged']
}

interface Seen {
  length: number
  hash: Uint8Array
}

interface Parts {
  log: Log
  queries: Queries
  keychain: Keychain
  blobs: Blobs
  storage: Storage
}

/**
 * Drops the bytes of purged photos from this disk, also those purged while this device was away. Only what the final
 * view says is done: a purge that is reordered away must not have cost a byte.
 */
export class Reclaim {
  readonly #parts: Parts
  readonly #turns = new Mutex()
  // Rows of the view that were final when it looked last, and its hash there.
  #seen: Seen | null = null

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Looks for purges that have not been carried out here; resolves to how many there were. */
  run(): Promise<number> {
    return this.#turns.run(() => this.#run())
  }

  async #run(): Promise<number> {
    const { keychain, log, storage } = this.#parts
    if (log.finalLength === this.#seen?.length) return 0
    const { seen, purged } = await this.#look()
    let done = 0
    for (const { id, row } of purged) {
      const hex = b4a.toString(id, 'hex')
      // A row changes where a photo is purged again, or added again in vain: there are more bytes than before.
      const mark = encode('count', { count: row.changes })
      const before = await keychain.get(MARK, hex)
      if (before !== null && b4a.equals(before, mark)) continue
      const cast = await this.#parts.queries.cast()
      await storage.owe()
      for (const source of allSourcesOf(row.contributions, cast)) await this.#parts.blobs.clear(source)
      await keychain.put(MARK, hex, mark)
      done++
    }
    // An open state of the view would keep on disk what was there when it was opened.
    if (done > 0) {
      this.#parts.queries.invalidate()
      await storage.compact()
    }
    this.#seen = seen
    return done
  }

  /** The photos of which a purge became final since it looked last; of all where it has not looked, or at another index. */
  #look(): Promise<{ seen: Seen | null; purged: Purged[] }> {
    return this.#parts.queries.at(async (bee) => {
      const purged: Purged[] = []
      const final = Math.min(this.#parts.log.finalLength, bee.version)
      if (final < 2) return { seen: null, purged }
      const seen = { length: final, hash: await bee.core.treeHash(final) }
      const state = bee.checkout(final, { reuseSession: true })
      const since = await this.#since(bee, final)
      if (since === null) {
        for await (const row of state.createReadStream(range.purged())) {
          purged.push({ id: parse.id(row.key), row: decode('purged', row.value) })
        }
        return { seen, purged }
      }
      const rows = new Rows(state)
      for await (const block of bee.createHistoryStream({ gte: since, lt: final })) {
        if (!isPurged(block.key)) continue
        const id = parse.id(block.key)
        const row = await rows.purged(id)
        if (row) purged.push({ id, row })
      }
      return { seen, purged }
    })
  }

  /** From which row on it has not looked; null where that would be too many, or what it saw is another index now. */
  async #since(bee: Hyperbee, final: number): Promise<number | null> {
    const { length, hash } = this.#seen ?? { length: Infinity, hash: null }
    if (hash === null || length > final || final - length > MAX_ROWS) return null
    return b4a.equals(await bee.core.treeHash(length), hash) ? length : null
  }
}
