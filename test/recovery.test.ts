// Recovery kits: an album comes back from a sealed file and whoever still has its bytes.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import test, { type Assertions } from 'brittle'
import type { Photo, RecoverOptions, RecoveryKit } from '../index.ts'
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
import { linesOf, runChild, startChild } from './processes.ts'

const WORDS = 'seven brown hens lay on the roof'

/** A blind mirror in a process of its own, that an album has set up. */
async function startBox(
  t: Assertions,
  album: Album,
  network: Network
): Promise<{ stop(): Promise<void>; start(): Promise<void> }> {
  const { code } = await album.blindMirrors.create({ name: 'Box' })
  const folder = tmp(t)
  let stop = async (): Promise<void> => {}
  const start = async (): Promise<void> => {
    const child = startChild('blind', folder, JSON.stringify({ code, network }))
    const ended = (async () => {
      for await (const _ of linesOf(child));
    })()
    stop = async () => {
      child.stdin.end()
      await ended
    }
  }
  await start()
  t.teardown(() => stop())
  await eventually(async () => (await album.blindMirrors.list())[0]?.online, 60_000)
  return { stop: () => stop(), start }
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

async function recover(
  t: Assertions,
  kit: Uint8Array,
  network: Network,
  folder = tmp(t),
  options: RecoverOptions = {}
): Promise<Album> {
  const album = await Album.recover(folder, kit, WORDS, { network, timeout: 60_000, ...options })
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

test(
  'recovery: a kit brings the album back from a device that is left, three times',
  { timeout: 120_000 },
  async (t) => {
    const network = await createNetwork(t)
    const { dad, kit } = await dadWithKit(t, network)
    const photo = await dad.add(jpegLike(100_000))
    const [listed] = await dad.recovery.list()
    t.alike([listed?.id, listed?.name, listed?.by.name, listed?.uses], [kit.id, kit.name, 'Dad', 3])

    const back = await recover(t, kit.bytes, network)
    await eventually(() => back.get(photo.id))
    t.ok((await readAll(back, photo)).equals(await readAll(dad, photo)))
    const second = await back.add(jpegLike(1000))
    await eventually(async () => (await dad.get(second.id)) !== null && (await isFinal(dad)))
    t.is(await failureOf(back.recovery.takeOver()), 'FORBIDDEN', 'not everything is lost')
    t.is((await dad.recovery.list())[0]?.uses, 2)

    // The device that it became is there, or not: another one goes on from the album.
    const next = await recover(t, kit.bytes, network)
    await back.close()
    t.is((await next.status()).photos, 2)
    const third = await next.add(jpegLike(1000))
    await next.close()
    const last = await recover(t, kit.bytes, network)
    t.ok(await last.get(second.id))
    await last.add(jpegLike(1000))
    await eventually(async () => (await dad.status()).photos === 4 && (await isFinal(dad)))
    t.ok(await dad.get(third.id), 'nothing that any of them wrote is lost')
    t.alike(await dad.recovery.list(), [], 'it is used up')

    const other = tmp(t)
    t.is(await failureOf(Album.recover(other, kit.bytes, WORDS, { network, timeout: 30_000 })), 'KIT_USED')
    await last.close()
    t.is(await failureOf(Album.recover(other, kit.bytes, WORDS, { network, timeout: 30_000 })), 'KIT_USED')

    const place = tmp(t)
    const seen = await recover(t, kit.bytes, network, place, { readOnly: true })
    t.is((await seen.status()).photos, 4)
    t.ok((await readAll(seen, photo)).equals(await readAll(dad, photo)), 'it still shows the album')
  }
)

test('recovery: who only looks uses nothing up, and writes nothing', { timeout: 120_000 }, async (t) => {
  const network = await createNetwork(t)
  const { dad, kit } = await dadWithKit(t, network)
  const photo = await dad.add(jpegLike(100_000))
  const place = tmp(t)
  const seen = await recover(t, kit.bytes, network, place, { readOnly: true })
  t.is((await seen.status()).photos, 1)
  t.absent(seen.writable)
  t.is(await failureOf(seen.add(jpegLike(1000))), 'NOT_WRITABLE')
  t.is(await failureOf(seen.recovery.takeOver()), 'NOT_WRITABLE')
  await seen.download()
  await seen.close()

  const later = await dad.add(jpegLike(2000))
  const again = await Album.open(place, { network })
  t.teardown(() => again.close())
  await eventually(() => again.get(later.id))
  t.absent(again.writable)
  await dad.close()
  await again.close()
  const alone = await Album.open(place, { network: false })
  t.teardown(() => alone.close())
  t.ok((await readAll(alone, photo)).byteLength === 100_000, 'what was saved is there without anybody')
  await alone.close()
  t.is(await failureOf(Album.recover(place, kit.bytes, WORDS, { network })), 'ALBUM_EXISTS')
})

test('recovery: the device that a kit became is lost as well', { timeout: 180_000 }, async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  await startBox(t, dad, network)
  const kit = await dad.recovery.createKit(WORDS)
  const photos = [await dad.add(jpegLike(50_000))]
  await stored(dad)
  await dad.close()

  for (let use = 0; use < 3; use++) {
    const back = await recover(t, kit.bytes, network)
    t.is((await back.status()).photos, photos.length)
    t.is((await back.recovery.takeOver()).final, true)
    const photo = await back.add(jpegLike(50_000 + use))
    await back.edit(photo.id, { caption: `Use ${use}` })
    await eventually(() => isFinal(back))
    for (const one of photos) t.ok((await readAll(back, one)).byteLength >= 50_000)
    photos.push(photo)
    await stored(back)
    await back.close()
  }
  const seen = await recover(t, kit.bytes, network, tmp(t), { readOnly: true })
  t.is((await seen.status()).photos, 4)
  t.is((await seen.get(photos[3]?.id ?? ''))?.caption, 'Use 2')
})

test('recovery: a kit whose device an owner removed brings nothing back', async (t) => {
  const network = await createNetwork(t)
  const { dad, kit } = await dadWithKit(t, network)
  await startBox(t, dad, network)
  t.is(await failureOf(dad.recovery.remove('00'.repeat(16))), 'NOT_FOUND')
  t.is((await dad.recovery.remove(kit.id, { timeout: 20_000 })).final, true)
  t.is(await failureOf(dad.recovery.remove(kit.id)), 'NOT_FOUND')
  await dad.add(jpegLike(1000))
  await stored(dad)
  t.alike(await dad.recovery.list(), [])
  t.is(await failureOf(Album.recover(tmp(t), kit.bytes, WORDS, { network, timeout: 30_000 })), 'REMOVED')
  await dad.close()
  const alone = Album.recover(tmp(t), kit.bytes, WORDS, { network, timeout: 10_000 })
  t.is(await failureOf(alone), 'TIMEOUT', 'the blind mirror lets nobody in with it')
})

test('recovery: a kit is removed as a whole, and not one device of it', async (t) => {
  const network = await createNetwork(t)
  const { dad, kit } = await dadWithKit(t, network)
  const devices = (await dad.members.me())?.devices.filter(({ name }) => name.startsWith(kit.name)) ?? []
  t.is(devices.length, 3)
  for (const { id } of devices) {
    t.is(await failureOf(dad.members.removeDevice(id)), 'FORBIDDEN')
    await t.exception(dad.members.removeDevice(id), /kit remove/)
  }
  t.is((await dad.recovery.list())[0]?.uses, 3)

  const back = await recover(t, kit.bytes, network)
  const own = (await back.members.me())?.devices.find(({ me }) => me)?.id ?? ''
  await eventually(async () => (await dad.recovery.list())[0]?.uses === 2)
  t.is(
    (await dad.members.removeDevice(own, { timeout: 20_000 })).final,
    true,
    'one that is in use is like any other'
  )
  t.is((await dad.recovery.list())[0]?.uses, 2)
})

test('recovery: nobody hides a kit by a device of theirs that is said to lie in it', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const place = tmp(t)
  const { code } = await dad.invites.create()
  const mum = await Album.join(place, code, { member: 'Mum', device: 'phone', network })
  t.teardown(() => mum.close())
  const kit = await dad.recovery.createKit(WORDS)
  await eventually(async () => (await mum.recovery.list()).length === 1)
  const me = await mum.members.me()
  await mum.close()

  const { session } = await openInside(t, place, network)
  const said = { takeovers: 0, asleep: true, kit: Buffer.from(kit.id, 'hex') }
  await session.actor.append('hello', { ...said, supports: 2 })
  await session.actor.append('member', { id: Buffer.from(me?.id ?? '', 'hex'), name: 'Mutti' })
  await eventually(async () => (await dad.members.list()).some(({ name }) => name === 'Mutti'))
  const [listed] = await dad.recovery.list()
  t.alike([listed?.by.name, listed?.uses], ['Dad', 3])
  await dad.recovery.remove(kit.id)
  t.alike(await dad.recovery.list(), [])
  t.is(await devicesOf(dad), 1)
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
  await eventually(async () => (await mum.indexer.status()).heirs.length === 4)
  const heirs = (await mum.indexer.status()).heirs.map(({ name }) => name)
  t.alike(
    heirs,
    ['PC', kit.name, `${kit.name} (2)`, `${kit.name} (3)`],
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
  t.is((await alone.recovery.list()).length, 1, 'a kit that nobody was given is no device')
})

/** Folders in which devices of kits are being made. */
function makingIn(folder: string): string[] {
  return fs.readdirSync(folder).filter((name) => name.startsWith('making-kit-'))
}

async function devicesOf(album: Album): Promise<number> {
  return (await album.members.me())?.devices.filter(({ removed }) => !removed).length ?? 0
}

test('recovery: a kit that is not kept leaves nothing behind', async (t) => {
  const folder = tmp(t)
  const album = await Album.create(folder, { name: 'Our family', member: 'Dad', network: false })
  t.teardown(() => album.close())
  const elsewhere = fs.readdirSync(os.tmpdir())
  let bytes = 0
  const save = async (made: Uint8Array): Promise<void> => {
    bytes = made.byteLength
    t.alike(makingIn(folder), [], 'the keys are in the file alone by then')
    throw new Error('The disk is full')
  }
  await t.exception(album.recovery.createKit(WORDS, { save }), /The disk is full/)
  t.ok(bytes > 1000)
  t.alike(await album.recovery.list(), [])
  t.is(await devicesOf(album), 1, 'taken back before it says so')

  const stopped = new AbortController()
  const stopping = album.recovery.createKit(WORDS, { signal: stopped.signal })
  await eventually(async () => makingIn(folder).length > 0 && (await devicesOf(album)) > 1)
  const [made = ''] = makingIn(folder)
  const inTemp = fs.readdirSync(os.tmpdir()).filter((name) => !elsewhere.includes(name))
  t.alike(
    inTemp.filter((name) => name.includes('kit')),
    [],
    'in no folder that others may look into'
  )
  if (process.platform !== 'win32') t.is(fs.statSync(path.join(folder, made)).mode & 0o777, 0o700)
  stopped.abort()
  t.is(await failureOf(stopping), 'ABORTED')
  t.is(await devicesOf(album), 1)
  t.alike(makingIn(folder), [])

  const kit = await album.recovery.createKit(WORDS, { save: async () => {} })
  t.is((await album.recovery.list())[0]?.id, kit.id)
  t.is(await devicesOf(album), 4)
})

test('recovery: a process that is killed while it makes a kit', async (t) => {
  const folder = tmp(t)
  const album = await Album.create(folder, { name: 'Our family', member: 'Dad', network: false })
  await album.close()
  const { said } = await runChild('kit', folder)
  t.is(said[0]?.['devices'], 4, 'it was killed in the middle')
  t.is(makingIn(folder).length, 1)
  const again = await Album.open(folder, { network: false })
  t.teardown(() => again.close())
  t.alike(makingIn(folder), [], 'no keys lie about')
  await eventually(async () => (await devicesOf(again)) === 1)
  t.alike(await again.recovery.list(), [])
  const kit = await again.recovery.createKit(WORDS)
  await again.close()
  const later = await Album.open(folder, { network: false })
  t.teardown(() => later.close())
  await new Promise((resolve) => setTimeout(resolve, 1000))
  t.is((await later.recovery.list())[0]?.id, kit.id, 'one that was made is not taken back')
})

test(
  'recovery: a folder in which nothing was brought back takes any kit',
  { timeout: 120_000 },
  async (t) => {
    const network = await createNetwork(t)
    const { dad, folder, kit } = await dadWithKit(t, network)
    const other = await dad.recovery.createKit(WORDS)
    await dad.close()
    const place = tmp(t)
    const short = { network, timeout: 2000 }
    t.is(await failureOf(Album.recover(place, kit.bytes, WORDS, short)), 'TIMEOUT')
    t.is(await failureOf(Album.recover(place, other.bytes, WORDS, short)), 'TIMEOUT')
    t.is(await failureOf(Album.recover(place, kit.bytes, WORDS, { ...short, readOnly: true })), 'TIMEOUT')
    t.is(await failureOf(Album.open(place, { network })), 'RECOVERY_PENDING')

    const again = await Album.open(folder, { network })
    t.teardown(() => again.close())
    const photo = await again.add(jpegLike(1000))
    const back = await recover(t, other.bytes, network, place)
    t.ok(await back.get(photo.id))
    const kits = await back.recovery.list()
    t.alike(
      kits.map(({ uses }) => uses),
      [3, 2]
    )
  }
)

test('recovery: a blind mirror that the kit does not know', { timeout: 120_000 }, async (t) => {
  const network = await createNetwork(t)
  const { dad, kit } = await dadWithKit(t, network)
  t.alike(kit.mirrors, [])
  await startBox(t, dad, network)
  const photo = await dad.add(jpegLike(100_000))
  await stored(dad)
  const [box] = await dad.blindMirrors.list()
  await dad.close()
  const wrong = Album.recover(tmp(t), kit.bytes, WORDS, { network, mirrors: ['box'] })
  t.is(await failureOf(wrong), 'BAD_ARGUMENT')
  const place = tmp(t)
  t.is(await failureOf(Album.recover(place, kit.bytes, WORDS, { network, timeout: 3000 })), 'TIMEOUT')
  const back = await recover(t, kit.bytes, network, place, { mirrors: [box?.id ?? ''] })
  t.ok((await readAll(back, photo)).byteLength === 100_000)
  t.is((await back.recovery.takeOver()).final, true)
})

test('recovery: who takes over waits for what only a blind mirror has', { timeout: 120_000 }, async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const mum = await joinAlbum(t, dad, network, { member: 'Mum', device: 'phone' })
  const { stop, start } = await startBox(t, dad, network)
  const kit = await dad.recovery.createKit(WORDS)
  await stored(dad)
  const place = tmp(t)
  const back = await recover(t, kit.bytes, network, place)
  await back.close()
  // Of this it does not know.
  const photo = await mum.add(jpegLike(30_000))
  await stored(mum)
  await dad.close()
  await mum.close()
  await stop()

  const again = await Album.open(place, { network })
  t.teardown(() => again.close())
  t.is(await failureOf(again.recovery.takeOver({ timeout: 3000 })), 'TIMEOUT', 'the box may have more')
  await t.exception(again.recovery.takeOver({ timeout: 3000 }), /Box cannot be reached/)
  t.absent(await again.get(photo.id))
  const waiting = again.recovery.takeOver()
  await start()
  t.is((await waiting).final, true)
  t.ok(await again.get(photo.id), 'before it took over')
})
