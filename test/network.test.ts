import dgram from 'node:dgram'
import test, { type Assertions } from 'brittle'
import Corestore from 'corestore'
import Hyperswarm from 'hyperswarm'
import { Album } from './plain.ts'
import type { NetworkOption, Photo } from '../index.ts'
import {
  collect,
  connect,
  createAlbum,
  createNetwork,
  eventually,
  failureOf,
  joinAlbum,
  png,
  readAll,
  tmp,
  viewOf
} from './helpers.ts'

type Network = Awaited<ReturnType<typeof createNetwork>>

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))

const arrived = async (album: Album, ...photos: Photo[]): Promise<void> => {
  for (const photo of photos) await eventually(() => album.get(photo.id))
}

/** A swarm as an app makes it: with a key pair that has nothing to do with any album. */
function appSwarm(t: Assertions, network: Network): Hyperswarm {
  const swarm = new Hyperswarm({ bootstrap: network.bootstrap })
  t.teardown(() => swarm.destroy(), { order: 100 })
  return swarm
}

async function openIn(t: Assertions, folder: string, network: NetworkOption): Promise<Album> {
  const album = await Album.open(folder, { network })
  t.teardown(() => album.close())
  return album
}

/** A member in a folder, closed. */
async function memberIn(
  t: Assertions,
  album: Album,
  network: NetworkOption,
  member: string
): Promise<string> {
  const folder = tmp(t)
  const { code } = await album.invites.create()
  const joined = await Album.join(folder, code, { member, network, timeout: 20_000 })
  await joined.close()
  return folder
}

test('an app’s swarm with a key pair of its own, and another one after a restart', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network: { swarm: appSwarm(t, network) } })
  const folder = await memberIn(t, dad, { swarm: appSwarm(t, network) }, 'Mum')
  for (const round of [1, 2]) {
    const mum = await openIn(t, folder, { swarm: appSwarm(t, network) })
    const photo = await mum.add(png(`round ${round}`))
    await arrived(dad, photo)
    t.alike(await readAll(dad, photo), Buffer.from(png(`round ${round}`)))
    await mum.close()
  }
})

test('an album closes at once where nobody answers', async (t) => {
  // Takes everything and says nothing: as where the internet is down.
  const silent = dgram.createSocket('udp4')
  await new Promise<void>((resolve) => silent.bind(0, '127.0.0.1', resolve))
  t.teardown(() => silent.close())
  const bootstrap = [{ host: '127.0.0.1', port: silent.address().port }]
  const album = await Album.create(tmp(t), { name: 'Our family', member: 'Dad', network: { bootstrap } })
  await album.add(png(1))
  const closed = await Promise.race([album.close().then(() => true), pause(3000).then(() => false)])
  t.ok(closed, 'and not only when the DHT has given up, after twice as long or more')
})

test('an album closed and opened again in a swarm that goes on', async (t) => {
  const network = await createNetwork(t)
  const swarm = appSwarm(t, network)
  const dad = await createAlbum(t, { network })
  const folder = await memberIn(t, dad, { swarm }, 'Mum')
  for (const round of [1, 2]) {
    const mum = await openIn(t, folder, { swarm })
    const photo = await dad.add(png(`round ${round}`))
    await arrived(mum, photo)
    await mum.close()
  }
  t.ok(swarm.connections.size > 0, 'over connections that stayed')
})

test('two albums in one store and one swarm do not mix', async (t) => {
  const network = await createNetwork(t)
  const store = new Corestore(tmp(t))
  t.teardown(() => store.close(), { order: 50 })
  const swarm = appSwarm(t, network)
  const family = await Album.create(store, { name: 'Family', member: 'Dad', network: { swarm } })
  const club = await Album.create(store, { name: 'Club', member: 'Dad', network: { swarm } })
  t.teardown(() => Promise.all([family.close(), club.close()]))
  const [mum, friend] = await Promise.all([
    joinAlbum(t, family, network, { member: 'Mum' }),
    joinAlbum(t, club, network, { member: 'Friend' })
  ])
  const [home, match] = await Promise.all([family.add(png('home')), club.add(png('match'))])
  await Promise.all([arrived(mum, home), arrived(friend, match)])
  t.alike(
    (await collect(family.list())).map(({ id }) => id),
    [home.id]
  )
  t.alike(
    (await collect(club.list())).map(({ id }) => id),
    [match.id]
  )
  t.is(await mum.get(match.id), null)
  t.alike(await readAll(friend, match), Buffer.from(png('match')))

  await club.close()
  const late = await family.add(png('late'))
  await arrived(mum, late)
})

/** Somebody with a store and a swarm for all albums. */
class Person {
  readonly store: Corestore
  readonly swarm: Hyperswarm
  readonly #t: Assertions
  readonly #name: string

  constructor(t: Assertions, network: Network, name: string) {
    this.store = new Corestore(tmp(t))
    t.teardown(() => this.store.close(), { order: 50 })
    this.swarm = appSwarm(t, network)
    this.#t = t
    this.#name = name
  }

  #kept(album: Album): Album {
    this.#t.teardown(() => album.close())
    return album
  }

  async found(name: string): Promise<Album> {
    const options = { name, member: this.#name, network: { swarm: this.swarm } }
    return this.#kept(await Album.create(this.store, options))
  }

  async join(album: Album): Promise<Album> {
    const { code } = await album.invites.create()
    const options = { member: this.#name, network: { swarm: this.swarm }, timeout: 20_000 }
    return this.#kept(await Album.join(this.store, code, options))
  }

  async open(album: string): Promise<Album> {
    return this.#kept(await Album.open(this.store, { album, network: { swarm: this.swarm } }))
  }
}

test('two albums share a connection, also when one of them closes and opens again', async (t) => {
  const network = await createNetwork(t)
  const [dad, mum] = [new Person(t, network, 'Dad'), new Person(t, network, 'Mum')]
  const [family, club] = [await dad.found('Family'), await dad.found('Club')]
  const hers = { family: await mum.join(family), club: await mum.join(club) }
  t.is(await failureOf(mum.open(family.id)), 'STORAGE_LOCKED', 'it is open already')

  // Bytes too: each asks for cores that the other does not have open.
  const exchange = async (round: string): Promise<void> => {
    for (const [one, other] of [
      [family, hers.family],
      [hers.club, club],
      [hers.family, family],
      [club, hers.club]
    ] as const) {
      const seed = `${round} ${one.name} ${one.me}`
      const photo = await one.add(png(seed))
      await arrived(other, photo)
      t.alike(await readAll(other, photo), Buffer.from(png(seed)), seed)
    }
  }
  await exchange('first')
  await hers.family.close()
  await eventually(async () => (await family.status()).peers.length === 0)
  const missed = await family.add(png('missed'))
  hers.family = await mum.open(family.id)
  await arrived(hers.family, missed)
  await exchange('second')
  t.is(dad.swarm.connections.size, 1, 'over one connection')
})

test('who was removed from one album gets nothing of it over the connection for another', async (t) => {
  const network = await createNetwork(t)
  const [dad, uncle] = [new Person(t, network, 'Dad'), new Person(t, network, 'Uncle')]
  const [family, club] = [await dad.found('Family'), await dad.found('Club')]
  const his = { family: await uncle.join(family), club: await uncle.join(club) }
  await family.members.remove(his.family.me)
  const secret = await family.add(png('after the quarrel'))
  const open = await club.add(png('at the club'))
  await arrived(his.club, open)

  // A modified client asks for the family's cores where the club's are replicated.
  const key = his.family.key
  await his.family.close()
  const core = uncle.store.get({ key })
  await core.ready()
  const before = core.length
  for (const stream of uncle.swarm.connections) uncle.store.replicate(stream)
  await pause(1500)
  t.is(core.length, before)
  t.is((await his.club.status()).peers.length, 1, 'the club goes on')
  await core.close()
  const again = await uncle.open(his.family.id)
  await pause(500)
  t.is(await again.get(secret.id), null)
  t.is((await again.status()).peers.length, 0)
})

test('streams of one’s own work between members, and not with strangers', async (t) => {
  const network = await createNetwork(t)
  const founder = await createAlbum(t, { network })
  const folder = await memberIn(t, founder, network, 'Mum')
  const mum = await openIn(t, folder, false)
  const stranger = await createAlbum(t, { name: 'Another family', member: 'Stranger' })
  await stranger.add(png('theirs'))

  const photo = await founder.add(png('ours'))
  const cut = connect(stranger, founder)
  await pause(300)
  t.alike((await stranger.status()).peers, [])
  t.is(await stranger.get(photo.id), null)
  cut()

  const cutMum = connect(mum, founder)
  await arrived(mum, photo)
  t.alike(
    (await mum.status()).peers.map(({ member }) => member),
    ['Dad']
  )
  t.is((await mum.status()).online, false)
  const back = await mum.add(png('back'))
  await arrived(founder, back)
  cutMum()
  await eventually(async () => (await mum.status()).peers.length === 0)
  const late = await founder.add(png('late'))
  await pause(200)
  t.is(await mum.get(late.id), null)
  connect(founder, mum)
  await arrived(mum, late)
})

test('two devices that start together find each other', async (t) => {
  const network = await createNetwork(t)
  const folders = [tmp(t), '']
  const founder = await Album.create(folders[0] as string, { name: 'Ours', member: 'Dad', network })
  folders[1] = await memberIn(t, founder, network, 'Mum')
  await founder.close()
  for (const round of [1, 2, 3]) {
    const together = await Promise.all(folders.map((folder) => openIn(t, folder, network)))
    const started = Date.now()
    const met = async (album: Album): Promise<boolean> => (await album.status()).peers.length > 0
    await eventually(async () => (await Promise.all(together.map(met))).every(Boolean), 8000)
    t.pass(`round ${round}: after ${Date.now() - started} ms`)
    await Promise.all(together.map((album) => album.close()))
  }
})

test('a joiner of an album with three other writers gets all records', { timeout: 60_000 }, async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  const writers = await Promise.all(
    ['Ann', 'Bob', 'Cid'].map((member) => joinAlbum(t, album, network, { member }))
  )
  const all = [album, ...writers]
  const photos = await Promise.all(
    all.flatMap((one, w) => Array.from({ length: 10 }, (_, i) => one.add(png(`${w}/${i}`))))
  )
  const joiner = await joinAlbum(t, album, network, { member: 'Late', invite: { role: 'viewer' } })
  await eventually(async () => (await joiner.status()).photos === photos.length)
  await arrived(joiner, ...photos)
  for (const one of all) await eventually(async () => (await one.status()).photos === photos.length)
  await eventually(async () => (await viewOf(joiner)) === (await viewOf(album)))
})
