// Who holds the originals, at terminals: what lacks, what is promised, and freeing the disk.
import fs from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import { inProcess, objectsOf, start } from './cli.ts'
import { createNetwork, eventually, png, tmp } from './helpers.ts'

test('cli: the health of an album, and promises', async (t) => {
  const cwd = tmp(t)
  const folder = path.join(cwd, 'album')
  const say = (...args: string[]) => inProcess(cwd, [...args, '--album', folder])
  await say('create', 'Our family', '--member', 'Dad', '--device', 'laptop')
  t.is((await say('health')).out, 'Each original is to be on 2 devices: of 0 photos none is on fewer.\n')
  for (const name of ['a.png', 'b.png']) fs.writeFileSync(path.join(cwd, name), png(name))
  await say('add', 'a.png', 'b.png', '--offline')

  const told = await say('health')
  t.is(told.exit, 0)
  t.alike(told.out.split('\n').slice(0, 2), [
    'Each original is to be on 2 devices: of 2 photos 2 are on fewer.',
    '       2  on 1 device: Dad'
  ])
  const each = objectsOf(await say('health', '--json'))
  t.alike(
    each.map(({ id, copies, promised, holders }) => [typeof id, copies, promised, holders]),
    Array(2).fill(['string', 1, 2, ['Dad']])
  )
  t.alike(
    each.map(({ photo }) => (photo as { name: string }).name).sort(),
    ['a.png', 'b.png'],
    'each of them'
  )

  t.is((await say('promise')).out, 'Each original is to be on 2 devices.\n')
  for (const wrong of ['0', '101', 'two']) t.is((await say('promise', wrong)).exit, 2, wrong)
  t.is((await say('promise', '1')).out, 'Each original is to be on 1 device.\n')
  t.alike(objectsOf(await say('promise', '--json')), [{ promised: 1 }])
  t.alike(objectsOf(await say('health', '--json')), [], 'kept')

  const id = String(each[0]?.['id'])
  const kept = await say('free', id, '--yes', '--offline')
  t.is(kept.exit, 6)
  t.ok(kept.out.includes('Nothing is freed.\nKept: 1 photo. No other device holds'), kept.out)
  t.is((await say('free', id, '--tag', 'sea', '--yes', '--offline')).exit, 2, 'one or the other')
  t.is((await say('free', '--timeout', 'soon', '--offline')).exit, 2)
  const none = await say('free', '--tag', 'sea', '--offline')
  t.alike([none.exit, none.out], [0, 'Nothing is freed.\n'], 'nobody is asked about nothing')
})

test('cli: free, while others are there and while they are not', { timeout: 240_000 }, async (t) => {
  const { bootstrap } = await createNetwork(t)
  const nodes = bootstrap.flatMap(({ host, port }) => ['--bootstrap', `${host}:${port}`])
  const person = () => {
    const cwd = tmp(t)
    const env = { HYPERALBUM: path.join(cwd, 'album') }
    return {
      cwd,
      // What is served is asked over its socket, from this process too.
      say: (...args: string[]) => inProcess(cwd, [...args, '--album', env.HYPERALBUM]),
      begin: (...args: string[]) => start(t, [...args, ...nodes], { cwd, env })
    }
  }
  const [dad, grandma] = [person(), person()]
  await dad.say('create', 'Our family', '--member', 'Dad', '--device', 'laptop')
  fs.writeFileSync(path.join(dad.cwd, 'a.png'), png('a'))
  await dad.say('add', 'a.png', '--offline')
  await dad.say('promise', '1')
  const [photo] = objectsOf(await dad.say('ls', '--json'))
  const id = String(photo?.['id'])

  const inviting = dad.begin('invite', '--json')
  await inviting.until('"code"')
  const code = String(objectsOf({ out: inviting.so.out })[0]?.['code'])
  await grandma.say('join', code, '--member', 'Grandma', '--device', 'tablet', ...nodes)
  await inviting.ended
  const serving = dad.begin('serve', '--no-portal')
  await serving.until('Serving')
  const hers = grandma.begin('serve', '--no-portal', '--keep', 'original')
  await hers.until('Serving')
  t.is((await grandma.say('promise', '3')).exit, 5, 'an owner promises')

  const holders = async (who: typeof dad, digits: string): Promise<string> =>
    (await who.say('show', digits)).out
  t.is((await dad.say('settle', '--timeout', '60s')).exit, 0)
  t.ok(/Grandma, tablet \(original.*\): online/.test(await holders(dad, id)), 'who is there')
  t.ok(/held by +Dad, laptop \(original.*\): this device/.test(await holders(dad, id)), 'who holds it')
  const unasked = await dad.say('free', id)
  t.is(unasked.exit, 2)
  t.ok(unasked.err.includes('--yes'), unasked.err)
  const freed = await dad.say('free', '--member', 'Dad', '--yes', '--json')
  t.is(freed.exit, 0, freed.err)
  const bytes = png('a').length
  t.alike(objectsOf(freed), [
    { id, status: 'freed', bytes, error: null },
    { freed: 1, waiting: 0, kept: 0, absent: 0, bytes }
  ])
  t.absent((await holders(dad, id)).includes('Dad, laptop (original'), 'it is not here any more')
  const again = await dad.say('free', id)
  t.is(again.out, 'Nothing is freed.\n1 photo: not on this disk.\n')

  await eventually(async () => !(await holders(grandma, id)).includes('Dad, laptop (original'), 30_000)
  const last = await grandma.say('free', id, '--yes')
  t.is(last.exit, 6)
  t.ok(last.out.includes('Kept: 1 photo. No other device holds this original: 1 is promised'), last.out)

  // Of what Grandma adds Dad gets a copy, and is away when she frees hers.
  serving.child.kill('SIGINT')
  await serving.ended
  const keeping = dad.begin('serve', '--no-portal', '--keep', 'original')
  await keeping.until('Serving')
  fs.writeFileSync(path.join(grandma.cwd, 'b.png'), png('b'))
  const added = objectsOf(await grandma.say('add', 'b.png', '--json', '--wait', '60s'))
  t.is(added.at(-1)?.['held'], 1)
  const other = String(added[0]?.['id'])
  keeping.child.kill('SIGINT')
  await keeping.ended
  await eventually(async () =>
    /Dad, laptop \(original.*\): last confirmed \d{4}/.test(await holders(grandma, other))
  )
  const waiting = await grandma.say('free', other, '--yes', '--timeout', '1s')
  t.is(waiting.exit, 6)
  t.ok(
    /Waiting: 1 photo \(\d+ B\)\. [^.]+ of \w+ decides when it is online; the rest happens by itself/.test(
      waiting.out
    ),
    waiting.out
  )
  t.is((await grandma.say('get', other, '--to', 'still.png')).exit, 0, 'the bytes are there until then')

  await dad.begin('serve', '--no-portal').until('Serving')
  await eventually(async () => {
    const now = await grandma.say('free', other, '--yes', '--timeout', '5s')
    return now.out.includes('not on this disk')
  }, 60_000)
  t.pass('once the album has decided they go')
})
