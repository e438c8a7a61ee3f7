// What is dropped is never the last copy, and no receipt says more than there is.
import { once } from 'node:events'
import test, { type Assertions } from 'brittle'
import { Album } from './plain.ts'
import type { Photo } from '../index.ts'
import {
  type Home,
  collect,
  connect,
  createAlbum,
  createFamily,
  createNetwork,
  eventually,
  failureOf,
  jpegLike,
  sizeOf,
  tmp
} from './helpers.ts'
import { linesOf, startChild } from './processes.ts'

const MB = 1024 * 1024

async function isHere(album: Album, { id }: Photo): Promise<boolean> {
  return (await failureOf(collect(album.read(id, { timeout: 0 })))) === 'resolved'
}

/** Who holds an original, as a device knows it. */
async function holders(album: Album, { id }: Photo): Promise<string> {
  const copies = (await album.copies.of(id)).filter(({ variants }) => variants.includes('original'))
  return copies
    .map(({ member }) => member.name)
    .sort()
    .join(' ')
}

/** A photo whose giver is no member any more: Mum and Aunt hold it, as all three know. */
async function orphan(t: Assertions): Promise<{ homes: [Home, Home, Home]; photo: Photo }> {
  const homes = (await createFamily(t, ['Mum', 'Aunt', 'Uncle'])) as [Home, Home, Home, Home]
  const [dad, mum, aunt, uncle] = homes
  const photo = await uncle.album.add(jpegLike(MB))
  const cuts = [mum, aunt, uncle].map(({ album }) => connect(dad.album, album))
  cuts.push(connect(uncle.album, mum.album), connect(uncle.album, aunt.album))
  for (const { album } of [mum, aunt]) await album.keep(['original'])
  await eventually(async () => (await holders(dad.album, photo)) === 'Aunt Mum Uncle')
  await dad.album.members.remove(uncle.album.me)
  await uncle.album.close()
  await eventually(async () => {
    const known = await Promise.all([dad, mum, aunt].map(({ album }) => holders(album, photo)))
    return known.every((names) => names === 'Aunt Mum')
  })
  cuts.forEach((cut) => cut())
  return { homes: [dad, mum, aunt], photo }
}

test('keep: of two that let go of the last copies, one keeps its own', { timeout: 240_000 }, async (t) => {
  const { homes, photo } = await orphan(t)
  const [dad, mum, aunt] = homes.map(({ album }) => album) as [Album, Album, Album]
  const meetings: Record<string, [Album, Album][]> = {
    'Mum comes first': [
      [mum, dad],
      [aunt, dad]
    ],
    'Aunt comes first': [
      [aunt, dad],
      [mum, dad]
    ],
    'they meet apart': [
      [mum, aunt],
      [aunt, dad]
    ]
  }
  for (const together of [true, false]) {
    for (const [what, pairs] of Object.entries(meetings)) {
      for (const album of [mum, aunt]) {
        await album.keep({ original: 'none' })
        await eventually(async () => !(await holders(album, photo)).includes(album === mum ? 'Mum' : 'Aunt'))
      }
      t.ok((await isHere(mum, photo)) && (await isHere(aunt, photo)), 'nothing goes before it is final')
      const cuts: (() => void)[] = []
      for (const [one, other] of pairs) {
        cuts.push(connect(one, other))
        if (!together)
          await eventually(
            async () => (await one.status()).index.length === (await other.status()).index.length
          )
      }
      const final = async (album: Album): Promise<boolean> => {
        const { index } = await album.status()
        return index.length === index.final
      }
      const known = await eventually(async () => {
        const names = await holders(dad, photo)
        const all = await Promise.all([mum, aunt].map((album) => holders(album, photo)))
        const kept = await Promise.all(
          [mum, aunt].map(async (album) => (await album.status()).kept.originals)
        )
        const settled = (await Promise.all([dad, mum, aunt].map(final))).every(Boolean)
        const one = kept.filter((bytes) => bytes > 0).length === 1
        return settled && one && all.every((one) => one === names) && /^(Mum|Aunt)$/.test(names) && names
      })
      cuts.forEach((cut) => cut())
      const keeper = known === 'Mum' ? mum : aunt
      t.ok(await isHere(keeper, photo), `${what}, ${together ? 'at once' : 'one by one'}: ${known} kept it`)

      const again = [connect(mum, aunt), connect(mum, dad)]
      for (const album of [mum, aunt]) await album.keep(['original'])
      await eventually(async () => {
        const all = await Promise.all([dad, mum, aunt].map((album) => holders(album, photo)))
        return all.every((names) => names === 'Aunt Mum')
      })
      again.forEach((cut) => cut())
    }
  }
})

test('keep: who was removed after it was let go of is not counted on', { timeout: 120_000 }, async (t) => {
  const { homes, photo } = await orphan(t)
  const [dad, mum, aunt] = homes.map(({ album }) => album) as [Album, Album, Album]
  await mum.keep({ original: 'none' })
  await eventually(async () => !(await holders(mum, photo)).includes('Mum'))
  // Dad makes final what Mum said, without her; then Aunt goes, and Mum hears of both at once.
  for (const [one, other] of [
    [mum, aunt],
    [aunt, dad]
  ] as const) {
    const cut = connect(one, other)
    await eventually(async () => !(await holders(other, photo)).includes('Mum'))
    cut()
  }
  await eventually(async () => (await dad.status()).index.length === (await dad.status()).index.final)
  await dad.members.remove(aunt.me)
  await aunt.close()
  connect(mum, dad)
  await eventually(async () => (await holders(dad, photo)) === 'Mum')
  t.ok(await isHere(mum, photo), 'it stays, and counts again')
})

test(
  'keep: the last copy that is known stays, until somebody else holds it',
  { timeout: 60_000 },
  async (t) => {
    const { homes, photo } = await orphan(t)
    const [dad, mum, aunt] = homes
    await aunt.album.close()
    await dad.album.members.remove(aunt.album.me)
    connect(dad.album, mum.album)
    await eventually(async () => (await holders(mum.album, photo)) === 'Mum')
    await mum.album.keep({ original: 'none' })
    const other = await dad.album.add(jpegLike(MB))
    await collect(mum.album.read(other.id))
    await eventually(async () => (await mum.album.status()).kept.originals < 1.5 * MB)
    t.is(await holders(mum.album, photo), 'Mum', 'what others hold goes, this stays')

    await dad.album.download()
    await eventually(async () => (await mum.album.status()).kept.originals === 0)
    t.is(await holders(mum.album, photo), 'Dad')
  }
)

test(
  'keep: killed in the middle of dropping, no receipt says more than there is',
  { timeout: 240_000 },
  async (t) => {
    const network = await createNetwork(t)
    const dad = await createAlbum(t, { network })
    const folder = tmp(t)
    const { code } = await dad.invites.create()
    const joining = { member: 'Mum', network, keep: ['original' as const], timeout: 30_000 }
    const mum = await Album.join(folder, code, joining)
    const sources = Array.from({ length: 60 }, () => jpegLike(200_000))
    const added = (await collect(dad.addAll(sources))).map(({ photo }) => photo as Photo)
    await dad.settled({ timeout: 30_000 })
    const full = (await mum.status()).kept.originals
    await mum.close()
    const size = sizeOf(folder)
    t.ok(full >= 12_000_000 && size > full)

    for (const when of ['told', 'dropped']) {
      const child = startChild('drop', folder, JSON.stringify(network), when, added[0]?.id ?? '')
      t.teardown(() => child.kill('SIGKILL'))
      const exit = once(child, 'exit')
      for await (const line of linesOf(child)) if (line['error']) t.fail(JSON.stringify(line))
      t.is((await exit)[1], 'SIGKILL', `killed when it has ${when}`)
      const again = await Album.open(folder, { network: false, keep: { original: 'asked' } })
      again.background.pause()
      t.teardown(() => again.close())
      const claimed = await Promise.all(
        added.map(async (photo) => (await holders(dad, photo)).includes('Mum'))
      )
      const there = await Promise.all(added.map((photo) => isHere(again, photo)))
      t.ok(
        claimed.every((claim, i) => !claim || there[i]),
        `${claimed.filter(Boolean).length} claimed, ${there.filter(Boolean).length} there`
      )
      await again.close()
    }

    const last = await Album.open(folder, { network, keep: { original: 'none' } })
    t.teardown(() => last.close())
    await eventually(async () => (await last.status()).kept.originals === 0, 60_000)
    await eventually(() => sizeOf(folder) < size - 10 * MB)
    t.pass('it goes on where it stopped')
    t.is(Buffer.concat(await collect(last.read(added[0]?.id ?? ''))).length, 200_000, 'and all can be read')
  }
)
