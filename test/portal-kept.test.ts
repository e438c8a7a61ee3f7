// What the portal has said it has is in the album in the end: after a crash, a full disk, a power cut, a lost session.
import fs from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import type { UploadResult } from '../lib/portal/api.ts'
import { AlbumError } from '../index.ts'
import type { AddResult, Collection } from '../index.ts'
import { Album } from './plain.ts'
import { createAlbum, eventually, jpegLike, png, tmp } from './helpers.ts'
import { Browser, openPortal, visit } from './portal.ts'
import { BYTES, TUS, begin, create, offsetOf, send, sha256 } from './tus.ts'

const DAY = 86_400_000

const fileOf = (folder: string, url: string): string =>
  path.join(folder, 'uploads', url.split('/').pop() as string)

/** As if time had passed since a record was written. */
function age(folder: string, url: string, times: { createdAt?: number; activeAt?: number }): void {
  const file = `${fileOf(folder, url)}.json`
  const record = JSON.parse(fs.readFileSync(file, 'utf8')) as object
  fs.writeFileSync(file, JSON.stringify({ ...record, ...times }))
}

test('portal: a whole upload is added however late the portal opens again', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const first = await openPortal(t, album, { folder })
  const browser = await visit(first, album.me)
  const bytes = png('late')
  const url = await begin(browser, bytes.length)
  const [old, slow] = [await begin(browser, 1000), await begin(browser, 1000)]
  await send(browser, slow, 0, jpegLike(1000).subarray(0, 400))
  await first.close()
  // The last byte had come, and the process ended while the album was adding.
  fs.writeFileSync(fileOf(folder, url), bytes)
  const before = Date.now() - 3 * DAY
  for (const one of [url, old]) age(folder, one, { createdAt: before, activeAt: before })
  age(folder, slow, { createdAt: before })

  const second = await openPortal(t, album, { folder })
  await eventually(() => album.get(sha256(bytes)))
  const again = new Browser((request) => second.fetch(request))
  again.cookie = browser.cookie
  t.is(await offsetOf(again, old), 'status 404', 'one of which nothing came for a day is forgotten')
  t.is(await offsetOf(again, slow), 400, 'not one of which something came since')
  const rest = await send(again, slow, 400, jpegLike(1000).subarray(400))
  t.is(rest.status, 204, 'it goes on')
})

test('portal: a whole upload is added although its session has ended', async (t) => {
  const album = await createAlbum(t)
  const grandma = await album.members.create({ name: 'Grandma' })
  const folder = tmp(t)
  const portal = await openPortal(t, album, { folder })
  const browser = await visit(portal, grandma.id)
  const bytes = png('signed out')
  const url = await begin(browser, bytes.length)
  // Whole, but not being taken: as after an album that was closing.
  fs.writeFileSync(fileOf(folder, url), bytes)
  t.is(await offsetOf(browser, url), bytes.length)
  t.is((await browser.send('DELETE', '/api/session')).status, 204)
  const photo = await eventually(() => album.get(sha256(bytes)))
  t.is(photo?.by.name, 'Grandma')
})

test('portal: a whole upload makes way for no other', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const first = await openPortal(t, album, { folder, uploads: 1 })
  const browser = await visit(first, album.me)
  const url = await begin(browser, png('way').length)
  await first.close()
  age(folder, url, { activeAt: Date.now() - 3_600_000 })
  const second = await openPortal(t, album, { folder, uploads: 1 })
  const again = new Browser((request) => second.fetch(request))
  again.cookie = browser.cookie
  fs.writeFileSync(fileOf(folder, url), png('way'))
  await eventually(async () => (await create(again, 100)).status === 201)
  t.ok(await album.get(sha256(png('way'))), 'it is in the album before its place is another’s')
})

/** An album that fails so often before it takes anything, as one whose disk is full, or whose index is not up to date. */
function failing(album: Album, times: number): void {
  const addAll = album.addAll.bind(album)
  let left = times
  album.addAll = async function* (sources, options): AsyncGenerator<AddResult> {
    const error = new AlbumError('STORAGE_FULL', 'The disk is full')
    if (left-- > 0) for await (const source of sources) yield { source, status: 'failed', photo: null, error }
    else yield* addAll(sources, options)
  }
}

test('portal: a failure of the moment loses no bytes', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const portal = await openPortal(t, album, { folder })
  const browser = await visit(portal, album.me)
  failing(album, 1)
  const bytes = png('full')
  const url = await begin(browser, bytes.length)
  const last = await send(browser, url, 0, bytes)
  t.is(last.status, 503)
  t.is(last.body.error.code, 'STORAGE_FULL')
  t.ok(Number(last.headers.get('retry-after')) > 0)
  t.ok(fs.readFileSync(fileOf(folder, url)).equals(bytes), 'the bytes stay')
  t.is(await offsetOf(browser, url), bytes.length)
  const result = async (): Promise<string> => (await browser.ask<UploadResult>(`${url}/result`)).body.status
  for (let i = 0; i < 50; i++) t.is(await result(), 'pending')
  const begun = Date.now()
  await eventually(async () => (await result()) === 'added')
  t.ok(Date.now() - begun > 1000, 'asking again and again reads nothing again and again')
  t.ok(await album.get(sha256(bytes)))
  t.is(
    (await send(browser, await begin(browser, 5), 0, Buffer.from('hello'))).status,
    204,
    'what is final is'
  )
})

test('portal: a collection that is gone loses no photo', async (t) => {
  const album = await createAlbum(t)
  const portal = await openPortal(t, album)
  const browser = await visit(portal, album.me)
  const { body } = await browser.send<Collection>('POST', '/api/collections', { name: 'Summer' })
  const bytes = png('gone')
  const url = await begin(browser, bytes.length, { filename: 'a.png', collection: body.id })
  await browser.send('DELETE', `/api/collections/${body.id}`)
  const last = await send(browser, url, 0, bytes)
  t.is(last.headers.get('x-hyperalbum-result'), 'added')
  t.alike((await album.get(sha256(bytes)))?.collections, [])
})

test('portal: what a power cut took from the album is added again', async (t) => {
  const [where, before, folder] = [path.join(tmp(t), 'album'), path.join(tmp(t), 'before'), tmp(t)]
  let album = await Album.create(where, { name: 'Ours', member: 'Dad', network: false })
  await album.close()
  fs.cpSync(where, before, { recursive: true })
  album = await Album.open(where, { network: false })
  const first = await openPortal(t, album, { folder })
  const browser = await visit(first, album.me)
  const [announced, other] = [png('announced'), png('other')]
  const fields = { filename: 'a.png', sha256: sha256(announced) }
  const url = await begin(browser, announced.length, fields)
  const plain = await begin(browser, other.length)
  t.is((await send(browser, url, 0, announced)).headers.get('x-hyperalbum-result'), 'added')
  t.is((await send(browser, plain, 0, other)).headers.get('x-hyperalbum-result'), 'added')
  await first.close()
  await album.close()
  // The disk of the album as if nothing since had reached it; what the portal writes it waits for.
  for (const name of fs.readdirSync(where)) {
    // By this file an album knows that it was copied.
    if (name === 'CORESTORE') continue
    fs.rmSync(path.join(where, name), { recursive: true })
    fs.cpSync(path.join(before, name), path.join(where, name), { recursive: true })
  }

  album = await Album.open(where, { network: false })
  t.teardown(() => album.close())
  t.is(await album.get(sha256(announced)), null, 'lost')
  const second = await openPortal(t, album, { folder })
  await eventually(() => album.get(sha256(announced)))
  t.ok(await eventually(() => album.get(sha256(other))))
  await second.close()

  for (const one of [url, plain]) age(folder, one, { activeAt: Date.now() - 2 * 3_600_000 })
  const third = await openPortal(t, album, { folder })
  const again = new Browser((request) => third.fetch(request))
  again.cookie = browser.cookie
  // What is swept: once to ask the album, and once to let go of what it surely has.
  await eventually(async () => {
    await again.send('DELETE', '/api/session')
    again.cookie = (await visit(third, album.me)).cookie
    return !fs.existsSync(fileOf(folder, url)) && !fs.existsSync(fileOf(folder, plain))
  })
  t.is(
    await offsetOf(again, url),
    announced.length,
    'after an hour the bytes go, and what became of them stays'
  )
})

test('portal: a creation that is cut off in its body leaves nothing', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const portal = await openPortal(t, album, { folder })
  const browser = await visit(portal, album.me)
  const broken = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(jpegLike(400))),
    pull: (controller) =>
      new Promise((resolve) => setTimeout(() => resolve(controller.error(new Error('gone'))), 200))
  })
  const headers = { ...BYTES, 'upload-length': '1000', 'content-length': '1000' }
  const made = await browser.ask('/api/uploads', { method: 'POST', headers, body: broken })
  t.is(made.status, 400)
  t.alike(fs.readdirSync(path.join(folder, 'uploads')), [])
})

test('portal: an upload is the one of the path, whatever the query says', async (t) => {
  const album = await createAlbum(t)
  const grandma = await album.members.create({ name: 'Grandma' })
  const portal = await openPortal(t, album)
  const [dad, hers] = [await visit(portal, album.me), await visit(portal, grandma.id)]
  const [his, own] = [await begin(dad, 1000), await begin(hers, 1000)]
  const both = `${own}?/${his.split('/').pop()}`
  t.is((await send(hers, both, 0, jpegLike(1000).subarray(0, 100))).status, 204)
  t.alike([await offsetOf(hers, own), await offsetOf(dad, his)], [100, 0])
  t.is(await offsetOf(hers, both), 100)
  t.is((await hers.ask(both, { method: 'DELETE', headers: TUS })).status, 204)
  t.alike([await offsetOf(hers, own), await offsetOf(dad, his)], ['status 404', 0])
})

test('portal: four uploads are added at a time, also at the start', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const first = await openPortal(t, album, { folder })
  const browser = await visit(first, album.me)
  const files = Array.from({ length: 12 }, (_, i) => png(i))
  const urls = await Promise.all(files.map((file) => begin(browser, file.length)))
  await first.close()
  urls.forEach((url, i) => fs.writeFileSync(fileOf(folder, url), files[i] as Uint8Array))
  const addAll = album.addAll.bind(album)
  let [now, most] = [0, 0]
  album.addAll = async function* (sources, options): AsyncGenerator<AddResult> {
    most = Math.max(most, ++now)
    try {
      yield* addAll(sources, options)
    } finally {
      now--
    }
  }
  await openPortal(t, album, { folder })
  for (const file of files) await eventually(() => album.get(sha256(file)))
  t.is(most, 4)
})
