// `import` and `export` as a person types them.
import fs from 'node:fs'
import path from 'node:path'
import test, { type Assertions } from 'brittle'
import { hyperalbum, inProcess, objectsOf, start } from './cli.ts'
import { Album } from './plain.ts'
import { png, tmp } from './helpers.ts'

async function place(t: Assertions): Promise<{ cwd: string; env: { HYPERALBUM: string } }> {
  const cwd = tmp(t)
  const env = { HYPERALBUM: path.join(cwd, 'album') }
  const made = await Album.create(env.HYPERALBUM, { name: 'Our family', member: 'Dad', network: false })
  await made.close()
  for (const folder of ['photos', 'photos/Italy']) fs.mkdirSync(path.join(cwd, folder))
  fs.writeFileSync(path.join(cwd, 'photos', 'a.png'), png('a'))
  fs.writeFileSync(path.join(cwd, 'photos', 'Italy', 'b.png'), png('b'))
  fs.writeFileSync(path.join(cwd, 'photos', 'letter.pdf'), '%PDF-1.7')
  fs.writeFileSync(path.join(cwd, 'photos', 'Thumbs.db'), 'x')
  return { cwd, env }
}

/** What was said of each file. */
function filesOf(ended: { out: string }): unknown[] {
  const files = objectsOf(ended).filter(({ type }) => type === 'file')
  return files.map(({ path: at, status }) => `${String(status)} ${String(at)}`).sort()
}

test('cli: import says what it would do, does it, and does it once', async (t) => {
  const { cwd, env } = await place(t)
  const say = (...args: string[]) => inProcess(cwd, [...args, '--album', env.HYPERALBUM, '--offline'])

  const plan = await say('import', 'photos', '--dry-run', '--collections', '--json')
  t.alike(filesOf(plan), ['failed letter.pdf', 'planned Italy/b.png', 'planned a.png', 'skipped Thumbs.db'])
  t.is(objectsOf(await say('ls', '--json')).length, 0, 'nothing was changed')

  const done = await say('import', 'photos', '--collections')
  t.is(done.exit, 0, 'a letter among photos is no failure')
  t.alike(done.out.split('\n').slice(0, 2).sort(), ['added    Italy/b.png', 'added    a.png'])
  t.ok(
    /2 added \(\d+ B\), 0 known already, 1 refused: UNSUPPORTED_FILE, 1 passed over\./.test(done.out),
    done.out
  )
  t.ok(done.err.includes('letter.pdf'), done.err)
  t.ok(done.out.includes('Nobody else has them yet'), done.out)
  t.is(objectsOf(await say('collections', 'show', 'Italy', '--json')).length, 1)

  const again = await say('import', 'photos', '--collections')
  t.ok(again.out.startsWith('0 added (0 B), 2 known already, 1 refused'), again.out)

  const written = await say('export', 'out', '--json')
  t.is(written.exit, 0, written.err)
  t.is(filesOf(written).length, 2)
  const rerun = await say('export', 'out')
  t.is(rerun.out, '0 written (0 B), 2 there already.\n')
  fs.writeFileSync(path.join(cwd, 'photos', 'broken.jpg'), '')
  const broken = await say('import', 'photos')
  t.is(broken.exit, 1, 'one that should have been added was not')
  t.ok(broken.out.includes('1 refused: FILE_EMPTY'), broken.out)
  t.is((await say('import', 'nowhere')).exit, 1)
  t.is((await say('import', '')).exit, 2, 'a variable that was not set is no folder')
  t.is((await say('export', '')).exit, 2)
  t.is((await say('import', 'photos/a.png')).exit, 2)
  t.is((await say('export', 'photos/a.png')).exit, 7)
})

test('cli: two imports of one folder at once, from two processes', async (t) => {
  const { cwd, env } = await place(t)
  fs.rmSync(path.join(cwd, 'photos', 'letter.pdf'))
  for (let at = 0; at < 40; at++) fs.writeFileSync(path.join(cwd, 'photos', `${at}.png`), png(at))
  const both = await Promise.all(
    [1, 2].map(() => hyperalbum(t, ['import', 'photos', '--offline', '--json'], { cwd, env }))
  )
  t.alike(
    both.map(({ exit }) => exit),
    [0, 0],
    both.map(({ err }) => err).join()
  )
  t.is(objectsOf(await inProcess(cwd, ['ls', '--json', '--album', env.HYPERALBUM])).length, 42)
})

test('cli: import --watch goes on with what comes, as a process, until Ctrl-C', async (t) => {
  const { cwd, env } = await place(t)
  const watching = start(t, ['import', 'photos', '--watch', '--offline'], { cwd, env })
  await watching.until('Watching photos')
  await watching.until('a.png')
  fs.writeFileSync(path.join(cwd, 'photos', 'late.png'), png('late'))
  await watching.until('late.png')
  const listed = await hyperalbum(t, ['ls', '--json'], { cwd, env })
  t.is(objectsOf(listed).length, 3, 'others see it meanwhile')
  watching.child.kill('SIGINT')
  const ended = await watching.ended
  t.is(ended.exit, 130)
  t.ok(ended.out.includes('3 added'), ended.out)
})

test('cli: an import that is killed goes on where it was', async (t) => {
  const { cwd, env } = await place(t)
  for (let at = 0; at < 200; at++) fs.writeFileSync(path.join(cwd, 'photos', `${at}.png`), png(at, 48))
  const first = start(t, ['import', 'photos', '--offline'], { cwd, env })
  await first.until('added')
  first.child.kill('SIGKILL')
  await first.ended
  const second = await hyperalbum(t, ['import', 'photos', '--offline', '--json'], { cwd, env })
  const summary = objectsOf(second).find(({ type }) => type === 'summary')
  t.is(Number(summary?.['added']) + Number(summary?.['known']), 202)
  t.ok(Number(summary?.['known']) > 0, 'what was done was done')
  t.is(objectsOf(await inProcess(cwd, ['ls', '--json', '--album', env.HYPERALBUM])).length, 202)
})
