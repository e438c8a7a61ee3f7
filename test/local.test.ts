// Devices that find each other without the internet, here on one machine: nobody answers on their DHT.
import dgram from 'node:dgram'
import test, { type Assertions } from 'brittle'
import Hypercore, { type NoiseStream } from 'hypercore'
import Hyperswarm from 'hyperswarm'
import type { Album, Photo } from '../index.ts'
import { BEACON_PORT } from '../lib/network/local.ts'
import { type Home, createFamily, createNetwork, eventually, failureOf, png, readAll } from './helpers.ts'
import { type Insider, openInside } from './insider.ts'

const HERE = '127.255.255.255'

const arrived = async (album: Album, ...photos: Photo[]): Promise<void> => {
  for (const photo of photos) await eventually(() => album.get(photo.id))
}

const peersOf = async (album: Album): Promise<string[]> =>
  (await album.status()).peers.map(({ member }) => member).sort()

const sees = (album: Album, ...members: string[]): Promise<unknown> =>
  eventually(async () => (await peersOf(album)).join() === members.join())

/** Where everything is taken and nothing answered, as when the internet is down. */
async function silence(t: Assertions): Promise<{ bootstrap: { host: string; port: number }[] }> {
  const socket = dgram.createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  t.teardown(() => socket.close(), { order: 900 })
  return { bootstrap: [{ host: '127.0.0.1', port: socket.address().port }] }
}

/** Somebody in the same network, who hears what is said to all there, and says things. */
class Stranger {
  readonly heard: Buffer[] = []
  readonly #socket = dgram.createSocket({ type: 'udp4', reuseAddr: true })

  static async listen(t: Assertions): Promise<Stranger> {
    const stranger = new Stranger()
    const socket = stranger.#socket
    await new Promise<void>((resolve) => socket.bind(BEACON_PORT, resolve))
    socket.setBroadcast(true)
    socket.on('message', (packet) => stranger.heard.push(packet))
    t.teardown(() => socket.close(), { order: 900 })
    return stranger
  }

  say(packet: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.send(packet, BEACON_PORT, HERE, () => resolve())
    })
  }
}

test('two devices find each other without the internet, and again after a rest and a restart', async (t) => {
  const [dad, mum] = (await createFamily(t, ['Mum'])) as [Home, Home]
  const network = await silence(t)
  // At the same moment: each hears the other and calls it.
  await Promise.all([dad.reopen({ network }), mum.reopen({ network })])
  const exchange = async (round: string): Promise<void> => {
    const hers = await mum.album.add(png(`hers, ${round}`))
    const his = await dad.album.add(png(`his, ${round}`))
    await arrived(dad.album, hers)
    await arrived(mum.album, his)
    t.alike(await readAll(dad.album, hers), Buffer.from(png(`hers, ${round}`)))
    t.alike(await readAll(mum.album, his), Buffer.from(png(`his, ${round}`)))
    await Promise.all([sees(dad.album, 'Mum'), sees(mum.album, 'Dad')])
  }
  await exchange('first')

  await mum.album.suspend()
  await sees(dad.album)
  await mum.album.resume()
  await exchange('after a rest')

  await mum.album.close()
  await sees(dad.album)
  await mum.reopen({ network })
  await exchange('after a restart')
})

/** Connects two albums as where the first calls the other; the ends of the connection. */
function call(one: Insider, other: Insider, options: { spare: boolean }): NoiseStream[] {
  const left = Hypercore.createProtocolStream(true)
  const right = Hypercore.createProtocolStream(false)
  one.session.meet(left.noiseStream, options)
  other.session.meet(right.noiseStream, options)
  left.pipe(right).pipe(left)
  return [left.noiseStream, right.noiseStream]
}

test('two devices that find each other several ways go by one connection', async (t) => {
  const homes = (await createFamily(t, ['Mum'])) as [Home, Home]
  await Promise.all(homes.map(({ album }) => album.close()))
  const dad = await openInside(t, homes[0].folder)
  const mum = await openInside(t, homes[1].folder)
  const gone = (streams: NoiseStream[]): Promise<unknown> =>
    eventually(() => streams.every(({ destroyed }) => destroyed))
  const present = ({ session }: Insider): number => session.present().length

  const his = call(dad, mum, { spare: true })
  const hers = call(mum, dad, { spare: true })
  await eventually(() => [...his, ...hers].some(({ destroyed }) => destroyed))
  const [ended, kept] = his.some(({ destroyed }) => destroyed) ? [his, hers] : [hers, his]
  await gone(ended)
  await eventually(() => present(dad) === 1 && present(mum) === 1)
  t.absent(
    kept.some(({ destroyed }) => destroyed),
    'not both ways at once'
  )

  const swarmed = call(dad, mum, { spare: false })
  await gone(kept)
  await eventually(() => present(dad) === 1 && present(mum) === 1)
  t.absent(
    swarmed.some(({ destroyed }) => destroyed),
    'not beside the swarm'
  )

  await gone(call(mum, dad, { spare: true }))
  t.alike([present(dad), present(mum)], [1, 1])
  for (const stream of swarmed) stream.destroy()
})

test('nearby, too, where an app hands in its swarm and asks for it', async (t) => {
  const [dad, mum] = (await createFamily(t, ['Mum'])) as [Home, Home]
  const network = await createNetwork(t)
  const swarm = (): Hyperswarm => {
    const made = new Hyperswarm({ bootstrap: network.bootstrap })
    t.teardown(() => made.destroy(), { order: 100 })
    return made
  }
  const [his, hers] = [swarm(), swarm()]
  const swarmed = new Promise((resolve) => his.on('connection', resolve))
  await dad.reopen({ network: { swarm: his, local: true } })
  await mum.reopen({ network: { swarm: hers, local: true } })
  await swarmed
  await Promise.all([sees(dad.album, 'Mum'), sees(mum.album, 'Dad')])

  // They are still together where the one way ends.
  await Promise.all([his.destroy(), hers.destroy()])
  await Promise.all([sees(dad.album, 'Mum'), sees(mum.album, 'Dad')])
  await arrived(mum.album, await dad.album.add(png('nearby')))
})

test('`local: false` says nothing to anybody nearby', async (t) => {
  const [dad, mum] = (await createFamily(t, ['Mum'])) as [Home, Home]
  const network = await silence(t)
  const stranger = await Stranger.listen(t)
  await dad.reopen({ network: { ...network, local: false } })
  const before = stranger.heard.length
  await mum.reopen({ network })
  await eventually(() => stranger.heard.length >= before + 2)
  t.is(before, 0)
  t.alike(await peersOf(mum.album), [], 'nor does it listen')
})

test('a stranger nearby reads nothing, and does no harm', { timeout: 60_000 }, async (t) => {
  const [dad, mum] = (await createFamily(t, ['Mum'])) as [Home, Home]
  const network = await silence(t)
  const stranger = await Stranger.listen(t)
  await dad.reopen({ network })
  await eventually(() => stranger.heard.length >= 3)
  const packets = [...stranger.heard]

  const { key, discoveryKey, me } = dad.album
  const told = Buffer.concat(packets)
  for (const [what, secret] of Object.entries({ key, discoveryKey, me: Buffer.from(me, 'hex') })) {
    t.absent(told.includes(Buffer.from(secret)), what)
    t.absent(told.includes(Buffer.from(secret).toString('hex')), `${what} in hex`)
  }
  for (const name of ['Dad', 'laptop', 'family', 'album']) t.absent(told.includes(name), name)
  const pieces = packets.flatMap((packet) =>
    Array.from({ length: packet.length - 3 }, (_, i) => packet.toString('hex', i, i + 4))
  )
  const longest = new Set(pieces).size
  t.is(longest, pieces.length, 'no two packets have anything in common')

  // Old ones once more, some that are made up, some that are spoiled, and connections that say nothing or nonsense.
  const old = packets[0] as Buffer
  const flood = async (): Promise<void> => {
    for (let i = 0; i < 5000; i++) {
      const spoiled = Buffer.from(old)
      spoiled[i % old.length] = i
      await stranger.say([old, spoiled, Buffer.alloc(i % 200, i), Buffer.alloc(0)][i % 4] as Buffer)
    }
  }
  const flooded = flood()
  await mum.reopen({ network })
  await Promise.all([sees(dad.album, 'Mum'), sees(mum.album, 'Dad')])
  await flooded
  const photo = await mum.album.add(png(1))
  await arrived(dad.album, photo)
})

test('who was removed is known nearby, and not let in', async (t) => {
  const [dad, mum, kid] = (await createFamily(t, ['Mum', 'Kid'])) as [Home, Home, Home]
  const network = await silence(t)
  await dad.album.members.remove(mum.album.me)
  await Promise.all([dad.reopen({ network }), mum.reopen({ network }), kid.reopen({ network })])
  const photo = await dad.album.add(png('after the quarrel'))
  await arrived(kid.album, photo)
  await eventually(async () => (await failureOf(mum.album.add(png('mum')))) === 'REMOVED')
  t.is(await mum.album.get(photo.id), null)
  t.alike(await peersOf(dad.album), ['Kid'])
})
