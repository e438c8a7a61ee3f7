import type Hyperbee from 'hyperbee'
import type { Log } from '../log/log.ts'
import { decode } from '../schema/codec.ts'
import { fromHex, toHex } from '../util/hex.ts'
import { Holdings } from '../view/holdings.ts'
import { isHold, key, parse } from '../view/keys.ts'
import type { Queries } from '../view/queries.ts'
import { covers } from '../view/ranges.ts'
import { Rows } from '../view/rows.ts'
import type { Unwanted } from './dropping.ts'

// More rows than this are not looked through at once.
const MAX_ROWS = 100_000

interface Parts {
  log: Log
  queries: Queries
}

/** What this device said of a drive from some row of the index on. */
interface Told {
  row: number
  ranges: number[]
}

/** What it said, by rows of receipts, as far as it is final; and which rows changed since. */
interface Said {
  final: Map<string, Told[]>
  open: Set<string>
}

/**
 * Of each blob, whether this device may drop it, as the final order of the log has it; null while it is not final that its
 * receipts do not count it. It ceased to hold them after the row `since` of the index. What counts is who else held a blob
 * there: of several devices that let go of it, the last sees that nobody does.
 */
export function decide(
  { log, queries }: Parts,
  device: number,
  since: number,
  unwanted: Unwanted[]
): Promise<(boolean | null)[]> {
  return queries.at(async (bee) => {
    const final = Math.min(log.finalLength, bee.version)
    if (bee.version - since > MAX_ROWS || final < since) return unwanted.map(() => null)
    const said = await read(bee, device, since, final)
    const states = new Map<number, { rows: Rows; holdings: Holdings }>()
    const at = (row: number): { rows: Rows; holdings: Holdings } => {
      const rows = new Rows(bee.checkout(row, { reuseSession: true }))
      const state = states.get(row) ?? { rows, holdings: new Holdings(rows) }
      states.set(row, state)
      return state
    }
    const decisions: (boolean | null)[] = []
    const now = new Rows(bee)
    for (const one of unwanted) {
      const { source } = one
      const name = toHex(key.hold(source.device, source.drive, source.renditions, device))
      const told = said.final.get(name) ?? []
      const before = await at(since).holdings.drive(source.device, source.drive, source.renditions)
      // Receipts have not room for everything: what they never counted, nobody counted on.
      const first = { row: since, ranges: before.get(device)?.ranges ?? [] }
      const row = told.length === 0 && said.open.has(name) ? null : ceased([first, ...told], one)
      decisions.push(row === null ? null : await isElsewhere(at(row), one, device, now))
    }
    return decisions
  })
}

async function read(bee: Hyperbee, device: number, since: number, final: number): Promise<Said> {
  const said: Said = { final: new Map(), open: new Set() }
  for await (const block of bee.createHistoryStream({ gte: since, lt: bee.version })) {
    if (!isHold(block.key) || parse.hold(block.key).holder !== device) continue
    const name = toHex(block.key)
    const ranges = block.type === 'del' ? [] : decode('hold-row', block.value).ranges
    if (block.seq < final) said.final.set(name, [...(said.final.get(name) ?? []), { row: block.seq, ranges }])
    else said.open.add(name)
  }
  return said
}

/** From which row on a blob was not counted any more; null where it still is. */
function ceased(told: Told[], { source: { pointer } }: Unwanted): number | null {
  const counts = ({ ranges }: Told): boolean => covers(ranges, pointer.blockOffset, pointer.blockLength)
  return told[told.findLastIndex(counts) + 1]?.row ?? null
}

/**
 * Whether at a state of the view as many devices beside this one hold a blob as the album promises, at least one. Who was
 * removed since, `now`, is not counted on.
 */
export async function isElsewhere(
  { rows, holdings }: { rows: Rows; holdings: Holdings },
  { file, variant }: Unwanted,
  device: number,
  now: Rows = rows
): Promise<boolean> {
  const found = await rows.exact(fromHex(file, 32) as Uint8Array)
  const album = await now.album()
  const promised = variant === 'original' ? ((await rows.album())?.promise ?? 0) : 0
  const holders = found ? await holdings.holders(found.record.contributions, variant) : new Map()
  holders.delete(device)
  let there = 0
  const current = now === rows ? holdings : new Holdings(now)
  for (const holder of holders.keys()) if (album && (await current.counts(holder, album))) there++
  return there >= Math.max(1, promised)
}
