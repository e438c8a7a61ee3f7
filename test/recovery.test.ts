// Recovery kits: an album comes back from a sealed file and whoever still has its bytes.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import test, { type Assertions } from 'brittle'
import type { Photo, RecoveryKit } from '../index.ts'
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
import { linesOf, startChild } from './processes.ts'

const WORDS = 'seven brown hens lay on the roof'

/** A blind mirror in a process of its own, that an album has set up. */
async function startBox(t: Assertions, album: Album, network: Network): Promise<string> {
  const { code } = await album.blindMirrors.create({ name: 'Box' })
  const folder = tmp(t)
  const child = startChild('blind', folder, JSON.stringify({ code, network }))
  const said: object[] = []
  const ended = (async () => {
    for await (const line of linesOf(child)) said.push(line)
  })()
  t.teardown(async () => {
    child.stdin.end()
    await ended
  })
  await eventually(async () => (await album.blindMirrors.list())[0]?.online)
  return folder
}

/** Resolves when the blind mirror has all that this device added, and goes by the newest list. */
async function stored(album: Album): Promise<void> {
  await eventually(async () => {
    const [mirror] = await album.blindMirrors.list()
    return mirror?.lacking === 0 && mirror.current
  }, 60_000)
}

async function isFinal(album: Album): Promise<boolean> {
  const { length, final } = (await album.status()).index
  return length === final
}

async function recover(t: Assertions, kit: Uint8Array, network: Network, folder = tmp(t)): Promise<Album> {
  const album = await Album.recover(folder, kit, WORDS, { network, timeout: 60_000 })
  t.teardown(() => album.close())
  return album
}

test('recovery: every device is gone, and a blind mirror and the kit bring all of it back', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const mum = await joinAlbum(t, dad, network, { member: 'Mum', device: 'phone' })
  const uncle = await joinAlbum(t, dad, network, { member: 'Uncle' })
  await startBox(t, dad, network)
  const before = await collect(dad.addAll([jpegLike(200_000), jpegLike(300_000)]))
  const kit = await dad.recovery.createKit(WORDS)
  t.is(kit.final, true)
  t.alike(kit.mirrors, [{ name: 'Box', ready: true }])

  // After it was made.
  const photos = before.map(({ photo }) => photo as Photo)
  const [first] = photos as [Photo]
  const uncleId = (await dad.members.list()).find(({ name }) => name === 'Uncle')?.id ?? ''
  await dad.members.remove(uncleId)
  await uncle.close()
  photos.push(await dad.add(jpegLike(250_000)), await mum.add(jpegLike(150_000)))
  await dad.edit(first.id, { caption: 'At the lake' })
  const { id: summer } = await dad.collections.create({ name: 'Summer' })
  await dad.collections.add(summer, [first.id])
  await eventually(async () => (await mum.status()).photos === 4 && (await dad.status()).photos === 4)
  const bytes = await Promise.all(photos.map((photo) => readAll(dad, photo)))
  await stored(dad)
  await stored(mum)
  await Promise.all([dad.close(), mum.close()])

  const back = await recover(t, kit.bytes, network)
  t.is(back.name, 'Our family')
  t.is((await back.members.me())?.name, 'Dad')
  await eventually(async () => (await back.status()).photos === 4)
  const read = await Promise.all(photos.map((photo) => readAll(back, photo)))
  t.ok(
    read.every((one, i) => one.equals(bytes[i] as Buffer)),
    'byte for byte'
  )
  t.is((await back.get(first.id))?.caption, 'At the lake')
  t.alike(
    (await back.collections.list()).map(({ name, count }) => [name, count]),
    [['Summer', 1]]
  )

  // It goes on.
  t.is((await back.recovery.takeOver()).final, true)
  const later = await back.add(jpegLike(50_000))
  await eventually(() => isFinal(back))
  const aunt = await joinAlbum(t, back, network, { member: 'Aunt', device: 'PC' })
  await eventually(async () => (await aunt.status()).photos === 5)
  t.ok((await readAll(aunt, later)).equals(await readAll(back, later)))
  t.ok((await readAll(aunt, first)).equals(bytes[0] as Buffer))
  await aunt.add(jpegLike(20_000))
  await eventually(async () => (await back.status()).photos === 6 && (await isFinal(back)))
})

/** Dad's album in a folder of its own, and a kit of it. */
async function dadWithKit(
  t: Assertions,
  network: Network
): Promise<{ dad: Album; folder: string; kit: RecoveryKit }> {
  const folder = tmp(t)
  const dad = await Album.create(folder, { name: 'Our family', member: 'Dad', device: 'laptop', network })
  t.teardown(() => dad.close())
  return { dad, folder, kit: await dad.recovery.createKit(WORDS) }
}

test('recovery: a kit brings the album back from a device that is left, once', async (t) => {
  const network = await createNetwork(t)
  const { dad, kit } = await dadWithKit(t, network)
  const photo = await dad.add(jpegLike(100_000))
  const [listed] = await dad.recovery.list()
  t.alike([listed?.deviceId, listed?.name, listed?.by.name], [kit.deviceId, kit.name, 'Dad'])

  const back = await recover(t, kit.bytes, network)
  await eventually(() => back.get(photo.id))
  t.ok((await readAll(back, photo)).equals(await readAll(dad, photo)))
  const second = await back.add(jpegLike(1000))
  await eventually(async () => (await dad.get(second.id)) !== null && (await isFinal(dad)))
  t.is(await failureOf(back.recovery.takeOver()), 'FORBIDDEN', 'not everything is lost')
  await eventually(async () => (await dad.recovery.list()).length === 0)

  const other = tmp(t)
  t.is(await failureOf(Album.recover(other, kit.bytes, WORDS, { network, timeout: 30_000 })), 'KIT_USED')
  await back.close()
  t.is(await failureOf(Album.recover(other, kit.bytes, WORDS, { network, timeout: 30_000 })), 'KIT_USED')
  t.is((await dad.status()).photos, 2)
})

test('recovery: a kit whose device an owner removed brings nothing back', async (t) => {
  const network = await createNetwork(t)
  const { dad, kit } = await dadWithKit(t, network)
  await startBox(t, dad, network)
  await dad.members.removeDevice(kit.deviceId, { timeout: 20_000 })
  await dad.add(jpegLike(1000))
  await stored(dad)
  t.alike(await dad.recovery.list(), [])
  t.is(await failureOf(Album.recover(tmp(t), kit.bytes, WORDS, { network, timeout: 30_000 })), 'REMOVED')
  await dad.close()
  const alone = Album.recover(tmp(t), kit.bytes, WORDS, { network, timeout: 10_000 })
  t.is(await failureOf(alone), 'TIMEOUT', 'the blind mirror lets nobody in with it')
})

test('recovery: what was begun goes on later, and nothing is written before', async (t) => {
  const network = await createNetwork(t)
  const { dad, folder, kit } = await dadWithKit(t, network)
  await dad.close()
  const place = tmp(t)
  t.is(await failureOf(Album.recover(place, kit.bytes, 'not the right words', { network })), 'KIT_PASSPHRASE')
  t.is(await failureOf(Album.recover(place, kit.bytes, WORDS, { network, timeout: 3000 })), 'TIMEOUT')
  t.is(await failureOf(Album.open(place, { network })), 'RECOVERY_PENDING')
  const stopped = new AbortController()
  const stopping = Album.recover(place, kit.bytes, WORDS, { network, signal: stopped.signal })
  setTimeout(() => stopped.abort(), 1000)
  t.is(await failureOf(stopping), 'ABORTED')

  const again = await Album.open(folder, { network })
  t.teardown(() => again.close())
  const photo = await again.add(jpegLike(1000))
  const back = await recover(t, kit.bytes, network, place)
  await eventually(() => back.get(photo.id))
  await back.close()
  t.is(await failureOf(Album.recover(place, kit.bytes, WORDS, { network })), 'ALBUM_EXISTS')
  const opened = await Album.open(place, { network: false })
  t.teardown(() => opened.close())
  t.is(opened.name, 'Our family')
  t.ok(await opened.get(photo.id))
  await opened.add(jpegLike(2000))
  t.absent(fs.existsSync(path.join(place, 'fetching')))

  const occupied = tmp(t)
  const another = await Album.create(occupied, { name: 'Other', member: 'Me', network: false })
  await another.close()
  t.is(await failureOf(Album.recover(occupied, kit.bytes, WORDS, { network })), 'ALBUM_EXISTS')
})

test('recovery: who may make a kit, and that it stands behind all others', async (t) => {
  const network = await createNetwork(t)
  const { dad, kit } = await dadWithKit(t, network)
  const mum = await joinAlbum(t, dad, network, { member: 'Mum', device: 'PC' })
  t.is(await failureOf(mum.recovery.createKit(WORDS)), 'FORBIDDEN')
  t.is(await failureOf(dad.recovery.createKit('too short')), 'BAD_ARGUMENT')
  await eventually(async () => (await mum.indexer.status()).heirs.length === 2)
  const heirs = (await mum.indexer.status()).heirs.map(({ name }) => name)
  t.alike(
    heirs,
    ['PC', kit.name],
    'an owner’s device comes before a contributor’s, unless it lies in a drawer'
  )
  await mum.close()
  await dad.close()

  // Without any network, too.
  const alone = await createAlbum(t)
  const made = await alone.recovery.createKit(WORDS)
  t.alike([made.final, made.mirrors], [true, []])
  t.is((await alone.recovery.list()).length, 1)
  t.is(await failureOf(alone.recovery.createKit(WORDS, { timeout: 300 })), 'TIMEOUT')
  const left = (): string[] =>
    fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith('hyperalbum-kit-'))
  await eventually(() => left().length === 0)
  t.is((await alone.recovery.list()).length, 1, 'a kit that nobody was given is no device')
})
