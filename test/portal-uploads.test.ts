// Files from phones: resumable, bounded, and in the album in the right name.
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import test from 'brittle'
import type { PhotoPage, UploadResult } from '../lib/portal/api.ts'
import { type Listening, listenPortal } from '../lib/portal/index.ts'
import type { Collection } from '../index.ts'
import { createAlbum, eventually, jpegLike, png, readAll, tmp } from './helpers.ts'
import { Browser, openPortal, visit } from './portal.ts'
import { BYTES, TUS, begin, create, offsetOf, send, sha256 } from './tus.ts'

test('portal: an upload becomes a photo, in the visitor’s name', async (t) => {
  const album = await createAlbum(t)
  const grandma = await album.members.create({ name: 'Grandma' })
  const folder = tmp(t)
  const portal = await openPortal(t, album, { folder })
  const browser = await visit(portal, grandma.id)
  const summer = await browser.send<Collection>('POST', '/api/collections', { name: 'Summer' })

  const bytes = png('upload')
  const fields = {
    filename: 'IMG_0001.png',
    lastModified: String(Date.UTC(2019, 3, 5, 12)),
    sha256: sha256(bytes),
    collection: summer.body.id,
    other: 'dropped'
  }
  const url = await begin(browser, bytes.byteLength, fields)
  t.ok(/^\/api\/uploads\/[0-9a-f]{32}$/.test(url))
  t.is(await offsetOf(browser, url), 0)
  t.alike((await browser.ask<UploadResult>(`${url}/result`)).body.status, 'pending')
  const half = Math.floor(bytes.byteLength / 2)
  t.is((await send(browser, url, 0, bytes.subarray(0, half))).status, 204)
  t.is((await send(browser, url, 0, bytes.subarray(0, half))).status, 409, 'not twice')
  t.is(await offsetOf(browser, url), half)
  const last = await send(browser, url, half, bytes.subarray(half))
  t.is(last.status, 204)
  t.is(last.headers.get('x-hyperalbum-result'), 'added')
  t.is(last.headers.get('x-hyperalbum-photo'), sha256(bytes))
  t.is(last.headers.get('access-control-allow-origin'), null)

  const photo = await album.get(sha256(bytes))
  t.is(photo?.by.name, 'Grandma')
  t.is(photo?.via.name, 'laptop')
  t.is(photo?.name, 'IMG_0001.png')
  t.alike(photo?.collections, [summer.body.id])
  t.is(photo && (await readAll(album, photo)).equals(bytes), true)
  t.is(await offsetOf(browser, url), bytes.byteLength, 'still known as whole')
  const again = await browser.ask<UploadResult>(`${url}/result`)
  t.alike(again.body, { status: 'added', photo: sha256(bytes), error: null })
  const left = fs.readdirSync(path.join(folder, 'uploads'))
  const id = String(url.split('/').pop())
  t.alike(left, [id, `${id}.json`], 'the bytes stay until those of the album surely outlive a power cut')

  const twice = await begin(browser, bytes.byteLength)
  const second = await send(browser, twice, 0, bytes)
  t.is(second.headers.get('x-hyperalbum-result'), 'duplicate')
  const wrong = await begin(browser, 5)
  const third = await send(browser, wrong, 0, Buffer.from('hello'))
  t.is(third.headers.get('x-hyperalbum-result'), 'failed:UNSUPPORTED_FILE')
  const other = jpegLike(100)
  const false_ = await begin(browser, 100, { filename: 'a.jpg', sha256: sha256(bytes) })
  const fourth = await send(browser, false_, 0, other)
  t.is(fourth.headers.get('x-hyperalbum-result'), 'failed:PHOTO_CORRUPT', 'not what was announced')
  t.is(await album.get(sha256(other)), null)
  await album.trash(sha256(bytes))
  const fifth = await send(browser, await begin(browser, bytes.byteLength), 0, bytes)
  t.is(fifth.headers.get('x-hyperalbum-result'), 'trashed')
})

test('portal: an upload in one request, and one that is given up', async (t) => {
  const album = await createAlbum(t)
  const portal = await openPortal(t, album)
  const browser = await visit(portal, album.me)
  const bytes = png('one')
  const headers = { ...BYTES, 'upload-length': String(bytes.length), 'content-length': String(bytes.length) }
  const made = await browser.ask('/api/uploads', { method: 'POST', headers, body: new Uint8Array(bytes) })
  t.is(made.status, 201)
  t.is(made.headers.get('x-hyperalbum-result'), 'added')
  const url = await begin(browser, 100)
  t.is((await browser.ask(url, { method: 'DELETE', headers: TUS })).status, 204)
  t.is(await offsetOf(browser, url), 'status 404')
})

/** Sends a part over HTTP and then cuts the connection. */
function cut(
  listening: Listening,
  cookie: string,
  url: string,
  total: number,
  part: Uint8Array
): Promise<void> {
  return new Promise((resolve) => {
    const headers = {
      ...BYTES,
      cookie,
      origin: listening.url,
      'x-hyperalbum': '1',
      'upload-offset': '0',
      'content-length': String(total)
    }
    const request = http.request(listening.url + url, { method: 'PATCH', headers })
    request.on('error', () => resolve())
    request.on('close', () => resolve())
    request.write(part, () => setTimeout(() => request.destroy(), 100))
  })
}

test('portal: an upload survives a cut connection and a restarted server', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const first = await openPortal(t, album, { folder })
  const listening = await listenPortal(first)
  const { secret } = await first.links.create({ memberId: album.me })
  const browser = new Browser((request) => fetch(request), listening.url)
  await browser.join(secret)
  const bytes = Buffer.from(jpegLike(3_000_000))
  const url = await begin(browser, bytes.length, { filename: 'b.jpg', sha256: sha256(bytes) })
  await cut(listening, browser.cookie, url, bytes.length, bytes.subarray(0, 1_000_000))
  const come = Number(await eventually(() => offsetOf(browser, url)))
  t.ok(come > 0 && come <= 1_000_000, `what came is kept: ${come} bytes`)
  await listening.close()
  await first.close()

  const second = await openPortal(t, album, { folder })
  const port = await listenPortal(second, { port: listening.port })
  t.teardown(() => port.close())
  t.is(await offsetOf(browser, url), come)
  const rest = await send(browser, url, come, bytes.subarray(come))
  t.is(rest.status, 204)
  t.is(rest.headers.get('x-hyperalbum-result'), 'added')
  t.ok((await readAll(album, { id: sha256(bytes) })).equals(bytes))
})

test('portal: who comes again before the lost connection is noticed goes on at once', async (t) => {
  const album = await createAlbum(t)
  const portal = await openPortal(t, album)
  const browser = await visit(portal, album.me)
  const bytes = Buffer.from(jpegLike(1000))
  const url = await begin(browser, 1000)
  // Sends 400 bytes and then neither more nor an end, as a phone does that left the network.
  const silent = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(bytes.subarray(0, 400)))
  })
  const headers = { ...BYTES, 'upload-offset': '0', 'content-length': '1000' }
  const lost = browser.raw(url, { method: 'PATCH', headers, body: silent }).catch(() => null)
  await new Promise((resolve) => setTimeout(resolve, 200))
  const begun = Date.now()
  t.is(await offsetOf(browser, url), 400)
  t.ok(Date.now() - begun < 5000, `${Date.now() - begun} ms`)
  const rest = await send(browser, url, 400, bytes.subarray(400))
  t.is(rest.headers.get('x-hyperalbum-result'), 'added')
  await lost
})

test('portal: a whole upload that a restart kept from the album is added after it', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const first = await openPortal(t, album, { folder })
  const browser = await visit(first, album.me)
  const bytes = png('restart')
  const url = await begin(browser, bytes.length)
  await first.close()
  // As if the process had ended between the last byte and the album.
  fs.writeFileSync(path.join(folder, 'uploads', url.split('/').pop() as string), bytes)
  const [stray, foreign] = ['f'.repeat(32), 'holiday.jpg'].map((name) => path.join(folder, 'uploads', name))
  for (const file of [stray, foreign]) fs.writeFileSync(String(file), 'x')
  const second = await openPortal(t, album, { folder })
  await eventually(() => album.get(sha256(bytes)))
  const again = new Browser((request) => second.fetch(request))
  again.cookie = browser.cookie
  const status = async (): Promise<string> => (await again.ask<UploadResult>(`${url}/result`)).body.status
  await eventually(async () => (await status()) === 'added')
  t.absent(fs.existsSync(String(stray)), 'bytes of no upload are gone')
  t.ok(fs.existsSync(String(foreign)), 'what is no upload stays')
  t.pass('added')
})

test('portal: uploads are bounded, and only their member’s', async (t) => {
  const album = await createAlbum(t)
  const grandma = await album.members.create({ name: 'Grandma' })
  const viewer = await album.members.create({ name: 'Child', role: 'viewer' })
  const portal = await openPortal(t, album, {
    uploadBytes: 1000,
    uploads: 2,
    uploadsOfAll: 3,
    uploadBytesOfAll: 5000
  })
  const [dad, hers, its] = [
    await visit(portal, album.me),
    await visit(portal, grandma.id),
    await visit(portal, viewer.id)
  ]
  const refused = async (browser: Browser, size: number): Promise<[number, string]> => {
    const { status, body } = await create(browser, size)
    return [status, body.error?.code ?? '']
  }
  t.alike(await refused(its, 10), [403, 'FORBIDDEN'], 'a viewer')
  t.alike(await refused(dad, 1001), [413, 'TOO_LARGE'])
  t.alike(await refused(dad, 0), [400, 'FILE_EMPTY'])
  t.alike(await refused(dad, -5), [400, 'BAD_ARGUMENT'])
  t.alike(await refused(dad, 1e300), [400, 'BAD_ARGUMENT'])
  const deferred = { ...TUS, 'upload-defer-length': '1' }
  t.is(
    (await dad.ask('/api/uploads', { method: 'POST', headers: deferred })).status,
    501,
    'of unknown length'
  )

  const together = await Promise.all([1, 2, 3, 4].map(() => refused(dad, 600)))
  const taken = together.filter(([status]) => status === 201)
  t.is(taken.length, 2, 'two of one, also all at once')
  t.alike(await refused(hers, 1000), [201, ''])
  t.alike(await refused(hers, 10), [429, 'TOO_MANY_UPLOADS'], 'three of all')

  const { headers } = await create(dad, 10)
  t.is(headers.get('location'), null)
  t.is((await hers.send('DELETE', '/api/session')).status, 204)
  const again = await visit(portal, grandma.id)
  const made = await eventually(async () => {
    const { status, headers: said } = await create(again, 900)
    return status === 201 && said.get('location')
  })
  const url = String(made)
  t.is(await offsetOf(dad, url), 'status 404', 'another member’s')
  t.is((await send(dad, url, 0, jpegLike(900))).status, 404)
  t.is((await dad.ask(url, { method: 'DELETE', headers: TUS })).status, 404)
  t.is((await dad.ask(`${url}/result`)).status, 404)
  for (const id of ['..%2f..%2flinks.json', '%00', '0'.repeat(31), '0'.repeat(32), 'g'.repeat(32)]) {
    t.is((await dad.ask(`/api/uploads/${id}`, { method: 'DELETE', headers: TUS })).status, 404, id)
    t.is(await offsetOf(dad, `/api/uploads/${id}`), 'status 404', id)
  }
})

test('portal: more bytes than announced are not taken', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const portal = await openPortal(t, album, { folder })
  const browser = await visit(portal, album.me)
  const url = await begin(browser, 100)
  const more = await send(browser, url, 0, jpegLike(5000))
  t.is(more.status, 413)
  const file = path.join(folder, 'uploads', url.split('/').pop() as string)
  t.ok(fs.statSync(file).size <= 100)
})

test('portal: an upload ends with its session', async (t) => {
  const album = await createAlbum(t)
  const grandma = await album.members.create({ name: 'Grandma' })
  const folder = tmp(t)
  const portal = await openPortal(t, album, { folder })
  const browser = new Browser((request) => portal.fetch(request))
  const { secret, link } = await portal.links.create({ memberId: grandma.id })
  await browser.join(secret)
  const url = await begin(browser, 1000)
  const silent = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(jpegLike(400)))
  })
  const headers = { ...BYTES, 'upload-offset': '0', 'content-length': '1000' }
  const sending = browser.raw(url, { method: 'PATCH', headers, body: silent })
  await new Promise((resolve) => setTimeout(resolve, 200))
  await portal.links.revoke(link.id)
  t.ok((await sending).status >= 400, 'cut off')
  await eventually(() => fs.readdirSync(path.join(folder, 'uploads')).length === 0)
  const again = await visit(portal, grandma.id)
  t.is(await offsetOf(again, url), 'status 404')
  t.is((await again.ask<PhotoPage>('/api/photos')).body.cells.length, 0)
})

test('portal: uploads that a closed page left make way for new ones', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const first = await openPortal(t, album, { folder, uploads: 2 })
  const browser = await visit(first, album.me)
  const [left, other] = [await begin(browser, 100), await begin(browser, 100)]
  t.is((await create(browser, 100)).status, 429, 'not yet')
  await first.close()
  const file = path.join(folder, 'uploads', `${left.split('/').pop()}.json`)
  const record = JSON.parse(fs.readFileSync(file, 'utf8')) as { activeAt: number }
  fs.writeFileSync(file, JSON.stringify({ ...record, activeAt: Date.now() - 3_600_000 }))

  const second = await openPortal(t, album, { folder, uploads: 2 })
  const again = new Browser((request) => second.fetch(request))
  again.cookie = browser.cookie
  t.is((await create(again, 100)).status, 201)
  t.is(await offsetOf(again, left), 'status 404')
  t.is(await offsetOf(again, other), 0, 'only one that is idle')
  t.is((await create(again, 100)).status, 429)
})
