// Boxes that hold an album and cannot read it, each a process of its own.
import fs from 'node:fs'
import path from 'node:path'
import test, { type Assertions } from 'brittle'
import c from 'compact-encoding'
import Corestore from 'corestore'
import type { NoiseStream } from 'hypercore'
import crypto from 'hypercore-crypto'
import Dht from 'hyperdht'
import Hyperswarm from 'hyperswarm'
import Protomux from 'protomux'
import type { Photo, SwarmLike } from '../index.ts'
import { deviceKeys } from '../lib/log/keychain.ts'
import { BlindLink } from '../lib/network/blind.ts'
import { Storage } from '../lib/log/storage.ts'
import { readBytes } from '../lib/reading.ts'
import { Session } from '../lib/session.ts'
import { decodeBlindCode, encodeBlindCode } from '../lib/membership/blindcode.ts'
import { decode } from '../lib/schema/codec.ts'
import { type SignedAllowed, openAllowed, signAllowed } from '../lib/view/allowed.ts'
import { blobsKeyOf } from '../lib/view/identity.ts'
import {
  AddCoreEncoding,
  BlindPeerMuxer,
  DeleteCoreEncoding,
  ProtomuxRpc,
  createFamily,
  dial,
  insideOf,
  joinMum,
  startBox,
  stored
} from './boxes.ts'
import { Album } from './plain.ts'
import {
  type Network,
  collect,
  createAlbum,
  createNetwork,
  eventually,
  failureOf,
  joinAlbum,
  jpegLike,
  readAll,
  tmp
} from './helpers.ts'
import { openInside } from './insider.ts'

/** All bytes that lie in a folder. */
function everythingIn(folder: string): Buffer {
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const files = names.map((name) => path.join(folder, name)).filter((file) => fs.statSync(file).isFile())
  return Buffer.concat(files.map((file) => fs.readFileSync(file)))
}

test('blind mirror: with everybody else away, a device gets all from it', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const folder = tmp(t)
  const { code: invite } = await dad.invites.create()
  const mum = await Album.join(folder, invite, { member: 'Mum', device: 'phone', network })
  t.teardown(() => mum.close())
  const { code } = await dad.blindMirrors.create({ name: 'Box' })
  const box = startBox(t, tmp(t), { code, network })
  await box.health(({ online }) => online === 2)
  await mum.close()

  const photos = await collect(dad.addAll(Array.from({ length: 5 }, () => jpegLike(300_000))))
  const [first] = photos
  await dad.edit(first?.photo?.id ?? '', { caption: 'At the lake' })
  await stored(dad)
  const bytes = await Promise.all(photos.map(({ photo }) => readAll(dad, photo as Photo)))
  await dad.close()

  const back = await Album.open(folder, { network })
  t.teardown(() => back.close())
  await eventually(async () => (await back.get(first?.photo?.id ?? ''))?.caption === 'At the lake')
  const read = await Promise.all(photos.map(({ photo }) => readAll(back, photo as Photo)))
  t.ok(
    read.every((one, i) => one.equals(bytes[i] as Buffer)),
    'byte for byte'
  )
  const { peers, blindMirrors } = await back.status()
  t.alike([peers, blindMirrors], [[], ['Box']])
})

test('blind mirror: strangers do not get in, and who is removed goes at once', async (t) => {
  const { network, dad, mum, folder, box } = await createFamily(t)
  await mum.close()
  const { identity: mums } = await insideOf(t, folder)

  t.is(await dial(t, network, box, crypto.keyPair()), null, 'a stranger')
  const stream = (await dial(t, network, box, mums)) as NoiseStream
  t.ok(stream, 'a device of the list, whatever program it runs')
  const cut = new Promise<void>((resolve) => stream.on('close', resolve))
  const [member] = (await dad.members.list()).filter(({ name }) => name === 'Mum')
  await dad.members.remove(member?.id ?? '')
  await cut
  t.pass('its connection is ended')
  t.is(await dial(t, network, box, mums), null, 'and there is no other')
  await box.health(({ allowed }) => allowed === 1)
})

test('blind mirror: a device of the list takes nothing away, and cannot add without end', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const { mum, folder } = await joinMum(t, dad, network)
  const photo = await dad.add(jpegLike(200_000))
  const { code } = await dad.blindMirrors.create()
  const box = startBox(t, tmp(t), { code, network })
  await box.health(({ online }) => online === 2)
  await stored(dad)
  await mum.close()
  const { identity: mums, core } = await insideOf(t, folder)

  const stream = (await dial(t, network, box, mums)) as NoiseStream
  const rpc = new ProtomuxRpc(stream, { id: stream.remotePublicKey, valueEncoding: c.none })
  await t.exception(rpc.request('delete-core', { key: core }, DeleteCoreEncoding), 'a blind peer would do it')
  await t.exception(rpc.request('add-core', { key: crypto.randomBytes(32), priority: 1 }, AddCoreEncoding))
  const cut = new Promise<void>((resolve) => stream.on('close', resolve))
  const many = Array.from({ length: 5000 }, () => ({ key: crypto.randomBytes(32), length: 1 }))
  const muxer = new BlindPeerMuxer(stream)
  muxer.addCores({ referrer: null, priority: 1, announce: true, cores: many })
  await cut
  const { cores } = await box.health()
  t.ok(cores < 30, `${cores} cores`)

  await dad.close()
  const back = await Album.open(folder, { network })
  t.teardown(() => back.close())
  await eventually(() => back.get(photo.id))
  t.is((await readAll(back, photo)).byteLength, 200_000)
})

test('blind mirror: it is not talked back into an old list', async (t) => {
  const network = await createNetwork(t)
  const attic = tmp(t)
  const dad = await createAlbum(t, { network })
  const { code: link } = await dad.members.linkDevice()
  const old = await Album.join(attic, link, { member: 'Dad', device: 'old laptop', network })
  t.teardown(() => old.close())
  const { mum } = await joinMum(t, dad, network)
  const { code } = await dad.blindMirrors.create()
  const box = startBox(t, tmp(t), { code, network })
  await box.health(({ online, allowed }) => online === 3 && allowed === 3)
  await old.close()
  const before = await openInside(t, attic)
  const lists = (await before.session.queries.cast()).allowed
  const olds = before.session.keys.identity
  await before.session.close()

  const [member] = (await dad.members.list()).filter(({ name }) => name === 'Mum')
  await dad.members.remove(member?.id ?? '')
  await box.health(({ allowed }) => allowed === 2)
  await stored(dad)
  await mum.close()
  await dad.close()
  const count = box.events.length

  // What it knows is old, and it is an owner's: it says so, signed anew, before it has heard of anything.
  const stream = (await dial(t, network, box, olds)) as NoiseStream
  const states: unknown[] = []
  const channel = Protomux.from(stream).createChannel({
    protocol: 'hyperalbum/blind/1',
    id: null,
    messages: [
      { encoding: c.buffer, onmessage: (bytes) => states.push(decode('blind-state', bytes)) },
      { encoding: c.buffer, onmessage: () => {} }
    ]
  })
  channel?.open()
  const first = lists.flatMap((one) => openAllowed(one) ?? [])[0] as SignedAllowed
  for (const list of lists) channel?.messages[1]?.send(list)
  channel?.messages[1]?.send(signAllowed(first, olds))
  channel?.messages[1]?.send(signAllowed({ ...first, final: first.final + 99 }, crypto.keyPair()))
  await eventually(() => states.length === lists.length + 3)
  t.is(new Set(states.map((state) => JSON.stringify(state))).size, 1, 'every answer is the same')
  stream.destroy()

  const back = await Album.open(attic, { network })
  t.teardown(() => back.close())
  await eventually(async () => (await back.members.list()).some(({ removed }) => removed))
  await eventually(async () => (await back.blindMirrors.list())[0]?.current)
  const told = box.events.slice(count).flatMap((event) => (event.type === 'health' ? [event.allowed] : []))
  t.ok(told.length > 0 && told.every((allowed) => allowed === 2), told.join())
})

test('blind mirror: whoever meets it brings the newest list', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const { mum } = await joinMum(t, dad, network)
  const aunt = await joinAlbum(t, dad, network, { member: 'Aunt' })
  const { code } = await dad.blindMirrors.create()
  const place = tmp(t)
  const box = startBox(t, place, { code, network })
  await box.health(({ online, allowed }) => online === 3 && allowed === 3)
  await box.kill()
  const [member] = (await dad.members.list()).filter(({ name }) => name === 'Aunt')
  await dad.members.remove(member?.id ?? '')
  const { index } = await dad.status()
  // What the owner's device writes after that is the list.
  await eventually(async () => (await mum.status()).index.length > index.length)
  await dad.close()
  await aunt.close()
  const again = startBox(t, place, { network })
  await again.health(({ allowed }) => allowed === 2)
  t.pass('a member who is no owner did')
})

test('blind mirror: killed at any moment, it goes on', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const { mum, folder } = await joinMum(t, dad, network)
  const place = tmp(t)
  const { code } = await dad.blindMirrors.create()
  let box = startBox(t, place, { code, network })
  await box.health(({ online }) => online === 2)
  await mum.close()
  const photos: Photo[] = []
  for (let round = 0; round < 3; round++) {
    photos.push(await dad.add(jpegLike(4_000_000)))
    await box.kill()
    // The code that it has used is given to it again, as a service does.
    box = startBox(t, place, { code, network })
    t.ok(await box.health(({ allowed }) => allowed === 2))
  }
  t.absent(box.events.some(({ type }) => type === 'waiting'))
  await stored(dad)
  await dad.close()
  await box.kill()
  box = startBox(t, place, { network })
  const back = await Album.open(folder, { network })
  t.teardown(() => back.close())
  for (const photo of photos) {
    // Where it was killed, it is found anew.
    await eventually(() => back.get(photo.id), 60_000)
    t.is((await readAll(back, photo)).byteLength, 4_000_000)
  }
})

test('blind mirror: nothing that it holds can be read', async (t) => {
  const network = await createNetwork(t)
  const home = tmp(t)
  const dad = await Album.create(home, { name: 'Our very own family', member: 'Dad Who Is', network })
  t.teardown(() => dad.close())
  const bytes = jpegLike(500_000)
  const photo = await dad.add(bytes, { name: 'IMG_at_the_lake.jpg', caption: 'The whole family at the lake' })
  const place = tmp(t)
  const { code } = await dad.blindMirrors.create({ name: 'Attic of the aunt' })
  const box = startBox(t, place, { code, network })
  await box.health(({ online }) => online === 1)
  await stored(dad)
  await dad.close()
  box.stop()
  await box.ended()

  const { session } = await openInside(t, home)
  const { log, keys } = session
  const { epoch } = session.cast.album
  const epochKey = await session.epochs.key(epoch as Uint8Array)
  const [drives] = session.cast.drivesOf(1)
  const blobs = session.store.get({ key: blobsKeyOf(drives?.originals as Uint8Array) })
  await blobs.ready()
  const cipher = (await blobs.get(3)) as Uint8Array
  const held = everythingIn(place)
  t.ok(held.includes(Buffer.from(cipher.subarray(100, 164))), 'what it holds is found by looking')
  const secrets: [string, Uint8Array | null][] = [
    ['the key of the index', log.encryptionKey],
    ['the key of the photos', epochKey],
    ['a device’s keys', keys.identity.secretKey.subarray(0, 32)],
    ['the bytes of a photo', bytes.subarray(200_000, 200_032)],
    ['its first bytes', bytes.subarray(0, 32)],
    ['its id', Buffer.from(photo.id, 'hex')],
    ...['IMG_at_the_lake', 'family at the lake', 'Our very own', 'Dad Who Is', 'Attic of the aunt'].map(
      (text): [string, Uint8Array] => [text, Buffer.from(text)]
    )
  ]
  for (const [what, secret] of secrets) {
    t.absent(held.includes(Buffer.from(secret ?? [])), what)
  }
  await blobs.close()
})

test('blind mirror: a code sets up one box, in its time', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const { mum } = await joinMum(t, dad, network)
  const never = async (code: string): Promise<string | null> => startBox(t, tmp(t), { code, network }).ended()
  const { code: forPeople } = await dad.invites.create()
  const { code } = await dad.blindMirrors.create()
  const { code: late } = await dad.blindMirrors.create({ expires: 1 })
  const wrong = encodeBlindCode({ ...decodeBlindCode(code), secret: crypto.randomBytes(16) })
  t.is(await never('no code'), 'INVITE_INVALID')
  t.is(await never(forPeople), 'INVITE_INVALID', 'one for people')
  t.is(await never(wrong), 'INVITE_INVALID', 'one that the device it names did not make')
  t.is(await never(late), 'INVITE_EXPIRED')
  const box = startBox(t, tmp(t), { code, network })
  await box.health(({ online }) => online === 2)
  t.is(await never(code), 'INVITE_USED')
  const empty = startBox(t, tmp(t), { network })
  t.is(await empty.ended(), 'NOT_AN_ALBUM', 'a box without a code')
  t.is(await failureOf(Album.join(tmp(t), code, { member: 'Eve', network })), 'INVITE_INVALID')
  t.is(await failureOf(mum.blindMirrors.create()), 'FORBIDDEN', 'only owners set one up')
  t.is(await failureOf(dad.blindMirrors.create({ expires: -1 })), 'BAD_ARGUMENT')
  const [mirror] = await dad.blindMirrors.list()
  t.is(await failureOf(mum.blindMirrors.remove(mirror?.id ?? '')), 'FORBIDDEN')
  t.is(await failureOf(dad.blindMirrors.remove('none')), 'NOT_FOUND')

  await dad.blindMirrors.remove(mirror?.id ?? '')
  await box.health(({ online }) => online === 0)
  t.alike(await dad.blindMirrors.list(), [], 'removed, no device uses it any more')
  box.stop()
  t.is(await box.ended(), null)
})

test('blind mirror: its code waits for the device that made it', async (t) => {
  const network = await createNetwork(t)
  const home = tmp(t)
  const dad = await Album.create(home, { name: 'Our family', member: 'Dad', network })
  const { code } = await dad.blindMirrors.create()
  await dad.close()
  const box = startBox(t, tmp(t), { code, network })
  await eventually(() => box.events.some(({ type }) => type === 'waiting'))
  const back = await Album.open(home, { network })
  t.teardown(() => back.close())
  await box.health(({ online }) => online === 1)
  t.is((await back.blindMirrors.list())[0]?.name, 'Blind mirror')
})

test('blind mirror: one that is full says so, and goes on with the rest', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const { mum, folder } = await joinMum(t, dad, network)
  const { code } = await dad.blindMirrors.create()
  const maxBytes = 64_000_000
  const box = startBox(t, tmp(t), { code, network, maxBytes })
  await box.health(({ online }) => online === 2)
  await mum.close()
  const first = await dad.add(jpegLike(2_000_000))
  await stored(dad)
  const second = await dad.add(jpegLike(80_000_000))
  const { bytes } = await box.health(({ full }) => full)
  t.ok(bytes < maxBytes, `${bytes} bytes`)
  await dad.edit(first.id, { caption: 'Still told' })
  await eventually(async () => (await dad.blindMirrors.list())[0]?.full)
  const [mirror] = await dad.blindMirrors.list()
  t.ok((mirror?.lacking ?? 0) > 100, `${mirror?.lacking} blocks are lacking`)
  await dad.close()

  const back = await Album.open(folder, { network })
  t.teardown(() => back.close())
  await eventually(async () => (await back.get(first.id))?.caption === 'Still told')
  t.is((await readAll(back, first)).byteLength, 2_000_000)
  await eventually(() => back.get(second.id))
  t.is(await failureOf(readAll(back, second)), 'PHOTO_UNAVAILABLE')
})

/** What a device wrote itself comes first: Autobase (7.28) takes no block of its own writer from others while it is open. */
async function fetchOwn(
  t: Assertions,
  storage: Storage,
  namespace: string,
  network: Network,
  { key, mirror }: { key: Uint8Array; mirror: Uint8Array }
): Promise<void> {
  const store = await storage.part(namespace)
  const keys = await deviceKeys(store, store.namespace('log'))
  const dht = new Dht({ bootstrap: network.bootstrap })
  t.teardown(() => dht.destroy())
  const link = new BlindLink({
    dht,
    identity: keys.identity,
    key: mirror,
    albumKey: key,
    replicate: (stream) => void store.replicate(stream),
    wakeUp: () => {},
    onmeet: () => {},
    onchange: () => {},
    lists: () => []
  })
  const core = store.get({ key: keys.writerKey })
  await core.ready()
  link.want([['own', { key: keys.writerKey, log: true }]])
  await eventually(async () => (await core.update({ wait: true })) || core.length > 0)
  await core.download({ start: 0, end: core.length }).done()
  await link.close()
  await core.close()
  await store.close()
}

test('blind mirror: a device that has nothing left but keys gets all from it', async (t) => {
  const { network, dad, mum, folder } = await createFamily(t)
  const bytes = jpegLike(300_000)
  const photo = await dad.add(bytes, { caption: 'At the lake' })
  await eventually(() => mum.get(photo.id))
  await stored(dad)
  const [mirror] = await dad.blindMirrors.list()
  await mum.close()
  await dad.close()

  const { session, storage } = await openInside(t, folder)
  const { namespace } = await storage.choose(undefined)
  const { key, encryptionKey } = session.log
  const { primaryKey } = storage.store as unknown as { primaryKey: Uint8Array }
  await session.close()
  const empty = tmp(t)
  const store = new Corestore(empty, { primaryKey, unsafe: true, manifestVersion: 1 } as never)
  await store.ready()
  await store.close()
  const opened = await Storage.open(empty, { existing: true })
  const id = mirror?.id ?? ''
  await fetchOwn(t, opened, namespace, network, { key, mirror: Buffer.from(id, 'hex') })
  const again = await Session.open({
    storage: opened,
    namespace,
    key,
    encryptionKey,
    admission: null,
    swarm: null,
    network
  })
  t.teardown(() => again.close())
  again.blinds.use(Buffer.from(id, 'hex'))
  const found = await eventually(() =>
    again.queries.rows((rows) => rows.photo(Buffer.from(photo.id, 'hex'))).catch(() => null)
  )
  t.is(found?.record.caption, 'At the lake')
  const chunks: Uint8Array[] = []
  for await (const chunk of readBytes(again, photo.id, {})) chunks.push(chunk)
  t.ok(Buffer.concat(chunks).equals(bytes))
})

test('blind mirror: in a swarm of the app, with a key of its own', async (t) => {
  const network = await createNetwork(t)
  const swarm = new Hyperswarm({ bootstrap: network.bootstrap })
  t.teardown(() => swarm.destroy())
  const dad = await createAlbum(t, { network: { swarm: swarm as unknown as SwarmLike } })
  const photo = await dad.add(jpegLike(100_000))
  const { code } = await dad.blindMirrors.create()
  const box = startBox(t, tmp(t), { code, network })
  await box.health(({ online }) => online === 1)
  await stored(dad)
  t.ok(photo)
})

test('blind mirror: a device that rests leaves it, and comes back', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const { code } = await dad.blindMirrors.create()
  const box = startBox(t, tmp(t), { code, network })
  await box.health(({ online }) => online === 1)
  await dad.suspend()
  const count = box.events.length
  const since = (online: number): Promise<unknown> =>
    eventually(() =>
      box.events.slice(count).some((event) => event.type === 'health' && event.online === online)
    )
  await since(0)
  await dad.resume()
  await since(1)
  await dad.add(jpegLike(100_000))
  await stored(dad)
  t.pass()
})
