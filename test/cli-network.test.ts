// Two people at two terminals, on a network of their own.
import dgram from 'node:dgram'
import fs from 'node:fs'
import path from 'node:path'
import test, { type Assertions } from 'brittle'
import { hyperalbum, objectsOf, start } from './cli.ts'
import { Mirror } from './homes-family.ts'
import { Album } from './plain.ts'
import { createNetwork, eventually, png, tmp } from './helpers.ts'

interface Person {
  cwd: string
  env: { HYPERALBUM: string }
  /** A command line on this network. */
  typed: (...args: string[]) => string[]
}

async function people(t: Assertions): Promise<[Person, Person]> {
  const { bootstrap } = await createNetwork(t)
  const nodes = bootstrap.flatMap(({ host, port }) => ['--bootstrap', `${host}:${port}`])
  const person = (): Person => {
    const cwd = tmp(t)
    return { cwd, env: { HYPERALBUM: path.join(cwd, 'album') }, typed: (...args) => [...args, ...nodes] }
  }
  const [dad, grandma] = [person(), person()]
  await hyperalbum(t, ['create', 'Our family', '--member', 'Dad', '--device', 'laptop'], dad)
  fs.writeFileSync(path.join(dad.cwd, 'a.png'), png('a'))
  fs.writeFileSync(path.join(grandma.cwd, 'b.png'), png('b'))
  return [dad, grandma]
}

test('cli: invite, join, and adding that waits until somebody else has the photos', async (t) => {
  const [dad, grandma] = await people(t)

  const inviting = start(t, dad.typed('invite', '--json'), dad)
  await inviting.until('"code"')
  const code = String(objectsOf({ out: inviting.so.out })[0]?.['code'])
  const joined = await hyperalbum(
    t,
    grandma.typed('join', '-', '--member', 'Grandma', '--device', 'tablet'),
    {
      ...grandma,
      input: `${code}\n`
    }
  )
  t.is(joined.exit, 0, joined.err)
  t.ok(joined.out.startsWith('Joined the album Our family'), joined.out)
  const invited = await inviting.ended
  t.is(invited.exit, 0, 'ends when the invite is used')
  t.alike(objectsOf(invited)[1], { joined: 'Grandma', device: 'tablet' })
  t.is((await hyperalbum(t, grandma.typed('join', code, '--member', 'Me'), grandma)).exit, 3)
  t.is((await hyperalbum(t, ['invite', 'list', '--json'], dad)).out.includes(code), false)

  // Alone, it says so, and what is said is true.
  const alone = await hyperalbum(t, dad.typed('add', 'a.png', '--wait', '3s'), dad)
  t.is(alone.exit, 0, alone.err)
  t.ok(alone.out.includes('Nobody else has them yet'), alone.out)

  const serving = start(t, dad.typed('serve', '--no-portal', '--keep', 'original'), dad)
  await serving.until('Serving')
  const added = await hyperalbum(t, grandma.typed('add', 'b.png', '--json', '--wait', '60s'), grandma)
  t.is(added.exit, 0, added.err)
  t.alike(objectsOf(added)[1], { held: 1, waiting: 0, holders: { 'Dad, laptop': 1 } })
  await serving.until('1 new, by Grandma')

  // The other way: fetched from whoever is online, and not before.
  const photos = objectsOf(await hyperalbum(t, ['ls', '--json', '--member', 'Dad'], grandma))
  const id = String(photos[0]?.['id'])
  const got = await hyperalbum(t, grandma.typed('get', id, '--to', 'copy.png'), grandma)
  t.is(got.exit, 0, got.err)
  t.ok(fs.readFileSync(path.join(grandma.cwd, 'copy.png')).equals(png('a')))
  t.is((await hyperalbum(t, grandma.typed('settle', '--timeout', '60s'), grandma)).exit, 0)

  const removed = await hyperalbum(t, ['members', 'remove', 'Grandma', '--yes', '--json'], dad)
  t.is(objectsOf(removed)[0]?.['final'], true, 'the founder’s device confirms at once')
  const refused = await hyperalbum(t, grandma.typed('add', 'b.png', '--wait', '2s'), grandma)
  t.is(refused.exit, 5)
  t.ok(refused.err.includes('removed from the album'), refused.err)
})

test('cli: somebody asks, and a person decides', async (t) => {
  const [dad, grandma] = await people(t)
  const serving = start(t, dad.typed('serve', '--no-portal'), dad)
  await serving.until('Serving')
  const made = await hyperalbum(t, ['invite', '--approval', '--json', '--role', 'viewer'], dad)
  t.is(made.exit, 0, made.err)
  const code = String(objectsOf(made)[0]?.['code'])
  t.alike(objectsOf(await hyperalbum(t, ['requests', '--json'], dad)), [], 'nobody yet')

  const joining = start(t, grandma.typed('join', code, '--member', 'Grandma'), grandma)
  await serving.until('Grandma wants to join as viewer')
  const [request] = objectsOf(await hyperalbum(t, ['requests', '--json'], dad))
  t.is(request?.['name'], 'Grandma')
  t.is((await hyperalbum(t, ['requests', 'approve', 'ffff'], dad)).exit, 1)
  t.is((await hyperalbum(t, ['requests', 'approve', String(request?.['id']).slice(0, 8)], dad)).exit, 0)
  t.is((await joining.ended).exit, 0)

  const forbidden = await hyperalbum(t, ['add', 'b.png', '--offline'], grandma)
  t.is(forbidden.exit, 5)
  t.ok(/may not|only/i.test(forbidden.err), forbidden.err)

  const late = await hyperalbum(
    t,
    grandma.typed('join', code, '--member', 'X', '--timeout', '3s', '--album', 'other'),
    grandma
  )
  t.is(late.exit, 5, late.err)
})

test(
  'cli: the mirror answers an invite while the computer that made it is off',
  { timeout: 120_000 },
  async (t) => {
    const [dad, grandma] = await people(t)
    const node = dad.typed().at(-1) as string
    const box = path.join(tmp(t), 'box')
    const here = { prefix: ['env'] as [string] }
    const inviting = start(t, dad.typed('invite', '--role', 'mirror', '--json'), dad)
    await inviting.until('"code"')
    const first = String(objectsOf({ out: inviting.so.out })[0]?.['code'])
    const mirror = new Mirror(here, box, node, first)
    t.teardown(() => mirror.kill())
    await mirror.until(({ type }) => type === 'opened')
    inviting.child.kill('SIGINT')
    await inviting.ended

    const offline = await hyperalbum(t, ['invite', '--answered-by', 'box', '--offline'], dad)
    t.is(offline.exit, 0, offline.err)
    t.ok(offline.err.includes('has to be online until then'), offline.err)
    t.is((await hyperalbum(t, ['invite', '--answered-by', 'nobody', '--offline'], dad)).exit, 1)
    const made = await hyperalbum(t, dad.typed('invite', '--answered-by', 'Mirror'), dad)
    t.is(made.exit, 0, 'ends when the mirror has heard of it')
    t.ok(made.err.includes('box lets them in from now on: this computer may be off'), made.err)
    const code = /Link: (\S+)/.exec(made.out)?.[1] ?? made.out

    // The power goes off.
    await mirror.kill()
    const joining = start(
      t,
      grandma.typed('join', code, '--member', 'Grandma', '--device', 'tablet'),
      grandma
    )
    const again = new Mirror(here, box, node)
    t.teardown(() => again.kill())
    const joined = await joining.ended
    t.is(joined.exit, 0, joined.err)
    const told = await again.until(({ type }) => type === 'admitted')
    t.is(told.type === 'admitted' && `${told.member.name}, ${told.device.name}`, 'Grandma, tablet')
    const added = await hyperalbum(t, grandma.typed('add', 'b.png', '--json', '--wait', '60s'), grandma)
    t.alike(objectsOf(added)[1], { held: 1, waiting: 0, holders: { 'Mirror, box': 1 } })

    const serving = start(t, dad.typed('serve', '--no-portal'), dad)
    await serving.until('1 new, by Grandma')
    const list = await hyperalbum(t, ['invite', 'list'], dad)
    t.ok(/used 1 of 1 times {2}answered by box\n/.test(list.out), list.out)
  }
)

test('cli: a photo that is on this disk is had without the network', { timeout: 120_000 }, async (t) => {
  const cwd = tmp(t)
  const env = { HYPERALBUM: path.join(cwd, 'album') }
  const album = await Album.create(env.HYPERALBUM, { name: 'Our family', member: 'Dad', network: false })
  const { id } = await album.add(png('a'), { name: 'a.png' })
  await album.close()
  const node = dgram.createSocket('udp4')
  t.teardown(() => void node.close())
  let packets = 0
  node.on('message', () => packets++)
  await new Promise<void>((resolve) => node.bind(0, '127.0.0.1', resolve))
  const bootstrap = ['--bootstrap', `127.0.0.1:${node.address().port}`]
  for (const more of [[], ['--strip', '--to', 'stripped.png']]) {
    const got = await hyperalbum(t, ['get', id, ...more, ...bootstrap], { cwd, env })
    t.is(got.exit, 0, got.err)
  }
  t.ok(fs.readFileSync(path.join(cwd, 'a.png')).equals(png('a')))
  t.is(packets, 0, 'nobody was looked for')
  await hyperalbum(t, ['settle', '--timeout', '1s', ...bootstrap], { cwd, env })
  t.ok(packets > 0, 'as is done where others are needed')
})

test('cli: which device makes changes final, handed over and taken over', { timeout: 180_000 }, async (t) => {
  const [dad, mum] = await people(t)
  const serving = start(t, dad.typed('serve', '--no-portal'), dad)
  await serving.until('Serving')
  const invited = await hyperalbum(t, ['invite', '--role', 'owner', '--json', '--no-wait'], dad)
  const code = String(objectsOf(invited)[0]?.['code'])
  const mums = start(t, mum.typed('join', code, '--member', 'Mum', '--device', 'PC'), mum)
  t.is((await mums.ended).exit, 0)
  const open = start(t, mum.typed('serve', '--no-portal'), mum)
  await open.until('Serving')
  await eventually(async () =>
    (await hyperalbum(t, ['indexer'], mum)).out.includes('laptop of Dad makes changes final: online.')
  )
  await eventually(async () => (await hyperalbum(t, ['indexer'], mum)).out.includes('1. PC of Mum'))
  const early = await hyperalbum(t, ['indexer', 'take-over', '--yes'], mum)
  t.is(early.exit, 5)
  t.ok(early.err.includes('laptop of Dad is online'), early.err)

  const over = await hyperalbum(t, ['indexer', 'hand-over', 'PC'], dad)
  t.is(over.exit, 0, over.err)
  t.ok(over.out.includes('PC makes changes final from now on.'), over.out)
  const back = await hyperalbum(t, ['indexer', 'hand-over', 'laptop'], mum)
  t.ok(back.out.includes('laptop makes changes final from now on.'), back.out)

  serving.child.kill('SIGKILL')
  await serving.ended
  await eventually(async () => (await hyperalbum(t, ['status'], mum)).out.includes('nobody else'), 60_000)
  t.is((await hyperalbum(t, ['add', 'b.png', '--no-wait'], mum)).exit, 0)
  const waiting = await hyperalbum(t, ['status'], mum)
  t.ok(/blocks not final: laptop of Dad has to be online since \d{4}/.test(waiting.out), waiting.out)
  const unsure = await hyperalbum(t, ['indexer', 'take-over'], mum)
  t.is(unsure.exit, 2, 'it asks, and nobody is there')
  const taken = await hyperalbum(t, ['indexer', 'take-over', '--yes'], mum)
  t.is(taken.exit, 0, taken.err)
  await eventually(async () => !(await hyperalbum(t, ['status'], mum)).out.includes('not final'))
  t.ok((await hyperalbum(t, ['indexer'], mum)).out.includes('PC of Mum makes changes final: online.'))
})
