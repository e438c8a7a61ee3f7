import Corestore from 'corestore'
import crypto from 'hypercore-crypto'
import Hyperbee from 'hyperbee'
import { Album } from '../../index.ts'
import { range } from '../../lib/view/keys.ts'
import { type Benchmark, type Row, median, milliseconds, timed } from './harness.ts'
import { type BareRow, putsSince } from './bare.ts'
import { countPhotos, foundSession, photoOps } from './samples.ts'

const PAGE = 100

/** The first page of a large album, against reading as many rows of as many bytes from a bare Hyperbee. */
export const paging: Benchmark = {
  name: 'paging',
  async run({ quick, folder, note }) {
    const count = quick ? 2000 : 100_000
    const repetitions = quick ? 20 : 300
    const place = folder()
    const rows = await build(place, count, note)

    const store = new Corestore(folder())
    const core = store.get({ name: 'rows', encryptionKey: crypto.randomBytes(32) })
    const bee = new Hyperbee(core, { extension: false, keyEncoding: 'binary', valueEncoding: 'binary' })
    await bee.ready()
    for (let at = 0; at < rows.length; at += 1000) {
      const batch = bee.batch()
      for (const { key, value } of rows.slice(at, at + 1000)) await batch.put(key, value)
      await batch.flush()
    }
    note(`bare Hyperbee with ${rows.length} rows`)

    const album = await Album.open(place, { network: false })
    const all = range.time({ from: null, to: null })
    const results: Row[] = []
    for (const reverse of [false, true]) {
      const first = async (): Promise<number> => {
        let found = 0
        for await (const photo of album.list({ limit: PAGE, reverse })) if (photo.id) found++
        return found
      }
      const bare = async (): Promise<number> => {
        let found = 0
        for await (const row of bee.createReadStream(all, { limit: PAGE, reverse })) if (row.value) found++
        return found
      }
      const ours: number[] = []
      const limits: number[] = []
      for (let i = 0; i < repetitions + 20; i++) {
        const mine = await timed(first)
        const limit = await timed(bare)
        if (mine.value !== PAGE || limit.value !== PAGE) throw new Error('A page was not full')
        // The first ones only warm up, both sides alike.
        if (i < 20) continue
        ours.push(mine.ms)
        limits.push(limit.ms)
      }
      results.push({
        what: `first page of ${PAGE} of ${count}${reverse ? ', newest first' : ''}`,
        ours: milliseconds(median(ours)),
        limit: milliseconds(median(limits)),
        ratio: median(ours) / median(limits),
        target: { atMost: 1.3 }
      })
    }
    await album.close()
    await store.close()
    return results
  }
}

/** Makes an album of so many photos in a folder; gives all its rows in order of their making. */
export async function build(place: string, count: number, note: (text: string) => void): Promise<BareRow[]> {
  const session = await foundSession(place)
  const ops = await photoOps(session, 'Dad', count)
  const made = await timed(async () => {
    for (let at = 0; at < ops.length; at += 10) await session.log.append(ops.slice(at, at + 10))
  })
  if ((await countPhotos(session)) !== count) throw new Error('Not all photos are in the index')
  const rows = await putsSince(session.log.view, 1)
  await session.close()
  note(`album of ${count} photos made in ${milliseconds(made.ms)}`)
  return rows
}
