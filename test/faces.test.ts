import test from 'brittle'
import { createAlbum, createNetwork, eventually, failureOf, joinAlbum, png } from './helpers.ts'

test('faces: what happens is told once to each, as its member sees it', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const { id } = await dad.members.create({ name: 'Grandpa' })
  const [device] = (await dad.members.me())?.devices ?? []
  await dad.members.delegate(id, device?.id ?? '')
  const grandpa = dad.as(id)
  const photo = await dad.add(png(1))

  const seen: Record<'dad' | 'grandpa', boolean[]> = { dad: [], grandpa: [] }
  dad.on('update', (changes) => seen.dad.push(...changes.map((change) => change.photo?.favourite === true)))
  const listener = (changes: { photo: { favourite: boolean } | null }[]): void => {
    seen.grandpa.push(...changes.map((change) => change.photo?.favourite === true))
  }
  grandpa.on('update', listener)
  await new Promise((resolve) => setTimeout(resolve, 300))
  await grandpa.edit(photo.id, { favourite: true })
  await eventually(() => seen.dad.length > 0 && seen.grandpa.length > 0)
  t.alike(seen, { dad: [false], grandpa: [true] })

  grandpa.off('update', listener)
  await grandpa.edit(photo.id, { favourite: false })
  await eventually(() => seen.dad.length === 2)
  t.alike(seen.grandpa, [true], 'nothing after the last listener has gone')
})

test('faces: who acts for somebody else does not rename them', async (t) => {
  const dad = await createAlbum(t)
  const { id } = await dad.members.create({ name: 'Grandpa' })
  await dad.members.delegate(id)
  t.is(await failureOf(dad.as(id).members.rename(id, 'Nonno')), 'FORBIDDEN')
  t.is((await dad.members.rename(id, 'Nonno')).name, 'Nonno', 'an owner at their own device does')
})

test('faces: closing one that `as` gave leaves the album open', async (t) => {
  const dad = await createAlbum(t)
  const { id } = await dad.members.create({ name: 'Grandpa' })
  await dad.members.delegate(id)
  await dad.as(id).close()
  t.absent(dad.closed)
  t.ok(await dad.as(id).add(png(1)))
  await dad.close()
  t.ok(dad.as(id).closed)
})

test('faces: events of an album that is closing do not come any more', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const mum = await joinAlbum(t, dad, network, { member: 'Mum' })
  await eventually(async () => (await dad.status()).peers.length === 1)
  const told: string[] = []
  for (const event of ['members', 'peers', 'writable', 'update', 'warning'] as const) {
    mum.on(event, () => told.push(event))
  }
  let closed = 0
  mum.on('close', () => closed++)
  await dad.add(png(1))
  const closing = mum.close()
  told.length = 0
  await closing
  t.alike(told, [])
  t.is(closed, 1)
})
