// Letting go of originals where something else happens to them before the album has decided.
import test from 'brittle'
import type { Album } from '../index.ts'
import { connect, createFamily, eventually, jpegLike, readAll } from './helpers.ts'
import { openInside } from './insider.ts'

const SIZE = 200_000

/** Whether a device that is alone has a photo's bytes on its disk. */
function hasBytes(album: Album, id: string): Promise<boolean> {
  return readAll(album, { id }).then(
    ({ byteLength }) => byteLength > 0,
    () => false
  )
}

async function holds(album: Album, id: string): Promise<boolean> {
  return (await album.copies.of(id)).some(({ me, variants }) => me && variants.includes('original'))
}

for (const how of ['purge', 'trash'] as const) {
  test(`copies: what is added anew after a ${how} stays, whatever was asked for before`, async (t) => {
    const homes = await createFamily(t, ['Mum', 'Ann', 'Bob'], { keep: ['original'] })
    const [dad, mum, ann, bob] = homes.map(({ album }) => album) as [Album, Album, Album, Album]
    const bytes = jpegLike(SIZE)
    const { id } = await mum.add(bytes)
    const other = (await mum.add(jpegLike(SIZE))).id
    const all = [connect(dad, mum), connect(dad, ann), connect(dad, bob)]
    await mum.settled({ copies: 3, timeout: 30_000 })
    all.forEach((part) => part())

    const asked = await mum.copies.free([id, other], { timeout: 500 })
    t.alike(
      asked.map(({ status }) => status),
      ['waiting', 'waiting'],
      'Dad, whose device puts in order, is away'
    )
    await mum[how](id)
    t.is((await mum.add(bytes, { restore: true })).id, id)
    t.ok(await holds(mum, id), 'so she has it again')
    const part = connect(mum, dad)
    await eventually(async () => (await mum.copies.free([other], { timeout: 500 }))[0]?.status === 'freed')
    part()
    const claims = await holds(mum, id)
    t.is(await hasBytes(mum, id), claims, 'what the album says of her is true')
    t.ok(claims)
  })
}

test('copies: where those that were counted on are removed before anything is dropped, nothing is', async (t) => {
  const homes = await createFamily(t, ['Mum', 'Ann', 'Bob'], { keep: ['original'] })
  const [dad, mum, ann, bob] = homes.map(({ album }) => album) as [Album, Album, Album, Album]
  const { id } = await mum.add(jpegLike(SIZE))
  const all = [connect(dad, mum), connect(dad, ann), connect(dad, bob)]
  await mum.settled({ copies: 3, timeout: 30_000 })
  all.forEach((part) => part())

  t.is((await mum.copies.free([id], { timeout: 500 }))[0]?.status, 'waiting')
  const names = async (album: Album): Promise<string[]> =>
    (await album.copies.of(id)).map(({ member }) => member.name)
  // Bob brings Dad what Mum asked for.
  const toBob = connect(mum, bob)
  await eventually(async () => !(await names(bob)).includes('Mum'))
  toBob()
  await mum.close()
  const toDad = connect(bob, dad)
  await eventually(async () => (await names(dad)).length === 3)
  toDad()
  for (const { id: member, name } of await dad.members.list()) {
    if (name === 'Ann' || name === 'Bob') await dad.members.remove(member)
  }
  const again = (await homes[1]?.reopen()) as Album
  const part = connect(again, dad)
  await eventually(async () => (await names(dad)).sort().join() === 'Dad,Mum')
  t.pass('she keeps hers, and says so')
  part()
  t.ok(await hasBytes(again, id))
})

test('copies: of a drive that nothing is left of, nothing is said again and again', async (t) => {
  const [home] = await createFamily(t, [])
  const { album, folder } = home as NonNullable<typeof home>
  const { id } = await album.add(jpegLike(SIZE))
  await album.purge(id)
  await album.close()
  const { session } = await openInside(t, folder)
  await session.reclaim()
  const written = async (): Promise<number> => {
    const core = session.store.get({ key: session.log.writer })
    await core.ready()
    const { length } = core
    await core.close()
    return length
  }
  await eventually(async () => (await session.queries.cast()).album.photos === 0)
  const before = await written()
  const days = (count: number): number => Date.now() + count * 86_400_000
  for (let day = 2; day < 6; day++) await session.receipts.confirm(days(day))
  t.is(await written(), before, 'there is nothing to say')
})

test('copies: what is said to be let go of is not on the disk, whoever counted on it', async (t) => {
  const homes = await createFamily(t, ['Mum', 'Ann', 'Bob'], { keep: ['original'] })
  const ann = (await homes[2]?.reopen({ keep: ['thumbnail'] })) as Album
  const [dad, mum, , bob] = homes.map(({ album }) => album) as [Album, Album, Album, Album]
  const { id } = await mum.add(jpegLike(SIZE))
  const all = [connect(dad, mum), connect(dad, ann), connect(dad, bob)]
  await mum.settled({ copies: 2, timeout: 30_000 })
  await eventually(async () => (await ann.get(id)) !== null)
  t.ok(await hasBytes(ann, id), 'Ann looks at it')
  const free = async (album: Album): Promise<void> =>
    t.is((await album.copies.free([id], { timeout: 20_000 }))[0]?.status, 'freed')
  await free(ann)
  await mum.trash(id)
  t.is(await holds(mum, id), false, 'nobody counts on what she took back')
  await free(mum)
  all.forEach((part) => part())
  await eventually(async () => (await dad.status()).peers.length === 0)
  t.is(await hasBytes(ann, id), false)
  t.is(await hasBytes(mum, id), false)
  t.ok(await hasBytes(bob, id))
})
