import b4a from 'b4a'
import type { Out } from '../schema/codec.ts'
import { Holdings } from './holdings.ts'
import { key } from './keys.ts'
import type { Pass } from './pass.ts'
import { without } from './ranges.ts'
import type { Contribution } from './rows.ts'
import { type Author, LIMITS } from './rules.ts'
import { change } from './standing.ts'

/**
 * A device asks for leave to drop originals. It has it where as many others hold them as are promised; then it counts as a
 * holder no more, from here on in the log's order, so that of two who ask at the same time the second hears of the first.
 */
export async function release(pass: Pass, author: Author, body: Out['release']): Promise<void> {
  if (author.delegated || body.ids.length > LIMITS.ids) return
  const { nonce, ids } = body
  const { device } = author
  const album = await pass.founded()
  const receipts = new OwnReceipts(pass, device)
  for (const id of ids) {
    // Each half of a Live Photo by itself: which belong together may change before the bytes are dropped.
    const file = await pass.rows.exact(id)
    if (file === null) continue
    const { contributions } = file.record
    const granted = body.gone || (await receipts.holdings.areEnough(contributions, device, album))
    await pass.rows.put(key.leave(device, id), 'leave-row', { nonce, granted })
    if (!granted) continue
    await receipts.forget(contributions)
    if (contributions.some((one) => one.device === device && !one.freed)) {
      const freed = contributions.map((one) => (one.device === device ? { ...one, freed: true } : one))
      await change(pass, id, file, { contributions: freed })
    }
  }
  await receipts.write()
}

/** Receipts of the device that asks. Each has up to `LIMITS.ranges` numbers, and is written once for all photos. */
class OwnReceipts {
  readonly holdings: Holdings
  readonly #pass: Pass
  readonly #holder: number
  readonly #changed = new Map<string, { row: Uint8Array; held: { ranges: number[]; at: number } }>()

  constructor(pass: Pass, holder: number) {
    this.#pass = pass
    this.#holder = holder
    this.holdings = new Holdings(pass.rows)
  }

  async forget(contributions: Contribution[]): Promise<void> {
    for (const { device, drive, original } of contributions) {
      const held = (await this.holdings.drive(device, drive, false)).get(this.#holder)
      if (!held) continue
      held.ranges = without(held.ranges, original.blockOffset, original.blockLength, LIMITS.ranges)
      const row = key.hold(device, drive, false, this.#holder)
      this.#changed.set(b4a.toString(row, 'hex'), { row, held })
    }
  }

  async write(): Promise<void> {
    const { rows } = this.#pass
    for (const { row, held } of this.#changed.values()) {
      if (held.ranges.length === 0) await rows.delete(row)
      else await rows.put(row, 'hold-row', held)
    }
  }
}
