import fs from 'node:fs'
import path from 'node:path'
import test, { type Assertions } from 'brittle'
import Corestore from 'corestore'
import { Album } from './plain.ts'
import type { CreateOptions } from '../index.ts'
import { type Home, collect, connect, createAlbum, createFamily, eventually, failureOf } from './helpers.ts'
import { jpegLike, readAll, tmp } from './helpers.ts'
import { openInside } from './insider.ts'
import { runChild } from './processes.ts'

const OFFLINE = { network: false } as const
const CREATE: CreateOptions = { name: 'Our family', member: 'Dad', device: 'laptop', network: false }

test('trouble: a folder that is open is locked, for other processes and for this one', async (t) => {
  const folder = tmp(t)
  const album = await Album.create(folder, CREATE)
  t.teardown(() => album.close())

  const other = await runChild('open', folder)
  t.alike(other.said, [{ error: 'STORAGE_LOCKED' }], 'another process')
  t.is(await failureOf(Album.open(folder, OFFLINE)), 'STORAGE_LOCKED', 'this process')
  t.is(await failureOf(Album.create(folder, CREATE)), 'STORAGE_LOCKED', 'creating')

  const photo = await album.add(jpegLike(100))
  t.is((await readAll(album, photo)).byteLength, 100, 'the one who has it open is not disturbed')
  await album.close()

  const next = await runChild('open', folder)
  t.alike(next.said, [{ opened: album.id }], 'closed, it is free again')
})

test('trouble: a folder that was copied is not opened: two would write as one device', async (t) => {
  const folder = tmp(t)
  await (await Album.create(folder, CREATE)).close()
  const copy = path.join(tmp(t), 'copy')
  fs.cpSync(folder, copy, { recursive: true })
  t.is(await failureOf(Album.open(copy, OFFLINE)), 'STORAGE_MOVED')
  const moved = path.join(tmp(t), 'moved')
  fs.renameSync(folder, moved)
  await (await Album.open(moved, OFFLINE)).close()
  t.pass('it has another name on the same disk, and is the one')
})

test('trouble: nobody else of the machine reads an album’s folder', async (t) => {
  if (process.platform === 'win32') return t.comment('SKIPPED: no modes here')
  const folder = path.join(tmp(t), 'deep', 'album')
  const options = { name: 'Our family', member: 'Dad', network: false } as const
  await (await Album.create(folder, options)).close()
  t.is(fs.statSync(folder).mode & 0o777, 0o700)
  fs.chmodSync(folder, 0o755)
  await (await Album.open(folder, { network: false })).close()
  t.is(fs.statSync(folder).mode & 0o777, 0o700, 'as it was made by an earlier version')
})

test('trouble: what is not an album is said to be none, and nothing is made of it', async (t) => {
  const folder = tmp(t)
  const missing = path.join(folder, 'missing')
  t.is(await failureOf(Album.open(missing, OFFLINE)), 'NOT_AN_ALBUM', 'a missing folder')
  t.absent(fs.existsSync(missing), 'which is not created')

  const empty = path.join(folder, 'empty')
  fs.mkdirSync(empty)
  t.is(await failureOf(Album.open(empty, OFFLINE)), 'NOT_AN_ALBUM', 'an empty folder')
  t.alike(fs.readdirSync(empty), [], 'which stays empty')

  const file = path.join(folder, 'file')
  fs.writeFileSync(file, 'a text')
  t.is(await failureOf(Album.open(file, OFFLINE)), 'NOT_AN_ALBUM', 'a file')
  t.is(await failureOf(Album.create(file, CREATE)), 'NOT_AN_ALBUM', 'a file to create in')
  t.is(fs.readFileSync(file, 'utf8'), 'a text', 'which is left alone')
})

test('trouble: a Corestore of something else is no album', async (t) => {
  const folder = tmp(t)
  const store = new Corestore(folder)
  await store.get({ name: 'something else' }).append(new Uint8Array([1]))
  await store.close()
  t.is(await failureOf(Album.open(folder, OFFLINE)), 'NOT_AN_ALBUM', 'as a folder')

  const again = new Corestore(folder)
  t.teardown(() => again.close())
  t.is(await failureOf(Album.open(again, OFFLINE)), 'NOT_AN_ALBUM', 'as a store')
  const other = again.get({ name: 'something else' })
  await other.ready()
  t.is(other.length, 1, 'which goes on working')
})

test('trouble: an album is not created over another', async (t) => {
  const folder = tmp(t)
  const first = await Album.create(folder, CREATE)
  await first.add(jpegLike(100))
  await first.close()

  t.is(await failureOf(Album.create(folder, { ...CREATE, name: 'Another' })), 'ALBUM_EXISTS')
  const album = await Album.open(folder, OFFLINE)
  t.teardown(() => album.close())
  t.is(album.name, 'Our family')
  t.is((await collect(album.list())).length, 1)
})

test('trouble: two that create an album in one folder at once get one', async (t) => {
  const folder = tmp(t)
  const results = await Promise.allSettled([Album.create(folder, CREATE), Album.create(folder, CREATE)])
  const made = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  t.is(made.length, 1)
  t.teardown(() => made[0]?.close())
})

test('trouble: a closed album says so to every call, and closing twice is one closing', async (t) => {
  const album = await createAlbum(t)
  const { id } = await album.add(jpegLike(100))
  const collection = await album.collections.create({ name: 'Summer' })
  const { invites, members, collections, me } = album
  await Promise.all([album.close(), album.close()])
  await album.close()
  t.ok(album.closed)

  const calls: Record<string, () => unknown> = {
    add: () => album.add(jpegLike(100)),
    addAll: () => collect(album.addAll([jpegLike(100)])),
    get: () => album.get(id),
    list: () => collect(album.list()),
    timeline: () => collect(album.timeline()),
    edit: () => album.edit(id, { caption: 'late' }),
    history: () => album.history(id),
    trash: () => album.trash(id),
    restore: () => album.restore(id),
    purge: () => album.purge(id),
    read: () => collect(album.read(id)),
    download: () => album.download(),
    settled: () => album.settled(),
    watch: () => collect(album.watch()),
    rename: () => album.rename('Another'),
    status: () => album.status(),
    replicate: () => album.replicate(true),
    suspend: () => album.suspend(),
    resume: () => album.resume(),
    'invites.create': () => invites.create(),
    'invites.get': () => invites.get('00'.repeat(32)),
    'invites.list': () => invites.list(),
    'members.list': () => members.list(),
    'members.get': () => members.get(me),
    'members.me': () => members.me(),
    'members.create': () => members.create({ name: 'Grandpa' }),
    'members.rename': () => members.rename(me, 'Father'),
    'members.linkDevice': () => members.linkDevice(),
    'members.delegate': () => members.delegate(me),
    'collections.create': () => collections.create({ name: 'Winter' }),
    'collections.get': () => collections.get(collection.id),
    'collections.list': () => collections.list(),
    'collections.rename': () => collections.rename(collection.id, 'Winter'),
    'collections.delete': () => collections.delete(collection.id),
    'collections.add': () => collections.add(collection.id, id),
    'collections.photos': () => collect(collections.photos(collection.id))
  }
  for (const [name, call] of Object.entries(calls)) {
    const run = async (): Promise<unknown> => call()
    t.is(await failureOf(run()), 'CLOSED', name)
  }
})

test('trouble: an album that rests goes on where it was', async (t) => {
  const folder = tmp(t)
  const album = await Album.create(folder, CREATE)
  const first = await album.add(jpegLike(100))
  await album.suspend()
  await album.suspend()
  t.absent((await album.status()).online)
  const adding = album.add(jpegLike(200))
  const rest = new Promise((resolve) => setTimeout(resolve, 100, 'at rest'))
  t.is(await Promise.race([adding, rest]), 'at rest', 'nothing is written meanwhile')
  await album.resume()
  await album.resume()
  const second = await adding
  t.alike((await collect(album.list())).map(({ id }) => id).sort(), [first.id, second.id].sort())

  await album.suspend()
  await album.close()
  const again = await Album.open(folder, OFFLINE)
  t.teardown(() => again.close())
  t.is((await collect(again.list())).length, 2, 'closed while it rested, it opens again')
})

// What a fast-forward leaves behind that was cut off before the rest of the index came.
async function forgetIndex(t: Assertions, folder: string): Promise<void> {
  const { session } = await openInside(t, folder)
  const { key, length } = session.log.view.core
  await session.close()
  const store = new Corestore(folder)
  const core = store.get({ key })
  await core.ready()
  await core.clear(4, length)
  await store.close()
}

test(
  'trouble: adding alone with half an index is refused, and not queued',
  { timeout: 60_000 },
  async (t) => {
    const [dad, mum] = (await createFamily(t, ['Mum'])) as [Home, Home]
    await collect(dad.album.addAll(Array.from({ length: 100 }, () => jpegLike(100))))
    const apart = connect(dad.album, mum.album)
    await eventually(async () => {
      const { photos, index } = await mum.album.status()
      return photos === 100 && index.final === index.length
    })
    apart()
    await mum.album.close()
    await forgetIndex(t, mum.folder)

    await mum.reopen()
    const started = Date.now()
    t.is(await failureOf(mum.album.add(jpegLike(200))), 'INDEX_INCOMPLETE')
    t.ok(Date.now() - started < 15_000, 'in bounded time')

    connect(dad.album, mum.album)
    const photo = await mum.album.add(jpegLike(300))
    await eventually(async () => (await dad.album.get(photo.id)) !== null)
    t.is((await dad.album.status()).photos, 101, 'what was refused does not come later')
    await eventually(async () => (await mum.album.status()).index.whole)
  }
)
