// Who comes in, who does not, and what those who do not can learn.
import fs from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import type { ApiError, Link, LinkList, LinkMade, Me, MemberList } from '../lib/portal/api.ts'
import { Dice } from './dice.ts'
import { createAlbum, failureOf, jpegLike, tmp } from './helpers.ts'
import { Browser, ORIGIN, openPortal, visit } from './portal.ts'

test('portal: a link lets one person in, in a member’s name', async (t) => {
  const album = await createAlbum(t)
  const grandma = await album.members.create({ name: 'Grandma' })
  const portal = await openPortal(t, album)
  portal.origins = ['http://192.168.1.7:8000']
  const { link, secret, urls } = await portal.links.create({ memberId: grandma.id })
  t.is(link.member.name, 'Grandma')
  t.alike(urls, [`http://192.168.1.7:8000/#join=${secret}`])

  const browser = new Browser((request) => portal.fetch(request))
  t.is((await browser.ask('/api/me')).status, 401)
  const response = await browser.raw('/api/session', {
    method: 'POST',
    body: JSON.stringify({ secret }),
    headers: { 'content-type': 'application/json' }
  })
  t.is(response.status, 204)
  t.ok(/HttpOnly/.test(response.headers.get('set-cookie') ?? ''))
  t.ok(/SameSite=Strict/.test(response.headers.get('set-cookie') ?? ''))
  const { body } = await browser.ask<Me>('/api/me')
  t.alike(body.member, { id: grandma.id, name: 'Grandma', role: 'contributor' })
  t.alike(body.can, { contribute: true, manage: false, host: false })
  t.alike(body.album, { id: album.id, name: 'Our family' })
  t.is(body.device.name, 'laptop')
  const renewed = (await browser.raw('/api/me')).headers.get('set-cookie') ?? ''
  t.ok(renewed.startsWith(`${browser.cookie}; Max-Age=7776000;`), 'who keeps coming stays in')

  const other = new Browser((request) => portal.fetch(request))
  t.is(await other.join(secret), 403, 'used once')
  t.is(await other.join('A'.repeat(43)), 403, 'invented')
  t.is(await other.join('../../etc/passwd'), 403, 'nonsense')
  t.is((await browser.send('DELETE', '/api/session')).status, 204)
  t.is((await browser.ask('/api/me')).status, 401)
})

test('portal: links expire, are used up, and are revoked with their sessions', async (t) => {
  const album = await createAlbum(t)
  const portal = await openPortal(t, album)
  const join = async (secret: string): Promise<Browser | number> => {
    const browser = new Browser((request) => portal.fetch(request))
    const status = await browser.join(secret)
    return status === 204 ? browser : status
  }
  const short = await portal.links.create({ memberId: album.me, expires: 1 })
  await new Promise((resolve) => setTimeout(resolve, 5))
  t.is(await join(short.secret), 403, 'expired')

  const twice = await portal.links.create({ memberId: album.me, uses: 2 })
  const [one, two] = [await join(twice.secret), await join(twice.secret)]
  t.ok(one instanceof Browser && two instanceof Browser)
  t.is(await join(twice.secret), 403, 'used up')

  if (!(one instanceof Browser)) return
  const { body } = await one.ask<LinkList>('/api/links')
  const listed = body.links.find(({ id }) => id === twice.link.id)
  t.is(listed?.used, 2)
  t.alike(listed?.sessions.map(({ you }) => you).sort(), [false, true])
  await portal.links.revoke(twice.link.id)
  t.is((await one.ask('/api/me')).status, 401, 'out')
  t.is((await (two as Browser).ask('/api/me')).status, 401, 'out')
  t.is((await portal.links.list()).find(({ id }) => id === twice.link.id)?.revoked, true)

  t.is(await failureOf(portal.links.create({ memberId: 'f'.repeat(32) })), 'NOT_FOUND')
  t.is(await failureOf(portal.links.create({ memberId: album.me, uses: -1 })), 'BAD_ARGUMENT')
  t.is(await failureOf(portal.links.create({ memberId: album.me, expires: NaN })), 'BAD_ARGUMENT')
  t.is(await failureOf(portal.links.revoke('nothing')), 'NOT_FOUND')
})

test('portal: strangers get the same bytes for everything', async (t) => {
  const album = await createAlbum(t)
  const photo = await album.add(jpegLike(1000))
  const portal = await openPortal(t, album)
  const stranger = new Browser((request) => portal.fetch(request))
  stranger.cookie = `hyperalbum=${'B'.repeat(43)}`
  const asked = async (url: string, method = 'GET'): Promise<string> => {
    const response = await stranger.raw(url, { method })
    return JSON.stringify([response.status, [...response.headers], await response.text()])
  }
  const expected = await asked('/api/me')
  t.ok(expected.startsWith('[401'))
  for (const url of [
    '/api/nothing',
    '/nothing',
    '/wp-login.php',
    `/photo/${photo.id}/original`,
    `/photo/${'0'.repeat(64)}/original`,
    '/photo/x/y',
    `/api/photos/${photo.id}`,
    '/api/events',
    `/api/uploads/${'0'.repeat(32)}/result`,
    '/api/photos?after=x',
    '/%2e%2e/%2e%2e/etc/passwd'
  ]) {
    t.is(await asked(url), expected, url)
  }
  for (const method of ['POST', 'PATCH', 'DELETE']) {
    t.is(await asked('/api/uploads', method), expected, method)
    t.is(await asked(`/api/members/${album.me}`, method), expected, method)
    t.is(await asked('/nothing', method), expected, method)
  }
})

test('portal: only asked under its own names, and by its own page', async (t) => {
  const album = await createAlbum(t)
  const portal = await openPortal(t, album, { hosts: ['album.home.example'] })
  const browser = await visit(portal, album.me)
  const status = async (url: string, init: RequestInit = {}): Promise<number> => {
    const headers = { cookie: browser.cookie, ...(init.headers as Record<string, string>) }
    return (await portal.fetch(new Request(url, { ...init, headers }))).status
  }
  t.is(await status('http://127.0.0.1:8000/api/me'), 200)
  t.is(await status('http://localhost:1/api/me'), 200)
  t.is(await status('http://[::1]:1/api/me'), 200)
  t.is(await status('http://album.home.example/api/me'), 200)
  t.is(await status('http://rebound.attacker.example/api/me'), 421, 'DNS rebinding')
  t.is(await status('http://127.0.0.1.attacker.example/api/me'), 421)
  t.is(await status('http://rebound.attacker.example/'), 421, 'not even the page')
  const other = { headers: { host: 'rebound.attacker.example' } }
  t.is(await status('http://127.0.0.1:8000/api/me', other), 421, 'where the header says otherwise')

  const write = (headers: Record<string, string>): Promise<number> =>
    status(`${ORIGIN}/api/collections`, {
      method: 'POST',
      body: '{"name":"Summer"}',
      headers: { 'content-type': 'application/json', ...headers }
    })
  t.is(await write({ origin: ORIGIN, 'x-hyperalbum': '1' }), 201)
  t.is(await write({ origin: ORIGIN }), 403, 'without the header')
  t.is(await write({ 'x-hyperalbum': '1' }), 403, 'without an origin')
  t.is(await write({ origin: 'null', 'x-hyperalbum': '1' }), 403)
  t.is(await write({ origin: 'http://127.0.0.1:9000', 'x-hyperalbum': '1' }), 403, 'another port')
  t.is(await write({ origin: 'http://attacker.example', 'x-hyperalbum': '1' }), 403)
  const site = (name: string): Record<string, string> => ({ 'sec-fetch-site': name })
  t.is(await write({ origin: ORIGIN, 'x-hyperalbum': '1', ...site('same-site') }), 403)
  t.is(await write({ origin: ORIGIN, 'x-hyperalbum': '1', ...site('none') }), 403)
  t.is(await write({ origin: ORIGIN, 'x-hyperalbum': '1', ...site('same-origin') }), 201)
  t.is((await album.collections.list()).length, 2)

  const { id } = await album.add(jpegLike(100))
  const read = (headers: Record<string, string>): Promise<number> =>
    status(`${ORIGIN}/photo/${id}/original`, { headers })
  t.is(await read({}), 200)
  t.is(await read(site('none')), 200, 'typed')
  t.is(await read(site('cross-site')), 403, 'embedded elsewhere')
  t.is(await read(site('same-site')), 403)
  t.is(await read({ origin: 'http://attacker.example' }), 403)
})

test('portal: every answer carries what protects it', async (t) => {
  const album = await createAlbum(t)
  const portal = await openPortal(t, album)
  const browser = await visit(portal, album.me)
  for (const url of ['/api/me', '/api/nothing', '/api/timeline']) {
    const { headers } = await browser.ask(url)
    t.is(headers.get('x-content-type-options'), 'nosniff', url)
    t.is(headers.get('referrer-policy'), 'no-referrer')
    t.is(headers.get('cross-origin-resource-policy'), 'same-origin')
    t.is(headers.get('cache-control'), 'no-store')
    t.ok(headers.get('content-security-policy')?.startsWith("default-src 'none'"))
    t.absent(headers.get('access-control-allow-origin'))
  }
})

test('portal: tries of secrets are counted, for each address', async (t) => {
  const album = await createAlbum(t)
  const portal = await openPortal(t, album)
  const from = (address: string): Browser => new Browser((request) => portal.fetch(request, { address }))
  const { secret } = await portal.links.create({ memberId: album.me })
  const statuses = []
  for (let i = 0; i < 12; i++) statuses.push(await from('192.168.1.66').join('A'.repeat(43)))
  t.alike(statuses.slice(0, 10), Array<number>(10).fill(403))
  t.alike(statuses.slice(10), [429, 429])
  const wrong = JSON.stringify({ secret: 'A'.repeat(43) })
  const init = { method: 'POST', headers: { 'content-type': 'application/json' } }
  const refused = await from('192.168.1.66').ask<ApiError>('/api/session', { ...init, body: wrong })
  t.is(refused.body.error.code, 'TOO_MANY_REQUESTS')
  t.ok(Number(refused.headers.get('retry-after')) > 0)
  t.is(await from('192.168.1.66').join(secret), 204, 'who has a link comes in meanwhile')

  const same = ['fd00:1:2:3::1', 'fd00:1:2:3:aaaa:bbbb:cccc:dddd']
  for (let i = 0; i < 10; i++) await from(same[i % 2] as string).join('A'.repeat(43))
  t.is(await from('fd00:1:2:3::9').join('A'.repeat(43)), 429, 'one network of IPv6 is one address')
})

test('portal: links and sessions outlive a restart, their secrets lie nowhere', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const first = await openPortal(t, album, { folder })
  const browser = await visit(first, album.me)
  const { secret } = await first.links.create({ memberId: album.me })
  await first.close()

  const cookie = browser.cookie.split('=')[1] as string
  for (const name of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(folder, name)
    const stat = fs.statSync(file)
    t.is(stat.mode & 0o077, 0, `${name} is only its owner's`)
    if (!stat.isFile()) continue
    const text = fs.readFileSync(file, 'utf8')
    t.absent(text.includes(secret) || text.includes(cookie), `${name} has no secret`)
  }

  const second = await openPortal(t, album, { folder })
  const again = new Browser((request) => second.fetch(request))
  again.cookie = browser.cookie
  t.is((await again.ask('/api/me')).status, 200)
  t.is(await new Browser((request) => second.fetch(request)).join(secret), 204)

  await second.close()
  fs.writeFileSync(path.join(folder, 'links.json'), '[{')
  t.is(await failureOf(openPortal(t, album, { folder })), 'STORAGE_FAILED')
})

test('portal: a member who is removed is out', async (t) => {
  const album = await createAlbum(t)
  const grandma = await album.members.create({ name: 'Grandma' })
  const grandpa = await album.members.create({ name: 'Grandpa' })
  const portal = await openPortal(t, album)
  const [hers, his] = [await visit(portal, grandma.id), await visit(portal, grandpa.id)]
  t.is((await hers.ask('/api/me')).status, 200)
  await album.members.remove(grandma.id)
  t.is((await hers.ask('/api/me')).status, 401)
  t.is((await hers.ask('/api/timeline')).status, 401)
  t.is((await his.ask('/api/me')).status, 200)
  await album.members.delegate(grandpa.id, undefined, { revoke: true })
  t.is((await his.ask('/api/me')).status, 401, 'nor one for whom this device may not act any more')
  t.is((await portal.links.list()).flatMap(({ sessions }) => sessions).length, 0)
})

test('portal: owners manage at their own device, nobody else does', async (t) => {
  const album = await createAlbum(t)
  const grandma = await album.members.create({ name: 'Grandma' })
  const child = await album.members.create({ name: 'Child', role: 'viewer' })
  const portal = await openPortal(t, album)
  const [dad, hers, its] = [
    await visit(portal, album.me),
    await visit(portal, grandma.id),
    await visit(portal, child.id)
  ]
  for (const [who, browser] of [
    ['contributor', hers],
    ['viewer', its]
  ] as const) {
    const refused = async (method: string, url: string, body?: unknown): Promise<void> => {
      t.is((await browser.send(method, url, body)).status, 403, `${who}: ${method} ${url}`)
    }
    await refused('POST', '/api/members', { name: 'Mallory' })
    await refused('PATCH', `/api/members/${album.me}`, { name: 'Mallory' })
    await refused('PATCH', `/api/members/${who === 'viewer' ? child.id : grandma.id}`, { role: 'owner' })
    await refused('DELETE', `/api/members/${album.me}`)
    await refused('POST', '/api/invites', { role: 'owner' })
    await refused('POST', '/api/devices/link')
    await refused('DELETE', `/api/devices/${(await album.members.me())?.devices[0]?.id}`)
    await refused('POST', '/api/links', { memberId: album.me })
    await refused('POST', '/api/links', { memberId: grandma.id })
    t.is((await browser.ask('/api/invites')).status, 403)
    t.is((await browser.ask('/api/requests')).status, 403)
    const links = await browser.ask<LinkList>('/api/links')
    t.is(links.body.links.length, 1, 'only their own')
    const dads = (await portal.links.list()).find(({ member }) => member.id === album.me) as Link
    t.is((await browser.send('DELETE', `/api/links/${dads.id}`)).status, 404)
  }
  t.is((await its.send('POST', '/api/collections', { name: 'Mine' })).status, 403)
  const { id } = await album.add(jpegLike(100))
  const edit = { ids: [id], patch: { caption: 'Seen' } }
  t.is((await its.send('PATCH', '/api/photos', edit)).status, 403)
  t.is((await its.send('PATCH', '/api/photos', { ids: [id], patch: { favourite: true } })).status, 200)
  t.is((await its.send('POST', '/api/known', { hashes: [id] })).status, 403)
  t.is((await hers.send('PATCH', `/api/members/${grandma.id}`, { name: 'Granny' })).status, 403)

  t.is((await dad.send('PATCH', `/api/members/${grandma.id}`, { name: 'Granny' })).status, 200)
  const made = await dad.send<{ id: string }>('POST', '/api/members', { name: 'Aunt', role: 'viewer' })
  t.is(made.status, 201)
  const link = await dad.send<LinkMade>('POST', '/api/links', { memberId: made.body.id, uses: 3 })
  t.is(link.status, 201)
  t.ok(link.body.urls[0]?.startsWith(`${ORIGIN}/#join=`))
  t.is(link.body.link.by?.name, 'Dad')
  const aunt = new Browser((request) => portal.fetch(request))
  t.is(await aunt.join(link.body.secret), 204)
  const { body } = await dad.ask<MemberList>('/api/members')
  t.alike(
    body.members.map(({ name, role, links, you }) => [name, role, links, you]),
    [
      ['Dad', 'owner', 1, true],
      ['Granny', 'contributor', 1, false],
      ['Child', 'viewer', 1, false],
      ['Aunt', 'viewer', 1, false]
    ]
  )
  t.is((await dad.send('PATCH', `/api/members/${made.body.id}`, { role: 'contributor' })).status, 200)
  t.is((await aunt.ask<Me>('/api/me')).body.can.contribute, true, 'at once')
  t.is((await dad.send('POST', '/api/invites', { role: 'viewer' })).status, 201)
  t.is(
    (await dad.send('POST', '/api/invites', { answeredBy: 'ff'.repeat(32) })).status,
    404,
    'by no such device'
  )
  t.is((await dad.send('POST', '/api/devices/link')).status, 201)
  t.is((await dad.send('DELETE', `/api/links/${link.body.link.id}`)).status, 204)
  t.is((await aunt.ask('/api/me')).status, 401)
  t.is((await dad.send('DELETE', `/api/members/${made.body.id}`)).status, 200)
  t.is((await dad.send('DELETE', `/api/members/${album.me}`)).status, 403, 'the last owner stays')
})

test('portal: what is asked is bounded and checked', async (t) => {
  const album = await createAlbum(t)
  const portal = await openPortal(t, album)
  const browser = await visit(portal, album.me)
  const json = { 'content-type': 'application/json' }
  const post = async (body: string): Promise<number> =>
    (await browser.ask('/api/collections', { method: 'POST', body, headers: json })).status
  t.is(await post('{'), 400)
  t.is(await post('[]'), 400)
  t.is(await post('null'), 400)
  t.is(await post('{"name":7}'), 400)
  t.is(await post('{"name":{"toString":"x"}}'), 400)
  t.is(await post(`{"name":${'['.repeat(100)}${']'.repeat(100)}}`), 400, 'deep')
  t.is(await post(`{"name":"${'x'.repeat(300_000)}"}`), 413)
  t.is(await post('{"name":"Fine"}'), 201)
  t.is((await browser.send('PATCH', '/api/photos', { ids: ['../x'], patch: {} })).status, 400)
  t.is((await browser.send('POST', '/api/photos/trash', { ids: 'x' })).status, 400)
  t.is(
    (await browser.send('POST', '/api/photos/trash', { ids: Array(1001).fill('0'.repeat(64)) })).status,
    400
  )
  t.is((await browser.ask('/api/photos?limit=0')).status, 400)
  t.is((await browser.ask('/api/photos?after=../../x')).status, 400)
  t.is((await browser.ask('/api/photos?member=../../x')).status, 400)
  t.is((await browser.ask('/api/photos/..%2f..%2fetc')).status, 404)
  t.is((await browser.ask(`/photo/${'0'.repeat(64)}/original`)).status, 404)
  t.is((await browser.ask('/nothing')).status, 404)
})

test('portal: whatever is asked, nothing unforeseen happens', async (t) => {
  const album = await createAlbum(t)
  const grandma = await album.members.create({ name: 'Grandma' })
  const portal = await openPortal(t, album)
  const browser = await visit(portal, grandma.id)
  const photo = await album.add(jpegLike(1000))
  const collection = await album.collections.create({ name: 'Summer' })
  const dice = new Dice(7)
  const routes =
    `GET timeline, GET photos, GET photos/:id, PATCH photos, POST photos/trash, POST photos/restore,
    POST photos/purge, POST known, GET collections, POST collections, PATCH collections/:id, DELETE collections/:id,
    GET collections/:id/photos, POST collections/:id/photos, GET members, POST members, PATCH members/:id,
    DELETE members/:id, GET invites, POST invites, DELETE invites/:id, POST devices/link, DELETE devices/:id,
    GET requests, POST requests/:id/approve, POST requests/:id/deny, GET links, POST links, DELETE links/:id, GET status,
    POST uploads, PATCH uploads/:id, HEAD uploads/:id, DELETE uploads/:id, GET uploads/:id/result, GET events,
    GET ../photo/:id/original, GET ../photo/:id/thumbnail, GET ../photo/:id/:id, PUT photos, OPTIONS photos`
      .split(',')
      .map((route) => route.trim().split(' ') as [string, string])
  const ids = [
    photo.id,
    collection.id,
    grandma.id,
    album.me,
    '0'.repeat(64),
    '0'.repeat(32),
    'x',
    '%00',
    '%ff',
    '..'
  ]
  const queries = [
    '',
    '',
    '?limit=1e9',
    '?after=_',
    '?from=x',
    '?to=9999999-01-01',
    '?type=%00',
    '?tag=a',
    '?strip=1'
  ]
  const names =
    `ids ids ids patch name role cover add remove move memberId uses expires hashes secret approval before
    caption tags capturedAt favourite`.split(/\s+/)
  const plain = [
    null,
    0,
    -1,
    1e308,
    '',
    'x',
    '\u0000',
    '\ud800',
    [],
    [photo.id],
    [7],
    photo.id,
    grandma.id,
    true
  ]
  const fields = (depth: number): Record<string, unknown> =>
    Object.fromEntries(
      Array.from({ length: 1 + dice.below(4) }, () => [
        dice.pick(names),
        depth > 0 && dice.below(3) === 0 ? fields(depth - 1) : dice.pick(plain)
      ])
    )
  const statuses = new Map<number, number>()
  for (let i = 0; i < 800; i++) {
    const [method, route] = dice.pick(routes)
    const url = `/api/${route.replaceAll(':id', () => dice.pick(ids))}${dice.pick(queries)}`
    const body = JSON.stringify(fields(2))
    const range = dice.pick(['', 'bytes=0-', 'bytes=5-1', 'bytes=-5', 'bytes=,', 'x'])
    const headers = { ...(range && { range }), 'tus-resumable': dice.pick(['1.0.0', '2', '']) }
    const write = !['GET', 'HEAD'].includes(method)
    const response = await browser.raw(url, { method, headers, ...(write && { body }) })
    if (response.status === 500) t.fail(`${method} ${url} ${body}`)
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
    await response.body?.cancel()
  }
  t.comment([...statuses].map(([status, times]) => `${status}: ${times}`).join(', '))
  t.is((await browser.ask('/api/me')).status, 200, 'still there')
  t.is((await portal.links.list()).length, 1)
})
