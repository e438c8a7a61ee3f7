// The examples as a newcomer runs them: real processes, over a local DHT.
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test, { type Assertions } from 'brittle'
import { type View, compare, readAll as readEach } from '../examples/family/compare.ts'
import { makeSamples } from '../examples/family/samples.ts'
import { Album } from './plain.ts'
import { collect, createAlbum, createNetwork, eventually, png, readAll, tmp } from './helpers.ts'

const examples = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'examples')

interface Program {
  child: ChildProcess
  out: string
  err: string
  /** Resolves to the exit code, or the signal. */
  ended: Promise<number | string | null>
}

/** Runs an example; killed after the test where it has not ended. */
function run(t: Assertions, example: string, ...args: string[]): Program {
  const child = spawn(process.execPath, ['--import', 'tsx', path.join(examples, example), ...args])
  const ended = new Promise<number | string | null>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal))
  })
  const program: Program = { child, out: '', err: '', ended }
  child.stdout.on('data', (chunk: Buffer) => (program.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (program.err += chunk.toString()))
  child.stdin.on('error', () => {})
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return program
}

/** What a program said is shown where it is not what it should be. */
function says(t: Assertions, said: string, expected: string | RegExp): void {
  const right = typeof expected === 'string' ? said.includes(expected) : expected.test(said)
  t.ok(right, right ? `says ${String(expected).trim()}` : `${said} instead of ${String(expected)}`)
}

async function ends(t: Assertions, program: Program, code: number | string): Promise<void> {
  const ended = await program.ended
  t.is(ended, code, ended === code ? `ends with ${code}` : program.out + program.err)
}

function write(folder: string, name: string, bytes: Uint8Array): string {
  const file = path.join(folder, name)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, bytes)
  return file
}

test('quickstart: makes, adds, lists and reads', { timeout: 60_000 }, async (t) => {
  const folder = tmp(t)
  const photo = png('quickstart')
  const own = run(t, 'quickstart.ts', write(folder, 'ours.png', photo))
  const plain = run(t, 'quickstart.ts')
  const wrong = run(t, 'quickstart.ts', write(folder, 'notes.txt', Buffer.from('notes')))

  await ends(t, plain, 0)
  says(t, plain.out, ' Dad pixel.png image/png 69 bytes Red\n')
  await ends(t, own, 0)
  says(t, own.out, ` Dad ours.png image/png ${photo.byteLength} bytes`)
  await ends(t, wrong, 1)
  says(t, wrong.err, 'UNSUPPORTED_FILE')
})

test('README: importing and exporting a folder, as it says', { timeout: 60_000 }, async (t) => {
  const readme = fs.readFileSync(path.join(examples, '..', 'README.md'), 'utf8')
  const folder = tmp(t)
  await (await Album.create(path.join(folder, 'album'), { name: 'x', member: 'Dad', network: false })).close()
  write(folder, 'Pictures/Italy/a.png', png('a'))
  write(folder, 'Pictures/letter.txt', Buffer.from('no photo'))
  for (const [what, said] of [
    ['import', 'letter.txt UNSUPPORTED_FILE\n'],
    ['export', '1 written, 0 there\n']
  ] as const) {
    const blocks = [...readme.matchAll(/```ts\n([^]*?)```/g)].map((match) => match[1] ?? '')
    const block = blocks.find((text) => text.includes(`'hyperalbum/${what}'`)) ?? ''
    const program = block
      .replace(`'hyperalbum'`, JSON.stringify(path.join(examples, '..', 'index.ts')))
      .replace(`'hyperalbum/${what}'`, JSON.stringify(path.join(examples, '..', 'lib', what, 'index.ts')))
    const file = write(folder, `${what}.mts`, Buffer.from(program))
    const args = ['--import', import.meta.resolve('tsx'), file]
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder })
    t.is(stdout, said)
  }
})

test('invite-a-writer | join: through a pipe, then again', { timeout: 120_000 }, async (t) => {
  const { bootstrap } = await createNetwork(t)
  const dht = bootstrap.flatMap(({ host, port }) => ['--bootstrap', `${host}:${port}`])
  const [a, b, photos] = [tmp(t), tmp(t), tmp(t)]
  const [first, second] = [png('first'), png('second')]

  const inviter = run(t, 'invite-a-writer.ts', a, '--once', ...dht)
  const joiner = run(t, 'join.ts', b, '-', write(photos, 'first.png', first), ...dht)
  inviter.child.stdout?.pipe(joiner.child.stdin as NodeJS.WritableStream)
  await ends(t, joiner, 0)
  await ends(t, inviter, 0)
  says(t, inviter.out, /^[a-z0-9]{100,}\n$/)
  says(t, inviter.err, 'Grandma has joined as contributor')
  says(t, inviter.err, 'added: first.png, by Grandma')
  says(t, joiner.out, /^\S+ {2}Grandma {2}first\.png\n$/)

  const later = run(t, 'invite-a-writer.ts', a, ...dht)
  await eventually(() => later.out.endsWith('\n'), 60_000)
  const file = write(photos, 'second.png', second)
  const again = run(t, 'join.ts', b, later.out.trim(), file, ...dht)
  await ends(t, again, 0)
  t.is(again.out.trim().split('\n').length, 2, 'who has joined already adds to the same album')
  t.is(later.child.exitCode, null, 'without --once the inviter stays')
  later.child.kill('SIGINT')
  await ends(t, later, 0)

  const album = await Album.open(a, { network: false })
  t.teardown(() => album.close())
  const bytes = await Promise.all((await collect(album.list())).map((photo) => readAll(album, photo)))
  t.alike(new Set(bytes.map(String)), new Set([first, second].map((photo) => String(Buffer.from(photo)))))
})

test('family: three processes see the same album', { timeout: 120_000 }, async (t) => {
  const demo = run(t, 'family/index.ts')
  await ends(t, demo, 0)
  t.is(demo.err, '', 'no warnings')
  const tables = demo.out.split(/\n\n/).filter((part) => / sees "Our family", 12 photos/.test(part))
  const rows = tables.map((table) => table.split('\n').slice(1).join('\n'))
  t.is(tables.length, 3)
  t.is(new Set(rows).size, 1, 'all print the same')
  for (const name of ['Dad', 'Mum', 'Grandma'])
    t.is(rows[0]?.split(`  ${name} `).length, 5, `4 photos by ${name}`)
  says(t, demo.out, 'The three views are identical, byte for byte')
  says(t, demo.out, 'Each of the three read all 12 photos')
  t.alike(homesOf(demo), [], 'nothing is left behind')
})

test('family: a folder of files', { timeout: 120_000 }, async (t) => {
  const folder = tmp(t)
  // Dealt out by name: the first to Dad and the second to Mum, at the same time.
  write(folder, 'a.png', png('same'))
  write(folder, 'b.png', png('same'))
  write(folder, 'c.png', png('other'))
  write(folder, 'd/deep.png', png('deep'))
  write(folder, 'e.txt', Buffer.from('not a photo'))
  write(folder, '.hidden/f.png', png('hidden'))
  const demo = run(t, 'family/index.ts', folder)
  await ends(t, demo, 0)
  says(t, demo.out, 'left out: e.txt is not a photo')
  says(t, demo.out, / (a\.png|b\.png) \(also by (Dad|Mum)\)/)
  says(t, demo.out, 'Each of the three read all 3 photos')
})

test('family: fails where there is nothing to show', { timeout: 60_000 }, async (t) => {
  const empty = run(t, 'family/index.ts', tmp(t))
  const missing = run(t, 'family/index.ts', path.join(tmp(t), 'missing'))
  await ends(t, empty, 1)
  says(t, empty.err, 'The demo failed: There is no file in')
  await ends(t, missing, 1)
  says(t, missing.err, 'The demo failed: ENOENT')
  t.alike([...homesOf(empty), ...homesOf(missing)], [])
})

test('family: fails where a member dies, and leaves nobody behind', { timeout: 120_000 }, async (t) => {
  const demo = run(t, 'family/index.ts')
  await eventually(() => demo.out.includes('have joined'), 60_000)
  process.kill(Number(membersOf(demo)[0]), 'SIGKILL')
  await ends(t, demo, 1)
  says(t, demo.err, /The demo failed: The process of \w+ has ended \(SIGKILL\)/)
  t.alike(membersOf(demo), [], 'no process')
  t.alike(homesOf(demo), [], 'no folder')
})

test('family: interrupted or killed, leaves nobody behind', { timeout: 120_000 }, async (t) => {
  const demo = run(t, 'family/index.ts')
  await eventually(() => demo.out.includes('Dad has made the album'), 60_000)
  demo.child.kill('SIGINT')
  await ends(t, demo, 130)
  t.is(demo.err, '')
  t.alike(membersOf(demo), [], 'no process')
  t.alike(homesOf(demo), [], 'no folder')

  const killed = run(t, 'family/index.ts')
  await eventually(() => membersOf(killed).length === 3, 60_000)
  const members = membersOf(killed)
  killed.child.kill('SIGKILL')
  await ends(t, killed, 'SIGKILL')
  await eventually(() => !members.some(isRunning), 60_000)
  t.pass('members end with the demo')
  for (const home of homesOf(killed)) fs.rmSync(path.join(os.tmpdir(), home), { recursive: true })
})

test('family: what differs is told', async (t) => {
  const index = { length: 40, final: 40, whole: true }
  const view = (member: string, more: Partial<View> = {}): View => ({
    member,
    text: '{"photos":["a","b"]}',
    index,
    photos: ['a', 'b'],
    ...more
  })
  const family = (more: Partial<View>): string[] =>
    compare([view('Dad'), view('Mum'), view('Grandma', more)], ['a', 'b'])

  t.alike(family({}), [])
  t.alike(family({ text: '{"photos":["b","a"]}' }), ['Grandma sees another album than Dad'])
  t.alike(family({ photos: ['a'] }), ['Grandma does not see the photo b'])
  for (const other of [{ length: 41 }, { final: 39 }, { whole: false }]) {
    const [told, ...more] = family({ index: { ...index, ...other } })
    t.ok(told?.startsWith("Grandma's index is at "), told ?? 'nothing told')
    t.alike(more, [])
  }
  t.is(
    compare([view('Dad', { photos: ['a'] }), view('Mum', { photos: ['a'] })], ['a', 'b']).length,
    2,
    'alike is not enough'
  )
  t.alike(compare([view('Dad')], []), ['There is no photo to compare'])
  t.alike(compare([], ['a']), ['There is no photo to compare'])

  const album = await createAlbum(t)
  const { id } = await album.add(png('there'))
  const gone = '00'.repeat(32)
  t.alike(await readEach(album, 'Dad', [id]), [])
  t.alike(await readEach(album, 'Dad', [id, gone]), [`Dad cannot read ${gone}: There is no photo ${gone}`])
})

test('family: sample photos are real and dated', async (t) => {
  const files = makeSamples(path.join(tmp(t), 'samples'))
  const album = await createAlbum(t)
  const results = await collect(album.addAll(files))
  t.alike(
    results.map(({ status, photo }) => `${status} ${photo?.type}`),
    files.map(() => 'added image/png')
  )
  t.is((await collect(album.timeline())).length, files.length, 'each of a day of its own')
})

/** Process ids of a demo's members. */
function membersOf({ child }: Program): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n')
  const processes = lines.map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [])
  return processes
    .filter(([, , parent, args]) => Number(parent) === child.pid && args?.includes('member.ts'))
    .map(([, pid]) => Number(pid))
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** The folders that a demo made and has not removed. */
function homesOf({ child }: Program): string[] {
  return fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith(`hyperalbum-family-${child.pid}-`))
}

test('portal: prints links that open the album', { timeout: 60_000 }, async (t) => {
  const folder = tmp(t)
  const album = await Album.create(folder, { name: 'Our family', member: 'Dad', network: false })
  await album.members.create({ name: 'Grandpa' })
  await album.close()
  const program = run(t, 'portal.ts', folder, '--offline')
  await eventually(() => /Dad {2}\S+\n[^]*Grandpa {2}\S+\n/.test(program.out), 40_000)
  const link = new URL(/Grandpa {2}(\S+)/.exec(program.out)?.[1] ?? '')
  const secret = link.hash.replace('#join=', '')
  const headers = { 'content-type': 'application/json', 'x-hyperalbum': '1', origin: link.origin }
  const body = JSON.stringify({ secret })
  const joined = await fetch(new URL('/api/session', link), { method: 'POST', headers, body })
  t.is(joined.status, 204)
  const cookie = joined.headers.get('set-cookie')?.split(';')[0] ?? ''
  const me = await fetch(new URL('/api/me', link), { headers: { cookie } })
  t.is(((await me.json()) as { member: { name: string } }).member.name, 'Grandpa')
})

test('mirror: ends without a word where nobody reads it any more', { timeout: 60_000 }, async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  const { code } = await album.invites.create({ role: 'mirror' })
  const { host, port } = network.bootstrap[0] as { host: string; port: number }
  const mirror = run(t, 'mirror.ts', path.join(tmp(t), 'mirror'), code, '--bootstrap', `${host}:${port}`)
  await eventually(() => mirror.out.includes('Waiting'), 30_000)
  mirror.child.stdout?.destroy()
  await ends(t, mirror, 141)
  t.is(mirror.err, '')
})
