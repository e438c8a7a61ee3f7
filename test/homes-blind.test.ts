// A family whose devices are never on together, and a box in a third home that holds their album and cannot read it: each
// home behind NAT of its own.
import path from 'node:path'
import test, { type Assertions } from 'brittle'
import { BlindMirror, Member } from './homes-family.ts'
import { type Home, type Host, createHomes } from './homes.ts'
import { tmp } from './helpers.ts'

const TIMEOUT = 300_000
const BYTES = 1_500_000
// What others need to get everything is some seconds.
const LONG = 15_000

interface Family {
  /** Mum's and Ann's. */
  theirs: Home
  dad: Member
  mum: Member
  ann: Member
  box: BlindMirror
  /** Starts a device, or the box, that was killed. */
  open(name: 'Dad' | 'Mum' | 'Ann'): Promise<Member>
  openBox(): Promise<BlindMirror>
}

/** Dad at home, mum and Ann in another, the box in a third: all connected with it, and with each other. */
async function family(t: Assertions): Promise<Family | null> {
  const lab = await createHomes(t, 1, 2, 1)
  if (lab === null) return null
  const [ours, theirs, friends] = lab.homes as [Home, Home, Home]
  const [dads] = ours.hosts as [Host]
  const [mums, anns] = theirs.hosts as [Host, Host]
  const [attic] = friends.hosts as [Host]
  const bootstrap = lab.bootstrap.map(({ host, port }) => `${host}:${port}`).join()
  const base = tmp(t)
  const folder = (name: string): string => path.join(base, name)
  const hosts = { Dad: dads, Mum: mums, Ann: anns }
  const start = (name: keyof typeof hosts): Member => {
    const one = new Member(hosts[name], folder(name), bootstrap)
    t.teardown(() => one.kill())
    return one
  }
  const startBox = (code?: string): BlindMirror => {
    const box = new BlindMirror(attic, folder('attic'), bootstrap, code)
    t.teardown(() => box.kill())
    return box
  }

  const dad = start('Dad')
  await dad.ask('create', { member: 'Dad', device: 'laptop' })
  const join = async (name: 'Mum' | 'Ann', device: string): Promise<Member> => {
    const code = (await dad.ask('invite', { role: 'contributor' })) as string
    const one = start(name)
    await one.ask('join', { code, member: name, device })
    return one
  }
  const mum = await join('Mum', 'tablet')
  const ann = await join('Ann', 'phone')
  const box = startBox((await dad.ask('blind', {})) as string)
  await box.is({ allowed: 3, online: 3 })
  return {
    theirs,
    dad,
    mum,
    ann,
    box,
    async open(name) {
      const one = start(name)
      await one.ask('open', {})
      return one
    },
    async openBox() {
      const again = startBox()
      await again.until(({ type }) => type === 'opened')
      return again
    }
  }
}

/** Adds so many photos, one after the other. */
async function add(member: Member, count: number): Promise<string[]> {
  const ids: string[] = []
  for (let i = 0; i < count; i++) ids.push((await member.ask('add', { bytes: BYTES })) as string)
  return ids
}

test(
  'homes: who was off gets all from a blind mirror that was killed itself, and a stolen phone nothing',
  { timeout: TIMEOUT },
  async (t) => {
    const made = await family(t)
    if (made === null) return
    const { dad, mum, ann, box, open, openBox } = made
    const first = await add(dad, 1)
    await ann.ask('photos', { count: 1 })
    await mum.kill()
    await ann.kill()

    const ids = await add(dad, 4)
    await box.kill()
    ids.push(...(await add(dad, 4)))
    let again = await openBox()
    await dad.ask('edit', { id: ids[0] as string, caption: 'At the lake' })
    await dad.ask('remove', { device: 'phone' })
    await again.is({ allowed: 2 })
    ids.push(...(await add(dad, 1)))
    await dad.ask('left', {})
    await dad.kill()
    await again.kill()
    again = await openBox()

    const thief = await open('Ann')
    t.is(await thief.ask('count', { after: LONG }), first.length, 'the stolen phone sees what it had')
    t.alike(await thief.ask('blinds', {}), [], 'and is not let in')
    t.absent(again.events.some((event) => event.type === 'health' && event.online > 0))
    // Until mum's device has heard of it, it would let it in.
    await thief.kill()

    const mums = await open('Mum')
    await mums.ask('photos', { count: first.length + ids.length })
    for (const id of [...first, ...ids]) t.is(await mums.ask('read', { id, variant: 'original' }), BYTES)
    t.is(await mums.ask('caption', { id: ids[0] as string }), 'At the lake')
    t.alike([await mums.ask('peers', {}), await mums.ask('blinds', {})], [[], ['attic']])
    t.is(await again.stop(), 0, 'the box ends cleanly')
  }
)

test(
  'homes: who was cut off gets from a blind mirror what others left there meanwhile',
  { timeout: TIMEOUT },
  async (t) => {
    const made = await family(t)
    if (made === null) return
    const { theirs, dad, mum, ann, box, openBox } = made
    await ann.kill()
    theirs.cut()
    const here = await add(dad, 3)
    const there = await add(mum, 2)
    await dad.ask('left', {})
    await dad.kill()
    await box.kill()
    const again = await openBox()
    theirs.mend()

    await mum.ask('photos', { count: here.length + there.length })
    for (const id of here) t.is(await mum.ask('read', { id, variant: 'original' }), BYTES)
    await mum.ask('left', {})
    await mum.kill()
    const dads = await made.open('Dad')
    await dads.ask('photos', { count: here.length + there.length })
    for (const id of there) t.is(await dads.ask('read', { id, variant: 'original' }), BYTES)
    t.alike(
      again.events.filter(({ type }) => type === 'trouble'),
      []
    )
  }
)
