import test, { type Assertions } from 'brittle'
import c from 'compact-encoding'
import Corestore from 'corestore'
import Hypercore from 'hypercore'
import type { KeyPair, NoiseStream } from 'hypercore'
import crypto from 'hypercore-crypto'
import Hyperswarm from 'hyperswarm'
import Protomux, { type Channel } from 'protomux'
import ProtomuxWakeup from 'protomux-wakeup'
import { Album } from './plain.ts'
import type { Photo } from '../index.ts'
import { askToJoin, candidateData } from '../lib/membership/candidate.ts'
import { decodeCode } from '../lib/membership/code.ts'
import { Swarm } from '../lib/network/swarm.ts'
import { type In, encode } from '../lib/schema/codec.ts'
import { certificateStatement } from '../lib/view/identity.ts'
import { createAlbum, createNetwork, eventually, failureOf, joinAlbum, png, tmp } from './helpers.ts'
import { type Insider, openInside } from './insider.ts'

/** What takes part in the wake-up messages of those who know a key (protomux-wakeup 2.9). */
interface WakeupSession {
  peers: unknown[]
  broadcastLookup(request: object): void
}

interface Wakeup {
  session(key: Uint8Array, handlers: { discoveryKey: Uint8Array; onannounce(): void }): WakeupSession
}

const PROTOCOL = 'hyperalbum/gate/1'
const [NS_PASS] = crypto.namespace(PROTOCOL, 1) as [Uint8Array]

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))

const arrived = async (album: Album, ...photos: Photo[]): Promise<void> => {
  for (const photo of photos) await eventually(() => album.get(photo.id))
}

const has = async ({ session }: Insider, photo: Photo): Promise<boolean> =>
  (await session.queries.rows((rows) => rows.place(Buffer.from(photo.id, 'hex')))) !== null

// ---- a stranger who has all keys of the album, and no place in it

class Thief {
  /** Messages that say who has written what. */
  announcements = 0
  readonly #key: Uint8Array
  readonly #store: Corestore
  readonly #wakeup = new ProtomuxWakeup()
  readonly #session: WakeupSession

  constructor(t: Assertions, { key, discoveryKey }: { key: Uint8Array; discoveryKey: Uint8Array }) {
    this.#key = key
    this.#store = new Corestore(tmp(t))
    const handlers = { discoveryKey, onannounce: () => this.announcements++ }
    this.#session = (this.#wakeup as unknown as Wakeup).session(key, handlers)
    t.teardown(async () => {
      this.#wakeup.destroy()
      await this.#store.close()
    })
  }

  /** Asks for everything on a connection; resolves to how many blocks of the founder's core are to be had. */
  async ask(stream: NoiseStream): Promise<number> {
    this.#store.replicate(stream)
    this.#wakeup.addStream(stream)
    const core = this.#store.get({ key: this.#key })
    await core.ready()
    for (let i = 0; i < 8 && core.length === 0; i++) {
      await pause(100)
      this.#session.broadcastLookup({})
    }
    return core.length
  }

  get listeners(): number {
    return this.#session.peers.length
  }
}

test('a stranger who knows the topic and the album’s keys gets no block and no wake-up message', async (t) => {
  const network = await createNetwork(t)
  const folder = tmp(t)
  const album = await Album.create(folder, { name: 'Our family', member: 'Dad', network })
  t.teardown(() => album.close())
  await album.add(png(1))
  await album.invites.create()

  const thief = new Thief(t, album)
  const swarm = new Hyperswarm({ bootstrap: network.bootstrap })
  t.teardown(() => swarm.destroy())
  const connected = new Promise<NoiseStream>((resolve) => swarm.on('connection', resolve))
  swarm.join(album.discoveryKey, { server: true, client: true })
  t.is(await thief.ask(await connected), 0, 'no block')
  t.is(thief.listeners, 0)
  t.is(thief.announcements, 0)
  t.alike((await album.status()).peers, [])

  // Past the gate the same attempts get something.
  await album.close()
  const { session } = await openInside(t, folder)
  const [left, right] = [Hypercore.createProtocolStream(true), Hypercore.createProtocolStream(false)]
  left.pipe(right).pipe(left)
  session.store.replicate(right.noiseStream)
  session.log.attach(right.noiseStream)
  t.ok((await thief.ask(left.noiseStream)) > 0, 'only the gate kept the blocks back')
  await eventually(() => thief.listeners > 0)
  left.destroy()
})

// ---- somebody at the gate

/** Stands at an album's gate, over a stream of one's own, and shows passes. */
class Visitor {
  accepted = false
  /** The pass that the album's device shows. */
  readonly pass: Promise<Uint8Array>
  readonly #stream: NoiseStream
  readonly #channel: Channel
  readonly #key: Uint8Array

  constructor(t: Assertions, album: Album) {
    const theirs = album.replicate(false) as unknown as NoiseStream
    const mine = Hypercore.createProtocolStream(true)
    mine.pipe(theirs).pipe(mine)
    t.teardown(() => mine.destroy(), { order: -1 })
    this.#stream = mine.noiseStream
    this.#key = album.key
    let show: (pass: Uint8Array) => void
    this.pass = new Promise((resolve) => (show = resolve))
    this.#channel = Protomux.from(this.#stream).createChannel({
      protocol: PROTOCOL,
      id: album.discoveryKey,
      messages: [
        { encoding: c.buffer, onmessage: (pass) => show(pass) },
        { encoding: c.buffer, onmessage: () => (this.accepted = true) },
        { encoding: c.buffer, onmessage: () => {} }
      ]
    }) as Channel
    this.#channel.open()
  }

  /** A pass for this connection by these keys. */
  async sign(identity: KeyPair, more: Partial<In['pass']> = {}): Promise<Uint8Array> {
    await this.#stream.opened
    const side = Buffer.from([1])
    const statement = crypto.hash([NS_PASS, this.#key, this.#stream.handshakeHash as Uint8Array, side])
    const signature = crypto.sign(statement, identity.secretKey)
    return encode('pass', { identity: identity.publicKey, signature, ...more })
  }

  show(pass: Uint8Array): void {
    this.#channel.messages[0]?.send(pass)
    // As if the album's device had been let in here.
    this.#channel.messages[1]?.send(new Uint8Array(0))
  }

  /** Says that the album's device was removed. */
  dismiss(): void {
    this.#channel.messages[2]?.send(new Uint8Array(0))
  }

  /** Whether a pass opens the gate. */
  async opens(pass: Uint8Array): Promise<boolean> {
    this.show(pass)
    await pause(100)
    return this.accepted
  }
}

/** The keys of a device and how it was admitted, from its folder. */
async function keysIn(t: Assertions, folder: string): Promise<Insider['session']['keys']> {
  const { session } = await openInside(t, folder)
  const { keys } = session
  await session.close()
  return keys
}

test('a pass is worth nothing on another connection, and a certificate only by a current device', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const folders: Record<string, string> = { mum: tmp(t), uncle: tmp(t) }
  const joined: Album[] = []
  for (const member of ['mum', 'uncle']) {
    const { code } = await dad.invites.create()
    const album = await Album.join(folders[member] as string, code, { member, network, timeout: 20_000 })
    t.teardown(() => album.close())
    joined.push(album)
  }
  const [mum, uncle] = joined as [Album, Album]
  await dad.members.remove(uncle.me)
  const mumsPass = await new Visitor(t, mum).pass
  await Promise.all([mum.close(), uncle.close()])
  const keys = {
    mum: (await keysIn(t, folders.mum as string)).identity,
    uncle: (await keysIn(t, folders.uncle as string)).identity
  }

  // One that dad's device has not heard of.
  const newer = crypto.randomBytes(32)
  const dads = Buffer.from((await dad.invites.create()).id, 'hex')
  const certified = (
    identity: Uint8Array,
    issuer: KeyPair,
    { album = dad.key, certifiedAt = Date.now(), invite = newer } = {}
  ): Partial<In['pass']> => ({
    issuer: issuer.publicKey,
    certifiedAt,
    invite,
    certificate: crypto.sign(certificateStatement(album, identity, certifiedAt, invite), issuer.secretKey)
  })
  const long = Date.now() - 31 * 86_400_000
  const fresh = crypto.keyPair()
  const nobody = crypto.keyPair()
  const attempts: Record<string, (visitor: Visitor) => Promise<Uint8Array>> = {
    'Mum’s pass from another connection': async () => mumsPass,
    'the gate’s own pass, given back': (visitor) => visitor.pass,
    'Mum’s name, signed by somebody else': (visitor) =>
      visitor.sign({ publicKey: keys.mum.publicKey, secretKey: nobody.secretKey }),
    'nobody we know': (visitor) => visitor.sign(fresh),
    'a removed device': (visitor) => visitor.sign(keys.uncle),
    'a removed device with a certificate': (visitor) =>
      visitor.sign(keys.uncle, certified(keys.uncle.publicKey, keys.mum)),
    'certified by itself': (visitor) => visitor.sign(fresh, certified(fresh.publicKey, fresh)),
    'certified by nobody we know': (visitor) => visitor.sign(fresh, certified(fresh.publicKey, nobody)),
    'certified by a removed device': (visitor) => visitor.sign(fresh, certified(fresh.publicKey, keys.uncle)),
    'with the certificate of another': (visitor) =>
      visitor.sign(fresh, certified(nobody.publicKey, keys.mum)),
    'certified for another album': (visitor) =>
      visitor.sign(fresh, certified(fresh.publicKey, keys.mum, { album: crypto.randomBytes(32) })),
    'certified too long ago': (visitor) =>
      visitor.sign(fresh, certified(fresh.publicKey, keys.mum, { certifiedAt: long })),
    'certified long ago, with a new date': (visitor) =>
      visitor.sign(fresh, {
        ...certified(fresh.publicKey, keys.mum, { certifiedAt: long }),
        certifiedAt: Date.now()
      }),
    'certified by an invite that its certifier does not answer': (visitor) =>
      visitor.sign(fresh, certified(fresh.publicKey, keys.mum, { invite: dads })),
    'an issuer without a certificate': (visitor) => visitor.sign(fresh, { issuer: keys.mum.publicKey }),
    garbage: async () => crypto.randomBytes(120)
  }
  await Promise.all(
    Object.entries(attempts).map(async ([name, attempt]) => {
      const visitor = new Visitor(t, dad)
      t.is(await visitor.opens(await attempt(visitor)), false, name)
    })
  )
  t.alike((await dad.status()).peers, [])

  const genuine: Record<string, (visitor: Visitor) => Promise<Uint8Array>> = {
    'a current device': (visitor) => visitor.sign(keys.mum),
    'a device that a current one certified': (visitor) =>
      visitor.sign(fresh, certified(fresh.publicKey, keys.mum))
  }
  for (const [name, attempt] of Object.entries(genuine)) {
    const visitor = new Visitor(t, dad)
    t.is(await visitor.opens(crypto.randomBytes(99)), false)
    t.is(await visitor.opens(await attempt(visitor)), true, name)
  }
})

test('a member cannot get a second identity certified, under which it would outlive its removal', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const folder = tmp(t)
  const { code } = await dad.invites.create()
  const uncle = await Album.join(folder, code, { member: 'Uncle', network, timeout: 20_000 })
  await uncle.close()
  const keys = await keysIn(t, folder)
  const invite = decodeCode(code)
  const asking = async (as: typeof keys): Promise<unknown> => {
    const swarm = (await Swarm.open(network, crypto.keyPair())) as Swarm
    t.teardown(() => swarm.close())
    return askToJoin(swarm, invite, candidateData(invite, as, 'Uncle', 'phone'), as, { timeout: 10_000 })
  }
  t.ok(await asking(keys), 'a lost answer is given again')
  t.is(await failureOf(asking({ ...keys, identity: crypto.keyPair() })), 'INVITE_REJECTED')
  t.is(await failureOf(asking({ ...keys, box: crypto.keyPair() })), 'INVITE_REJECTED')
})

test('a removed device is disconnected at once, gets nothing afterwards, and may be invited again', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const folder = tmp(t)
  const { code } = await dad.invites.create()
  const swarm = new Hyperswarm({ bootstrap: network.bootstrap })
  t.teardown(() => swarm.destroy(), { order: 100 })
  const joined = await Album.join(folder, code, { member: 'Uncle', network: { swarm }, timeout: 20_000 })
  const { me } = joined
  await joined.close()
  const uncle = await openInside(t, folder, { swarm })
  await eventually(() => uncle.session.present().length > 0)
  const [connection] = [...swarm.connections]
  const before = await dad.add(png('before'))
  await eventually(() => has(uncle, before))

  const cut = new Promise<number>((resolve) => connection?.on('close', () => resolve(Date.now())))
  await dad.members.remove(me)
  const removed = Date.now()
  const took = (await cut) - removed
  t.ok(took < 300, `cut ${took} ms after the removal resolved`)
  const after = await dad.add(png('after'))

  // A modified client asks past its own gate on every connection it gets.
  let asked = 0
  const ask = (stream: NoiseStream): void => {
    asked++
    uncle.session.store.replicate(stream)
    uncle.session.log.attach(stream)
  }
  swarm.on('connection', ask)
  for (const stream of swarm.connections) ask(stream)
  await eventually(() => asked > 0)
  await pause(1000)
  t.is(await has(uncle, after), false)
  t.alike((await dad.status()).peers, [])

  await uncle.session.close()
  const again = await dad.invites.create()
  const back = await Album.join(tmp(t), again.code, { member: 'Uncle', network: { swarm }, timeout: 20_000 })
  t.teardown(() => back.close())
  await arrived(back, after)
  t.not(back.me, me)
})

test('a device that was removed while it was away is told when it comes back', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const folder = tmp(t)
  const { code } = await dad.invites.create()
  const uncle = await Album.join(folder, code, { member: 'Uncle', network, timeout: 20_000 })
  const photo = await uncle.add(png('uncle'))
  const { me } = uncle
  await arrived(dad, photo)
  await uncle.close()
  await dad.members.remove(me)

  const back = await Album.open(folder, { network })
  t.teardown(() => back.close())
  await eventually(() => !back.writable)
  t.is(await failureOf(back.add(png('late'))), 'REMOVED')
  t.is(await failureOf(back.edit(photo.id, { favourite: true })), 'REMOVED')
  t.is(back.me, '')
  t.is((await back.get(photo.id))?.by.name, 'Uncle', 'what it has stays readable')
  t.alike((await dad.status()).peers, [])
})

test('that this device was removed is believed of an owner’s device only, while it is one', async (t) => {
  const network = await createNetwork(t)
  const dadsFolder = tmp(t)
  const dad = await Album.create(dadsFolder, { name: 'Our family', member: 'Dad', network })
  const folders = [tmp(t), tmp(t)] as const
  for (const [i, folder] of folders.entries()) {
    const { code } = await dad.invites.create({ role: i === 0 ? 'contributor' : 'owner' })
    const joined = await Album.join(folder, code, { member: `Member ${i}`, network, timeout: 20_000 })
    await joined.close()
  }
  const mum = await joinAlbum(t, dad, network, { member: 'Mum' })
  await eventually(async () => (await mum.members.list()).length === 4)
  const [contributor, owner] = [await keysIn(t, folders[0]), await keysIn(t, folders[1])]

  const saidBy = async (identity: KeyPair): Promise<boolean> => {
    const visitor = new Visitor(t, mum)
    visitor.show(await visitor.sign(identity))
    visitor.dismiss()
    await pause(100)
    return mum.writable
  }
  t.is(await saidBy(crypto.keyPair()), true, 'a stranger')
  t.is(await saidBy(contributor.identity), true, 'a contributor')
  t.is(await saidBy(owner.identity), false, 'an owner')
  t.is(await failureOf(mum.add(png(1))), 'REMOVED')

  // Whoever said so was removed in turn.
  const second = (await dad.members.list()).find(({ name }) => name === 'Member 1')
  await dad.members.remove(second?.id ?? '')
  await eventually(() => mum.writable)
  t.ok(await mum.add(png(1)))
  await dad.close()
})

test('a device that an old view does not know comes in by its certificate', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const mumsFolder = tmp(t)
  const { code } = await dad.invites.create()
  const mum = await Album.join(mumsFolder, code, { member: 'Mum', network, timeout: 20_000 })
  await mum.close()

  // Mum is away while Kid joins; then Dad is away.
  const kid = await joinAlbum(t, dad, network, { member: 'Kid' })
  const photo = await kid.add(png('kid'))
  await dad.close()
  const back = await Album.open(mumsFolder, { network })
  t.teardown(() => back.close())
  await arrived(back, photo)
  await eventually(async () => (await back.status()).peers.some(({ member }) => member === 'Kid'))
})

test('a device whose index lies with others gets it though whoever admitted it is gone', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const mum = await joinAlbum(t, dad, network, { member: 'Mum', invite: { role: 'owner' } })
  const folder = tmp(t)
  const { code } = await mum.invites.create()
  const kid = await Album.join(folder, code, { member: 'Kid', network, timeout: 20_000 })
  await eventually(async () => (await dad.members.list()).length === 3)
  await Promise.all([kid.close(), mum.close()])

  // As after a fast-forward that was cut short: what Kid knows is there, what it says is not.
  const { session } = await openInside(t, folder)
  const { key } = session.log.view.core
  await session.close()
  const store = new Corestore(folder)
  const core = store.get({ key })
  await core.ready()
  await core.clear(0, core.length)
  await store.close()

  const photo = await dad.add(png('late'))
  const again = await Album.open(folder, { network })
  t.teardown(() => again.close())
  await eventually(() => again.get(photo.id).catch(() => null))
  t.is((await again.status()).photos, 1)
})
