// Recovery kits at terminals.
import fs from 'node:fs'
import path from 'node:path'
import pty from '@lydell/node-pty'
import test from 'brittle'
import { openKit } from '../lib/membership/kit.ts'
import { PROGRAM, environment, hyperalbum, inProcess, objectsOf, start } from './cli.ts'
import { createNetwork, eventually, png, tmp } from './helpers.ts'

const WORDS = 'seven brown hens lay on the roof'

test('cli: a kit is made, and brings the album back elsewhere', { timeout: 180_000 }, async (t) => {
  const { bootstrap } = await createNetwork(t)
  const nodes = bootstrap.flatMap(({ host, port }) => ['--bootstrap', `${host}:${port}`])
  const cwd = tmp(t)
  const album = path.join(cwd, 'album')
  const env = { HYPERALBUM: album }
  const input = `${WORDS}\n`
  await inProcess(cwd, ['create', 'Our family', '--member', 'Dad', '--device', 'laptop', '--album', album])
  fs.writeFileSync(path.join(cwd, 'a.png'), png(1))
  await inProcess(cwd, ['add', 'a.png', '--offline', '--album', album])

  const short = await hyperalbum(t, ['kit', 'create', 'family.kit', '--offline'], {
    cwd,
    env,
    input: 'short\n'
  })
  t.is(short.exit, 2)
  t.absent(fs.existsSync(path.join(cwd, 'family.kit')), 'nothing is left of it')
  t.is((await hyperalbum(t, ['kit', 'create', 'family.kit', '--offline'], { cwd, env })).exit, 2)
  const made = await hyperalbum(t, ['kit', 'create', 'family.kit', '--offline'], { cwd, env, input })
  t.is(made.exit, 0, made.err)
  t.ok(made.out.includes('Made family.kit.'), made.out)
  t.ok(made.err.includes('blind mirror'), made.err)
  t.absent((made.out + made.err).includes(WORDS))
  const file = path.join(cwd, 'family.kit')
  if (process.platform !== 'win32') t.is(fs.statSync(file).mode & 0o777, 0o600)
  t.ok(fs.readFileSync(file, 'utf8').includes('npx hyperalbum kit restore'), 'who finds it knows what it is')
  const over = await hyperalbum(t, ['kit', 'create', 'family.kit', '--offline'], { cwd, env, input })
  t.is(over.exit, 2, 'a kit is not written over')
  const listed = objectsOf(await inProcess(cwd, ['kit', '--json', '--album', album]))
  t.is(listed.length, 1)

  const back = ['--album', path.join(cwd, 'back'), ...nodes]
  const wrong = await hyperalbum(t, ['kit', 'restore', file, ...back], { cwd, input: 'another passphrase\n' })
  t.is(wrong.exit, 5)
  t.ok(wrong.err.includes('not the passphrase'), wrong.err)
  t.is((await hyperalbum(t, ['kit', 'restore', 'a.png', ...back], { cwd, input })).exit, 1)
  const early = await hyperalbum(t, ['kit', 'restore', file, '--timeout', '2s', ...back], { cwd, input })
  t.is(early.exit, 6)
  t.ok(early.err.includes('Nobody is there yet'), 'it says how it goes')
  t.is((await inProcess(cwd, ['ls', ...back.slice(0, 2)])).exit, 6)

  const serving = start(t, ['serve', '--no-portal', ...nodes], { cwd, env })
  const restored = await hyperalbum(t, ['kit', 'restore', file, '--json', ...back], { cwd, input })
  t.is(restored.exit, 0, restored.err)
  const [told] = objectsOf(restored)
  t.alike([told?.['name'], told?.['role'], told?.['photos']], ['Our family', 'owner', 1])
  serving.child.kill('SIGTERM')
  await serving.ended
  t.is((await inProcess(cwd, ['kit', 'take-over', '--yes', '--offline', ...back.slice(0, 2)])).exit, 0)
  t.ok((await inProcess(cwd, ['indexer', ...back.slice(0, 2)])).out.startsWith('Recovery kit of '))
  const [left] = objectsOf(await inProcess(cwd, ['kit', '--json', ...back.slice(0, 2)]))
  t.is(left?.['uses'], 2)
  const remove = ['kit', 'remove', String(left?.['id']).slice(0, 8), '--yes', '--offline']
  t.is((await inProcess(cwd, [...remove, ...back.slice(0, 2)])).exit, 0)
  t.is((await inProcess(cwd, ['kit', ...back.slice(0, 2)])).out, '')
})

test('cli: a passphrase is one text, however it comes', { timeout: 120_000 }, async (t) => {
  const cwd = tmp(t)
  const album = path.join(cwd, 'album')
  const env = { HYPERALBUM: album }
  await inProcess(cwd, ['create', 'Our family', '--member', 'Dad', '--album', album])
  const passphrase = 'sieben braune Hühner auf dem Dach'
  const bytes = Buffer.from(`${passphrase}\n`)
  const middle = bytes.indexOf(0xc3) + 1
  // What a killed process leaves.
  fs.writeFileSync(path.join(cwd, 'family.kit'), '')
  const making = start(t, ['kit', 'create', 'family.kit', '--offline'], { cwd, env })
  making.child.stdin.write(bytes.subarray(0, middle))
  // So that the two halves of the letter come apart.
  await new Promise((resolve) => setTimeout(resolve, 5000))
  making.child.stdin.end(bytes.subarray(middle))
  const made = await making.ended
  t.is(made.exit, 0, made.err)
  const kit = await openKit(fs.readFileSync(path.join(cwd, 'family.kit')), passphrase)
  t.is(kit.name, 'Our family')

  const stopping = start(t, ['kit', 'create', 'other.kit', '--offline'], { cwd, env })
  stopping.child.stdin.end(bytes)
  await stopping.until('Making the kit')
  stopping.child.kill('SIGINT')
  t.is((await stopping.ended).exit, 130)
  t.absent(fs.existsSync(path.join(cwd, 'other.kit')))
  t.is(
    objectsOf(await inProcess(cwd, ['kit', '--json', '--album', album])).length,
    1,
    'no device is left of it'
  )
})

test(
  'cli: a passphrase that is typed is asked for twice, wherever the answer goes',
  { timeout: 120_000 },
  async (t) => {
    if (process.platform === 'win32') return t.comment('Skipped: there is no sh')
    const cwd = tmp(t)
    const album = path.join(cwd, 'album')
    await inProcess(cwd, ['create', 'Our family', '--member', 'Dad', '--album', album])
    const program = [
      process.execPath,
      ...PROGRAM,
      'kit',
      'create',
      'family.kit',
      '--offline',
      '--album',
      album
    ]
    const line = `${program.map((word) => `'${word}'`).join(' ')} > said`
    const env = environment() as Record<string, string>
    const terminal = pty.spawn('sh', ['-c', line], { cols: 100, rows: 30, cwd, env })
    t.teardown(() => terminal.kill('SIGKILL'))
    let seen = ''
    terminal.onData((data) => (seen += data))
    const ended = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)))
    await eventually(() => seen.includes('five words or more: '), 60_000)
    terminal.write(`${WORDS}\r`)
    await eventually(() => seen.includes('The same again: '), 60_000)
    terminal.write('seven brown hens lay on the rook\r')
    t.is(await ended, 2)
    t.absent(fs.existsSync(path.join(cwd, 'family.kit')))
    t.absent(seen.includes('hens'), 'nobody sees it')
  }
)
