// Lists of whom a blind mirror lets in, on disks that are full or fail.
import fs from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import type { KeyPair } from 'hypercore'
import crypto from 'hypercore-crypto'
import { codeOf } from '../lib/errors.ts'
import { BlindDisk } from '../lib/mirror/blinddisk.ts'
import { type SignedAllowed, openAllowed, signAllowed } from '../lib/view/allowed.ts'
import { startBox, stored } from './boxes.ts'
import { createAlbum, createNetwork, eventually, failureOf, joinAlbum, tmp } from './helpers.ts'
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
  await disk.reserve()
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
  t.is(await changesOf(folder), 1)
  await disk.keep()
  t.is(await changesOf(folder), 2)
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
