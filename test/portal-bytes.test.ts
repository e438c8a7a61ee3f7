// Pictures and files over real HTTP: ranges, what may be shown, and what nobody has.
import http from 'node:http'
import test from 'brittle'
import { Album as Real } from '../index.ts'
import type { ApiError } from '../lib/portal/api.ts'
import { listenPortal } from '../lib/portal/index.ts'
import { rangeOf } from '../lib/portal/ranges.ts'
import { createAlbum, createFamily, connect, eventually, jpegLike, png, tmp } from './helpers.ts'
import { Browser, openPortal, visit } from './portal.ts'
import { begin, send } from './tus.ts'

test('portal: what a Range header means', (t) => {
  const cases: [header: string | null, size: number, meant: ReturnType<typeof rangeOf>][] = [
    [null, 10, null],
    ['bytes=0-4', 10, { start: 0, end: 4 }],
    ['bytes=0-', 10, { start: 0, end: 9 }],
    ['bytes=9-', 10, { start: 9, end: 9 }],
    ['bytes=5-500', 10, { start: 5, end: 9 }],
    ['bytes=-3', 10, { start: 7, end: 9 }],
    ['bytes=-30', 10, { start: 0, end: 9 }],
    ['BYTES=0-0', 10, { start: 0, end: 0 }],
    ['bytes=10-', 10, 'unsatisfiable'],
    ['bytes=10-20', 10, 'unsatisfiable'],
    ['bytes=-0', 10, 'unsatisfiable'],
    ['bytes=0-1,3-4', 10, 'unsatisfiable'],
    ['bytes=0-1, 1-2', 10, 'unsatisfiable'],
    ['bytes=4-2', 10, null],
    ['bytes=a-b', 10, null],
    ['bytes=-', 10, null],
    ['bytes=', 10, null],
    ['bytes=1--2', 10, null],
    ['items=0-4', 10, null],
    ['bytes=99999999999999999999-', 10, 'unsatisfiable']
  ]
  for (const [header, size, meant] of cases) t.alike(rangeOf(header, size), meant, String(header))
})

test('portal: an original over HTTP, whole and in parts', async (t) => {
  const album = await createAlbum(t)
  const bytes = Buffer.from(jpegLike(300_000))
  const photo = await album.add(bytes, { name: 'Strand "1"\r\nX: ü.jpg' })
  const portal = await openPortal(t, album)
  const listening = await listenPortal(portal)
  t.teardown(() => listening.close())
  const browser = new Browser((request) => fetch(request), listening.url)
  const { secret, urls } = await portal.links.create({ memberId: album.me })
  t.alike(urls, [`${listening.url}/#join=${secret}`])
  t.is(await browser.join(secret), 204)

  const url = `/photo/${photo.id}/original`
  const get = async (headers: Record<string, string> = {}, at = url): Promise<[Response, Buffer]> => {
    const response = await browser.raw(at, { headers })
    return [response, Buffer.from(await response.arrayBuffer())]
  }
  const [whole, all] = await get()
  t.is(whole.status, 200)
  t.ok(all.equals(bytes))
  t.is(whole.headers.get('content-length'), '300000')
  t.is(whole.headers.get('accept-ranges'), 'bytes')
  t.is(whole.headers.get('content-type'), 'image/jpeg')
  t.is(whole.headers.get('cache-control'), 'private, max-age=31536000, immutable')
  t.is(whole.headers.get('content-security-policy'), "default-src 'none'; sandbox")
  t.is(whole.headers.get('x-content-type-options'), 'nosniff')
  t.is(whole.headers.get('content-disposition'), null)
  const etag = whole.headers.get('etag') ?? ''
  t.is(etag, `"${photo.id}-original"`)

  const [part, some] = await get({ range: 'bytes=100000-199999' })
  t.is(part.status, 206)
  t.is(part.headers.get('content-range'), 'bytes 100000-199999/300000')
  t.is(part.headers.get('content-length'), '100000')
  t.ok(some.equals(bytes.subarray(100_000, 200_000)))
  const [suffix, last] = await get({ range: 'bytes=-10' })
  t.is(suffix.status, 206)
  t.ok(last.equals(bytes.subarray(-10)))
  const [beyond] = await get({ range: 'bytes=300000-' })
  t.is(beyond.status, 416)
  t.is(beyond.headers.get('content-range'), 'bytes */300000')
  t.is((await get({ range: 'bytes=0-1,5-6' }))[0].status, 416, 'several at once')
  t.is((await get({ range: 'bytes=0-1', 'if-range': etag }))[0].status, 206)
  t.is((await get({ range: 'bytes=0-1', 'if-range': '"other"' }))[0].status, 200)
  t.is((await get({ 'if-none-match': `"x", ${etag}` }))[0].status, 304)

  const head = await browser.raw(url, { method: 'HEAD' })
  t.is(head.status, 200)
  t.is(head.headers.get('content-length'), '300000')
  const headPart = await browser.raw(url, { method: 'HEAD', headers: { range: 'bytes=0-9' } })
  t.is(headPart.status, 206)
  t.is(headPart.headers.get('content-length'), '10')

  const [saved] = await get({}, `${url}?download=1`)
  const name = saved.headers.get('content-disposition') ?? ''
  t.is(name, `attachment; filename="Strand _1_X_ _.jpg"; filename*=UTF-8''Strand%20_1_X_%20%C3%BC.jpg`)

  t.is((await get({}, `/photo/${photo.id}/thumbnail`))[0].status, 404, 'there is none')
  t.is((await get({}, `/photo/${photo.id}/motion`))[0].status, 404)
  t.is((await get({}, `/photo/${photo.id}/nothing`))[0].status, 404)
  t.is((await get({}, `/photo/${photo.id}/original?strip=1`))[0].status, 422, 'no real JPEG')
})

test('portal: what a browser could run is only given to be saved', async (t) => {
  const album = await createAlbum(t)
  const tiff = Buffer.concat([
    Buffer.from('II*\0\x08\0\0\0', 'latin1'),
    Buffer.from('<script>alert(1)</script>')
  ])
  const photo = await album.add(tiff, { name: 'x.html' })
  const portal = await openPortal(t, album)
  const browser = await visit(portal, album.me)
  const response = await browser.raw(`/photo/${photo.id}/original`)
  t.is(response.headers.get('content-type'), 'application/octet-stream')
  t.ok(response.headers.get('content-disposition')?.startsWith('attachment; filename="x.html.tif"'))
  t.is(response.headers.get('content-security-policy'), "default-src 'none'; sandbox")
})

test('portal: what is saved is named by what it is', async (t) => {
  const album = await createAlbum(t)
  const portal = await openPortal(t, album)
  const browser = await visit(portal, album.me)
  const names: string[] = []
  for (const filename of ['Ferien.hta', '../../a\\b\u202egnp.exe', 'CON.PNG', 'نمی\u200cخواهم.png']) {
    const bytes = png(filename)
    const last = await send(browser, await begin(browser, bytes.length, { filename }), 0, bytes)
    const id = String(last.headers.get('x-hyperalbum-photo'))
    const saved = await browser.raw(`/photo/${id}/original?download=1`)
    const said = saved.headers.get('content-disposition') ?? ''
    names.push(`${(await album.get(id))?.name} → ${decodeURIComponent(said.split("UTF-8''")[1] ?? '')}`)
  }
  t.alike(names, [
    'Ferien.hta → Ferien.hta.png',
    'bgnp.exe → bgnp.exe.png',
    'CON.PNG → _CON.PNG',
    'نمی\u200cخواهم.png → نمی\u200cخواهم.png'
  ])
})

test('portal: who is revoked gets no more of what is running', async (t) => {
  const album = await createAlbum(t)
  const photo = await album.add(jpegLike(20 * 1024 * 1024))
  const portal = await openPortal(t, album)
  const { secret, link } = await portal.links.create({ memberId: album.me })
  const browser = new Browser((request) => portal.fetch(request))
  await browser.join(secret)
  const reader = (await browser.raw(`/photo/${photo.id}/original`)).body?.getReader()
  t.ok((await reader?.read())?.value?.byteLength)
  await portal.links.revoke(link.id)
  const rest = async (): Promise<number> => {
    let bytes = 0
    for (let next = await reader?.read(); !next?.done; next = await reader?.read())
      bytes += next?.value.byteLength ?? 0
    return bytes
  }
  t.is(
    await rest().then(
      (bytes) => `${bytes} more bytes`,
      () => 'cut off'
    ),
    'cut off'
  )
})

test('portal: pictures, and an original without what tells of its owner', async (t) => {
  const album = await Real.create(tmp(t), { name: 'Ours', member: 'Dad', network: false })
  t.teardown(() => album.close())
  const photo = await album.add(png('portal', 600), { name: 'a.png' })
  const portal = await openPortal(t, album)
  const browser = await visit(portal, album.me)
  const thumbnail = await browser.raw(`/photo/${photo.id}/thumbnail`)
  const bytes = Buffer.from(await thumbnail.arrayBuffer())
  t.is(thumbnail.status, 200)
  t.is(thumbnail.headers.get('content-type'), 'image/webp')
  t.is(bytes.toString('latin1', 8, 12), 'WEBP')
  t.is(thumbnail.headers.get('content-length'), String(bytes.length))
  const part = await browser.raw(`/photo/${photo.id}/thumbnail`, { headers: { range: 'bytes=8-11' } })
  t.is(part.status, 206)
  t.is(await part.text(), 'WEBP')
  t.is((await browser.raw(`/photo/${photo.id}/preview`)).status, 200)

  const stripped = await browser.raw(`/photo/${photo.id}/original?strip=1&download=1`)
  t.is(stripped.status, 200)
  t.is(stripped.headers.get('accept-ranges'), 'none')
  const left = Buffer.from(await stripped.arrayBuffer())
  t.absent(left.includes('tEXt'), 'the comment is gone')
  t.ok(left.includes('IDAT'))
})

test('portal: what nobody reachable holds is 503, with its holders and when to ask again', async (t) => {
  const [dad, grandma] = await createFamily(t, ['Grandma'])
  if (!dad || !grandma) return
  const photo = await grandma.album.add(jpegLike(10_000))
  const disconnect = connect(dad.album, grandma.album)
  await eventually(() => dad.album.get(photo.id))
  disconnect()
  const portal = await openPortal(t, dad.album)
  const browser = await visit(portal, dad.album.me)
  const { status, headers, body } = await browser.ask<ApiError>(`/photo/${photo.id}/original`)
  t.is(status, 503)
  t.is(headers.get('retry-after'), '30')
  t.is(headers.get('cache-control'), 'no-store')
  t.is(body.error.code, 'PHOTO_UNAVAILABLE')
  t.alike(body.error.holders, ['Grandma'])
  const begun = Date.now()
  t.is((await browser.raw(`/photo/${photo.id}/original?soon=1`)).status, 503)
  t.ok(Date.now() - begun < 6000, 'who asks why not is told before the 8 seconds are over that others wait')
  const again = connect(dad.album, grandma.album)
  await eventually(async () => (await browser.raw(`/photo/${photo.id}/original`)).status === 200)
  again()
})

test('portal: a visitor who leaves in the middle lets go of the file', async (t) => {
  const album = await createAlbum(t)
  const photo = await album.add(jpegLike(20 * 1024 * 1024))
  const portal = await openPortal(t, album)
  const listening = await listenPortal(portal)
  t.teardown(() => listening.close())
  const { secret } = await portal.links.create({ memberId: album.me })
  const browser = new Browser((request) => fetch(request), listening.url)
  await browser.join(secret)
  for (let i = 0; i < 20; i++) {
    await new Promise<void>((resolve, reject) => {
      const headers = { cookie: browser.cookie }
      const request = http.get(`${listening.url}/photo/${photo.id}/original`, { headers }, (response) => {
        response.once('data', () => {
          response.destroy()
          resolve()
        })
      })
      request.on('error', reject)
    })
  }
  const response = await browser.raw(`/photo/${photo.id}/original`)
  t.is((await response.arrayBuffer()).byteLength, 20 * 1024 * 1024, 'others are served as ever')
})
