import b4a from 'b4a'
import type { Keychain } from '../log/keychain.ts'
import type { Log } from '../log/log.ts'
import type { Storage } from '../log/storage.ts'
import { type Out, decode, encode } from '../schema/codec.ts'
import { Mutex } from '../util/wait.ts'
import { parse, range } from '../view/keys.ts'
import type { Queries } from '../view/queries.ts'
import type { Blobs } from './blobs.ts'
import { allSourcesOf } from './sources.ts'

const MARK = 'purged'

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
  // Rows of the view that were final when it looked last.
  #seen = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Looks for purges that have not been carried out here; resolves to how many there were. */
  run(): Promise<number> {
    return this.#turns.run(() => this.#run())
  }

  async #run(): Promise<number> {
    const { keychain, log, storage } = this.#parts
    const final = log.finalLength
    if (final === this.#seen) return 0
    let done = 0
    for (const { id, row } of await this.#purged()) {
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
    this.#seen = final
    return done
  }

  #purged(): Promise<{ id: Uint8Array; row: Out['purged'] }[]> {
    return this.#parts.queries.at(async (bee) => {
      const rows: { id: Uint8Array; row: Out['purged'] }[] = []
      const final = Math.min(this.#parts.log.finalLength, bee.version)
      if (final < 2) return rows
      for await (const row of bee.checkout(final, { reuseSession: true }).createReadStream(range.purged())) {
        rows.push({ id: parse.id(row.key), row: decode('purged', row.value) })
      }
      return rows
    })
  }
}
