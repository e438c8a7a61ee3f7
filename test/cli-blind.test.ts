// Blind mirrors at terminals: one makes a code, another is the box.
import path from 'node:path'
import test from 'brittle'
import { inProcess, objectsOf, start } from './cli.ts'
import { createNetwork, tmp } from './helpers.ts'

test('cli: a blind mirror is set up, told of, and forgotten', { timeout: 120_000 }, async (t) => {
  const { bootstrap } = await createNetwork(t)
  const nodes = bootstrap.flatMap(({ host, port }) => ['--bootstrap', `${host}:${port}`])
  const cwd = tmp(t)
  const album = path.join(cwd, 'album')
  const env = { HYPERALBUM: album }
  const say = (...args: string[]) => inProcess(cwd, [...args, '--album', album])
  await say('create', 'Our family', '--member', 'Dad', '--device', 'laptop')
  t.is((await say('blind')).out, '')
  t.is((await say('blind', 'remove', 'Attic', '--yes')).exit, 1, 'there is none')

  const making = start(t, ['blind', 'create', 'Attic', ...nodes], { cwd, env })
  const [, code = ''] = /^([a-z0-9]{80,})$/m.exec(await making.until('Waiting for the box')) ?? []
  const box = start(t, ['blind', 'run', 'box', '-', '--max', '1GB', ...nodes], { cwd })
  box.child.stdin.end(`${code}\n`)
  await making.until('Attic holds the album from now on.')
  t.is((await making.ended).exit, 0)
  await box.until(/0 of 1 devices online/)
  const used = start(t, ['blind', 'run', 'other', code, '--json', ...nodes], { cwd })
  const serving = start(t, ['serve', '--no-portal', ...nodes], { cwd, env })
  await box.until(/1 of 1 devices online/)
  const told = await used.ended
  t.is(told.exit, 5)
  t.ok(told.err.includes('Another box has used this code'), told.err)

  t.ok((await say('status')).out.includes('Attic: online, '))
  const [mirror] = objectsOf(await say('blind', '--json'))
  t.alike([mirror?.['name'], mirror?.['online'], mirror?.['current']], ['Attic', true, true])
  t.ok((await say('blind', 'remove', 'attic', '--yes')).out.startsWith('No device uses Attic any more'))
  await box.until(/0 of 1 devices online[^]*0 of 1 devices online/)
  t.is((await say('blind')).out, '')
  serving.child.kill('SIGTERM')
  box.child.kill('SIGTERM')
  await Promise.all([serving.ended, box.ended])
  const nothing = start(t, ['blind', 'run', 'empty', ...nodes], { cwd })
  t.is((await nothing.ended).exit, 3)
  t.is((await inProcess(cwd, ['blind', 'run', 'box', '--max', '1kB'])).exit, 2)
  t.is((await inProcess(cwd, ['blind', 'run', 'box', '--offline'])).exit, 2)
})
