// A folder that is watched: what comes is added when it is whole, and what goes is left alone.
import fs from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import type { Assertions } from 'brittle'
import { importFolder } from '../lib/import/index.ts'
import type { ImportEvent, ImportFile, ImportOptions } from '../lib/import/index.ts'
import type { Album } from '../index.ts'
import { bringIn, lay } from './folders.ts'
import { collect, createAlbum, eventually, jpegLike, png, tmp } from './helpers.ts'

const INTERVAL = 100

/** Watches a folder until `end` is called, which resolves to all that was told. */
function watch(t: Assertions, album: Album, folder: string, options: ImportOptions = {}) {
  const stop = new AbortController()
  const events: ImportEvent[] = []
  const files = (): ImportFile[] => events.filter((one): one is ImportFile => one.type === 'file')
  const running = (async () => {
    const all = importFolder(album, folder, {
      watch: true,
      interval: INTERVAL,
      signal: stop.signal,
      ...options
    })
    for await (const event of all) events.push(event)
  })()
  t.teardown(() => stop.abort())
  return {
    files,
    told: (name: string): string[] =>
      files()
        .filter((one) => one.path === name)
        .map(({ status }) => status),
    async end(): Promise<ImportEvent[]> {
      stop.abort()
      await running
      return events
    }
  }
}

/** So long that a folder was looked at several times. */
const aWhile = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 6 * INTERVAL))

test('import watch: what comes is added, once, and ends with a summary', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  lay(folder, { 'a.png': png(1), 'notes.txt': 'no photo', '.hidden': 'x' })
  const watched = watch(t, album, folder, { collections: true })
  await eventually(() => watched.told('a.png').length > 0)
  lay(folder, { 'sub/b.png': png(2) })
  await eventually(() => watched.told('sub/b.png').length > 0)
  await aWhile()
  t.alike(watched.told('a.png'), ['added'])
  t.alike(watched.told('sub/b.png'), ['added'])
  t.alike(watched.told('notes.txt'), ['failed'], 'told once')
  t.alike(watched.told('.hidden'), ['skipped'])

  fs.renameSync(path.join(folder, 'a.png'), path.join(folder, 'sub', 'renamed.png'))
  // As programs save: another file in its place, and the same bytes.
  fs.writeFileSync(path.join(folder, 'new'), png(2))
  fs.renameSync(path.join(folder, 'new'), path.join(folder, 'sub/b.png'))
  await eventually(() => watched.told('sub/renamed.png').length > 0)
  await eventually(() => watched.told('sub/b.png').length > 1)
  t.alike(watched.told('sub/renamed.png'), ['known'])
  t.alike(watched.told('sub/b.png'), ['added', 'known'])

  fs.rmSync(path.join(folder, 'sub'), { recursive: true })
  await aWhile()
  t.is((await collect(album.list())).length, 2, 'what is deleted here stays there')
  fs.renameSync(folder, `${folder} away`)
  await aWhile()
  fs.renameSync(`${folder} away`, folder)
  lay(folder, { 'c.png': png(3) })
  await eventually(() => watched.told('c.png').length > 0)

  const events = await watched.end()
  t.is(events.at(-1)?.type, 'summary')
  const summary = events.at(-1)
  t.is(summary?.type === 'summary' && summary.added, 3)
  t.is(events.filter(({ type }) => type === 'summary').length, 1)
})

test('import watch: a collection that somebody deletes is made anew', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  lay(folder, { 'sub/a.png': png(1) })
  const watched = watch(t, album, folder, { collections: true })
  const shelves = async (): Promise<unknown[]> =>
    (await album.collections.list()).map(({ name, count }) => [name, count])
  await eventually(() => watched.told('sub/a.png').length > 0)
  for (const { id } of await album.collections.list()) await album.collections.delete(id)
  lay(folder, { 'sub/copy.png': png(1) })
  await eventually(() => watched.told('sub/copy.png').length > 0)
  t.alike(watched.told('sub/copy.png'), ['known'])
  t.alike(await shelves(), [['sub', 1]], 'for what the album has')

  for (const { id } of await album.collections.list()) await album.collections.delete(id)
  lay(folder, { 'sub/b.png': png(2), 'sub/c.png': png(3) })
  await eventually(() => watched.told('sub/c.png').length > 0)
  t.alike([...watched.told('sub/b.png'), ...watched.told('sub/c.png')], ['added', 'added'])
  t.alike(await shelves(), [['sub', 2]], 'and for what is new')
  await watched.end()
})

test('import watch: what failed and may yet work is tried again, ever more rarely', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  lay(folder, { 'a.png': png(1), 'b.png': png(2), 'notes.txt': 'no photo' })
  const [here, away] = [path.join(folder, 'a.png'), path.join(tmp(t), 'a.png')]
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const events: ImportFile[] = []
  let last = 0
  const pauses: number[] = []
  for await (const event of importFolder(album, folder, {
    watch: true,
    interval: INTERVAL,
    signal: stop.signal
  })) {
    // On shares a file may be gone for a moment, and be the same as before.
    if (event.type === 'phase' && event.phase === 'hash') fs.renameSync(here, away)
    if (event.type !== 'file') continue
    events.push(event)
    if (event.path !== 'a.png') continue
    t.is(event.error?.code, 'FILE_NOT_FOUND')
    fs.renameSync(away, here)
    if (last > 0) pauses.push(performance.now() - last)
    last = performance.now()
    if (pauses.length === 3) stop.abort()
  }
  for (const [i, pause] of pauses.entries()) t.ok(pause >= 2 ** i * INTERVAL, `${pause} ms`)
  const others = events.filter((event) => event.path !== 'a.png')
  t.alike(others.map((event) => `${event.path} ${event.status}`).sort(), ['b.png added', 'notes.txt failed'])
  t.is((await bringIn(album, folder)).status['a.png'], 'added')
})

test('import watch: a file that grows is awaited', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const watched = watch(t, album, folder)
  const whole = jpegLike(100_000)
  const file = path.join(folder, 'long.jpg')
  for (let at = 0; at < whole.length; at += 5000) {
    fs.appendFileSync(file, whole.subarray(at, at + 5000))
    await new Promise((resolve) => setTimeout(resolve, INTERVAL / 4))
  }
  await eventually(() => watched.told('long.jpg').length > 0)
  await aWhile()
  t.alike(watched.told('long.jpg'), ['added'])
  const [photo, ...others] = await collect(album.list())
  t.is(photo?.size, whole.length)
  t.alike(others, [])
  await watched.end()
})
