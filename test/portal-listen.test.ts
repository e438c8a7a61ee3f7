// The page and the sockets: what a browser gets before it is anybody.
import fs from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import test from 'brittle'
import type { Assertions } from 'brittle'
import { listenPortal } from '../lib/portal/index.ts'
import { bridgesLast, isNear } from '../lib/portal/listen.ts'
import { createAlbum, eventually, failureOf, tmp } from './helpers.ts'
import { Browser, openPortal } from './portal.ts'

function pageIn(t: Assertions): string {
  const folder = tmp(t)
  fs.mkdirSync(path.join(folder, 'assets'))
  fs.writeFileSync(path.join(folder, 'index.html'), '<!doctype html><title>Album</title>')
  fs.writeFileSync(path.join(folder, 'assets/main-ABCDEFGH.js'), 'console.log("hello")\n'.repeat(200))
  fs.writeFileSync(path.join(folder, 'assets/hasher-ABCDEFGH.js'), 'hash()')
  return folder
}

test('portal: the page is for everybody, and may do what it needs only', async (t) => {
  const album = await createAlbum(t, { name: 'Secret name' })
  const portal = await openPortal(t, album, { page: pageIn(t) })
  const stranger = new Browser((request) => portal.fetch(request))
  const page = await stranger.raw('/')
  t.is(page.status, 200)
  t.is(page.headers.get('content-type'), 'text/html; charset=utf-8')
  t.is(page.headers.get('cache-control'), 'no-cache')
  const policy = page.headers.get('content-security-policy') ?? ''
  t.ok(policy.includes("default-src 'none'") && policy.includes("frame-ancestors 'none'"))
  t.absent(/unsafe/.test(policy))
  t.absent((await page.text()).includes('Secret name'))
  t.is(
    (await stranger.raw('/', { headers: { 'if-none-match': page.headers.get('etag') ?? '' } })).status,
    304
  )

  const script = await stranger.raw('/assets/main-ABCDEFGH.js', {
    headers: { 'accept-encoding': 'gzip, br' }
  })
  t.is(script.headers.get('content-encoding'), 'br')
  t.is(script.headers.get('cache-control'), 'public, max-age=31536000, immutable')
  t.ok(Number(script.headers.get('content-length')) < 200)
  t.is((await (await stranger.raw('/assets/main-ABCDEFGH.js')).text()).length, 4200)
  const worker = await stranger.raw('/assets/hasher-ABCDEFGH.js')
  t.ok(worker.headers.get('content-security-policy')?.includes("'wasm-unsafe-eval'"))
  const head = await stranger.raw('/', { method: 'HEAD' })
  t.is(await head.text(), '')
  t.is((await stranger.raw('/', { method: 'POST' })).status, 401)
  t.is((await stranger.raw('/assets/../index.ts')).status, 401)
  t.is((await stranger.raw('/assets/%2e%2e/%2e%2e/package.json')).status, 401)
  t.is((await stranger.raw('/assets/none.js')).status, 401)
})

test('portal: a portal without its page says so', async (t) => {
  const album = await createAlbum(t)
  t.is(await failureOf(openPortal(t, album, { page: tmp(t) })), 'FILE_NOT_FOUND')
})

/** What a server answers to bytes as they are, which no client of HTTP would send. */
function say(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.on('data', (data) => {
      answer += data.toString('latin1')
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}

test('portal: on loopback nobody else is let in, whatever the Host', async (t) => {
  const album = await createAlbum(t)
  const portal = await openPortal(t, album, { page: pageIn(t) })
  const listening = await listenPortal(portal)
  t.teardown(() => listening.close(), { order: -2 })
  const { port } = listening
  t.is(listening.url, `http://127.0.0.1:${port}`)
  const get = (host: string, target = '/'): Promise<string> =>
    say(port, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  t.ok((await get(`127.0.0.1:${port}`)).startsWith('HTTP/1.1 200'))
  t.ok((await get('attacker.example')).startsWith('HTTP/1.1 421'), 'DNS rebinding')
  t.ok((await get('attacker.example@127.0.0.1')).startsWith('HTTP/1.1 4'))
  t.ok((await get(`127.0.0.1:${port}`, 'http://attacker.example/')).startsWith('HTTP/1.1 4'))
  t.ok((await get(`127.0.0.1:${port}`, '/../../etc/passwd')).startsWith('HTTP/1.1 401'))
  t.ok((await get(`127.0.0.1:${port}`, '//etc/passwd')).startsWith('HTTP/1.1 401'))
  t.ok((await say(port, 'nonsense\r\n\r\n')).startsWith('HTTP/1.1 400'))

  for (const address of Object.values(os.networkInterfaces()).flatMap((one) => one ?? [])) {
    if (address.internal || address.family !== 'IPv4') continue
    const reached = await new Promise<boolean>((resolve) => {
      const socket = net.connect({ port, host: address.address, timeout: 500 }, () => resolve(true))
      socket.on('error', () => resolve(false)).on('timeout', () => resolve(false))
      socket.on('connect', () => socket.destroy())
    })
    t.absent(reached, 'not from the network')
  }
  t.is(await failureOf(listenPortal(portal, { port })), 'BAD_ARGUMENT', 'the port is taken')
})

test('portal: on the network by its own addresses', async (t) => {
  const album = await createAlbum(t)
  const portal = await openPortal(t, album, { page: pageIn(t) })
  const listening = await listenPortal(portal, { host: 'lan' })
  const { urls } = await portal.links.create({ memberId: album.me })
  const own = Object.values(os.networkInterfaces())
    .flatMap((one) => one ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
  t.comment(`${urls.length} of ${own.length} addresses`)
  for (const url of urls) t.is((await fetch(new URL('/', url))).status, 200)
  const loopback = await new Promise<number | undefined>((resolve) => {
    http.get({ host: '127.0.0.1', port: listening.port }, ({ statusCode }) => resolve(statusCode))
  })
  t.is(loopback, 200)
  await listening.close()
  t.alike(portal.origins, [])
  t.is(
    await fetch(`http://127.0.0.1:${listening.port}/`).then(
      () => 'open',
      () => 'closed'
    ),
    'closed'
  )
})

test('portal: a stranger cannot make it read without end', async (t) => {
  const album = await createAlbum(t)
  const portal = await openPortal(t, album)
  const listening = await listenPortal(portal)
  t.teardown(() => listening.close(), { order: -2 })
  const { port, url } = listening
  for (const target of ['/api/uploads', '/api/session']) {
    const socket = net.connect(port, '127.0.0.1')
    socket.write(
      `POST ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: ${url}\r\nX-Hyperalbum: 1\r\n` +
        `Content-Length: 100000000000\r\nContent-Type: application/json\r\n\r\n`
    )
    let sent = 0
    const chunk = Buffer.alloc(64 * 1024, 'x')
    const more = (): void => {
      while (!socket.destroyed && socket.write(chunk)) sent += chunk.length
      socket.once('drain', more)
    }
    more()
    let answer = ''
    socket.on('data', (data) => {
      answer += data.toString('latin1')
    })
    socket.on('error', () => {})
    const begun = Date.now()
    await new Promise((resolve) => socket.on('close', resolve))
    const milliseconds = Date.now() - begun
    t.ok(milliseconds < 10_000, `${target}: cut off after ${sent} bytes and ${milliseconds} ms`)
    t.ok(answer === '' || /^HTTP\/1.1 4/.test(answer), answer.slice(0, 20))
  }
})

test('portal: one machine cannot use up the connections of all', async (t) => {
  const album = await createAlbum(t)
  const portal = await openPortal(t, album, { page: pageIn(t) })
  const listening = await listenPortal(portal)
  t.teardown(() => listening.close(), { order: -2 })
  const { port } = listening
  const sockets = Array.from({ length: 64 }, () => net.connect(port, '127.0.0.1'))
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
  const get = (): Promise<string> =>
    say(port, `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`).catch(() => '')
  t.is(await get(), '', 'cut off')
  // Only where the whole of 127.0.0.0/8 is this machine.
  if (process.platform === 'linux') {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const from = { host: '127.0.0.1', port, localAddress: '127.0.0.2' }
      http.get(from, (response) => resolve(response.resume().statusCode)).on('error', reject)
    })
    t.is(status, 200, 'others are served')
  }
  for (const socket of sockets) socket.destroy()
  await eventually(async () => (await get()).startsWith('HTTP/1.1 200'))
})

test('portal: what is at home, and which address a phone reaches', (t) => {
  t.alike(['192.168.1.7', '::ffff:10.0.0.1', 'fe80::1%eth0', 'fd00::1'].map(isNear), [true, true, true, true])
  t.alike(['100.64.0.1', '8.8.8.8', '2001:db8::1', ''].map(isNear), [false, false, false, false])
  t.alike(bridgesLast(['172.17.0.1', '192.168.1.7', '172.18.0.1']), [
    '192.168.1.7',
    '172.18.0.1',
    '172.17.0.1'
  ])
})
