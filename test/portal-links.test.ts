// Links and sessions where something goes wrong: a disk that fails, dead links, a phone that joins again.
import fs from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import type { LinkMade } from '../lib/portal/api.ts'
import { createAlbum, eventually, failureOf, jpegLike, tmp } from './helpers.ts'
import { Browser, openPortal, visit } from './portal.ts'
import { begin, offsetOf } from './tus.ts'

/** A file that cannot be written, until what this returns is called. */
function blocked(folder: string, name: string): () => void {
  const beside = path.join(folder, `${name}.new`)
  fs.mkdirSync(beside)
  return () => fs.rmdirSync(beside)
}

test('portal: who is revoked is out, though the disk fails', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const portal = await openPortal(t, album, { folder })
  for (const name of ['links.json', 'sessions.json']) {
    const browser = new Browser((request) => portal.fetch(request))
    const { secret, link } = await portal.links.create({ memberId: album.me, uses: 0 })
    await browser.join(secret)
    const url = await begin(browser, 1000)
    const unblock = blocked(folder, name)
    t.is(await failureOf(portal.links.revoke(link.id)), 'STORAGE_FAILED', 'it is told')
    t.is((await browser.ask('/api/me')).status, 401, `out, though ${name} could not be written`)
    t.is(await new Browser((request) => portal.fetch(request)).join(secret), 403, 'nor in again')
    const upload = path.join(folder, 'uploads', url.split('/').pop() as string)
    await eventually(() => !fs.existsSync(upload))
    unblock()
  }
})

test('portal: a link is not used up where the disk fails', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const errors: unknown[] = []
  const portal = await openPortal(t, album, { folder, onerror: (error) => errors.push(error) })
  const { secret } = await portal.links.create({ memberId: album.me })
  for (const name of ['links.json', 'sessions.json']) {
    const unblock = blocked(folder, name)
    t.is(await new Browser((request) => portal.fetch(request)).join(secret), 500, name)
    unblock()
    t.is((await portal.links.list())[0]?.sessions.length, 0, 'nobody is in')
  }
  t.is(errors.length, 2)
  t.is(await new Browser((request) => portal.fetch(request)).join(secret), 204)
})

test('portal: dead links are forgotten after a month, unless somebody is in by them', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const first = await openPortal(t, album, { folder })
  const browser = await visit(first, album.me)
  await first.close()
  const file = path.join(folder, 'links.json')
  const [live] = JSON.parse(fs.readFileSync(file, 'utf8')) as { id: string; hash: string }[]
  const month = Date.now() - 31 * 86_400_000
  const dead = Array.from({ length: 1200 }, (_, i) => {
    const id = i.toString(16).padStart(32, '0')
    const times = { createdAt: month, usedAt: month, expiresAt: i % 2 ? month : null }
    return { ...live, ...times, id, hash: id, uses: 1, used: i % 2 ? 0 : 1 }
  })
  const old = { ...live, createdAt: month, usedAt: month }
  fs.writeFileSync(file, JSON.stringify([...dead, old]))
  const second = await openPortal(t, album, { folder })
  const { link } = await second.links.create({ memberId: album.me })
  t.alike((await second.links.list()).map(({ id }) => id).sort(), [link.id, String(live?.id)].sort())
  const again = new Browser((request) => second.fetch(request))
  again.cookie = browser.cookie
  t.is((await again.ask('/api/me')).status, 200)
})

test('portal: who joins again is in once, and who is in by one link too often goes with what they sent', async (t) => {
  const album = await createAlbum(t)
  const portal = await openPortal(t, album)
  const { secret, link } = await portal.links.create({ memberId: album.me, uses: 0 })
  const phone = new Browser((request) => portal.fetch(request))
  await phone.join(secret)
  const cookie = phone.cookie
  await phone.join(secret)
  t.not(phone.cookie, cookie)
  const sessions = async (): Promise<number> =>
    (await portal.links.list()).find(({ id }) => id === link.id)?.sessions.length ?? 0
  t.is(await sessions(), 1)
  t.is((await portal.links.list()).find(({ id }) => id === link.id)?.used, 1, 'nor has used it twice')
  const old = new Browser((request) => portal.fetch(request))
  old.cookie = cookie
  t.is((await old.ask('/api/me')).status, 401)

  const url = await begin(phone, 1000)
  const other = await visit(portal, album.me)
  t.is(await offsetOf(other, url), 0)
  await new Promise((resolve) => setTimeout(resolve, 5))
  for (let i = 0; i < 100; i++) await new Browser((request) => portal.fetch(request)).join(secret)
  t.is(await sessions(), 100)
  t.is((await phone.ask('/api/me')).status, 401, 'the oldest')
  await eventually(async () => (await offsetOf(other, url)) === 'status 404')
})

test('portal: behind a proxy that speaks HTTPS', async (t) => {
  const album = await createAlbum(t)
  const portal = await openPortal(t, album, { hosts: ['album.example'] })
  const origin = 'https://album.example'
  // What a proxy passes on is plain HTTP; only the page says where it is.
  const inside = (request: Request): Promise<Response> =>
    portal.fetch(new Request(request.url.replace('https:', 'http:'), request))
  const browser = new Browser(inside, origin)
  const { secret } = await portal.links.create({ memberId: album.me })
  const body = JSON.stringify({ secret })
  const joined = await browser.raw('/api/session', { method: 'POST', body })
  t.ok(/; Secure/.test(joined.headers.get('set-cookie') ?? ''))
  const me = await browser.raw('/api/me')
  t.ok(/; Secure/.test(me.headers.get('set-cookie') ?? ''), 'also when it is renewed')
  const made = await browser.send<LinkMade>('POST', '/api/links', { memberId: album.me })
  t.ok(made.body.urls.at(-1)?.startsWith(`${origin}/#join=`))
  const plain = new Browser((request) => portal.fetch(request))
  const second = JSON.stringify({ secret: made.body.secret })
  const over = await plain.raw('/api/session', { method: 'POST', body: second })
  t.absent(/Secure/.test(over.headers.get('set-cookie') ?? ''), 'at home it is plain HTTP')

  const photo = await album.add(jpegLike(1000))
  t.is((await browser.raw(`/photo/${photo.id}/original`)).headers.get('vary'), 'cookie')
  const out = await browser.send('DELETE', '/api/session')
  t.is(out.headers.get('clear-site-data'), '"cache"')
})
