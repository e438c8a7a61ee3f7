// What one device may have a blind mirror hold, so that the others' cores still come in.
import { createRequire } from 'node:module'
import test, { type Assertions } from 'brittle'
import type { RocksSession } from 'blind-peer'
import Corestore from 'corestore'
import type { NoiseStream } from 'hypercore'
import crypto from 'hypercore-crypto'
import { Shares } from '../lib/mirror/blindshares.ts'
import { BlindPeerMuxer, dial, insideOf, joinMum, startBox, stored } from './boxes.ts'
import { createAlbum, createNetwork, joinAlbum, jpegLike, tmp } from './helpers.ts'

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
