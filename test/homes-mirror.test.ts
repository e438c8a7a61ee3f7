// A family on four hosts in two homes behind NAT: dad's laptop and the mirror, mum's laptop and Ann's phone.
import fs from 'node:fs'
import path from 'node:path'
import test, { type Assertions } from 'brittle'
import { Member, Mirror } from './homes-family.ts'
import { type Home, type Host, type Homes, createHomes } from './homes.ts'
import { png, tmp } from './helpers.ts'

const TIMEOUT = 300_000
// Of the nodes by which all find into the DHT one does not answer.
const DEAD_NODE = '10.50.0.99:49737'

interface Family {
  ours: Home
  theirs: Home
  hosts: { laptop: Host; box: Host; mums: Host; anns: Host }
  bootstrap: string
  folder: (name: string) => string
  dad: Member
  mum: Member
  ann: Member
  mirror: Mirror
}

/** All four of them, connected with each other. */
async function family(t: Assertions, { homes, bootstrap: nodes }: Homes): Promise<Family> {
  const [ours, theirs] = homes as [Home, Home]
  const [laptop, box] = ours.hosts as [Host, Host]
  const [mums, anns] = theirs.hosts as [Host, Host]
  const bootstrap = `${DEAD_NODE},${nodes[0]?.host}:${nodes[0]?.port}`
  const base = tmp(t)
  const folder = (name: string): string => path.join(base, name)
  const member = (host: Host, name: string): Member => {
    const one = new Member(host, folder(name), bootstrap)
    t.teardown(() => one.kill())
    return one
  }
  const dad = member(laptop, 'dad')
  await dad.ask('create', { member: 'Dad', device: 'laptop' })
  const code = (await dad.ask('invite', { role: 'mirror' })) as string
  const mirror = new Mirror(box, folder('mirror'), bootstrap, code)
  t.teardown(() => mirror.kill())
  await mirror.until((event) => event.type === 'opened')
  const join = async (host: Host, name: string, device: string): Promise<Member> => {
    const invite = (await dad.ask('invite', { role: 'contributor' })) as string
    const one = member(host, name)
    await one.ask('join', { code: invite, member: name, device })
    return one
  }
  const mum = await join(mums, 'Mum', 'tablet')
  const ann = await join(anns, 'Ann', 'phone')
  await mum.ask('online', { devices: ['laptop', 'box', 'phone'] })
  return { ours, theirs, hosts: { laptop, box, mums, anns }, bootstrap, folder, dad, mum, ann, mirror }
}

test(
  'homes: what was added while dad’s laptop is off is had from the mirror',
  { timeout: TIMEOUT },
  async (t) => {
    const lab = await createHomes(t, 2, 2)
    if (lab === null) return
    const { hosts, bootstrap, folder, dad, mum, ann, mirror } = await family(t, lab)
    await ann.kill()
    await dad.kill()

    const file = folder('photo.png')
    fs.writeFileSync(file, png('the sea', 600))
    const id = (await mum.ask('add', { file })) as string
    await mirror.holds(1)
    await mum.ask('held', { id, device: 'box' })
    t.pass('the mirror in the other home holds it, and mum’s device knows')

    hosts.mums.unplug()
    const again = new Member(hosts.anns, folder('Ann'), bootstrap)
    t.teardown(() => again.kill())
    await again.ask('open', {})
    await again.ask('photos', { count: 1 })
    t.alike(await again.ask('peers', {}), ['box'], 'nobody but the mirror is there')
    t.ok(Number(await again.ask('read', { id, variant: 'thumbnail' })) > 0, 'a thumbnail')
    t.is(await again.ask('read', { id, variant: 'original' }), fs.statSync(file).size, 'the original')

    hosts.mums.plug()
    await mum.ask('online', { devices: ['box', 'phone'] })
    t.pass('mum’s device finds them again')
    t.is(await mirror.stop(), 0, 'the mirror ends cleanly')
  }
)

test(
  'homes: a home that was cut off the internet comes together with the other again',
  { timeout: TIMEOUT },
  async (t) => {
    const lab = await createHomes(t, 2, 2)
    if (lab === null) return
    const { ours, dad, mum, ann, mirror } = await family(t, lab)
    ours.cut()
    await mum.ask('online', { devices: ['phone'] })
    const [here] = await Promise.all([dad.ask('add', { bytes: 300_000 }), mum.ask('add', { bytes: 200_000 })])
    await mirror.holds(1)
    await ann.ask('photos', { count: 1 })
    t.pass('on both sides they go on')
    ours.mend()
    await mirror.holds(2)
    await ann.ask('photos', { count: 2 })
    t.is(await ann.ask('read', { id: here as string, variant: 'original' }), 300_000)
    await dad.ask('photos', { count: 2 })
  }
)

test(
  'homes: a mirror that is killed while it fetches over 20 Mbit/s, 80 ms and 1 % loss goes on',
  { timeout: TIMEOUT },
  async (t) => {
    const lab = await createHomes(t, 2, 2)
    if (lab === null) return
    const { ours, theirs, hosts, bootstrap, folder, mum, ann, mirror } = await family(t, lab)
    // Each way; one end's delay is for both, and a round trip takes twice as long.
    const slow = { rate: '20mbit', loss: 0.01 }
    await Promise.all([ours.link.slow(slow), theirs.link.slow({ ...slow, delay: { ms: [80, 80] } })])
    await ann.kill()
    const ids: string[] = []
    for (let i = 0; i < 12; i++) ids.push((await mum.ask('add', { bytes: 1_500_000 })) as string)
    const { held } = (await mirror.until((event) => event.type === 'health' && event.held > 0)) as {
      held: number
    }
    t.ok(held < ids.length, `killed when it held ${held} of ${ids.length}`)
    await mirror.kill()
    const again = new Mirror(hosts.box, folder('mirror'), bootstrap)
    t.teardown(() => again.kill())
    await again.holds(ids.length)
    for (const id of ids) await mum.ask('held', { id, device: 'box' })
    t.alike(
      again.events.filter(({ type }) => type === 'trouble'),
      []
    )
    const health = again.events.findLast((event) => event.type === 'health')
    t.is(health?.bytes, ids.length * 1_500_000)
  }
)
