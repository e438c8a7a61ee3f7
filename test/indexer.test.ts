// The device that signs the index: an album's own face of it, between devices on a DHT.
import test, { type Assertions } from 'brittle'
import { Album, AlbumError, type AlbumErrorCode, type Device, type Role } from '../index.ts'
import { runChild } from './processes.ts'
import { connect, createAlbum, createNetwork, eventually, jpegLike, joinAlbum, png, tmp } from './helpers.ts'

async function codeOf(promise: Promise<unknown>): Promise<AlbumErrorCode | null> {
  return promise.then(
    () => null,
    (error: unknown) => (error instanceof AlbumError ? error.code : null)
  )
}

async function own(album: Album): Promise<Device> {
  const devices = (await album.members.list()).flatMap((member) => member.devices)
  return devices.find(({ me }) => me) as Device
}

async function signer(album: Album): Promise<string> {
  return (await album.indexer.status()).member
}

async function isFinal(album: Album): Promise<boolean> {
  const { length, final } = (await album.status()).index
  return length === final
}

test('indexer: the founder’s device at first, and who follows it', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const mum = await joinAlbum(t, dad, network, { member: 'Mum', invite: { role: 'owner' } })
  await joinAlbum(t, dad, network, { member: 'Kid', device: 'tablet', invite: { role: 'viewer' } })
  const aunt = await joinAlbum(t, dad, network, { member: 'Aunt', device: 'PC' })
  await eventually(async () => (await mum.indexer.status()).heirs.length === 2)
  const status = await mum.indexer.status()
  t.is(status.member, 'Dad')
  t.is(status.device?.name, 'laptop')
  t.is(status.online, true)
  t.alike(
    status.heirs.map(({ name }) => name),
    ['phone', 'PC'],
    'owners, then contributors, and no viewer'
  )
  t.is(await codeOf(aunt.indexer.setHeirs([(await own(aunt)).id])), 'FORBIDDEN')
  t.is(await codeOf(aunt.indexer.handOver((await own(aunt)).id)), 'FORBIDDEN')
  t.is(await codeOf(dad.indexer.handOver('00'.repeat(32))), 'NOT_FOUND')
  const tablet = (await dad.members.list()).find(({ name }) => name === 'Kid')?.devices[0]?.id ?? ''
  t.is(await codeOf(dad.indexer.handOver(tablet)), 'FORBIDDEN', 'a viewer signs nothing')
  t.is(await codeOf(mum.indexer.takeOver()), 'FORBIDDEN', 'the founder is online')
  await mum.indexer.setHeirs([(await own(aunt)).id])
  await eventually(async () => (await dad.indexer.status()).heirs[0]?.name === 'PC')
})

test('indexer: handed over to a mirror, the founder goes, and what others do becomes final', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const box = await joinAlbum(t, dad, network, { member: 'Box', device: 'box', invite: { role: 'mirror' } })
  const mum = await joinAlbum(t, dad, network, { member: 'Mum', invite: { role: 'owner' } })
  const id = (await own(box)).id
  await eventually(async () => (await codeOf(mum.indexer.handOver(id))) === null)
  await eventually(async () => (await signer(dad)) === 'Box')
  await dad.close()
  const photo = await mum.add(png('1'))
  await eventually(() => isFinal(mum))
  await eventually(async () => (await box.get(photo.id)) !== null)
  t.is((await mum.indexer.status()).waitingSince, null)

  // Who joins then, and who was away, see the same.
  const aunt = await joinAlbum(t, mum, network, { member: 'Aunt' })
  t.is(await signer(aunt), 'Box')
  await box.close()
  await mum.add(png('2'))
  t.is(await isFinal(mum), false)
  t.not((await mum.indexer.status()).waitingSince, null)
})

test('indexer: people are told when nothing becomes final for days, also after a restart', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const folder = tmp(t)
  const { code } = await dad.invites.create()
  const joined = await Album.join(folder, code, { member: 'Mum', network })
  await eventually(() => isFinal(joined))
  await dad.close()
  await joined.add(png('1'))
  const waitingSince = await eventually(async () => (await joined.indexer.status()).waitingSince)
  const { now } = Date
  t.teardown(() => void (Date.now = now))
  const later = async (ms: number, album: Album): Promise<void> => {
    Date.now = () => now() + ms
    await album.add(png(`after ${ms}`))
  }
  await later(120_000, joined)
  // It is remembered then.
  await new Promise((resolve) => setTimeout(resolve, 1000))
  await joined.close()

  const mum = await Album.open(folder, { network: false })
  t.teardown(() => mum.close())
  t.is((await mum.indexer.status()).waitingSince, waitingSince)
  const told: string[] = []
  mum.on('warning', (error) => void told.push(`${(error as AlbumError).code}: ${error.message}`))
  await later(2 * 86_400_000, mum)
  await new Promise((resolve) => setTimeout(resolve, 1000))
  t.alike(told, [])
  await later(4 * 86_400_000, mum)
  await eventually(() => told.length > 0)
  t.ok(/^INDEXER_AWAY: .*laptop of Dad has to be online/.test(told[0] ?? ''), told[0])
})

test('indexer: the founder’s laptop is stolen, an heir takes over and removes it, and it does no harm', async (t) => {
  const network = await createNetwork(t)
  const folder = tmp(t)
  const dad = await Album.create(folder, { name: 'Our family', member: 'Dad', device: 'laptop', network })
  const mum = await joinAlbum(t, dad, network, { member: 'Mum', invite: { role: 'owner' } })
  const kid = await joinAlbum(t, dad, network, { member: 'Kid' })
  const photo = await dad.add(jpegLike(50_000))
  await eventually(async () => (await kid.get(photo.id)) !== null)
  await mum.download({})
  await eventually(async () => (await mum.indexer.status()).heirs.length === 2)
  t.is(await codeOf(mum.members.removeDevice((await own(dad)).id)), 'FORBIDDEN', 'an owner admitted later')
  await dad.close()
  await mum.indexer.takeOver()

  const laptop = (await mum.members.list()).find(({ name }) => name === 'Dad')?.devices[0]?.id ?? ''
  t.alike(await mum.members.removeDevice(laptop, { timeout: 20_000 }), { final: true })
  await eventually(async () => (await signer(kid)) === 'Mum')
  const later = await kid.add(png('later'))
  await eventually(() => isFinal(kid))

  const thief = await Album.open(folder, { network })
  t.teardown(() => thief.close())
  await thief.add(png('the thief’s')).catch(() => {})
  const leave = connect(thief, kid)
  await new Promise((resolve) => setTimeout(resolve, 3000))
  t.is(await thief.get(later.id), null)
  t.is((await mum.status()).photos, 2)
  t.is(await signer(kid), 'Mum')
  t.ok(await kid.get(photo.id), 'what it gave stays')
  leave()
})

test('indexer: of two heirs apart from each other only the first takes over, and all follow', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const members = await Promise.all(
    ['Mum', 'Aunt'].map(async (member) => {
      const folder = tmp(t)
      const { code } = await dad.invites.create()
      const album = await Album.join(folder, code, { member, network })
      await eventually(
        async () => (await album.indexer.status()).heirs.length === 2 && (await isFinal(album))
      )
      return { album, folder }
    })
  )
  await dad.close()
  // Each for itself.
  const [mum, aunt] = (await Promise.all(
    members.map(async ({ album, folder }) => {
      await album.close()
      const alone = await Album.open(folder, { network: false })
      t.teardown(() => alone.close())
      return alone
    })
  )) as [Album, Album]
  await aunt.add(png('aunt’s'))
  await mum.add(png('mum’s'))
  const first = (await signer(mum)) === 'Dad' ? (await mum.indexer.status()).heirs[0]?.memberId : ''
  const [winner, other] = first === mum.me ? [mum, aunt] : [aunt, mum]
  const outcomes = [await codeOf(winner.indexer.takeOver()), await codeOf(other.indexer.takeOver())]
  t.alike(outcomes, [null, 'FORBIDDEN'])
  connect(mum, aunt)
  const id = winner === mum ? 'Mum' : 'Aunt'
  await eventually(async () => (await signer(other)) === id && (await isFinal(other)))
  await eventually(async () => (await mum.status()).photos === 2 && (await aunt.status()).photos === 2)
})

/**
 * Mum and Aunt, owners, and Kid, apart from each other without the network; Dad, who signed the index, is gone. Who joined
 * first has not heard of the others, unless they are acquainted. Where they are no owners, Aunt has heard that she is heir.
 */
async function apart(
  t: Assertions,
  { kid = 3, acquainted = true, role = 'owner' }: { kid?: number; acquainted?: boolean; role?: Role } = {}
): Promise<Apart> {
  const network = await createNetwork(t)
  const folder = tmp(t)
  const dad = await Album.create(folder, { name: 'Our family', member: 'Dad', device: 'laptop', network })
  t.teardown(() => dad.close())
  const names = ['Mum', 'Aunt']
  names.splice(kid - 1, 0, 'Kid')
  const folders = new Map<string, string>()
  for (const member of names) {
    const place = tmp(t)
    const { code } = await dad.invites.create({ role: member === 'Kid' ? 'contributor' : role })
    const album = await Album.join(place, code, { member, network })
    await eventually(async () => album.me !== '' && (await isFinal(album)))
    await eventually(async () => (await dad.indexer.status()).heirs.length === folders.size + 1)
    await eventually(async () => (await album.indexer.status()).heirs.length === folders.size + 1)
    await eventually(() => isFinal(album))
    folders.set(member, place)
    await album.close()
  }
  for (const place of acquainted ? folders.values() : []) {
    const album = await Album.open(place, { network })
    await eventually(async () => (await album.indexer.status()).heirs.length === 3 && (await isFinal(album)))
    await album.close()
  }
  if (role !== 'owner') {
    const aunt = await Album.open(folders.get('Aunt') ?? '', { network })
    const { id } = await own(aunt)
    await dad.indexer.setHeirs([id])
    await eventually(async () => (await aunt.indexer.status()).heirs[0]?.id === id && (await isFinal(aunt)))
    await aunt.close()
  }
  await dad.close()
  const troubles: string[] = []
  const open = async (place: string): Promise<Album> => {
    const album = await Album.open(place, { network: false })
    t.teardown(() => album.close())
    album.on('warning', ({ message }) => void troubles.push(message))
    return album
  }
  const of = (name: string): Promise<Album> => open(folders.get(name) ?? '')
  return {
    mum: await of('Mum'),
    aunt: await of('Aunt'),
    kid: await of('Kid'),
    dad: () => open(folder),
    troubles
  }
}

interface Apart {
  mum: Album
  aunt: Album
  kid: Album
  /** Opens Dad's again. */
  dad: () => Promise<Album>
  troubles: string[]
}

async function takesOver(album: Album): Promise<void> {
  await album.indexer.setHeirs([(await own(album)).id])
  await album.indexer.takeOver()
  await album.add(png(`of ${album.me}`))
  await eventually(() => isFinal(album))
}

async function handsOver(from: Album, to: Album): Promise<void> {
  await from.indexer.handOver((await own(to)).id)
  await eventually(async () => (await from.indexer.status()).device?.id === (await own(to)).id)
  await to.add(png(`signed by ${to.me}`))
  for (const album of [from, to]) await eventually(() => isFinal(album))
}

/** All have one index, which this member's device signs, and go on with it. */
async function agree(t: Assertions, albums: Album[], member: string, troubles: string[]): Promise<void> {
  const isSettled = async (): Promise<boolean> => {
    const each = await Promise.all(
      albums.map(async (album) => {
        const { length } = (await album.status()).index
        return (await isFinal(album)) && `${await signer(album)} ${length}`
      })
    )
    return (
      new Set(each).size === 1 &&
      each[0] === `${member} ${(await (albums[0] as Album).status()).index.length}`
    )
  }
  await eventually(isSettled, 60_000)
  const { photos } = await (albums[0] as Album).status()
  for (const album of albums) await album.add(png(`later of ${album.me}`))
  await eventually(
    async () => (await isSettled()) && (await albums[0]?.status())?.photos === photos + albums.length,
    60_000
  )
  for (const album of albums) t.is((await album.status()).photos, photos + albums.length)
  t.alike(troubles, [])
}

test('indexer: owners who each put themselves first, apart from each other, do not split the album', async (t) => {
  const { mum, aunt, kid, troubles } = await apart(t, { acquainted: false })
  const told: string[] = []
  const follow = async (): Promise<void> => {
    for await (const { type } of kid.watch()) told.push(type)
  }
  const following = follow()

  // Kid was with Aunt.
  connect(aunt, kid)
  await eventually(async () => (await kid.status()).peers.length === 1)
  for (const album of [mum, aunt]) await takesOver(album)
  const collection = await aunt.collections.create({ name: 'By Aunt' })
  await kid.add(png('kid’s'))
  await eventually(async () => (await signer(kid)) === 'Aunt' && (await isFinal(kid)))

  connect(mum, aunt)
  connect(mum, kid)
  for (const album of [mum, aunt, kid]) {
    await eventually(async () => (await album.status()).photos === 3, 60_000)
  }
  await agree(t, [mum, aunt, kid], 'Mum', troubles)
  for (const album of [mum, aunt, kid]) t.ok(await album.collections.get(collection.id))
  t.ok(told.includes('reset'), 'who follows the album reads it anew where it has another order')
  await kid.close()
  await following
})

for (const first of ['Mum', 'Aunt'] as const) {
  test(`indexer: of two apart from each other ${first} had handed it on before they met`, async (t) => {
    const { mum, aunt, kid, troubles } = await apart(t)
    const [one, other] = first === 'Mum' ? [mum, aunt] : [aunt, mum]
    connect(one, kid)
    await eventually(async () => (await kid.status()).peers.length === 1)
    for (const album of [mum, aunt]) await takesOver(album)
    await eventually(async () => (await signer(kid)) === first && (await isFinal(kid)))
    await handsOver(one, kid)

    connect(mum, aunt)
    connect(other, kid)
    // Mum is followed, or to whom she handed it: what Aunt wished was for hers.
    await agree(t, [mum, aunt, kid], first === 'Mum' ? 'Kid' : 'Mum', troubles)
  })
}

test('indexer: two heirs apart from each other, each the first as far as they had heard', async (t) => {
  const { mum, aunt, kid, troubles } = await apart(t, { role: 'contributor' })
  for (const album of [aunt, mum]) {
    await album.indexer.takeOver()
    await album.add(png(`of ${album.me}`))
    await eventually(() => isFinal(album))
  }
  connect(mum, aunt)
  connect(aunt, kid)
  connect(mum, kid)
  await agree(t, [mum, aunt, kid], 'Mum', troubles)
})

test('indexer: of two apart from each other one was lost, and another went on', async (t) => {
  const { mum, aunt, kid, troubles } = await apart(t)
  connect(aunt, kid)
  await eventually(async () => (await kid.status()).peers.length === 1)
  for (const album of [mum, aunt]) await takesOver(album)
  await aunt.indexer.setHeirs([(await own(kid)).id])
  await eventually(async () => (await signer(kid)) === 'Aunt' && (await isFinal(kid)))
  await aunt.close()
  await kid.indexer.takeOver()
  await kid.add(png('kid’s'))
  await eventually(() => isFinal(kid))

  connect(mum, kid)
  await agree(t, [mum, kid], 'Mum', troubles)
})

test('indexer: handed over while an heir takes it over elsewhere', async (t) => {
  const { mum, aunt, kid, dad: open, troubles } = await apart(t)
  const dad = await open()
  connect(dad, kid)
  await eventually(async () => (await kid.status()).peers.length === 1)
  await handsOver(dad, kid)
  connect(mum, aunt)
  await mum.indexer.takeOver()
  await mum.add(png('mum’s'))
  for (const album of [mum, aunt])
    await eventually(async () => (await signer(album)) === 'Mum' && isFinal(album))

  connect(dad, mum)
  connect(kid, aunt)
  await agree(t, [dad, mum, aunt, kid], 'Mum', troubles)
})

test('indexer: an owner is followed before an heir who is none, whoever came first', async (t) => {
  const { mum, aunt, kid, troubles } = await apart(t, { kid: 1 })
  await mum.indexer.setHeirs([(await own(kid)).id])
  const part = connect(mum, kid)
  await eventually(async () => (await kid.indexer.status()).heirs[0]?.id === (await own(kid)).id)
  part()
  // Not signed by anybody: nobody can say that an heir was named after the founder was lost.
  await mum.close()
  await takesOver(aunt)
  t.is(await codeOf(kid.indexer.takeOver()), 'FORBIDDEN')
  connect(aunt, kid)
  await agree(t, [aunt, kid], 'Aunt', troubles)
})

test('indexer: killed wherever it is in taking over, an heir goes on', { timeout: 240_000 }, async (t) => {
  const network = await createNetwork(t)
  for (let from = 1, done = false; from <= 5; from++, done = false) {
    const dad = await createAlbum(t, { network })
    const folder = tmp(t)
    const { code } = await dad.invites.create({ role: 'owner' })
    const mum = await Album.join(folder, code, { member: 'Mum', network })
    await eventually(async () => (await isFinal(mum)) && (await mum.indexer.status()).heirs.length === 1)
    await dad.close()
    const photo = await mum.add(png('1'))
    await mum.close()
    let kills = 0
    for (let writes = from; !done; writes += 5) {
      const { said } = await runChild('takeover', folder, String(writes))
      done = said.some(({ taken }) => taken === true)
      if (!done) kills++
      const album = await Album.open(folder, { network: false })
      await eventually(() => album.get(photo.id))
      await eventually(async () => (await signer(album)) === 'Dad' || (await isFinal(album)))
      done ||= (await signer(album)) === 'Mum'
      await album.add(png(`${from} ${writes}`))
      await album.close()
    }
    const album = await Album.open(folder, { network: false })
    t.teardown(() => album.close())
    t.is(await signer(album), 'Mum', `killed ${kills} times`)
    await eventually(() => isFinal(album))
  }
})

test('indexer: a named heir without another owner becomes one; one that was not named does not', async (t) => {
  const network = await createNetwork(t)
  for (const named of [true, false]) {
    const dad = await createAlbum(t, { network })
    const mum = await joinAlbum(t, dad, network, { member: 'Mum' })
    if (named) await dad.indexer.setHeirs([(await own(mum)).id])
    await eventually(async () => (await mum.indexer.status()).heirs.length === 1 && (await isFinal(mum)))
    if (named)
      await eventually(async () => (await mum.status()).index.final === (await dad.status()).index.final)
    await dad.close()
    await mum.indexer.takeOver()
    t.is((await mum.members.me())?.role, named ? 'owner' : 'contributor')
    await mum.close()
  }
})
