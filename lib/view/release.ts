import type { Out } from '../schema/codec.ts'
import { Holdings, PROMISED } from './holdings.ts'
import { key } from './keys.ts'
import type { Pass } from './pass.ts'
import { without } from './ranges.ts'
import type { Contribution, Shown } from './rows.ts'
import { type Author, LIMITS } from './rules.ts'
import { change } from './standing.ts'

/**
 * A device asks for leave to drop originals. It has it where as many others hold them as are promised; then it counts as a
 * holder no more, from here on in the log's order, so that of two who ask at the same time the second hears of the first.
 */
export async function release(pass: Pass, author: Author, body: Out['release']): Promise<void> {
  if (author.delegated || body.ids.length > LIMITS.ids) return
  const { nonce, ids } = body
  for (const id of ids) {
    // Each half of a Live Photo by itself: which belong together may change before the bytes are dropped.
    const file = await pass.rows.exact(id)
    if (file === null) continue
    const granted = await letGo(pass, author.device, file)
    await pass.rows.put(key.leave(author.device, id), 'leave-row', { nonce, granted })
  }
}

async function letGo(pass: Pass, holder: number, file: Shown): Promise<boolean> {
  const promised = (await pass.founded()).promise || PROMISED
  const { contributions } = file.record
  const holdings = new Holdings(pass.rows)
  const others = new Set((await holdings.holders(contributions)).keys())
  others.delete(holder)
  if (others.size < promised) return false
  await forget(pass, holder, contributions, holdings)
  if (contributions.some(({ device }) => device === holder)) {
    const freed = contributions.map((one) => (one.device === holder ? { ...one, freed: true } : one))
    await change(pass, file.id, file, { contributions: freed })
  }
  return true
}

/** Takes blocks out of a device's receipts. */
async function forget(
  pass: Pass,
  holder: number,
  contributions: Contribution[],
  holdings: Holdings
): Promise<void> {
  for (const { device, drive, original } of contributions) {
    const held = (await holdings.drive(device, drive, false)).get(holder)
    if (!held) continue
    const { blockOffset, blockLength } = original
    held.ranges = without(held.ranges, blockOffset, blockLength, LIMITS.ranges)
    const row = key.hold(device, drive, false, holder)
    if (held.ranges.length === 0) await pass.rows.delete(row)
    else await pass.rows.put(row, 'hold-row', held)
  }
}
