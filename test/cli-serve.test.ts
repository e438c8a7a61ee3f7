// `hyperalbum serve` has the album open; every other command is run by it, as if it were the process that was started.
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import test, { type Assertions } from 'brittle'
import { hyperalbum, objectsOf, start, type Started } from './cli.ts'
import { eventually, jpegLike, png, tmp } from './helpers.ts'

interface Place {
  cwd: string
  env: { HYPERALBUM: string }
}

async function album(t: Assertions, folder = 'album'): Promise<Place> {
  const cwd = tmp(t)
  const env = { HYPERALBUM: path.join(cwd, folder) }
  await hyperalbum(t, ['create', 'Our family', '--member', 'Dad'], { cwd, env })
  return { cwd, env }
}

async function serve(t: Assertions, place: Place): Promise<Started> {
  const serving = start(t, ['serve', '--offline', '--no-portal'], place)
  await serving.until('Serving Our family')
  return serving
}

test('serve: other commands work meanwhile, and end as if they had run alone', async (t) => {
  const place = await album(t)
  const { cwd } = place
  const serving = await serve(t, place)
  const say = (...args: string[]) => hyperalbum(t, args, place)

  fs.writeFileSync(path.join(cwd, 'a.png'), png(1))
  const added = await say('add', 'a.png')
  t.is(added.exit, 0, added.err)
  t.ok(added.out.startsWith('added'), 'a path is that of the folder where it was typed')
  t.ok(added.out.includes('Nobody else has them yet'), 'an album that is offline sends nothing')
  await serving.until('1 new, by Dad')

  const bytes = jpegLike(3_000_000)
  const piped = await hyperalbum(t, ['add', '-', '--name', 'b.jpg'], { ...place, input: bytes })
  t.is(piped.exit, 0, piped.err)
  const photos = objectsOf(await say('ls', '--json'))
  t.alike(photos.map(({ name }) => String(name)).sort(), ['a.png', 'b.jpg'])
  const large = String(photos.find(({ name }) => name === 'b.jpg')?.['id'])
  t.is((await say('get', large, '--to', 'copy.jpg')).exit, 0)
  t.ok(fs.readFileSync(path.join(cwd, 'copy.jpg')).equals(bytes), 'bytes came whole by the pipe')

  t.is((await say('show', 'ffff')).exit, 1)
  t.is((await say('purge', large)).exit, 2, 'nobody is there to ask')
  t.is((await say('ls', '--limit', 'x')).exit, 2)
  t.is(objectsOf(await say('status', '--json'))[0]?.['served'], true)
  t.is((await say('serve', '--offline')).exit, 4, 'once is enough')
  t.is((await say('create', 'Other', '--member', 'Dad')).exit, 4)

  const all = await Promise.all(['ls', 'members', 'devices', 'status'].map((command) => say(command)))
  t.alike(
    all.map(({ exit }) => exit),
    [0, 0, 0, 0],
    'several at once'
  )

  serving.child.kill('SIGTERM')
  t.is((await serving.ended).exit, 143)
  t.is(objectsOf(await say('ls', '--json')).length, 2, 'and without it they open the album themselves')
})

test('serve: a portal, and links that let people into it', async (t) => {
  const place = await album(t)
  const say = async (...args: string[]) => objectsOf(await hyperalbum(t, [...args, '--json'], place))
  t.is((await hyperalbum(t, ['links'], place)).exit, 2, 'there is none yet')
  t.is((await hyperalbum(t, ['serve', '--offline', '--port', '70000'], place)).exit, 2, 'no such port')
  const serving = start(t, ['serve', '--offline', '--port', '0', '--json'], place)
  await serving.until('"event":"link"')
  const own = objectsOf({ out: serving.so.out }).find(({ event }) => event === 'link')
  t.ok(
    /^http:\/\/127\.0\.0\.1:\d+\/#join=[\w-]{43}$/.test(String((own?.['urls'] as string[] | undefined)?.[0]))
  )

  await say('members', 'create', 'Grandpa')
  const [made] = await say('links', 'create', 'Grandpa')
  const url = new URL((made?.['urls'] as string[] | undefined)?.[0] ?? '')
  const join = (): Promise<Response> =>
    fetch(new URL('/api/session', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hyperalbum': '1', origin: url.origin },
      body: JSON.stringify({ secret: url.hash.replace('#join=', '') })
    })
  const joined = await join()
  t.is(joined.status, 204)
  t.is((await join()).status, 403, 'it opens once')
  const cookie = joined.headers.get('set-cookie')?.split(';')[0] ?? ''
  const me = async (): Promise<number> =>
    (await fetch(new URL('/api/me', url), { headers: { cookie } })).status
  t.is(await me(), 200)

  const listed = await say('links')
  t.is(listed.length, 2)
  const id = String((made?.['link'] as { id: string } | undefined)?.id)
  t.is((await hyperalbum(t, ['links', 'revoke', id.slice(0, 8)], place)).exit, 0)
  t.is(await me(), 401, 'who came in with it is out')
  serving.child.kill('SIGTERM')
  t.is((await serving.ended).exit, 143)
})

test('serve: nobody else can use the socket', async (t) => {
  const place = await album(t)
  const serving = await serve(t, place)
  const own = path.join(place.env.HYPERALBUM, 'cli')
  const note = path.join(own, 'address.json')
  t.is(fs.statSync(own).mode & 0o777, 0o700)
  t.is(fs.statSync(note).mode & 0o777, 0o600)
  const address = JSON.parse(fs.readFileSync(note, 'utf8')) as { path: string; token: string }
  t.is(fs.statSync(address.path).mode & 0o777, 0o600)

  /** What comes back for some bytes, until the connection ends. */
  const knock = (bytes: string): Promise<string> =>
    new Promise((resolve) => {
      let got = ''
      const socket = net.connect(address.path, () => socket.write(bytes))
      socket.on('data', (data) => (got += String(data)))
      socket.on('error', () => {})
      socket.on('close', () => resolve(got))
    })
  const asked = { argv: ['status'], cwd: '/', columns: null, colour: false }
  const told = (token: unknown): string => `${JSON.stringify({ run: { ...asked, token } })}\n`
  t.ok((await knock(told(address.token))).includes('"exit":0'), 'with the word it works')
  for (const bytes of [
    told('wrong'),
    told(undefined),
    told([address.token]),
    'GET / HTTP/1.1\n\n',
    'null\n',
    '{"run":null}\n',
    '{}\n'
  ]) {
    t.is(await knock(bytes), '', JSON.stringify(bytes).slice(0, 40))
  }
  t.is(await knock('x'.repeat(5_000_000)), '', 'a line without an end')
  t.is(await knock(''), '', 'and who says nothing is sent away')
  t.is(serving.child.exitCode, null, 'it goes on')
  t.is((await hyperalbum(t, ['ls'], place)).exit, 0)
})

test('serve: the folder’s path may be longer than that of a socket', async (t) => {
  const place = await album(t, `${'long'.repeat(40)}/album`)
  const serving = await serve(t, place)
  t.is(objectsOf(await hyperalbum(t, ['status', '--json'], place))[0]?.['served'], true)
  serving.child.kill('SIGINT')
  t.is((await serving.ended).exit, 130)
})

test('serve: the album is the same by another path to it', async (t) => {
  const place = await album(t)
  const { HYPERALBUM: folder } = place.env
  const serving = start(t, ['serve', '--offline', '--no-portal', '--album', folder], { cwd: place.cwd })
  await serving.until('Serving')
  const other = path.join(place.cwd, 'link')
  fs.symlinkSync(folder, other)
  const env = { HYPERALBUM: 'album' }
  for (const args of [['ls'], ['ls', '--album', 'link'], ['ls', '--album', folder]]) {
    t.is((await hyperalbum(t, args, { cwd: place.cwd, env })).exit, 0, args.join(' '))
  }
})

test('serve: killed, it leaves nothing that stops others', async (t) => {
  const place = await album(t)
  const serving = await serve(t, place)
  serving.child.kill('SIGKILL')
  await serving.ended
  t.is((await hyperalbum(t, ['ls'], place)).exit, 0)
  await serve(t, place)
  t.is(objectsOf(await hyperalbum(t, ['status', '--json'], place))[0]?.['served'], true)
})

test('serve: Ctrl-C ends the command that it was typed at, and nothing else', async (t) => {
  const place = await album(t)
  const serving = await serve(t, place)
  // A photo that nobody else has: then `settle` waits.
  fs.writeFileSync(path.join(place.cwd, 'a.png'), png(1))
  await hyperalbum(t, ['add', 'a.png'], place)
  const waiting = start(t, ['settle'], place)
  await waiting.until('Waiting until')
  waiting.child.kill('SIGINT')
  t.is((await waiting.ended).exit, 130)
  t.is((await hyperalbum(t, ['ls'], place)).exit, 0)

  // Ending what serves ends those that it works for, with a word.
  const other = start(t, ['settle'], place)
  await other.until('Waiting until')
  serving.child.kill('SIGINT')
  t.is((await serving.ended).exit, 130)
  const ended = await other.ended
  t.not(ended.exit, 0)
  t.ok(ended.err.includes('run it again'), ended.err)
})

test('serve: a command that takes long lets others in, and waits for them', async (t) => {
  const place = await album(t)
  for (const name of ['a.png', 'b.png']) fs.writeFileSync(path.join(place.cwd, name), png(name))
  await hyperalbum(t, ['add', 'a.png', '--offline'], place)
  const first = start(t, ['settle', '--offline'], place)
  await first.until('Waiting until')
  await eventually(() => fs.existsSync(path.join(place.env.HYPERALBUM, 'cli', 'address.json')))
  t.is((await hyperalbum(t, ['ls'], place)).exit, 0)
  t.is((await hyperalbum(t, ['add', 'b.png'], place)).exit, 0)
  first.child.kill('SIGINT')
  t.is((await first.ended).exit, 130)
})

test('serve: what is let in may stay longer, and lets others in too', async (t) => {
  const place = await album(t)
  fs.writeFileSync(path.join(place.cwd, 'a.png'), png(1))
  fs.mkdirSync(path.join(place.cwd, 'photos'))
  await hyperalbum(t, ['add', 'a.png', '--offline'], place)
  const first = start(t, ['settle', '--offline', '--timeout', '8s'], place)
  await first.until('Waiting until')
  const guest = start(t, ['import', 'photos', '--watch'], place)
  await guest.until('Watching')
  await first.until('Another command still works')
  t.is((await hyperalbum(t, ['ls'], place)).exit, 0)
  guest.child.kill('SIGINT')
  await guest.ended
  t.is((await first.ended).exit, 6)
})

test('serve: two commands that open the album at once both do their work', async (t) => {
  const place = await album(t)
  const names = ['a.png', 'b.png', 'c.png']
  for (const name of names) fs.writeFileSync(path.join(place.cwd, name), png(name))
  const all = await Promise.all(names.map((name) => hyperalbum(t, ['add', name, '--offline'], place)))
  t.alike(
    all.map(({ exit }) => exit),
    [0, 0, 0],
    all.map(({ err }) => err).join()
  )
  t.is(objectsOf(await hyperalbum(t, ['ls', '--json'], place)).length, 3)
})
