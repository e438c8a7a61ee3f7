// What the disk gives back of what was cleared, and what that costs it.
import crypto from 'node:crypto'
import test, { type Assertions } from 'brittle'
import Corestore from 'corestore'
import type Hypercore from 'hypercore'
import { Compaction, type Debt, type Pace } from '../lib/log/compaction.ts'
import { Storage } from '../lib/log/storage.ts'
import { diskUsed } from './bench/disk.ts'
import { smallDisk } from './disks.ts'
import { eventually, failureOf, jpegLike, tmp } from './helpers.ts'
import { Album } from './plain.ts'

const BLOCK = 65_536
const MEGABYTE = 1_000_000

/** A core of so many blocks in a folder. */
async function createCore(
  t: Assertions,
  folder: string,
  blocks: number
): Promise<{ store: Corestore; core: Hypercore }> {
  const store = new Corestore(folder)
  t.teardown(() => store.close(), { order: 100 })
  const core = store.get({ name: 'blobs' })
  await core.ready()
  for (let at = 0; at < blocks; at += 64) {
    await core.append(Array.from({ length: 64 }, () => crypto.randomBytes(BLOCK)))
  }
  return { store, core }
}

/** Counts the times that a store's blob files were written anew. */
function countRuns(store: Corestore): { runs: number } {
  const { db } = store.storage
  const counted = { runs: 0 }
  const compactRange = db.compactRange.bind(db)
  db.compactRange = (start, end, options) => {
    if (options['blobGarbageCollectionPolicy'] === 1) counted.runs++
    return compactRange(start, end, options)
  }
  return counted
}

const RESTLESS: Pace = { quick: Infinity, times: 1, most: 1, part: Infinity, patience: 60_000 }

/** What outlasts a program. */
interface Kept {
  debt: Debt | null
}

function createCompaction(
  t: Assertions,
  store: Corestore,
  pace: Partial<Pace> = {},
  kept: Kept = { debt: null }
): Compaction {
  const memory = {
    read: async () => kept.debt,
    write: async (debt: Debt) => void (kept.debt = debt)
  }
  const made = new Compaction(store.storage, 0, memory, { ...RESTLESS, ...pace })
  t.teardown(() => made.close())
  return made
}

test('compaction: the disk gets back what was cleared', async (t) => {
  const folder = tmp(t)
  const { store, core } = await createCore(t, folder, 1024)
  const compact = createCompaction(t, store)
  await compact.run()
  for (let at = 0; at < 1024; at += 4) await core.clear(at, at + 2)
  await compact.run()
  const used = diskUsed(folder)
  t.ok(used < 512 * BLOCK + 8 * MEGABYTE, `${Math.round(used / MEGABYTE)} MB for 34 MB`)
  for (let at = 2; at < 1024; at += 4) await core.clear(at, at + 1)
  await compact.run()
  const then = diskUsed(folder)
  t.ok(then < 256 * BLOCK + 8 * MEGABYTE, `${Math.round(then / MEGABYTE)} MB for 17 MB`)
})

test('compaction: what takes long is followed by a rest, and then done once for all', async (t) => {
  const { store, core } = await createCore(t, tmp(t), 64)
  const counted = countRuns(store)
  const compact = createCompaction(t, store, { quick: 0, times: 1_000_000, most: 2000 })
  await compact.run()
  t.is(counted.runs, 1, 'the first at once')
  for (let at = 0; at < 5; at++) {
    await core.clear(at, at + 1)
    await compact.run()
  }
  t.is(counted.runs, 1)
  await eventually(() => counted.runs > 1)
  await compact.close()
  t.is(counted.runs, 2)
})

test('compaction: where half of the disk is full there is room for it', { timeout: 60_000 }, async (t) => {
  const disk = smallDisk(t, 400)
  if (disk === null) return
  const { store, core } = await createCore(t, disk.folder, 4096)
  // The larger half: all of it at once does not fit a second time.
  const compact = createCompaction(t, store)
  await core.clear(0, 256)
  await compact.run()
  t.ok(await core.get(4000), 'nothing is lost')
  const used = diskUsed(disk.folder)
  t.ok(used < (4096 - 256) * BLOCK + 80 * MEGABYTE, `${Math.round(used / MEGABYTE)} MB for 252 MB`)
})

test('compaction: what is owed outlasts the program, and so does the rest', async (t) => {
  const { store } = await createCore(t, tmp(t), 64)
  const counted = countRuns(store)
  const kept: Kept = { debt: null }
  const resting = { quick: 0, times: 1_000_000, most: 60_000 }
  const killed = createCompaction(t, store, resting, kept)
  await killed.owe()
  await killed.close()
  const second = createCompaction(t, store, resting, kept)
  await second.resume(1)
  await eventually(() => kept.debt?.owed === false)
  t.is(counted.runs, 1)
  await second.close()
  const third = createCompaction(t, store, resting, kept)
  await third.run()
  t.is(counted.runs, 1, 'it still rests')
  t.is(kept.debt?.owed, true)
  await third.close()
  const fourth = createCompaction(t, store, { quick: 0, times: 1, most: 1 }, kept)
  await fourth.run()
  await eventually(() => kept.debt?.owed === false)
  t.is(counted.runs, 2, 'not longer than it ever rests, whatever the clock said')
})

test('compaction: nobody waits for it long, and who closes for a part of it', async (t) => {
  const { store } = await createCore(t, tmp(t), 1024)
  const counted = countRuns(store)
  const { db } = store.storage
  const compactRange = db.compactRange.bind(db)
  let go = (): void => {}
  const until = new Promise<void>((resolve) => (go = resolve))
  db.compactRange = async (start, end, options) => {
    await compactRange(start, end, options)
    if (options['blobGarbageCollectionPolicy'] === 1) await until
  }
  const kept: Kept = { debt: null }
  const compact = createCompaction(t, store, { part: 8 * MEGABYTE, patience: 100 }, kept)
  await compact.run()
  await eventually(() => counted.runs === 1)
  const closing = compact.close()
  go()
  await closing
  t.is(counted.runs, 1)
  t.is(kept.debt?.owed, true, 'the rest of it is still owed')
  const again = createCompaction(t, store, { part: 8 * MEGABYTE }, kept)
  await again.run()
  t.ok(counted.runs > 8, 'in parts')
  t.is(kept.debt?.owed, false)
})

test('compaction: what was deleted for good, and failed to be given back, is after a restart', async (t) => {
  const folder = tmp(t)
  const store = new Corestore(folder)
  const album = await Album.create(store, { name: 'Our family', member: 'Dad', network: false })
  const ids: string[] = []
  for (let i = 0; i < 10; i++) ids.push((await album.add(jpegLike(4 * MEGABYTE))).id)
  const { db } = store.storage
  let failures = 0
  db.compactRange = async () => {
    failures++
    throw new Error('IO error: no space left on device')
  }
  album.on('warning', () => {})
  await album.trash(ids)
  await album.purge(ids)
  await eventually(() => failures > 0)
  await album.close()
  await store.close()
  t.ok(diskUsed(folder) > 40 * MEGABYTE)
  const storage = await Storage.open(folder, { existing: true })
  t.teardown(() => storage.close())
  await storage.compactLater(1)
  await eventually(() => diskUsed(folder) < 10 * MEGABYTE)
  t.is(await failureOf(storage.compact()), 'resolved')
})
