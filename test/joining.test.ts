import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type Assertions } from 'brittle'
import Corestore from 'corestore'
import Hyperswarm from 'hyperswarm'
import { Album as Real } from '../index.ts'
import { Album } from './plain.ts'
import type { InviteOptions, JoinRequest, NetworkOption } from '../index.ts'
import { collect, createAlbum, createNetwork, eventually, failureOf, png, readAll, tmp } from './helpers.ts'

const home = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')

/** An album in a folder, to be closed and opened again; closed after the test. */
async function foundIn(t: Assertions, folder: string, network: NetworkOption): Promise<Album> {
  const album = await Album.create(folder, { name: 'Our family', member: 'Dad', device: 'laptop', network })
  t.teardown(() => album.close())
  return album
}

async function openIn(t: Assertions, folder: string, network: NetworkOption): Promise<Album> {
  const album = await Album.open(folder, { network })
  t.teardown(() => album.close())
  return album
}

/** Begins to join in a folder; the album, when there is one, is closed after the test. */
async function joinIn(
  t: Assertions,
  folder: string,
  code: string,
  network: NetworkOption,
  wait: { signal?: AbortSignal; timeout?: number } = {}
): Promise<Album> {
  const who = { member: 'Grandma', device: 'phone', network }
  const album = await Album.join(folder, code, { timeout: 25_000, ...who, ...wait })
  t.teardown(() => album.close())
  return album
}

/** Founds an album with one invite and goes offline. */
async function absentInviter(
  t: Assertions,
  options: InviteOptions = {}
): Promise<{ folder: string; code: string; network: NetworkOption }> {
  const network = await createNetwork(t)
  const folder = tmp(t)
  const founder = await foundIn(t, folder, network)
  const { code } = await founder.invites.create(options)
  await founder.close()
  return { folder, code, network }
}

const nextRequest = (album: Album): Promise<JoinRequest> =>
  new Promise((resolve) => album.once('join-request', resolve))

test('with approval a joiner waits until somebody says yes, or no', async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  const invite = await album.invites.create({ approval: true, uses: 2, role: 'viewer' })

  const asked = nextRequest(album)
  const joining = joinIn(t, tmp(t), invite.code, network)
  const request = await asked
  t.is(request.name, 'Grandma')
  t.is(request.device, 'phone')
  t.is(request.role, 'viewer')
  t.is(request.inviteId, invite.id)
  t.alike(await album.invites.requests(), [request])
  t.is((await album.members.list()).length, 1, 'nobody is in by asking')
  await album.invites.approve(request.id)
  t.is((await (await joining).members.me())?.role, 'viewer')
  t.alike(await album.invites.requests(), [])

  const askedAgain = nextRequest(album)
  const folder = tmp(t)
  const denied = failureOf(joinIn(t, folder, invite.code, network))
  await album.invites.deny((await askedAgain).id)
  t.is(await denied, 'INVITE_REJECTED')
  t.alike(await album.invites.requests(), [])
  t.is((await album.members.list()).length, 2)
  t.is(await failureOf(album.invites.approve(request.id)), 'NOT_FOUND')
  t.is(await failureOf(album.invites.deny(request.id)), 'NOT_FOUND')
  t.is(await failureOf(Album.open(folder, { network: false })), 'NOT_AN_ALBUM', 'nothing is left of it')
})

test('who asked is remembered while the inviter restarts, and approved afterwards', async (t) => {
  const network = await createNetwork(t)
  const folder = tmp(t)
  const founder = await foundIn(t, folder, network)
  const { code } = await founder.invites.create({ approval: true })
  const asked = nextRequest(founder)
  const joining = joinIn(t, tmp(t), code, network)
  const request = await asked
  await founder.close()

  const again = await openIn(t, folder, network)
  t.alike(await again.invites.requests(), [request])
  await again.invites.approve(request.id)
  t.is((await joining).name, 'Our family')
})

test('two who ask with a one-use invite: who is approved second is told that it is used', async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  const { code } = await album.invites.create({ approval: true })
  const outcomes = [joinIn(t, tmp(t), code, network), joinIn(t, tmp(t), code, network)].map(failureOf)
  const requests = await eventually(async () => {
    const all = await album.invites.requests()
    return all.length === 2 ? all : null
  })
  const [first, second] = requests as [JoinRequest, JoinRequest]
  t.is(await failureOf(album.invites.approve(first.id)), 'resolved')
  t.is(await failureOf(album.invites.approve(second.id)), 'INVITE_USED')
  t.alike((await Promise.all(outcomes)).sort(), ['INVITE_USED', 'resolved'])
  t.is((await album.members.list()).length, 2)
})

test('the inviter restarts between ask and answer', async (t) => {
  const { folder, code, network } = await absentInviter(t)
  const joining = joinIn(t, tmp(t), code, network)
  await new Promise((resolve) => setTimeout(resolve, 300))
  const again = await openIn(t, folder, network)
  const joined = await joining
  t.is(joined.id, again.id)
  const photo = await joined.add(png('joined'))
  await eventually(() => again.get(photo.id))
  t.alike(await readAll(again, photo), Buffer.from(png('joined')))
})

test('the inviter closes at any moment of a joining, and comes back', async (t) => {
  const network = await createNetwork(t)
  for (const delay of [20, 120, 250]) {
    const folder = tmp(t)
    const founder = await foundIn(t, folder, network)
    const { code } = await founder.invites.create()
    const joining = joinIn(t, tmp(t), code, network)
    await new Promise((resolve) => setTimeout(resolve, delay))
    await founder.close()
    await openIn(t, folder, network)
    t.is((await joining).writable, true, `after ${delay} ms`)
  }
})

test('an aborted or timed out joining is JOIN_PENDING, and goes on with the same code', async (t) => {
  const { folder, code, network } = await absentInviter(t)
  const mine = tmp(t)
  const controller = new AbortController()
  const aborted = failureOf(joinIn(t, mine, code, network, { signal: controller.signal }))
  setTimeout(() => controller.abort(), 100)
  t.is(await aborted, 'ABORTED')
  t.is(await failureOf(Album.open(mine, { network })), 'JOIN_PENDING')
  t.is(await failureOf(joinIn(t, mine, code, network, { timeout: 100 })), 'TIMEOUT')
  t.is(await failureOf(Album.open(mine, { network: false })), 'JOIN_PENDING')
  const gone = AbortSignal.abort()
  t.is(await failureOf(joinIn(t, mine, code, network, { signal: gone })), 'ABORTED')

  const founder = await openIn(t, folder, network)
  const joined = await joinIn(t, mine, code, network)
  t.is(joined.id, founder.id)
  await joined.close()
  t.is((await openIn(t, mine, network)).writable, true, 'opens from now on')
})

test('a joining may be aborted at any moment: nothing is lost or used twice', async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  const { id, code } = await album.invites.create({ uses: 1 })
  const folder = tmp(t)
  let joined: Album | null = null
  for (const delay of [5, 40, 80, 120, 160, 200, 240, 280]) {
    const outcome = await joinIn(t, folder, code, network, { timeout: delay }).catch(String)
    if (outcome instanceof Real) joined = outcome
    else t.ok(outcome.includes('took over'), `after ${delay} ms: ${outcome}`)
    if (joined) break
  }
  joined ??= await joinIn(t, folder, code, network)
  t.is(joined.writable, true)
  t.is((await album.invites.get(id))?.used, 1)
  t.is((await album.members.list()).length, 2)
})

test('an admission whose answer was lost is answered again, though the invite is used', async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  const { id, code } = await album.invites.create({ approval: true, uses: 1 })
  const folder = tmp(t)
  const controller = new AbortController()
  const asked = nextRequest(album)
  const gone = failureOf(joinIn(t, folder, code, network, { signal: controller.signal }))
  const request = await asked
  controller.abort()
  t.is(await gone, 'ABORTED')
  await album.invites.approve(request.id)
  t.is((await album.invites.get(id))?.used, 1)

  const joined = await joinIn(t, folder, code, network)
  t.is(joined.me, (await album.members.list()).at(-1)?.id)
  t.is((await album.members.list()).length, 2)
})

test('inviter and joiner need not be online together: the request and the answer wait in the DHT', async (t) => {
  const { folder, code, network } = await absentInviter(t, { uses: 2 })
  const mumsFolder = tmp(t)
  const founder = await openIn(t, folder, network)
  const mum = await joinIn(t, mumsFolder, code, network)
  await founder.close()

  const mine = tmp(t)
  t.is(await failureOf(joinIn(t, mine, code, network, { timeout: 1000 })), 'TIMEOUT')
  const again = await openIn(t, folder, network)
  await eventually(async () => (await again.members.list()).length === 3)
  const photo = await again.add(png('while they were away'))
  await eventually(() => mum.get(photo.id))
  await again.close()

  // Mum has no part in the answer; she has what the answer is about.
  const joined = await joinIn(t, mine, code, network)
  await eventually(() => joined.get(photo.id))
  t.is(joined.writable, true)
})

test('a joiner killed while it waits goes on with the same code', { timeout: 60_000 }, async (t) => {
  const { folder, code, network } = await absentInviter(t)
  const mine = tmp(t)
  const script = `
    import { Album } from './index.ts'
    setTimeout(() => console.log('asking'), 500)
    await Album.join(${JSON.stringify(mine)}, '${code}', { member: 'Grandma', network: ${JSON.stringify(network)} })
  `
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: home,
    stdio: ['ignore', 'pipe', 'inherit']
  })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.is(await failureOf(Album.open(mine, { network: false })), 'JOIN_PENDING')

  const founder = await openIn(t, folder, network)
  const joined = await joinIn(t, mine, code, network)
  t.is(joined.id, founder.id)
  t.is((await founder.members.list()).length, 2)
})

test('joining again where there is an album already is ALBUM_EXISTS', async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  const other = await createAlbum(t, { network, name: 'Another family' })
  const first = await album.invites.create()
  const second = await album.invites.create()
  const folder = tmp(t)
  const joined = await joinIn(t, folder, first.code, network)
  t.is(await failureOf(joinIn(t, folder, first.code, network)), 'STORAGE_LOCKED', 'while it is open')
  await joined.close()
  for (const { code } of [first, second, await other.invites.create()]) {
    t.is(await failureOf(joinIn(t, folder, code, network)), 'ALBUM_EXISTS')
  }
  t.is((await openIn(t, folder, network)).id, album.id, 'what was there is untouched')
  t.is((await album.invites.get(second.id))?.used, 0)
})

test('a newer code takes the place of one that nobody answered', async (t) => {
  const { code, network } = await absentInviter(t)
  const folder = tmp(t)
  t.is(await failureOf(joinIn(t, folder, code, network, { timeout: 100 })), 'TIMEOUT')
  const other = await createAlbum(t, { network, name: 'Another family' })
  const joined = await joinIn(t, folder, (await other.invites.create()).code, network)
  t.is(joined.id, other.id)
})

test('who joins and closes at once goes on where it was, and what it has becomes final', async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  for (const photos of [3, 40]) {
    for (let i = 0; i < photos; i++) await album.add(png(`${photos} ${i}`))
    const folder = tmp(t)
    const { code } = await album.invites.create()
    const joined = await joinIn(t, folder, code, network)
    t.is((await collect(joined.list())).length, (await album.status()).photos)
    await joined.close()
    const again = await openIn(t, folder, network)
    const late = await album.add(png(`late ${photos}`))
    await eventually(() => again.get(late.id))
    await eventually(async () => {
      const [his, hers] = [(await album.status()).index, (await again.status()).index]
      return hers.final === hers.length && his.length === hers.length
    })
    t.pass(`after ${photos} photos`)
  }
})

test('joining needs a network', async (t) => {
  const album = await createAlbum(t)
  const { code } = await album.invites.create()
  t.is(await failureOf(joinIn(t, tmp(t), code, false)), 'BAD_ARGUMENT')
  t.is(await failureOf(joinIn(t, tmp(t), code, {} as never)), 'BAD_ARGUMENT')
})

test('an app that closes its swarm or store in the middle of a joining: CLOSED', async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  const { code } = await album.invites.create({ uses: 0 })
  for (const what of ['swarm', 'store'] as const) {
    for (const delay of [0, 20, 60, 120]) {
      const swarm = new Hyperswarm({ bootstrap: network.bootstrap })
      const store = new Corestore(tmp(t))
      const options = { member: 'Grandma', network: { swarm }, timeout: 10_000 }
      const joining = Album.join(store, code, options)
      const outcome = failureOf(joining.then((joined) => joined.close()))
      await new Promise((resolve) => setTimeout(resolve, delay))
      await (what === 'swarm' ? swarm.destroy() : store.close())
      t.ok(['CLOSED', 'STORAGE_FAILED', 'resolved'].includes(await outcome), `${what}: ${await outcome}`)
      await swarm.destroy()
      await store.close()
    }
  }
  t.is(await failureOf(joinIn(t, tmp(t), code, network)), 'resolved', 'the album goes on')
})

// The key of an album is sealed twice while joining: with what the device was admitted by, and where the log keeps it.
for (const [seals, when] of [
  [0, 'as soon as it was let in'],
  [1, 'while its log was being opened']
] as const) {
  test(`a new code goes on where a device that was removed had stopped joining ${when}`, async (t) => {
    const network = await createNetwork(t)
    const album = await createAlbum(t, { network })
    const folder = tmp(t)
    const { code } = await album.invites.create()
    let left: number = seals
    const keyProtection = {
      seal: (key: Uint8Array): Uint8Array => {
        if (left-- === 0) throw new Error('The power went off')
        return key
      },
      open: (sealed: Uint8Array): Uint8Array => sealed
    }
    const options = { member: 'Grandma', network, timeout: 20_000 }
    t.not(await failureOf(Album.join(folder, code, { ...options, keyProtection })), 'resolved')
    await eventually(async () => (await album.members.list()).length === 2)
    const first = (await album.members.list()).find(({ name }) => name === 'Grandma')
    await album.members.remove(first?.id ?? '')
    const { code: second } = await album.invites.create()
    const joined = await Album.join(folder, second, options)
    t.not(joined.me, first?.id)
    t.ok((await album.members.get(first?.id ?? ''))?.removed)
    await joined.close()
  })
}

test('who joins a large album takes its index over, and does not work it out from the log', async (t) => {
  const network = await createNetwork(t)
  const founding = tmp(t)
  const album = await foundIn(t, founding, network)
  // Few ops, of many photos each.
  const photos = Array.from({ length: 3000 }, (_, i) => png(`of many ${i}`, 1))
  t.is((await collect(album.addAll(photos))).filter(({ status }) => status === 'added').length, 3000)
  await eventually(async () => (await album.status()).index.final > 3000)
  const folder = tmp(t)
  const { code } = await album.invites.create()
  const joined = await Album.join(folder, code, { member: 'Grandma', network, keep: [], timeout: 20_000 })
  t.is((await collect(joined.list({ limit: 100 }))).length, 100)
  await joined.close()
  await album.close()
  const [all, came] = [await blocksIn(t, founding, album.key), await blocksIn(t, folder, album.key)]
  t.ok(all > 8 && came < all / 2, `${came} of the founder’s ${all} blocks came`)
})

/** How many blocks of a core lie in a folder. */
async function blocksIn(t: Assertions, folder: string, key: Uint8Array): Promise<number> {
  const store = new Corestore(folder)
  t.teardown(() => store.close())
  const core = store.get({ key })
  await core.ready()
  let blocks = 0
  for (let block = 0; block < core.length; block++) if (await core.has(block)) blocks++
  return blocks
}
