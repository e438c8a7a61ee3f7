import path from 'node:path'
import test, { type Assertions } from 'brittle'
import b4a from 'b4a'
import { Album } from './plain.ts'
import type { InviteOptions, Photo } from '../index.ts'
import { sourcesOf } from '../lib/drives/sources.ts'
import { unseal } from '../lib/log/keychain.ts'
import { fromHex } from '../lib/util/hex.ts'
import { decryptWith } from '../lib/util/sealing.ts'
import { blobsKeyOf } from '../lib/view/identity.ts'
import { parse, range } from '../lib/view/keys.ts'
import { Rows } from '../lib/view/rows.ts'
import { forger, invitation, op, random, receipt } from './forge.ts'
import { connect, createNetwork, eventually, failureOf, png, readAll, tmp } from './helpers.ts'
import { type Insider, connectUngated, openInside } from './insider.ts'

/** A family whose devices are offline: who meets whom is up to the test. */
class Family {
  readonly #home: string
  readonly #albums = new Map<string, Album>()

  private constructor(t: Assertions) {
    this.#home = tmp(t)
    t.teardown(() => Promise.all([...this.#albums.values()].map((album) => album.close())))
  }

  /** Dad founds an album and lets the others in, in this order. */
  static async of(t: Assertions, members: Record<string, InviteOptions['role']>): Promise<Family> {
    const family = new Family(t)
    const network = await createNetwork(t)
    const founder = await Album.create(family.folder('Dad'), { name: 'Our family', member: 'Dad', network })
    const joined = [founder]
    for (const [member, role] of Object.entries(members)) {
      const { code } = await founder.invites.create({ role: role ?? 'contributor' })
      joined.push(await Album.join(family.folder(member), code, { member, network, timeout: 20_000 }))
    }
    await eventually(async () => {
      const all = await Promise.all(joined.map(async (album) => (await album.members.list()).length))
      return all.every((count) => count === joined.length)
    })
    await Promise.all(joined.map((album) => album.close()))
    return family
  }

  folder(name: string): string {
    return path.join(this.#home, name)
  }

  /** Somebody's album, open and connected to nobody. */
  async open(name: string): Promise<Album> {
    const open = this.#albums.get(name)
    if (open && !open.closed) return open
    const album = await Album.open(this.folder(name), { network: false })
    this.#albums.set(name, album)
    return album
  }

  async close(...names: string[]): Promise<void> {
    await Promise.all(names.map(async (name) => (await this.open(name)).close()))
  }

  /** Somebody new, let in by the first of those who are online. */
  async welcome(t: Assertions, ...online: string[]): Promise<Album> {
    const network = await createNetwork(t)
    const albums = await Promise.all(online.map((name) => Album.open(this.folder(name), { network })))
    const { code } = await (albums[0] as Album).invites.create({ role: 'viewer' })
    const joiner = await Album.join(tmp(t), code, { member: 'Late', network, timeout: 20_000 })
    t.teardown(() => Promise.all([joiner, ...albums].map((album) => album.close())))
    return joiner
  }

  async id(name: string): Promise<string> {
    const members = await (await this.open('Dad')).members.list()
    return members.find((member) => member.name === name)?.id ?? ''
  }
}

const arrived = async (album: Album, ...photos: Photo[]): Promise<void> => {
  for (const photo of photos) await eventually(() => album.get(photo.id))
}

const isOut = async (album: Album, id: string): Promise<void> => {
  await eventually(async () => (await album.members.get(id))?.removed)
}

async function canRead(album: Album, photo: Photo, seed: string): Promise<boolean> {
  return (await readAll(album, photo)).equals(png(seed))
}

// ---- what somebody with a device's whole folder can do

/** Every 32 bytes that a device has or can get out of what it has: keys to try. */
async function keysOf({ session }: Insider): Promise<Uint8Array[]> {
  const { queries, keychain, keys, log } = session
  const found = new Map<string, Uint8Array>()
  const add = (key: Uint8Array | null): void => {
    if (key?.byteLength === 32) found.set(b4a.toString(key, 'hex'), key)
  }
  add(log.encryptionKey)
  for (const kind of ['epoch', 'admission', 'invite-seed']) {
    for (const { value } of await keychain.list(kind)) add(value)
  }
  for (const { secretKey } of [keys.identity, keys.writer, keys.box]) add(secretKey.subarray(0, 32))
  await queries.at(async (bee) => {
    for await (const row of bee.createReadStream(range.epochs())) {
      add(await session.epochs.key(parse.id(row.key)))
    }
    // All boxes, whoever they are for.
    for await (const { value } of bee.createReadStream({ gte: b4a.from([9]), lt: b4a.from([10]) })) {
      add(unseal(value, keys.box))
    }
    // All links, under each key there is, until nothing new comes out.
    const links: Uint8Array[] = []
    for await (const { value } of bee.createReadStream(range.allLinks())) links.push(value)
    let before = 0
    while (found.size > before) {
      before = found.size
      for (const link of links) for (const key of Array.from(found.values())) add(decryptWith(link, key))
    }
  })
  return [...found.values()]
}

/** The blocks of a photo as they come out under a key, with everything of the core fetched to this device. */
async function plainBlocks(insider: Insider, photo: Photo, key: Uint8Array | null): Promise<Buffer> {
  const { queries } = insider.session
  const found = await queries.rows((rows: Rows) => rows.record(fromHex(photo.id, 32) as Uint8Array))
  if (!found) throw new Error('The index does not have this photo')
  const [source] = sourcesOf(found.record.contributions, await queries.cast(), 'original')
  if (!source) throw new Error('The photo lies nowhere')
  const core = insider.session.store.get({ key: blobsKeyOf(source.publicKey), encryptionKey: key })
  await core.ready()
  const { blockOffset, blockLength } = source.pointer
  const blocks: Uint8Array[] = []
  for (let i = blockOffset; i < blockOffset + blockLength; i++) {
    blocks.push((await core.get(i, { timeout: 5000 })) as Uint8Array)
  }
  await core.close()
  return Buffer.concat(blocks)
}

/** Whether any key that a device has or can get opens a photo whose blocks it has been handed. */
async function canOpen(insider: Insider, photo: Photo, seed: string): Promise<boolean> {
  const cipher = await plainBlocks(insider, photo, null)
  const plain = Buffer.from(png(seed))
  if (cipher.length < plain.length || cipher.includes(plain.subarray(0, 40))) throw new Error('Not encrypted')
  for (const key of await keysOf(insider)) {
    const bytes = await plainBlocks(insider, photo, key).catch(() => Buffer.alloc(0))
    if (bytes.includes(plain)) return true
  }
  return false
}

test('what is added after a removal cannot be read with anything that the removed device has', async (t) => {
  const family = await Family.of(t, { Mum: 'contributor', Uncle: 'contributor' })
  const [dad, mum, uncle] = [await family.open('Dad'), await family.open('Mum'), await family.open('Uncle')]
  const cables = [connect(dad, mum), connect(dad, uncle), connect(mum, uncle)]
  const before = await mum.add(png('before'))
  const own = await uncle.add(png('uncle’s own'))
  await arrived(uncle, before)
  await arrived(dad, before, own)
  t.ok(await canRead(uncle, before, 'before'))
  await dad.members.remove(await family.id('Uncle'))
  await isOut(mum, await family.id('Uncle'))
  for (const cut of cables) cut()

  connect(dad, mum)
  const after = await mum.add(png('after'))
  const dads = await dad.add(png('dad after'))
  await arrived(dad, after)
  await arrived(mum, dads)
  t.ok(await canRead(dad, after, 'after'), 'Dad reads it')
  t.ok(await canRead(mum, dads, 'dad after'), 'Mum reads it')
  t.ok(await canRead(uncle, before, 'before'), 'what was there stays readable')
  await family.close('Dad', 'Mum', 'Uncle')

  // Somebody hands him everything: the whole log, and the blocks of the new drives.
  const thief = await openInside(t, family.folder('Uncle'))
  const accomplice = await openInside(t, family.folder('Mum'))
  const stop = connectUngated(thief, accomplice)
  await eventually(async () =>
    thief.session.queries.rows((rows) => rows.record(fromHex(after.id, 32) as Uint8Array))
  )
  await eventually(async () =>
    thief.session.queries.rows((rows) => rows.record(fromHex(dads.id, 32) as Uint8Array))
  )

  // The same attempts succeed for her, and for him with what was there before.
  t.is(await canOpen(accomplice, after, 'after'), true)
  t.is(await canOpen(accomplice, dads, 'dad after'), true)
  t.is(await canOpen(thief, before, 'before'), true)
  t.is(await canOpen(thief, own, 'uncle’s own'), true)

  t.is(await canOpen(thief, after, 'after'), false)
  t.is(await canOpen(thief, dads, 'dad after'), false)
  const { epoch } = (await thief.session.queries.cast()).album
  t.is(await thief.session.epochs.key(epoch as Uint8Array), null)
  stop()
})

test('members who were away during a removal read what came after it', async (t) => {
  const family = await Family.of(t, { Mum: 'contributor', Uncle: 'contributor', Kid: 'viewer' })
  const [dad, mum] = [await family.open('Dad'), await family.open('Mum')]
  const cut = connect(dad, mum)
  await dad.members.remove(await family.id('Uncle'))
  const photo = await dad.add(png('after'))
  await arrived(mum, photo)
  cut()
  await family.close('Dad')

  // Kid hears of it from Mum alone; what Mum has never opened is with Dad.
  const kid = await family.open('Kid')
  connect(mum, kid)
  await arrived(kid, photo)
  const mums = await mum.add(png('mum after'))
  await arrived(kid, mums)
  t.ok(await canRead(kid, mums, 'mum after'))
  connect(kid, await family.open('Dad'))
  t.ok(await canRead(kid, photo, 'after'))
})

test('a joiner after several removals reads all older photos', async (t) => {
  const family = await Family.of(t, { Ann: 'contributor', Bob: 'contributor', Mum: 'contributor' })
  const [dad, mum] = [await family.open('Dad'), await family.open('Mum')]
  connect(dad, mum)
  const photos: [Photo, string][] = [[await mum.add(png('epoch 1')), 'epoch 1']]
  for (const [i, name] of ['Ann', 'Bob'].entries()) {
    await dad.members.remove(await family.id(name))
    await isOut(mum, await family.id(name))
    for (const [album, whose] of [
      [mum, 'mum'],
      [dad, 'dad']
    ] as const) {
      const seed = `${whose} in epoch ${i + 2}`
      photos.push([await album.add(png(seed)), seed])
    }
  }
  for (const [photo] of photos) await arrived(dad, photo)
  await family.close('Dad', 'Mum')
  const joiner = await family.welcome(t, 'Dad', 'Mum')
  for (const [photo, seed] of photos) {
    await arrived(joiner, photo)
    t.ok(await canRead(joiner, photo, seed), seed)
  }
})

/** Whether somebody who is handed everything that Dad has cannot read a photo. */
async function excluded(
  t: Assertions,
  family: Family,
  thief: string,
  photo: Photo,
  seed: string
): Promise<boolean> {
  await family.close('Dad', thief)
  const inside = await openInside(t, family.folder(thief))
  const dad = await openInside(t, family.folder('Dad'))
  const stop = connectUngated(inside, dad)
  await eventually(async () =>
    inside.session.queries.rows((rows) => rows.record(fromHex(photo.id, 32) as Uint8Array))
  )
  const open = await canOpen(inside, photo, seed)
  if (!(await canOpen(dad, photo, seed))) throw new Error('Nobody can open it')
  stop()
  await inside.session.close()
  await dad.session.close()
  return !open
}

test('two owners who remove different members while apart: in the end both are out', async (t) => {
  const family = await Family.of(t, {
    Mum: 'owner',
    Ann: 'contributor',
    Bob: 'contributor',
    Kid: 'contributor'
  })
  const [dad, mum, kid] = [await family.open('Dad'), await family.open('Mum'), await family.open('Kid')]
  await dad.members.remove(await family.id('Ann'))
  await mum.members.remove(await family.id('Bob'))
  const dads = await dad.add(png('dad apart'))
  // Kid has only heard of Mum's removal, and adds in an epoch that will give way.
  const cut = connect(kid, mum)
  await isOut(kid, await family.id('Bob'))
  const kids = await kid.add(png('kid apart'))
  await arrived(mum, kids)
  cut()
  await kid.close()
  const mums = await mum.add(png('mum apart'))

  const cable = connect(dad, mum)
  await arrived(dad, mums, kids)
  await arrived(mum, dads)
  await isOut(dad, await family.id('Bob'))
  await isOut(mum, await family.id('Ann'))
  t.ok(await canRead(mum, dads, 'dad apart'))
  t.ok(await canRead(dad, mums, 'mum apart'), 'what was added in an epoch that gave way is not lost')
  t.ok(await canRead(mum, mums, 'mum apart'))
  cable()
  await mum.close()

  // It goes on after a restart, in the epoch that holds.
  const again = { mum: await family.open('Mum'), kid: await family.open('Kid') }
  connect(dad, again.mum)
  connect(dad, again.kid)
  await isOut(again.kid, await family.id('Ann'))
  await eventually(async () => !(await again.kid.status()).removalPending)
  const last = (await eventually(() => again.kid.add(png('kid together')).catch(() => null))) as Photo
  await arrived(dad, last)
  t.ok(await canRead(dad, last, 'kid together'))
  t.ok(await canRead(dad, kids, 'kid apart'))
  await family.close('Mum', 'Kid')
  t.ok(await excluded(t, family, 'Ann', last, 'kid together'), 'Ann is out')
  t.ok(await excluded(t, family, 'Bob', last, 'kid together'), 'Bob is out')

  const joiner = await family.welcome(t, 'Dad', 'Kid', 'Mum')
  for (const [photo, seed] of [
    [dads, 'dad apart'],
    [mums, 'mum apart'],
    [kids, 'kid apart'],
    [last, 'kid together']
  ] as const) {
    await arrived(joiner, photo)
    t.ok(await canRead(joiner, photo, seed), `who joins afterwards reads ${seed}`)
  }
})

test('two owners who remove the same member while apart, and one lets somebody in', async (t) => {
  const family = await Family.of(t, { Mum: 'owner', Uncle: 'contributor' })
  const [dad, mum] = [await family.open('Dad'), await family.open('Mum')]
  await dad.members.remove(await family.id('Uncle'))
  const dads = await dad.add(png('dad apart'))
  await mum.members.remove(await family.id('Uncle'))
  const mums = await mum.add(png('mum apart'))
  await mum.close()
  const friend = await family.welcome(t, 'Mum')
  await arrived(friend, mums)
  t.ok(await canRead(friend, mums, 'mum apart'))
  // Mum is online in `welcome`; by a stream of Dad's to the newcomer everything meets.
  connect(dad, friend)
  await arrived(dad, mums)
  await arrived(friend, dads)
  t.ok(await canRead(friend, dads, 'dad apart'), 'who came by one owner reads what the other added')
  const late = await dad.add(png('together'))
  await arrived(friend, late)
  t.ok(await canRead(friend, late, 'together'))
})

test('two owners who remove each other while apart: the one admitted earlier stays', async (t) => {
  const family = await Family.of(t, { Mum: 'owner', Kid: 'contributor' })
  const [dad, mum, kid] = [await family.open('Dad'), await family.open('Mum'), await family.open('Kid')]
  t.is(await failureOf(mum.members.remove(await family.id('Dad'))), 'FORBIDDEN')
  await dad.members.remove(await family.id('Mum'))
  // Mum, who does not know it yet, removes Kid.
  await mum.members.remove(await family.id('Kid'))
  connect(dad, kid)
  connect(mum, kid)
  await isOut(kid, await family.id('Mum'))
  const photo = await dad.add(png('after'))
  await arrived(kid, photo)
  t.ok(await canRead(kid, photo, 'after'))
  t.is((await dad.members.get(await family.id('Kid')))?.removed, false)
  t.is(await mum.get(photo.id), null)
})

test('what was added in an epoch that the log’s order undid is there, and everybody reads it', async (t) => {
  const family = await Family.of(t, { Ann: 'owner', Bob: 'contributor', Eve: 'contributor' })
  const [dad, ann, bob] = [await family.open('Dad'), await family.open('Ann'), await family.open('Bob')]
  // Dad demotes Ann. Ann, who does not know it yet, removes Eve, which begins an epoch, and Bob adds a photo in it.
  await dad.members.setRole(await family.id('Ann'), 'contributor')
  const cut = connect(ann, bob)
  await eventually(async () => (await bob.status()).peers.length === 1)
  await ann.members.remove(await family.id('Eve'), { timeout: 100 })
  await isOut(bob, await family.id('Eve'))
  const precious = await bob.add(png('precious'))
  cut()

  connect(dad, bob)
  await eventually(async () => {
    const members = await bob.members.list()
    return members.some(({ name, role }) => name === 'Ann' && role === 'contributor')
  })
  t.is((await bob.members.get(await family.id('Eve')))?.removed, false, 'Eve’s removal did not count')
  await arrived(dad, precious)
  t.ok(await bob.get(precious.id))
  await eventually(() => canRead(dad, precious, 'precious').catch(() => false))
  connect(ann, dad)
  connect(ann, bob)
  const later = await bob.add(png('later'))
  await arrived(ann, later)
  t.ok(await canRead(ann, later, 'later'))
  t.ok(await canRead(ann, precious, 'precious'))
  await family.close('Dad', 'Ann')
  t.ok(await canRead(bob, precious, 'precious'))
})

test(
  'an epoch whose key nobody has stops neither adding nor removing for good',
  { timeout: 60_000 },
  async (t) => {
    const family = await Family.of(t, { Ann: 'owner' })
    const ann = await openInside(t, family.folder('Ann'))
    const { epoch: after } = ann.session.cast.album
    await ann.session.log.append([op('epoch', { commitment: random(32), after, sealed: [] })])
    await ann.session.close()
    const [dad, back] = [await family.open('Dad'), await family.open('Ann')]
    connect(dad, back)
    let seed = 0
    await eventually(async () => (await failureOf(dad.add(png(seed++)))) === 'NOT_WRITABLE')
    await eventually(async () => (await failureOf(dad.add(png(seed++)))) === 'resolved')
    await dad.members.remove(await family.id('Ann'))
    t.is((await dad.members.list()).filter(({ removed }) => removed).length, 1)
  }
)

test('a device that nothing can be sealed to keeps nobody from being removed', async (t) => {
  const family = await Family.of(t, { Bob: 'contributor', Eve: 'viewer' })
  const eve = await openInside(t, family.folder('Eve'))
  const me = forger(eve.session.keys)
  const invite = invitation(eve.session.log.key, me, { own: true })
  const { keys } = forger()
  const box = { publicKey: new Uint8Array(32), secretKey: new Uint8Array(32) }
  const ghost = forger({ ...keys, box })
  await eve.session.log.append([
    op('invite', invite.body),
    op('admit', { invite: invite.id, receipt: receipt(invite, ghost, 'ghost') }, { at: Date.now() })
  ])
  await eve.session.close()
  const [dad, back] = [await family.open('Dad'), await family.open('Eve')]
  connect(dad, back)
  await eventually(async () => (await dad.members.list()).some(({ devices }) => devices.length === 2))
  await dad.members.remove(await family.id('Bob'))
  t.is((await dad.members.get(await family.id('Bob')))?.removed, true)
  t.ok(await dad.add(png('afterwards')))
})
