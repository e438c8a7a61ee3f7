import fs from 'node:fs'
import path from 'node:path'
import createTestnet from 'hyperdht/testnet.js'
import { Album } from '../plain.ts'
import { eventually, jpegLike } from '../helpers.ts'
import { diskUsed } from './disk.ts'
import {
  type Benchmark,
  type Context,
  type Row,
  megabytes,
  milliseconds,
  needDisk,
  reporter,
  timed
} from './harness.ts'

const SMALLEST = 1_000_000
const LARGEST = 3_000_000
const AVERAGE = (SMALLEST + LARGEST) / 2
// Milliseconds without a write after which all has been given back.
const QUIET = 3000

/** What the disk gives back of originals that are let go of and of photos that are deleted for good, and what that costs. */
export const dropping: Benchmark = {
  name: 'dropping',
  async run(context) {
    const testnet = await createTestnet(10)
    const albums: Album[] = []
    try {
      return await measure(context, { bootstrap: testnet.bootstrap, local: false }, albums)
    } finally {
      for (const album of albums) await album.close()
      await testnet.destroy()
    }
  }
}

async function measure(
  { quick, folder, note }: Context,
  network: { bootstrap: { host: string; port: number }[]; local: false },
  albums: Album[]
): Promise<Row[]> {
  const count = quick ? 40 : 400
  needDisk(count * AVERAGE * 4)
  const rows: Row[] = []
  const report = reporter(rows, note)
  const [home, box] = [path.join(folder(), 'dad'), path.join(folder(), 'box')]
  const dad = await Album.create(home, { name: 'Bench', member: 'Dad', network })
  albums.push(dad)
  const sizes = new Map<string, number>()
  async function* files(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < count; i++) yield jpegLike(SMALLEST + Math.round(((LARGEST - SMALLEST) * i) / count))
  }
  for await (const { photo } of dad.addAll(files())) if (photo) sizes.set(photo.id, photo.files[0]?.size ?? 0)
  const { code } = await dad.invites.create()
  const mum = await Album.join(box, code, { member: 'Mum', network, keep: ['original'] })
  albums.push(mum)
  await dad.copies.promise(1)
  await dad.settled({ copies: 1, timeout: 600_000 })

  const compare = (what: string, place: string, ids: Iterable<string>): void => {
    const held = [...ids].reduce((sum, id) => sum + (sizes.get(id) ?? 0), 0)
    const disk = diskUsed(place)
    report(`disk used ${what}, against bytes held`, megabytes(disk), megabytes(held), disk / held)
  }
  const all = [...sizes.keys()]
  const half = all.filter((_, i) => i % 2 === 0)
  const others = all.filter((_, i) => i % 2 === 1)
  compare(`by a device that holds ${count} photos of others`, box, all)
  const freeing = await timed(() => mum.copies.free(half, { timeout: 120_000 }))
  const kept = freeing.value.filter(({ status }) => status !== 'freed').length
  if (kept > 0) throw new Error(`${kept} were not let go of`)
  compare('when it let go of every other', box, others)
  report('letting go of them, until the disk has them back', milliseconds(freeing.ms))
  await mum.close()

  compare(`by who added ${count} photos`, home, all)
  const cost = async (what: string, ids: string[], left: string[]): Promise<void> => {
    const before = diskUsed(home)
    let most = before
    const begun = written()
    let last = { bytes: begun, at: performance.now() }
    const from = last.at
    await dad.trash(ids)
    for (const { status } of await dad.purge(ids)) if (status !== 'done') throw new Error(status)
    await eventually(() => {
      most = Math.max(most, diskUsed(home))
      const bytes = written()
      if (bytes !== last.bytes) last = { bytes, at: performance.now() }
      return performance.now() - last.at > QUIET
    }, 600_000)
    compare(`when ${what} deleted for good`, home, left)
    const wrote = written() - begun
    const held = left.reduce((sum, id) => sum + (sizes.get(id) ?? 0), 0)
    report(`bytes written for that, against bytes held`, megabytes(wrote), megabytes(held), wrote / held)
    report('and how long it wrote', milliseconds(last.at - from))
    report('disk used at most meanwhile, against before', megabytes(most), megabytes(before), most / before)
  }
  await cost('every other was', half, others)
  await cost('one more was', others.slice(0, 1), others.slice(1))
  return rows
}

/** Bytes that this process has had written to disks so far; 0 where Linux does not tell. */
function written(): number {
  try {
    return Number(/^write_bytes: (\d+)/m.exec(fs.readFileSync('/proc/self/io', 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
