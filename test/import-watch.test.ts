// A folder that is watched: what comes is added when it is whole, and what goes is left alone.
import fs from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import { importFolder } from '../lib/import/index.ts'
import { isWhole } from '../lib/import/whole.ts'
import type { ImportFile } from '../lib/import/index.ts'
import { INTERVAL, bringIn, lay, watch } from './folders.ts'
import { collect, createAlbum, eventually, png, tmp } from './helpers.ts'
import { box, heif, join, mp4, tiff, webp } from './media-made.ts'

/** A JPEG with an end, and none before. */
function longJpeg(): Uint8Array {
  return join([0xff, 0xd8, 0xff, 0xda, 0, 2], new Uint8Array(100_000).fill(7), [0xff, 0xd9])
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

test('import watch: an empty folder that is away for a while', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const watched = watch(t, album, folder)
  await eventually(() => watched.watching())
  fs.renameSync(folder, `${folder} away`)
  await aWhile()
  fs.renameSync(`${folder} away`, folder)
  lay(folder, { 'a.png': png(1) })
  await eventually(() => watched.told('a.png').length > 0)
  await watched.end()
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
  const whole = longJpeg()
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

test('import watch: half a file is awaited, though its copy pauses', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const watched = watch(t, album, folder)
  await eventually(() => watched.watching())
  const whole = longJpeg()
  const file = path.join(folder, 'long.jpg')
  fs.writeFileSync(file, whole.subarray(0, 60_000))
  // As copies that keep the times of files.
  fs.utimesSync(file, new Date(2020, 1), new Date(2020, 1))
  await aWhile()
  t.alike(watched.told('long.jpg'), [])
  fs.appendFileSync(file, whole.subarray(60_000))
  await eventually(() => watched.told('long.jpg').length > 0)
  const photos = await collect(album.list())
  t.alike(
    photos.map(({ size }) => size),
    [whole.length]
  )
  await watched.end()
})

test('import watch: a file that stays half is added in the end', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  lay(folder, { 'half.png': png(1).subarray(0, -4), 'whole.png': png(2) })
  const watched = watch(t, album, folder, { interval: 10 })
  await eventually(() => watched.told('whole.png').length > 0)
  t.alike(watched.told('half.png'), [])
  await eventually(() => watched.told('half.png').length > 0)
  t.alike(watched.told('half.png'), ['added'])
  await watched.end()
})

test('import watch: a new file is looked at twice, whatever its times say', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const interval = 1000
  const watched = watch(t, album, folder, { interval })
  await eventually(() => watched.watching())
  const written = performance.now()
  lay(folder, { 'a.png': png(1) })
  fs.utimesSync(path.join(folder, 'a.png'), new Date(2020, 1), new Date(2020, 1))
  await eventually(() => watched.told('a.png').length > 0)
  // The first look is one interval away, the second two.
  t.ok(performance.now() - written >= 1.5 * interval)
  await watched.end()
})

test('import watch: where files end', async (t) => {
  const video = mp4({ created: 3_677_000_000, seconds: 2, width: 4, height: 2 }).whole
  const still = join(heif({ width: 4, height: 2 }), box('mdat', new Uint8Array(100)))
  const exif = tiff({ width: 4, height: 2 }).bytes
  const thumbnail = join([0xff, 0xd8, 0xff, 0xe1, 0, 6, 0xff, 0xd9, 0, 0])
  const files = {
    'a.jpg': join(thumbnail, [0xff, 0xda, 0, 2], new Uint8Array(1000), [0xff, 0xd9]),
    'a.png': png(1),
    'a.webp': webp({ width: 4, height: 2, exif }),
    'a.mp4': video,
    'a.heic': still,
    'a.gif': join('GIF89a', new Uint8Array(100), ';')
  }
  const folder = tmp(t)
  for (const [name, bytes] of Object.entries(files)) {
    const file = path.join(folder, name)
    fs.writeFileSync(file, bytes)
    t.ok(await isWhole(file), name)
    for (const cut of [bytes.length - 1, Math.floor(bytes.length / 2), 30]) {
      fs.writeFileSync(file, bytes.subarray(0, cut))
      t.absent(await isWhole(file), `${name} of ${cut} bytes`)
    }
  }
  // Each of these was gone through for a minute, while nothing else was looked at.
  const none = {
    'a.jpg': join([0xff, 0xd8], new Uint8Array(2_000_000).fill(0xff)),
    'a.png': join(png(1).subarray(0, 8), new Uint8Array(12_000_000))
  }
  for (const [name, bytes] of Object.entries(none)) {
    fs.writeFileSync(path.join(folder, name), bytes)
    t.absent(await isWhole(path.join(folder, name)), `${name} of nothing`)
    fs.appendFileSync(path.join(folder, name), files[name as keyof typeof none].slice(-12))
    t.ok(await isWhole(path.join(folder, name)), `${name} of nothing, with an end`)
  }
  fs.writeFileSync(path.join(folder, 'a.jpg'), join(files['a.jpg'], 'a note of a phone'))
  t.ok(await isWhole(path.join(folder, 'a.jpg')), 'what lies behind the end')
})
