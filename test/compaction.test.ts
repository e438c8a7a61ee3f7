// What the disk gives back of what was cleared, and what that costs it.
import crypto from 'node:crypto'
import test, { type Assertions } from 'brittle'
import Corestore from 'corestore'
import type Hypercore from 'hypercore'
import { Compaction, type Pace } from '../lib/log/compaction.ts'
import { diskUsed } from './bench/disk.ts'
import { smallDisk } from './disks.ts'
import { eventually, tmp } from './helpers.ts'

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

const RESTLESS = { quick: Infinity, times: 1, most: 1 }

function createCompaction(t: Assertions, store: Corestore, pace: Pace = RESTLESS): Compaction {
  const made = new Compaction(store.storage, 0, pace)
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
