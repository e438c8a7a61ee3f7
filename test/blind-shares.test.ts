// What one device may have a blind mirror hold, so that the others' cores still come in.
import { createRequire } from 'node:module'
import test, { type Assertions } from 'brittle'
import type { RocksSession } from 'blind-peer'
import Corestore from 'corestore'
import type { NoiseStream } from 'hypercore'
import crypto from 'hypercore-crypto'
import { Shares } from '../lib/mirror/blindshares.ts'
import { BlindPeerMuxer, dial, insideOf, joinMum, startBox, stored } from './boxes.ts'
import { createAlbum, createNetwork, eventually, joinAlbum, jpegLike, tmp } from './helpers.ts'

interface Rocks {
  session(options: { columnFamily: string }): RocksSession
  ready(): Promise<void>
  close(): Promise<void>
}
// The database of a blind peer.
const RocksDb = createRequire(import.meta.resolve('blind-peer'))('rocksdb-native') as new (
  folder: string
) => Rocks

const key = (): Uint8Array => crypto.randomBytes(32)
const keys = (count: number): Uint8Array[] => Array.from({ length: count }, key)

interface Mirror {
  shares: Shares
  list: { owners: Uint8Array[]; others: Uint8Array[] }
  /** How many of so many new cores it takes. */
  takes(device: Uint8Array, count: number, log?: boolean): number
  /** The same, ended and started again. */
  again(): Promise<void>
}

async function createMirror(t: Assertions, owners: number, others: number): Promise<Mirror> {
  const folder = tmp(t)
  const list = { owners: keys(owners), others: keys(others) }
  const open = async (): Promise<{ shares: Shares; rocks: Rocks }> => {
    const rocks = new RocksDb(folder)
    const shares = new Shares(rocks.session({ columnFamily: 'hyperalbum' }), () => mirror.list)
    await rocks.ready()
    await shares.load()
    return { shares, rocks }
  }
  let rocks: Rocks
  const mirror: Mirror = {
    shares: null as never,
    list,
    takes: (device, count, log = true) =>
      keys(count).filter((core) => mirror.shares.ask(core, device, log)).length,
    async again() {
      await mirror.shares.save()
      await rocks.close()
      ;({ shares: mirror.shares, rocks } = await open())
    }
  }
  ;({ shares: mirror.shares, rocks } = await open())
  t.teardown(() => rocks.close())
  return mirror
}

test('blind shares: who asks for too much leaves the others theirs, also after a restart', async (t) => {
  const mirror = await createMirror(t, 1, 3)
  const [owner] = mirror.list.owners as [Uint8Array]
  const [hostile, honest] = mirror.list.others as [Uint8Array, Uint8Array]
  const first = mirror.takes(hostile, 10_000)
  t.is(first, 500, 'an equal part')
  await mirror.again()
  t.is(mirror.takes(hostile, 10_000), 0)
  t.is(mirror.takes(honest, 100), 100)
  t.is(mirror.takes(owner, 6000), 5000, 'an owner asks for all that the album has')
  t.is(mirror.takes(honest, 1), 1)
  t.is(mirror.takes(key(), 1), 0, 'one that is not on the list')
})

test('blind shares: photos leave room for the log', async (t) => {
  const mirror = await createMirror(t, 1, 3)
  const [device] = mirror.list.others as [Uint8Array]
  t.is(mirror.takes(device, 1000, false), 375)
  t.is(mirror.takes(device, 1000, true), 125)
})

test('blind shares: in a large family each device has enough for itself', async (t) => {
  const mirror = await createMirror(t, 2, 998)
  const [device] = mirror.list.others as [Uint8Array]
  t.is(mirror.takes(device, 1000), 32)
})

test('blind shares: what an owner asks for too weighs on nobody, and what was made up does', async (t) => {
  const mirror = await createMirror(t, 1, 3)
  const { shares } = mirror
  const [owner] = mirror.list.owners as [Uint8Array]
  const [one, other] = mirror.list.others as [Uint8Array, Uint8Array]
  const real = keys(400)
  const madeUp = keys(100)
  t.ok([...real, ...madeUp].every((core) => shares.ask(core, one, true)))
  t.is(mirror.takes(one, 1), 0)
  for (const core of real) shares.ask(core, other, true)
  t.is(mirror.takes(other, 1000), 500, 'to ask for what is there costs nothing')
  for (const core of real) shares.ask(core, owner, true)
  t.is(mirror.takes(one, 1000), 400)
  for (const core of real) shares.ask(core, one, true)
  t.is(mirror.takes(one, 1000), 0, 'and it is the owner’s from then on')
})

test('blind shares: what a removed device asked for is not refused, and counts for the next who asks', async (t) => {
  const mirror = await createMirror(t, 1, 3)
  const [owner] = mirror.list.owners as [Uint8Array]
  const [gone, ...others] = mirror.list.others as [Uint8Array, Uint8Array, Uint8Array]
  const [core] = keys(1) as [Uint8Array]
  mirror.shares.ask(core, gone, true)
  mirror.list = { owners: [owner], others }
  t.absent(mirror.shares.counts(core))
  const [full, next] = others
  mirror.takes(full, 10_000)
  t.ok(mirror.shares.ask(core, full, true), 'it is there')
  t.absent(mirror.shares.counts(core))
  t.ok(mirror.shares.ask(core, next, true))
  t.ok(mirror.shares.counts(core))
  await mirror.again()
  t.ok(mirror.shares.counts(core))
})

// As of a mirror that has room for a thousand blocks of so many bytes, beside what it keeps for the log.
const BLOCK = 1_000_000
const ROOM = 1000 * BLOCK
const FOR_LOG = 60 * BLOCK

/** Has each of these cores take blocks by turns, until there is room for none of them; how many each got. */
function fill(shares: Shares, cores: Uint8Array[], used = 0): number[] {
  const got = cores.map(() => 0)
  for (let before = -1; before !== used;) {
    before = used
    for (const [i, core] of cores.entries()) {
      if (!shares.fits(core, { photos: ROOM - used, log: FOR_LOG })) continue
      shares.take(core, BLOCK)
      used += BLOCK
      got[i] = (got[i] ?? 0) + 1
    }
  }
  return got
}

test('blind shares: one device takes four fifths of the room at most, two four ninths each', async (t) => {
  const { shares, list } = await createMirror(t, 1, 3)
  const [one, other, late] = list.others as [Uint8Array, Uint8Array, Uint8Array]
  const of = (device: Uint8Array, count: number): Uint8Array[] => {
    const cores = keys(count)
    for (const core of cores) shares.ask(core, device, false)
    return cores
  }
  const first = fill(shares, of(one, 20)).reduce((sum, count) => sum + count)
  t.ok(first > 795 && first < 805, `${first} of 1000, in however many cores`)
  const [second = 0] = fill(shares, of(other, 1), first * BLOCK)
  t.ok(second > 155 && second < 165, `then ${second}`)
  const [third = 0] = fill(shares, of(late, 1), (first + second) * BLOCK)
  t.ok(third > 28 && third < 36, `then ${third}`)

  const again = await createMirror(t, 1, 3)
  const hungry = again.list.others.slice(0, 2).map((device) => {
    const [core] = keys(1) as [Uint8Array]
    again.shares.ask(core, device, false)
    return core
  })
  const both = fill(again.shares, hungry)
  t.ok(
    both.every((count) => count > 438 && count < 450),
    both.join()
  )
})

test('blind shares: owners fill the room; and a family of which one member adds most of it, five sixths', async (t) => {
  const { shares, list } = await createMirror(t, 1, 1)
  const [owner] = list.owners as [Uint8Array]
  const [most] = list.others as [Uint8Array]
  const [mine, theirs] = keys(2) as [Uint8Array, Uint8Array]
  shares.ask(mine, owner, false)
  shares.ask(theirs, most, false)
  let used = 0
  let refused = -1
  for (let i = 0; refused === -1; i++) {
    const core = i % 5 === 0 ? mine : theirs
    if (!shares.fits(core, { photos: ROOM - used, log: FOR_LOG })) refused = used
    shares.take(core, BLOCK)
    used += BLOCK
  }
  t.ok(refused > 0.82 * ROOM && refused < 0.84 * ROOM, `${refused / BLOCK} of 1000`)
  t.is(fill(shares, [mine], used)[0], 1000 - used / BLOCK)
})

test('blind shares: bytes weigh on whoever writes the core, by the word of an owner’s device alone', async (t) => {
  const mirror = await createMirror(t, 1, 2)
  const [owner] = mirror.list.owners as [Uint8Array]
  const [honest, hostile] = mirror.list.others as [Uint8Array, Uint8Array]
  const [early, late] = keys(2) as [Uint8Array, Uint8Array]
  const left = { photos: 100 * BLOCK, log: FOR_LOG }
  // The honest one relays what the hostile one wrote.
  mirror.shares.ask(early, honest, false)
  for (let i = 0; i < 401; i++) mirror.shares.take(early, BLOCK)
  t.absent(mirror.shares.mayAdd(honest, left))
  mirror.shares.vouch(early, hostile, honest)
  t.absent(mirror.shares.mayAdd(honest, left), 'its own word is none')
  mirror.shares.vouch(early, hostile, owner)
  t.ok(mirror.shares.mayAdd(honest, left))
  t.absent(mirror.shares.mayAdd(hostile, left))
  mirror.shares.ask(early, owner, false)
  t.absent(mirror.shares.fits(early, left), 'also where the core counts for the owner')
  mirror.shares.vouch(late, hostile, owner)
  mirror.shares.ask(late, owner, false)
  t.absent(mirror.shares.fits(late, left), 'and where that was said before it was asked for')
  await mirror.again()
  t.absent(mirror.shares.fits(early, left), 'after a restart')
  t.ok(mirror.shares.mayAdd(honest, left))
})

test('blind shares: the log goes on where photos have used up a share', async (t) => {
  const { shares, list } = await createMirror(t, 1, 2)
  const [device] = list.others as [Uint8Array]
  const [log, photos] = keys(2) as [Uint8Array, Uint8Array]
  shares.ask(log, device, true)
  shares.ask(photos, device, false)
  fill(shares, [photos])
  const full = { photos: 0, log: FOR_LOG }
  t.absent(shares.fits(photos, full))
  let blocks = 0
  for (; shares.fits(log, full); blocks++) shares.take(log, BLOCK)
  t.is(blocks, 20, 'a third of what is kept for it: there are three devices')
})

test('blind mirror: a hostile device cannot fill it with cores, nor once more when it was started anew', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const { mum, folder } = await joinMum(t, dad, network)
  const { code } = await dad.blindMirrors.create()
  const place = tmp(t)
  let box = startBox(t, place, { code, network })
  await box.health(({ online }) => online === 2)
  await dad.add(jpegLike(100_000))
  await stored(dad)
  await mum.close()
  const { identity: mums } = await insideOf(t, folder)
  const before = (await box.health()).cores

  const fill = async (): Promise<NoiseStream> => {
    const stream = (await dial(t, network, box, mums)) as NoiseStream
    const muxer = new BlindPeerMuxer(stream)
    for (let i = 0; i < 6; i++) {
      const cores = keys(1000).map((one) => ({ key: one, length: 1 }))
      muxer.addCores({ referrer: null, priority: 1, announce: true, cores })
    }
    for (const referrer of keys(2000)) muxer.addCores({ referrer, priority: 1, announce: true, cores: [] })
    return stream
  }
  const filling = await fill()
  await box.health(({ cores }) => cores >= before + 1000)

  const kid = await joinAlbum(t, dad, network, { member: 'Kid' })
  const photo = await kid.add(jpegLike(100_000))
  await stored(kid)
  t.ok(photo, 'who comes later leaves there what it adds')
  filling.destroy()
  await box.kill()
  box = startBox(t, place, { network })
  await box.health(({ online }) => online === 2)
  ;(await fill()).destroy()
  await kid.add(jpegLike(100_000))
  await stored(kid)
  const { cores, memory } = await box.health()
  t.comment(`${cores} cores, ${Math.round(memory / 1e6)} MB`)
  t.ok(cores < before + 1100, `${cores - before} more cores`)
  box.stop()
  await box.ended()
  const rocks = new RocksDb(`${place}/store`)
  rocks.session({ columnFamily: 'hyperalbum' })
  const store = new Corestore(rocks as never)
  await store.ready()
  let made = 0
  const { storage } = store as unknown as { storage: { createDiscoveryKeyStream(): AsyncIterable<object> } }
  for await (const one of storage.createDiscoveryKeyStream()) if (one) made++
  await store.close()
  await rocks.close()
  t.ok(made > cores / 2 && made < before + 1100, `${made} cores on the disk`)
})

test('blind mirror: a hostile device cannot fill it with bytes, in cores of its own or as photos', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const { mum, folder } = await joinMum(t, dad, network)
  const kid = await joinAlbum(t, dad, network, { member: 'Kid' })
  const { code } = await dad.blindMirrors.create()
  const box = startBox(t, tmp(t), { code, network, maxBytes: 64_000_000 })
  await box.health(({ online }) => online === 3)
  const room = 32_000_000

  await mum.add(jpegLike(40_000_000))
  await eventually(async () => (await mum.blindMirrors.list())[0]?.full)
  const { bytes } = await box.health()
  t.ok(bytes > 0.7 * room && bytes < 0.9 * room, `${bytes} bytes`)
  await mum.close()
  const { identity } = await insideOf(t, folder)
  const stream = (await dial(t, network, box, identity)) as NoiseStream
  const store = new Corestore(tmp(t))
  store.replicate(stream)
  const core = store.get({ name: 'junk' })
  await core.append(Array.from({ length: 40 }, () => crypto.randomBytes(1_000_000)))
  const told = [{ key: core.key, length: core.length }]
  new BlindPeerMuxer(stream).addCores({ referrer: null, priority: 0, announce: true, cores: told })
  // Long enough for all of it: it comes at tens of MB a second.
  await new Promise((resolve) => setTimeout(resolve, 3000))
  t.ok(core.peers.every(({ remoteContiguousLength }) => remoteContiguousLength < 3))
  await store.close()

  await kid.add(jpegLike(1_000_000))
  await stored(kid)
  t.is((await kid.blindMirrors.list())[0]?.full, false, 'others leave there what they add')
  await dad.add(jpegLike(1_000_000))
  await stored(dad)
})
