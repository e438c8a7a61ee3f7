// Lists of whom a blind mirror lets in, on disks that are full or fail.
import fs from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import Corestore from 'corestore'
import type { KeyPair, NoiseStream } from 'hypercore'
import crypto from 'hypercore-crypto'
import { codeOf } from '../lib/errors.ts'
import { BlindDisk } from '../lib/mirror/blinddisk.ts'
import { type SignedAllowed, openAllowed, signAllowed } from '../lib/view/allowed.ts'
import { BlindPeerMuxer, dial, insideOf, joinMum, startBox, stored } from './boxes.ts'
import { createAlbum, createNetwork, eventually, failureOf, joinAlbum, jpegLike, tmp } from './helpers.ts'
import { Album } from './plain.ts'
import { smallDisk } from './disks.ts'

const owner = crypto.keyPair()

/** A list that is the newer the higher the number. */
function list(changes: number, by: KeyPair = owner): SignedAllowed {
  const others = Array.from({ length: 20 }, () => crypto.randomBytes(32))
  const signed = signAllowed({ final: 0, changes, owners: [by.publicKey], others }, by)
  return openAllowed(signed) as SignedAllowed
}

const changesOf = async (folder: string): Promise<number | undefined> =>
  (await BlindDisk.open(folder)).list?.changes

/** A folder that was set up with the list 1, and room for those to come. */
async function createDisk(folder: string): Promise<BlindDisk> {
  const disk = await BlindDisk.open(folder)
  await disk.setUp(list(1), crypto.randomBytes(16))
  return disk
}

test('blind lists: on a disk that is full to the last byte a newer list is kept', async (t) => {
  const small = smallDisk(t, 2)
  if (small === null) return
  const folder = path.join(small.folder, 'box')
  const disk = await createDisk(folder)
  const filler = fs.openSync(path.join(small.folder, 'filler'), 'w')
  let code = ''
  while (code === '') {
    try {
      fs.writeSync(filler, Buffer.alloc(4096))
    } catch (error) {
      code = codeOf(error)
    }
  }
  t.is(code, 'ENOSPC')
  fs.closeSync(filler)
  for (const changes of [2, 3, 4]) {
    disk.take(list(changes))
    await disk.keep()
    t.is(await changesOf(folder), changes)
  }
})

test('blind lists: one that cannot be kept counts at once, and is kept when it can be', async (t) => {
  const folder = path.join(tmp(t), 'box')
  const disk = await createDisk(folder)
  const file = path.join(folder, 'blind-mirror.lists')
  fs.rmSync(file)
  fs.mkdirSync(file)
  disk.take(list(2))
  t.is(disk.list?.changes, 2)
  t.is(await failureOf(disk.keep()), 'STORAGE_FAILED')
  t.is(disk.list?.changes, 2)
  t.is(await failureOf(BlindDisk.open(folder)), 'STORAGE_FAILED', 'what cannot be read is not taken for none')
  fs.rmdirSync(file)
  const stale = await BlindDisk.open(folder)
  t.alike([stale.list?.changes, stale.isWhole], [1, false], 'who reads it then knows that one was lost')
  stale.take(list(2))
  t.ok(stale.isWhole)
  await disk.keep()
  const again = await BlindDisk.open(folder)
  t.alike([again.list?.changes, again.isWhole], [2, true])
})

test('blind lists: where there is no room for lists to come, it is not set up', async (t) => {
  const small = smallDisk(t, 1)
  if (small === null) return
  const folder = path.join(small.folder, 'box')
  const disk = await BlindDisk.open(folder)
  // Enough for the first list, and not for what a large family's take.
  fs.writeFileSync(path.join(small.folder, 'filler'), Buffer.alloc(1024 * 1024 - 40 * 1024))
  const code = crypto.randomBytes(16)
  t.is(await failureOf(disk.setUp(list(1), code)), 'STORAGE_FULL')
  t.absent((await BlindDisk.open(folder)).hasUsed(code))
})

/** Has no list be kept in a box's folder, until what it returns is called. */
function breakLists(place: string): () => void {
  const file = path.join(place, 'blind-mirror.lists')
  fs.renameSync(file, `${file}.before`)
  fs.mkdirSync(file)
  return () => {
    fs.rmdirSync(file)
    fs.renameSync(`${file}.before`, file)
  }
}

test('blind mirror: where a list was lost nobody gets anything, until a newer one has come', async (t) => {
  const network = await createNetwork(t)
  const home = tmp(t)
  const dad = await Album.create(home, { name: 'Our family', member: 'Dad', network })
  const { mum, folder } = await joinMum(t, dad, network)
  await dad.add(jpegLike(100_000))
  const place = tmp(t)
  const { code } = await dad.blindMirrors.create()
  const box = startBox(t, place, { code, network })
  await box.health(({ allowed, online }) => allowed === 2 && online === 2)
  await stored(dad)
  await mum.close()
  const { identity, core: photos } = await insideOf(t, folder)
  const mend = breakLists(place)
  const removed = (await dad.members.list()).find(({ name }) => name === 'Mum')
  await dad.members.remove(removed?.id ?? '')
  await box.health(({ allowed }) => allowed === 1)
  await eventually(() => box.events.some(({ type }) => type === 'trouble'))
  await dad.close()
  await box.kill()
  mend()

  const again = startBox(t, place, { network })
  await eventually(() => again.events.some(({ type }) => type === 'trouble'))
  const stream = (await dial(t, network, again, identity)) as NoiseStream
  const store = new Corestore(tmp(t))
  t.teardown(() => store.close())
  store.replicate(stream)
  const copy = store.get({ key: photos })
  await copy.ready()
  const told = [{ key: photos, length: 0 }]
  new BlindPeerMuxer(stream).addCores({ referrer: null, priority: 0, announce: true, cores: told })
  t.is(await copy.get(0, { timeout: 5000 }).catch(() => null), null, 'who was removed is given nothing')

  const back = await Album.open(home, { network })
  t.teardown(() => back.close())
  await eventually(() => stream.destroyed)
  await again.health(({ allowed, online }) => allowed === 1 && online === 1)
  await back.add(jpegLike(100_000))
  await stored(back)
})

test('blind mirror: one that cannot keep lists lets nobody in', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const place = tmp(t)
  const { code } = await dad.blindMirrors.create()
  const box = startBox(t, place, { code, network })
  await box.health(({ online }) => online === 1)
  box.stop()
  await box.ended()
  const file = path.join(place, 'blind-mirror.lists')
  fs.rmSync(file)
  fs.symlinkSync(path.join(place, 'gone', 'lists'), file)
  const again = startBox(t, place, { network })
  await eventually(() => again.events.some(({ type }) => type === 'trouble'))
  t.absent(again.events.some(({ type }) => type === 'opened'))
  fs.rmSync(file)
  await again.health(({ online }) => online === 1)
})

test('blind lists: one that was torn leaves the one before, and the one after is kept', async (t) => {
  const folder = path.join(tmp(t), 'box')
  const disk = await createDisk(folder)
  const file = path.join(folder, 'blind-mirror.lists')
  for (const changes of [2, 3]) {
    disk.take(list(changes))
    await disk.keep()
  }
  const before = fs.readFileSync(file)
  const torn = list(4)
  disk.take(torn)
  await disk.keep()
  const after = fs.readFileSync(file)
  const start = after.indexOf(Buffer.from(torn.bytes))
  t.ok(start > 0)
  for (const length of [0, 1, 100, torn.bytes.byteLength - 8]) {
    const broken = Buffer.concat([after.subarray(0, start + length), before.subarray(start + length)])
    fs.writeFileSync(file, broken)
    const again = await BlindDisk.open(folder)
    t.is(again.list?.changes, 3, `torn after ${length} bytes`)
    again.take(list(5))
    await again.keep()
    t.is(await changesOf(folder), 5)
  }
})

test('blind lists: who sets it up anew begins anew', async (t) => {
  const folder = path.join(tmp(t), 'box')
  const disk = await createDisk(folder)
  disk.take(list(1000))
  await disk.keep()
  const another = list(1, crypto.keyPair())
  await disk.setUp(another, crypto.randomBytes(16))
  t.alike((await BlindDisk.open(folder)).list, another)
})

test('blind mirror: who is removed goes though the list cannot be written, and stays out when it was started again', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  await joinAlbum(t, dad, network, { member: 'Mum' })
  const place = tmp(t)
  const { code } = await dad.blindMirrors.create()
  const box = startBox(t, place, { code, network })
  await box.health(({ allowed }) => allowed === 2)
  const file = path.join(place, 'blind-mirror.lists')
  fs.rmSync(file)
  fs.mkdirSync(file)
  const mum = (await dad.members.list()).find(({ name }) => name === 'Mum')
  await dad.members.remove(mum?.id ?? '')
  await box.health(({ allowed }) => allowed === 1)
  await eventually(() => box.events.some(({ type }) => type === 'trouble'))
  t.is(box.events.filter(({ type }) => type === 'trouble').length, 1, 'it says so')
  await stored(dad)
  await dad.close()
  fs.rmdirSync(file)
  await eventually(() => fs.existsSync(file))
  await eventually(async () => (await BlindDisk.open(place)).list?.others.length === 0)
  await box.kill()
  const again = startBox(t, place, { network })
  const health = await again.health()
  t.is(health.allowed, 1)
})
