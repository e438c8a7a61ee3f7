import fs from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import Corestore from 'corestore'
import createTestnet from 'hyperdht/testnet.js'
import sodium from 'sodium-universal'
import { Album } from './plain.ts'
import type { KeyProtection } from '../index.ts'
import { collect, createAlbum, createNetwork, eventually, joinAlbum, png, readAll, tmp } from './helpers.ts'

/** Every byte of a folder, as one text. */
function bytesOf(folder: string): string {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name), 'latin1'))
    .join('')
}

// Seals with a key that an app would keep in the system's key store; remembers what it sealed.
class AppKey implements KeyProtection {
  readonly secret: Uint8Array = Buffer.alloc(sodium.crypto_secretbox_KEYBYTES, 7)
  readonly nonce: Uint8Array = Buffer.alloc(sodium.crypto_secretbox_NONCEBYTES, 9)
  readonly sealed: Uint8Array[] = []

  seal(key: Uint8Array): Uint8Array {
    this.sealed.push(Buffer.from(key))
    const cipher = Buffer.alloc(key.byteLength + sodium.crypto_secretbox_MACBYTES)
    sodium.crypto_secretbox_easy(cipher, key, this.nonce, this.secret)
    return cipher
  }

  open(sealed: Uint8Array): Uint8Array {
    const key = Buffer.alloc(sealed.byteLength - sodium.crypto_secretbox_MACBYTES)
    sodium.crypto_secretbox_open_easy(key, sealed, this.nonce, this.secret)
    return key
  }
}

test('options: keyProtection keeps the album key off the disk', async (t) => {
  const folder = tmp(t)
  const keyProtection = new AppKey()
  const options = { name: 'Sealed', member: 'Dad', network: false, keyProtection } as const
  const album = await Album.create(folder, options)
  const photo = await album.add(png(1), { caption: 'on the beach' })
  await album.close()
  const [key] = keyProtection.sealed
  t.ok(key, 'the key was sealed')
  t.absent(
    bytesOf(folder).includes(Buffer.from(key as Uint8Array).toString('latin1')),
    'and is nowhere in the folder'
  )

  const again = await Album.open(folder, { network: false, keyProtection })
  t.is((await again.get(photo.id))?.caption, 'on the beach', 'it opens with the app’s key')
  await again.close()
})

test('options: keyProtection keeps the key off a joiner’s disk too, also while it joins', async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  const { code } = await album.invites.create()
  const folder = tmp(t)
  const keyProtection = new AppKey()
  const joined = await Album.join(folder, code, { member: 'Mum', network, keyProtection, timeout: 20_000 })
  await joined.close()
  // The log seals nothing but the key.
  const key = Buffer.from(keyProtection.sealed.find(({ byteLength }) => byteLength === 32) as Uint8Array)
  const bytes = bytesOf(folder)
  t.absent(bytes.includes(key.toString('latin1')) || bytes.includes(key.toString('hex')))
  const again = await Album.open(folder, { network: false, keyProtection })
  t.is((await again.members.list()).length, 2)
  await again.close()
})

test('options: without keyProtection the key is there, so the test above can fail', async (t) => {
  const folder = tmp(t)
  const spy = new AppKey()
  const album = await Album.create(folder, { name: 'Plain', member: 'Dad', network: false })
  await album.close()
  const again = await Album.open(folder, { network: false, keyProtection: spy })
  const [key] = spy.sealed
  t.ok(key && bytesOf(folder).includes(Buffer.from(key).toString('latin1')), 'a plain key is found')
  await again.close()
})

test('options: nothing that people say or see lies readable on disk', async (t) => {
  const folder = tmp(t)
  const album = await Album.create(folder, { name: 'Familienalbum', member: 'Grossvater', network: false })
  const photo = png('secret')
  await album.add(photo, { caption: 'am Strand von Juist', name: 'urlaub.png', tags: ['Nordsee'] })
  await album.close()
  const disk = bytesOf(folder)
  for (const text of ['Familienalbum', 'Grossvater', 'Strand', 'urlaub', 'Nordsee']) {
    t.absent(disk.includes(text), `${text} is nowhere in the folder`)
  }
  t.absent(disk.includes(Buffer.from(photo).toString('latin1')), 'nor are the photo’s bytes')
})

test('options: several albums in one Corestore are told apart', async (t) => {
  const folder = tmp(t)
  const store = new Corestore(folder)
  const options = { member: 'Dad', network: false } as const
  const first = await Album.create(store as never, { ...options, name: 'First' })
  const second = await Album.create(store as never, { ...options, name: 'Second' })
  await first.add(png(1))
  await second.add(png(2))
  const { id } = second
  await first.close()
  await second.close()
  try {
    await Album.open(store as never, { network: false })
    t.fail('opens one of two without asking')
  } catch (error) {
    t.is((error as { code: string }).code, 'BAD_ARGUMENT', 'which one has to be said')
  }
  const again = await Album.open(store as never, { network: false, album: id })
  t.is(again.name, 'Second')
  t.is((await collect(again.list())).length, 1, 'with its own photos')
  await again.close()
  t.absent(store.closed, 'a store that was handed in stays open')
  await store.close()
})

test('options: a DHT that was handed in stays open', { timeout: 60_000 }, async (t) => {
  const testnet = await createTestnet(10)
  t.teardown(() => testnet.destroy())
  const dht = testnet.createNode()
  const album = await createAlbum(t, { network: { dht } })
  const joined = await joinAlbum(t, album, { bootstrap: testnet.bootstrap })
  t.ok(joined.writable, 'it serves the album')
  await album.close()
  t.absent((dht as unknown as { destroyed: boolean }).destroyed, 'and is not destroyed with it')
})

test('options: keep fetches others’ originals by itself', { timeout: 60_000 }, async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  const before = await album.add(png('before'))
  const mirror = await joinAlbum(t, album, network, { keep: ['original'], invite: { role: 'viewer' } })
  const after = await album.add(png('after'))
  await album.settled({ timeout: 20_000 })
  t.pass('the founder learns that its photos are held')
  await album.close()
  await eventually(async () => (await mirror.status()).peers.length === 0)
  t.alike(await readAll(mirror, before), Buffer.from(png('before')), 'readable with the founder away')
  t.alike(await readAll(mirror, after), Buffer.from(png('after')))
})
