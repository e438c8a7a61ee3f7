// Who holds what: promises of copies, and letting go of originals without ever losing the last ones.
import fs from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import type { Album, AlbumError } from '../index.ts'
import * as forge from './forge.ts'
import { Dice } from './dice.ts'
import {
  connect,
  collect,
  createAlbum,
  createFamily,
  createNetwork,
  eventually,
  failureOf,
  joinAlbum,
  readAll
} from './helpers.ts'
import { openInside } from './insider.ts'
import { Ledger } from './ledger.ts'
import { CONTRIBUTOR, LIMITS } from '../lib/view/rules.ts'
import { Holdings } from '../lib/view/holdings.ts'
import { Queries } from '../lib/view/queries.ts'

const SIZE = 2_000_000

function bytesIn(folder: string): number {
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return files.reduce(
    (sum, file) => sum + (fs.statSync(path.join(folder, file), { throwIfNoEntry: false })?.size ?? 0),
    0
  )
}

/** Bytes that are a photo, the same for a seed. */
function bytesOf(seed: number): Buffer {
  const bytes = Buffer.from(new Dice(seed).bytes(SIZE))
  bytes.set([0xff, 0xd8, 0xff, 0xe0], 0)
  return bytes
}

/** Names of the members whose devices hold an original, as this device sees it. */
async function holdersOf(album: Album, id: string): Promise<string[]> {
  const copies = await album.copies.of(id)
  return copies
    .filter(({ variants }) => variants.includes('original'))
    .map(({ member }) => member.name)
    .sort()
}

test('copies: a promise, what lacks, and originals that are let go of', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const mum = await joinAlbum(t, dad, network, { member: 'Mum', keep: ['original'] })
  const ids: string[] = []
  for (let i = 0; i < 5; i++) ids.push((await dad.add(bytesOf(i))).id)
  const [first = ''] = ids
  t.is(await dad.copies.promised(), 2, 'unless an owner says otherwise')
  t.is(await failureOf(mum.copies.promise(3)), 'FORBIDDEN')
  for (const wrong of [0, 101, 1.5]) t.is(await failureOf(dad.copies.promise(wrong)), 'BAD_ARGUMENT')

  await dad.settled({ timeout: 30_000 })
  const [kept] = await dad.copies.free([first])
  t.is(kept?.status, 'kept')
  t.alike([kept?.error?.code, kept?.bytes], ['COPIES_LACKING', 0])
  t.alike((kept?.error as AlbumError | null)?.holders, ['Mum'], 'it says who has it')
  t.alike(await collect(dad.copies.health()), [], 'two devices have each')
  const left = dad.copies.health({ signal: AbortSignal.abort() })
  t.is(await failureOf(collect(left)), 'ABORTED', 'also where it has nothing to tell')

  const ann = await joinAlbum(t, dad, network, { member: 'Ann', keep: ['original'] })
  await dad.settled({ copies: 2, timeout: 30_000 })
  const results = await dad.copies.free([...ids, 'f'.repeat(64)], { timeout: 30_000 })
  t.alike(
    results.map(({ status, error }) => error?.code ?? status),
    [...ids.map(() => 'freed'), 'NOT_FOUND']
  )
  t.alike(await holdersOf(dad, first), ['Ann', 'Mum'])
  const whole = async (album: Album): Promise<boolean[]> =>
    (await collect(album.copies.here())).map((one) => one.whole)
  t.alike(
    await whole(dad),
    ids.map(() => false),
    'here nothing is any more'
  )
  t.alike(
    await whole(mum),
    ids.map(() => true)
  )
  t.is(await failureOf(collect(dad.copies.here({ signal: AbortSignal.abort() }))), 'ABORTED')
  await eventually(async () => (await holdersOf(ann, first)).join() === 'Ann,Mum')
  t.pass('and everybody sees that')
  t.is(await failureOf(ann.copies.free(['nothing'])), 'BAD_ARGUMENT')
  const [annKeeps] = await ann.copies.free([first])
  t.is(annKeeps?.error?.code, 'COPIES_LACKING', 'the last two stay')
  t.is((await dad.copies.free([first]))[0]?.status, 'freed', 'what is not here need not go')

  await dad.copies.promise(3)
  const lacking = await collect(dad.copies.health())
  t.alike(lacking.map(({ photo }) => photo.id).sort(), [...ids].sort())
  t.alike(
    [lacking[0]?.copies, lacking[0]?.promised, [...(lacking[0]?.holders ?? [])].sort()],
    [2, 3, ['Ann', 'Mum']]
  )
  // What is read is kept, and said to be.
  t.ok((await readAll(dad, { id: first })).equals(bytesOf(0)), 'it is read from the others')
  await dad.download({}, { timeout: 30_000 })
  await eventually(async () => (await collect(ann.copies.health())).length === 0)
  t.alike(await holdersOf(ann, first), ['Ann', 'Dad', 'Mum'], 'fetched again, it counts again')

  const copies = await dad.copies.of(first)
  t.ok(
    copies.every(({ online, lastConfirmed }) => online && Date.parse(lastConfirmed) > Date.now() - 120_000)
  )
  await ann.close()
  await eventually(async () => {
    const anns = (await dad.copies.of(first)).find(({ member }) => member.name === 'Ann')
    return anns?.online === false
  })
  t.pass('who is gone is not online')
})

test('copies: the disk gets back what was let go of', async (t) => {
  const homes = await createFamily(t, ['Mum', 'Ann'], { keep: ['original'] })
  const [dad, mum, ann] = homes as [(typeof homes)[0], (typeof homes)[0], (typeof homes)[0]]
  const ids: string[] = []
  for (let i = 0; i < 20; i++) ids.push((await dad.album.add(bytesOf(i))).id)
  const ends = [connect(dad.album, mum.album), connect(dad.album, ann.album)]
  await dad.album.settled({ copies: 2, timeout: 60_000 })
  const before = bytesIn(dad.folder)
  const results = await dad.album.copies.free(ids, { timeout: 30_000 })
  t.ok(results.every(({ status, bytes }) => status === 'freed' && bytes === SIZE))
  t.is((await dad.album.copies.free(ids)).at(-1)?.bytes, 0, 'what is gone does not go again')
  const freed = before - bytesIn(dad.folder)
  t.ok(freed > 18 * SIZE, `${(freed / 1e6).toFixed(0)} of ${(20 * SIZE) / 1e6} MB are free again`)
  ends.forEach((end) => end())
})

test('copies: what a device holds it says again a day later', async (t) => {
  const homes = await createFamily(t, ['Mum'], { keep: ['original'] })
  const [dad, mum] = homes as [(typeof homes)[0], (typeof homes)[0]]
  const { id } = await dad.album.add(bytesOf(0))
  const end = connect(dad.album, mum.album)
  await dad.album.settled({ timeout: 30_000 })
  end()
  for (const [home, name] of [
    [dad, 'Dad'],
    [mum, 'Mum']
  ] as const) {
    const confirmed = async (): Promise<number> => {
      const copies = await home.album.copies.of(id)
      return Date.parse(copies.find(({ member }) => member.name === name)?.lastConfirmed ?? '')
    }
    const before = await confirmed()
    await home.album.close()
    const { session } = await openInside(t, home.folder)
    const length = session.log.view.version
    await session.receipts.confirm(Date.now() + 3_600_000)
    t.is(session.log.view.version, length, 'not before a day has passed')
    await session.receipts.confirm(Date.now() + 2 * 86_400_000)
    await session.close()
    await home.reopen()
    t.ok((await confirmed()) > before, name)
  }
})

test('copies: nobody decides without the one who puts in order; then it happens by itself', async (t) => {
  const homes = await createFamily(t, ['Mum', 'Ann', 'Bob'], { keep: ['original'] })
  const [dad, mum, ann, bob] = homes.map(({ album }) => album) as [Album, Album, Album, Album]
  const { id } = await mum.add(bytesOf(0))
  const ends = [connect(mum, ann), connect(mum, bob), connect(ann, bob)]
  await mum.settled({ copies: 2, timeout: 30_000 })
  const [waiting] = await mum.copies.free([id], { timeout: 500 })
  t.alike([waiting?.status, waiting?.error], ['waiting', null], 'the photo itself is not final yet')
  ends.forEach((end) => end())
  t.ok((await readAll(mum, { id })).equals(bytesOf(0)), 'it still has the bytes')

  const again = (await homes[1]?.reopen()) as Album
  const end = connect(again, dad)
  await eventually(
    async () => (await again.copies.free([id], { timeout: 1000 }))[0]?.status === 'freed',
    30_000
  )
  end()
  await eventually(async () => (await failureOf(again.download({}, { timeout: 100 }))) === 'resolved')
  t.is((await again.download({}, { timeout: 100 })).missing.length, 1, 'the bytes are gone from here')
})

test(
  'copies: two sides of a partition let go at once, and two copies stay',
  { timeout: 240_000 },
  async (t) => {
    const homes = await createFamily(t, ['Mum', 'Ann', 'Bob'], { keep: ['original'] })
    const albums = homes.map(({ album }) => album) as [Album, Album, Album, Album]
    const [dad, mum, ann, bob] = albums
    const ids: string[] = []
    for (const [i, album] of albums.entries()) ids.push((await album.add(bytesOf(i))).id)
    const all = [connect(dad, mum), connect(dad, ann), connect(dad, bob)]
    for (const album of albums) await album.settled({ copies: 3, timeout: 60_000 })
    for (const album of albums)
      await eventually(async () => (await holdersOf(album, ids[3] as string)).length === 4)
    all.forEach((end) => end())

    const sides = [connect(dad, mum), connect(ann, bob)]
    const results = await Promise.all(albums.map((album) => album.copies.free(ids, { timeout: 3000 })))
    t.ok(
      results[2]?.every(({ status }) => status === 'waiting'),
      'one side cannot know'
    )
    sides.forEach((end) => end())
    const ends = [connect(dad, mum), connect(dad, ann), connect(dad, bob)]
    await eventually(async () => {
      const seen = await Promise.all(
        albums.map((album) => Promise.all(ids.map((id) => holdersOf(album, id))))
      )
      return seen.every(
        (one) => JSON.stringify(one) === JSON.stringify(seen[0]) && one.every(({ length }) => length === 2)
      )
    }, 60_000)
    t.pass('all see the same two holders of each')
    ends.forEach((end) => end())
    for (const [i, id] of ids.entries()) {
      let held = 0
      for (const album of albums) {
        const whole = await collect(album.read(id, { timeout: 0 })).then(
          (chunks) => Buffer.concat(chunks).equals(bytesOf(i)),
          () => false
        )
        if (whole) held++
      }
      t.is(held, 2, 'and two have the bytes')
    }
  }
)

test('copies: whatever the order of receipts and of wishes, the promise holds', async (t) => {
  for (let seed = 1; seed <= 30; seed++) {
    const dice = new Dice(seed)
    const ledger = await Ledger.create(t)
    const devices = [ledger.founder]
    for (const name of ['Ann', 'Bob', 'Cleo']) devices.push(await ledger.admit(name, CONTRIBUTOR))
    await ledger.add(ledger.founder, 1)
    const id = forge.photoId(1)
    const record = async () => (await ledger.record(1)) as NonNullable<Awaited<ReturnType<Ledger['record']>>>
    const { original } = (await record()).contributions[0] as {
      original: { blockOffset: number; blockLength: number }
    }
    const promised = 1 + dice.below(3)
    await ledger.write(ledger.founder, 'promise', { copies: promised })
    // What each device has on its disk, if it drops what it may drop.
    const disks = new Set([0])
    const ranges = [original.blockOffset, original.blockLength]
    for (let step = 0; step < 25; step++) {
      const who = dice.below(devices.length)
      const device = devices[who] as (typeof devices)[0]
      if (dice.below(2) === 0) {
        await ledger.write(device, 'hold', { device: ledger.key, drive: 1, renditions: false, ranges })
        disks.add(who)
      } else {
        const nonce = forge.random(16)
        await ledger.write(device, 'release', { nonce, ids: [id] })
        const number = await ledger.rows.deviceNumber(device.keys.writerKey)
        const leave = await ledger.rows.leave(number as number, id)
        if (leave?.granted) disks.delete(who)
        if (leave?.granted && disks.size < promised) t.fail(`${disks.size} of ${promised} are left`)
      }
      const said = await new Holdings(ledger.rows).holders((await record()).contributions)
      if (said.size !== disks.size) t.fail(`the album says ${said.size}, ${disks.size} have it`)
    }
    await ledger.bee.close()
  }
  t.pass('30 orders of 25 ops')
})

test('copies: a wish for many photos writes each receipt once', async (t) => {
  const ledger = await Ledger.create(t)
  const ann = await ledger.admit('Ann', CONTRIBUTOR)
  const bob = await ledger.admit('Bob', CONTRIBUTOR)
  const count = 50
  const photos = Array.from({ length: count }, (_, i) =>
    forge.photo(i, { original: { blockOffset: i, blockLength: 1, byteOffset: 0, byteLength: 1000 } })
  )
  await ledger.write(ledger.founder, 'photos', { photos })
  const ranges = [0, count + 1]
  for (const device of [ann, bob])
    await ledger.write(device, 'hold', { device: ledger.key, drive: 1, ranges })
  const ids = photos.map(({ id }) => id)
  const before = ledger.bee.version
  await ledger.write(ann, 'release', { nonce: forge.random(16), ids })
  t.is(ledger.bee.version - before, count + 1, 'an answer for each, and what is left to hold')
  const held = await new Holdings(ledger.rows).drive(1, 1, false)
  t.alike(
    [...held].map(([device, said]) => [device, said.ranges]),
    [
      [2, [count, 1]],
      [3, ranges]
    ]
  )
  const freed = ids.map((id) => ({ id, granted: true }))
  const answers = await Promise.all(ids.map(async (id) => ({ id, ...(await ledger.rows.leave(2, id)) })))
  t.alike(
    answers.map(({ id, granted }) => ({ id, granted })),
    freed
  )
})

test('copies: receipts are decoded once for all reads of a state, unless they are too many', async (t) => {
  const ledger = await Ledger.create(t)
  const ann = await ledger.admit('Ann', CONTRIBUTOR)
  // The longest there may be: many scattered blocks, in this many drives.
  const drives = 260
  const ranges = Array.from({ length: LIMITS.ranges }, (_, i) => i * 3 + (i % 2))
  const said = Array.from({ length: drives }, (_, i) =>
    forge.op('hold', { device: ledger.key, drive: i + 1, renditions: false, ranges })
  )
  await ledger.raw(ann, ...said)
  const queries = new Queries(
    () => ledger.bee,
    async () => {}
  )
  t.teardown(() => queries.close(), { order: -1 })
  const read = (drive: number): Promise<Map<number, unknown>> =>
    queries.holdings((holdings) => holdings.drive(1, drive, false))
  const first = await read(1)
  t.is(first.size, 1)
  t.is(await read(1), first)
  for (let drive = 1; drive <= drives; drive++) await read(drive)
  t.not(await read(1), first, 'a million numbers are let go of')

  const second = await read(1)
  await ledger.write(ann, 'hold', { device: ledger.key, drive: 1, renditions: false, ranges: [] })
  t.is(await read(1), second, 'a state stays as it is')
  queries.invalidate()
  t.is((await read(1)).size, 0, 'the next has the next receipt')
})
