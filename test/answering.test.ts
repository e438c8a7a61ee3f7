// Invites that another device than the one that made them answers: a family mirror, while the owners' devices are off.
import path from 'node:path'
import test, { type Assertions } from 'brittle'
import crypto from 'hypercore-crypto'
import type { Invite, InviteOptions, NetworkOption, Photo } from '../index.ts'
import { Log } from '../lib/log/log.ts'
import { decodeCode } from '../lib/membership/code.ts'
import { type MirrorEvent, runMirror } from '../lib/mirror/index.ts'
import { OP, decodeOp } from '../lib/schema/op.ts'
import { Album } from './plain.ts'
import { createNetwork, eventually, failureOf, joinAlbum, png, readAll, tmp } from './helpers.ts'

/** An owner's laptop and the family's mirror, on a network of their own; both are there, and know each other. */
class Household {
  readonly network: NetworkOption
  readonly #t: Assertions
  readonly #laptop: string
  readonly #box: string
  /** What the mirror said since it was started last. */
  events: MirrorEvent[] = []
  #stop: () => Promise<void> = async () => {}
  dad: Album

  private constructor(t: Assertions, network: NetworkOption, laptop: string, box: string, dad: Album) {
    this.#t = t
    this.network = network
    this.#laptop = laptop
    this.#box = box
    this.dad = dad
  }

  static async create(t: Assertions): Promise<Household> {
    const network = await createNetwork(t)
    const [laptop, box] = [path.join(tmp(t), 'album'), path.join(tmp(t), 'album')]
    const dad = await Album.create(laptop, { name: 'Our family', member: 'Dad', device: 'laptop', network })
    const one = new Household(t, network, laptop, box, dad)
    t.teardown(() => one.dad.close())
    const { code } = await dad.invites.create({ role: 'mirror' })
    one.startMirror(code)
    await one.mirrorIs('mirror')
    await eventually(() => one.mirrorId())
    return one
  }

  startMirror(code?: string): void {
    const controller = new AbortController()
    this.events = []
    const options = { network: this.network, device: 'box', interval: 500, signal: controller.signal }
    const ended = (async () => {
      for await (const event of runMirror(this.#box, code === undefined ? options : { ...options, code }))
        this.events.push(event)
    })()
    ended.catch(() => {})
    this.#stop = async () => {
      controller.abort()
      await ended.catch(() => {})
    }
    this.#t.teardown(this.#stop)
  }

  stopMirror(): Promise<void> {
    return this.#stop()
  }

  async mirrorIs(role: string): Promise<void> {
    await eventually(() => this.events.some((event) => event.type === 'health' && event.role === role))
  }

  /** Whom the mirror let in, as it says. */
  admitted(): string[] {
    return this.events.flatMap((event) =>
      event.type === 'admitted' ? [`${event.member.name}, ${event.device.name}`] : []
    )
  }

  async mirrorId(): Promise<string> {
    const member = (await this.dad.members.list()).find(({ role }) => role === 'mirror')
    return member?.devices[0]?.id ?? ''
  }

  /** An invite that the mirror answers, and knows. */
  async invite(options: InviteOptions = {}): Promise<Invite> {
    const made = await this.dad.invites.create({ answeredBy: await this.mirrorId(), ...options })
    await eventually(async () => (await this.dad.invites.get(made.id))?.ready)
    return made
  }

  /** Waits until the mirror holds a photo: a new one where none is given, so that it knows all that dad's laptop does. */
  async mirrorHas(photo?: Photo): Promise<void> {
    const [box, { id }] = [await this.mirrorId(), photo ?? (await this.dad.add(png(Math.random())))]
    await eventually(async () => (await this.dad.copies.of(id)).some(({ device }) => device.id === box))
  }

  async open(): Promise<Album> {
    this.dad = await Album.open(this.#laptop, { network: this.network })
    return this.dad
  }

  /** Joins in a new folder. */
  async join(code: string, member = 'Grandma', options: { timeout?: number } = {}): Promise<Album> {
    const who = { member, device: 'phone', network: this.network }
    const album = await Album.join(tmp(this.#t), code, { timeout: 25_000, ...who, ...options })
    this.#t.teardown(() => album.close())
    return album
  }
}

/** Hears all that devices write, until what it returns is called. */
function listen(hear: (ops: Uint8Array[]) => void): () => void {
  const append = Log.prototype.append
  Log.prototype.append = function (ops) {
    hear(ops)
    return append.call(this, ops)
  }
  return () => void (Log.prototype.append = append)
}

test('the mirror lets somebody in while the owner is away, who adds photos that the owner sees', async (t) => {
  const home = await Household.create(t)
  const { dad } = home
  const before = await dad.add(png('before'))
  await home.mirrorHas(before)
  const { id, code } = await home.invite()
  const { answeredBy, ready } = (await dad.invites.get(id)) as Invite
  t.alike([answeredBy?.name, ready], ['box', true], 'the laptop may be shut')
  await dad.close()

  const joined = await home.join(code)
  t.is((await joined.members.me())?.role, 'contributor')
  t.alike(await readAll(joined, before), Buffer.from(png('before')), 'the album is there')
  const photo = await joined.add(png('from grandma'))
  await eventually(() => home.admitted().length > 0)
  t.alike(home.admitted(), ['Grandma, phone'], 'the mirror says so')
  await eventually(async () => (await joined.copies.of(photo.id)).some(({ device }) => device.name === 'box'))
  await joined.close()

  const again = await home.open()
  await eventually(() => again.get(photo.id))
  t.alike(await readAll(again, photo), Buffer.from(png('from grandma')))
  t.is((await again.members.list()).map(({ name }) => name).join(), 'Dad,Mirror,Grandma')
  t.is((await again.invites.get(id))?.used, 1)
})

test('of two who race for a one-use invite at the mirror exactly one joins', async (t) => {
  const home = await Household.create(t)
  const { id, code } = await home.invite()
  // The maker's own device is there too, and keeps out of it.
  const outcomes = await Promise.all(['Ann', 'Bob'].map((name) => failureOf(home.join(code, name))))
  t.alike(outcomes.sort(), ['INVITE_USED', 'resolved'])
  await eventually(async () => (await home.dad.invites.get(id))?.used === 1)
  t.is((await home.dad.members.list()).length, 3)
  t.is(home.admitted().length, 1)
})

test('whoever made an invite that the mirror answers does not answer it; the mirror does when it is started again', async (t) => {
  const home = await Household.create(t)
  // The request of whoever gives up waits in the DHT, and may be answered first.
  const { code } = await home.invite({ role: 'viewer', uses: 2 })
  await home.stopMirror()
  t.is(await failureOf(home.join(code, 'Ann', { timeout: 2000 })), 'TIMEOUT')
  t.is((await home.dad.members.list()).length, 2)
  await home.dad.close()
  home.startMirror()
  const joined = await home.join(code)
  t.is((await joined.members.me())?.role, 'viewer')
})

test('who asks before the mirror has heard of the invite is let in when it has', async (t) => {
  const home = await Household.create(t)
  const { dad } = home
  const answeredBy = await home.mirrorId()
  await home.invite({ uses: 0 })
  await home.stopMirror()
  const { code, ready } = await dad.invites.create({ answeredBy })
  t.is(ready, false)
  await dad.close()
  home.startMirror()
  await home.mirrorIs('mirror')
  const joining = home.join(code)
  await new Promise((resolve) => setTimeout(resolve, 1000))
  t.is(home.admitted().length, 0)
  await home.open()
  t.ok((await joining).writable)
})

test('an invite that was revoked is refused by the mirror; who had joined by it stays', async (t) => {
  const home = await Household.create(t)
  const { dad } = home
  const { id, code } = await home.invite({ uses: 2 })
  const joined = await home.join(code)
  await dad.invites.revoke(id)
  await home.mirrorHas()
  await dad.close()
  t.is(await failureOf(home.join(code, 'Ann')), 'INVITE_REJECTED')
  t.is((await joined.members.list()).length, 3)
  const photo = await joined.add(png('still here'))
  const again = await home.open()
  await eventually(() => again.get(photo.id))
})

test('an invite that expires while its maker is away is refused by the mirror', async (t) => {
  const home = await Household.create(t)
  // Codes carry whole seconds.
  const { code, expiresAt } = await home.invite({ expires: 4000 })
  await home.dad.close()
  await home.stopMirror()
  const asking = failureOf(home.join(code))
  await new Promise((resolve) => setTimeout(resolve, Date.parse(expiresAt ?? '') - Date.now() + 50))
  home.startMirror()
  t.is(await asking, 'INVITE_EXPIRED')
})

test('when the mirror is removed nobody joins by what it was to answer, and those it let in stay', async (t) => {
  const home = await Household.create(t)
  const { dad } = home
  const { id, code } = await home.invite({ uses: 0 })
  const joined = await home.join(code)
  const member = (await dad.members.list()).find(({ role }) => role === 'mirror')
  await dad.members.remove(member?.id ?? '')
  t.is((await dad.invites.get(id))?.answeredBy, null)
  t.is(await failureOf(home.join(code, 'Ann')), 'INVITE_REJECTED', 'by whoever made it')
  const photo = await joined.add(png('still here'))
  await eventually(() => dad.get(photo.id))
  t.is((await dad.members.list()).filter(({ removed }) => !removed).length, 2)
})

test('an invite whose maker is no owner any more is refused by the mirror, which writes nothing about it', async (t) => {
  const home = await Household.create(t)
  const { dad } = home
  const mum = await joinAlbum(t, dad, home.network, { member: 'Mum', invite: { role: 'owner' } })
  const { id, code } = await mum.invites.create({ answeredBy: await home.mirrorId() })
  await eventually(async () => (await dad.invites.get(id))?.ready)
  await dad.members.setRole(mum.me, 'contributor')
  t.is((await dad.invites.get(id))?.answeredBy, null)
  await home.mirrorHas()
  const written: Uint8Array[] = []
  t.teardown(listen((ops) => written.push(...ops)))
  t.is(await failureOf(home.join(code)), 'INVITE_REJECTED')
  t.alike(
    written.filter((op) => decodeOp(op)?.type === OP.admit),
    []
  )
})

test('a mirror that was removed before it has heard so lets nobody into the album', async (t) => {
  const home = await Household.create(t)
  const { dad } = home
  const { code } = await home.invite()
  await home.stopMirror()
  const member = (await dad.members.list()).find(({ role }) => role === 'mirror')
  await dad.members.remove(member?.id ?? '')
  await dad.close()
  home.startMirror()
  const joined = await home.join(code, 'Eve')
  const mine = await joined.add(png('from eve'))
  const again = await home.open()
  const photo = await again.add(png('not for eve'))
  await eventually(() => !joined.writable)
  t.is(await joined.get(photo.id), null)
  t.is(await again.get(mine.id), null)
  t.is((await again.members.list()).length, 2)
})

test('a mirror lets somebody in by an invite that had been revoked: they get nothing from when it has heard so', async (t) => {
  const home = await Household.create(t)
  const { dad } = home
  const { id, code } = await home.invite()
  await home.stopMirror()
  await dad.invites.revoke(id)
  await dad.close()
  home.startMirror()
  const joined = await home.join(code, 'Eve')
  const mine = await joined.add(png('from eve'))
  const again = await home.open()
  await eventually(async () => !joined.writable && (await joined.status()).peers.length === 0)
  await home.mirrorHas()
  const late = await again.add(png('not for eve'))
  await home.mirrorHas()
  t.is(await joined.get(late.id), null)
  t.is(await again.get(mine.id), null)
  t.is((await again.members.list()).length, 2)
})

test('who was let in by the mirror is let in a week later by those who have not heard of it, while nobody else is there', async (t) => {
  const home = await Household.create(t)
  const { dad } = home
  const folder = path.join(tmp(t), 'album')
  const { code: mums } = await dad.invites.create()
  const who = { member: 'Mum', network: home.network, timeout: 25_000 }
  const mum = await Album.join(folder, mums, who)
  t.teardown(() => mum.close())
  const { id, code } = await home.invite({ uses: 2 })
  await eventually(() => mum.invites.get(id))
  await mum.close()
  await dad.close()
  const joined = await home.join(code)
  const photo = await joined.add(png('from grandma'))
  await home.stopMirror()

  // The invite has expired meanwhile.
  const { now } = Date
  Date.now = () => now() + 8 * 86_400_000
  t.teardown(() => void (Date.now = now))
  const again = await Album.open(folder, { network: home.network })
  t.teardown(() => again.close())
  await eventually(() => again.get(photo.id))
  t.alike(await readAll(again, photo), Buffer.from(png('from grandma')))
  t.ok((await again.members.list()).some(({ name }) => name === 'Grandma'))
})

test('what may not be handed over is refused, and nothing is written', async (t) => {
  const home = await Household.create(t)
  const { dad } = home
  const answeredBy = await home.mirrorId()
  const mum = await joinAlbum(t, dad, home.network, { member: 'Mum', invite: { role: 'owner' } })
  const kid = await joinAlbum(t, dad, home.network, { member: 'Kid' })
  await eventually(async () => (await dad.members.list()).length === 4)
  const count = (await dad.invites.list()).length
  const refused = async (options: InviteOptions, by = dad): Promise<string> =>
    failureOf(by.invites.create({ answeredBy, ...options }))
  t.is(await refused({ approval: true }), 'BAD_ARGUMENT')
  t.is(await refused({ role: 'owner' }), 'FORBIDDEN')
  t.is(await refused({ answeredBy: 'ff'.repeat(32) }), 'NOT_FOUND')
  t.is(await refused({ answeredBy: 'box' }), 'NOT_FOUND')
  t.is(await refused({}, kid), 'FORBIDDEN')
  t.is((await dad.invites.list()).length, count)

  const [mums, mine] = await Promise.all(
    [mum, dad].map(async (one) => (await one.members.me())?.devices[0]?.id ?? '')
  )
  const byMum = await dad.invites.create({ role: 'owner', answeredBy: mums as string })
  t.is(byMum.answeredBy?.name, 'phone', 'an owner answers for another')
  const own = await dad.invites.create({ answeredBy: mine as string, approval: true })
  t.is(own.answeredBy?.name, 'laptop', 'its own device is who answers anyway')
})

test('the seed of an invite that another device answers stands nowhere in the log in clear', async (t) => {
  const written: Uint8Array[] = []
  t.teardown(listen((ops) => written.push(...ops)))
  const home = await Household.create(t)
  const { code } = await home.invite()
  await home.join(code)
  await home.dad.close()
  const { decoded } = decodeCode(code)
  const all = Buffer.concat(written)
  t.ok(all.includes(Buffer.from(decoded.id)), 'the invite does')
  t.absent(all.includes(Buffer.from(decoded.seed)))
  const secret = crypto.keyPair(decoded.seed).secretKey
  t.absent(all.includes(Buffer.from(secret.subarray(0, 32))))
})
