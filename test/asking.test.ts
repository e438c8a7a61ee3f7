// What programs ask about files and photos: which are known, which an id's first digits mean, who has the bytes.
import crypto from 'node:crypto'
import test from 'brittle'
import { createAlbum, createNetwork, eventually, failureOf, joinAlbum, png } from './helpers.ts'

const sha256 = (bytes: Uint8Array): string => crypto.createHash('sha256').update(bytes).digest('hex')

test('asking: what the album knows of many files', async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  const mine = await joinAlbum(t, album, network)
  const [here, trashed, purged, nowhere] = ['here', 'trashed', 'purged', 'nowhere'].map((seed) => png(seed))
  for (const bytes of [here, trashed, purged]) await album.add(bytes as Uint8Array)
  await album.trash(sha256(trashed as Uint8Array))
  await album.purge(sha256(purged as Uint8Array))
  const ids = [here, trashed, purged, nowhere].map((bytes) => sha256(bytes as Uint8Array))

  t.alike(await album.known(ids), ['duplicate', 'trashed', 'trashed', 'new'], 'deleted for good is not new')
  await eventually(async () => (await mine.known(ids))[2] === 'trashed')
  t.alike(await mine.known(ids), ['shared', 'trashed', 'trashed', 'new'], 'to another member too')
  await mine.add(here as Uint8Array)
  t.alike(await mine.known([ids[0] as string]), ['duplicate'], 'now this device has it too')
  t.alike(await album.known([]), [])
  t.is(await failureOf(album.known(['abc'])), 'BAD_ARGUMENT')

  const viewer = await joinAlbum(t, album, network, { invite: { role: 'viewer' }, member: 'Mum' })
  t.is(await failureOf(viewer.known(ids)), 'FORBIDDEN')
})

test('asking: a photo by the first digits of its id', async (t) => {
  const album = await createAlbum(t)
  const ids: string[] = []
  for (let seed = 0; seed < 20; seed++) ids.push((await album.add(png(seed))).id)
  await album.trash(ids[0] as string)
  for (const id of ids) {
    for (const digits of [id, id.slice(0, 7), id.slice(0, 8).toUpperCase()]) {
      t.alike(
        (await album.find(digits)).map((photo) => photo.id),
        [id]
      )
    }
  }
  const digit = (ids[1] as string).slice(0, 1)
  const same = ids.filter((id) => id.startsWith(digit)).sort()
  t.alike((await album.find(digit)).map(({ id }) => id).sort(), same, 'all that begin so')
  t.is((await album.find('')).length, 10, 'at most ten')
  t.alike(await album.find('f'.repeat(64)), [], 'or none')
  t.is(await failureOf(album.find('xyz')), 'BAD_ARGUMENT')
  t.is(await failureOf(album.find('a'.repeat(65))), 'BAD_ARGUMENT')
})

test('asking: who has the bytes', async (t) => {
  const network = await createNetwork(t)
  const album = await createAlbum(t, { network })
  const { id } = await album.add(png(1))
  const holders = async (): Promise<string[]> =>
    (await album.copies.of(id)).map(({ member, device, me, variants }) => {
      return `${member.name}, ${device.name}${me ? ' (me)' : ''}: ${variants.join()}`
    })
  t.alike(await holders(), ['Dad, laptop (me): original'])

  const mine = await joinAlbum(t, album, network, { keep: ['original'] })
  await album.settled({ timeout: 30_000 })
  t.alike((await holders()).sort(), ['Dad, laptop (me): original', 'Grandma, phone: original'])
  const grandma = (await mine.members.me())?.id ?? ''
  await album.members.remove(grandma)
  t.alike(await holders(), ['Dad, laptop (me): original'], 'who was removed does not count')
  t.alike(await album.copies.of('f'.repeat(64)), [], 'there is no such photo')
})
