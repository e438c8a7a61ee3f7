// Shows everything that a view holds, as the public interface would: what throws there throws for every reader.
import type Hyperbee from 'hyperbee'
import type { BeeNode } from 'hyperbee'
import { type StructName, decode } from '../lib/schema/codec.ts'
import { Cast } from '../lib/view/cast.ts'
import { presentCaptured, presentPhoto } from '../lib/view/present.ts'

// Numbers of the tables in lib/view/keys.ts whose rows have columns of these structs.
const ROWS: [number, StructName][] = [
  [1, 'album-row'],
  [2, 'member-row'],
  [4, 'device-row'],
  [7, 'invite-row'],
  [19, 'purged'],
  [20, 'history-row'],
  [21, 'collection-row'],
  [24, 'hold-row'],
  [25, 'comment-row'],
  [28, 'ext-row']
]

function rowsOf(bee: Hyperbee, table: number): AsyncIterable<BeeNode> {
  return bee.createReadStream({ gte: Uint8Array.of(table), lt: Uint8Array.of(table + 1) })
}

/** Resolves to how many rows there are; throws where one cannot be shown. */
export async function presentAll(bee: Hyperbee): Promise<number> {
  const cast = await Cast.read(bee)
  let count = 0
  for (const [table, name] of ROWS) {
    for await (const { value } of rowsOf(bee, table)) {
      const row = decode(name, value) as { at?: number; expires?: number }
      for (const time of [row.at, row.expires]) if (time !== undefined) new Date(time).toISOString()
      count++
      if (name !== 'history-row') continue
      const { before, after } = decode(name, value)
      for (const { captured } of [before, after]) if (captured) presentCaptured(captured)
    }
  }
  for (const table of [11, 17]) {
    for await (const { key, value } of rowsOf(bee, table)) {
      presentPhoto(key, decode('record', value), cast, 1)
      count++
    }
  }
  return count
}
