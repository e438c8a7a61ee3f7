// Recovery kits at terminals.
import fs from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import { hyperalbum, inProcess, objectsOf, start } from './cli.ts'
import { createNetwork, png, tmp } from './helpers.ts'

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
})
