import Corestore from 'corestore'
import crypto from 'hypercore-crypto'
import Hyperbee from 'hyperbee'
import { Album } from '../plain.ts'
import { range } from '../../lib/view/keys.ts'
import { type Benchmark, type Row, median, milliseconds, timed } from './harness.ts'
import { type BareRow, putsSince } from './bare.ts'
import { countPhotos, foundSession, photoOps } from './samples.ts'

const PAGE = 100
const OPENINGS = 15

/** The first page of a large album, against reading as many rows of as many bytes from a bare Hyperbee. */
export const paging: Benchmark = {
  name: 'paging',
  async run({ quick, folder, note }) {
    const count = quick ? 2000 : 100_000
    const repetitions = quick ? 20 : 300
    const place = folder()
    const rows = await build(place, count, note)

    const bareFolder = folder()
    const encryptionKey = crypto.randomBytes(32)
    const openBare = async (): Promise<{ store: Corestore; bee: Hyperbee }> => {
      const store = new Corestore(bareFolder)
      const core = store.get({ name: 'rows', encryptionKey })
      const bee = new Hyperbee(core, { extension: false, keyEncoding: 'binary', valueEncoding: 'binary' })
      await bee.ready()
      return { store, bee }
    }
    const { store, bee } = await openBare()
    for (let at = 0; at < rows.length; at += 1000) {
      const batch = bee.batch()
      for (const { key, value } of rows.slice(at, at + 1000)) await batch.put(key, value)
      await batch.flush()
    }
    note(`bare Hyperbee with ${rows.length} rows`)

    const album = await Album.open(place, { network: false })
    const results: Row[] = []
    for (const reverse of [false, true]) {
      const first = (): Promise<number> => pageOf(album, reverse)
      const bare = (): Promise<number> => rowsOf(bee, reverse)
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
        what: `the same page again and again, from memory${reverse ? ', newest first' : ''}`,
        ours: milliseconds(median(ours)),
        limit: milliseconds(median(limits)),
        ratio: median(ours) / median(limits),
        target: { atMost: 1.3 }
      })
    }
    await album.close()
    await store.close()

    // As somebody who opens the album sees it: nothing of it is in memory yet.
    const ours: number[] = []
    const limits: number[] = []
    for (let i = 0; i < OPENINGS; i++) {
      const opened = await Album.open(place, { network: false })
      ours.push((await timed(() => pageOf(opened, true))).ms)
      await opened.close()
      const cold = await openBare()
      limits.push((await timed(() => rowsOf(cold.bee, true))).ms)
      await cold.store.close()
    }
    results.unshift({
      what: `first page of ${PAGE} of ${count} after opening, newest first`,
      ours: milliseconds(median(ours)),
      limit: milliseconds(median(limits)),
      ratio: median(ours) / median(limits),
      target: { atMost: 1.3 }
    })
    return results
  }
}

async function pageOf(album: Album, reverse: boolean): Promise<number> {
  let found = 0
  for await (const photo of album.list({ limit: PAGE, reverse })) if (photo.id) found++
  return found
}

async function rowsOf(bee: Hyperbee, reverse: boolean): Promise<number> {
  const all = range.time({ from: null, to: null })
  let found = 0
  for await (const row of bee.createReadStream(all, { limit: PAGE, reverse })) if (row.value) found++
  return found
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
