import test from 'brittle'
import type { Album, AlbumError, Photo } from '../index.ts'
import { collect, createAlbum, png } from './helpers.ts'

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'resolved',
    (error: AlbumError) => error.code
  )
}

function addThree(album: Album): Promise<Photo[]> {
  return Promise.all(
    [1, 2, 3].map((n) => album.add(png(n), { name: `${n}.png`, capturedAt: `2020-07-0${n}` }))
  )
}

test('edit: captions, tags, dates and favourites of one photo', async (t) => {
  const album = await createAlbum(t)
  const { id } = await album.add(png(1), { capturedAt: '2020-07-16T11:44:00+02:00', caption: 'first' })
  const patch = { caption: 'Oma am Meer', tags: [' sea ', 'sea', 'Grandma'], favourite: true }
  const photo = await album.edit(id, { ...patch, capturedAt: '2019-01-02T03:04:05' })
  t.is(photo.caption, 'Oma am Meer')
  t.alike(photo.tags, ['sea', 'Grandma'], 'trimmed, each once')
  t.ok(photo.favourite)
  t.alike(photo.favouriteOf, [album.me])
  t.is(photo.capturedAt.local, '2019-01-02T03:04:05.000')
  t.is(photo.capturedAt.source, 'member')
  t.alike(
    await collect(album.timeline()),
    [{ day: '2019-01-02', count: 1 }],
    'it is counted on its new day alone'
  )
  t.is((await album.edit(id, { favourite: false })).favourite, false)
})

test('edit: halves of characters are no reason to refuse a text', async (t) => {
  const album = await createAlbum(t)
  const name = 'half \ud83d.png'
  const { id } = await album.add(png(1), { name, caption: 'a \ud83d', tags: ['b \ud83d'] })
  const photo = await album.edit(id, { caption: '\ude00 c', tags: ['\ude00 d'] })
  t.alike([photo.name, photo.caption, photo.tags], ['half \ufffd.png', '\ufffd c', ['\ufffd d']])
  t.is((await album.collections.create({ name: 'half \ud83d' })).name, 'half \ufffd')
  const [long] = await album.edit([id], { caption: '\u{1f600}'.repeat(5000) })
  t.is(long?.photo?.caption.length, 10_000)
})

test('edit: history tells what was before, and brings it back', async (t) => {
  const album = await createAlbum(t)
  const { id, capturedAt } = await album.add(png(1), { capturedAt: '2020-07-16T11:44:00', caption: 'first' })
  await album.edit(id, { caption: 'second', tags: ['a'] })
  await album.edit(id, { caption: 'second' })
  await album.edit(id, { capturedAt: '2001' })
  const history = await album.history(id)
  t.alike(
    history.map(({ field, before, by }) => [field, field === 'capturedAt' ? 'date' : before, by.name]),
    [
      ['caption', 'first', 'Dad'],
      ['tags', [], 'Dad'],
      ['capturedAt', 'date', 'Dad']
    ],
    'a change that changes nothing is none'
  )
  const [first, , third] = history
  await album.edit(id, { caption: first?.before as string, capturedAt: third?.before as typeof capturedAt })
  const photo = await album.get(id)
  t.is(photo?.caption, 'first')
  t.is(photo?.capturedAt.local, capturedAt.local)
})

test('edit: many photos get a result each, and one failure stops nothing', async (t) => {
  const album = await createAlbum(t)
  const photos = await addThree(album)
  const ids = [photos[0]?.id as string, 'f'.repeat(64), 'nonsense', photos[2]?.id as string]
  const results = await album.edit(ids, { tags: ['holiday'] })
  t.alike(
    results.map(({ id, status, error }) => [id, status, (error as AlbumError | null)?.code ?? null]),
    [
      [ids[0], 'done', null],
      [ids[1], 'failed', 'NOT_FOUND'],
      [ids[2], 'failed', 'NOT_FOUND'],
      [ids[3], 'done', null]
    ]
  )
  t.alike(results[0]?.photo?.tags, ['holiday'])
  t.is((await collect(album.list({ tag: 'holiday' }))).length, 2)
  t.is(await codeOf(album.edit('f'.repeat(64), { caption: 'x' })), 'NOT_FOUND', 'one id throws instead')
})

test('edit: what is too long or no date is refused', async (t) => {
  const album = await createAlbum(t)
  const { id } = await album.add(png(1))
  t.is(await codeOf((async () => album.edit(id, {}))()), 'BAD_ARGUMENT')
  t.is(await codeOf((async () => album.edit(id, { caption: 'x'.repeat(10_001) }))()), 'BAD_ARGUMENT')
  t.is(await codeOf((async () => album.edit(id, { tags: [''] }))()), 'BAD_ARGUMENT')
  t.is(await codeOf((async () => album.edit(id, { capturedAt: '2020-02-31' }))()), 'BAD_ARGUMENT')
  t.is(await codeOf((async () => album.edit(id, { capturedAt: new Date(NaN) }))()), 'BAD_ARGUMENT')
})

test('trash, restore and purge', async (t) => {
  const album = await createAlbum(t)
  const [first, second, third] = (await addThree(album)) as [Photo, Photo, Photo]
  t.is((await album.trash(first.id)).trashed?.by.name, 'Dad')
  t.alike(
    (await collect(album.list())).map(({ name }) => name),
    ['2.png', '3.png']
  )
  t.alike(
    (await collect(album.list({ trashed: true }))).map(({ name }) => name),
    ['1.png']
  )
  t.is((await collect(album.timeline())).length, 2, 'the day has lost its photo')
  t.is((await album.restore(first.id)).trashed, null)
  t.is((await collect(album.timeline())).length, 3)

  const results = await album.purge([second.id, third.id])
  t.alike(
    results.map(({ status, photo }) => [status, photo?.name]),
    [
      ['done', '2.png'],
      ['done', '3.png']
    ],
    'shown as they were'
  )
  t.is(await album.get(second.id), null)
  t.is((await collect(album.list())).length, 1)
  t.is((await album.status()).photos, 1)
  t.is(await codeOf(album.trash(second.id)), 'NOT_FOUND')
})

test('collections: create, rename, cover, delete', async (t) => {
  const album = await createAlbum(t)
  const [first] = (await addThree(album)) as [Photo]
  const made = await album.collections.create({ name: ' Summer ' })
  t.is(made.name, 'Summer')
  t.is(made.by.name, 'Dad')
  t.is((await album.collections.rename(made.id, 'Winter')).name, 'Winter')
  await album.collections.add(made.id, first.id)
  t.is((await album.collections.setCover(made.id, first.id)).cover, first.id)
  t.alike((await album.get(first.id))?.collections, [made.id])
  t.is((await album.collections.get(made.id))?.count, 1)
  await album.collections.delete(made.id)
  t.alike(await album.collections.list(), [])
  t.alike((await album.get(first.id))?.collections, [], 'its photos stay, without it')
  t.is(await codeOf(album.collections.add(made.id, first.id)), 'NOT_FOUND')
  t.is(await codeOf((async () => album.collections.create({ name: ' ' }))()), 'BAD_ARGUMENT')
  t.is(await album.collections.get('nonsense'), null)
})

test('collections: order, moving, removing and counts', async (t) => {
  const album = await createAlbum(t)
  const ids = (await addThree(album)).map(({ id }) => id) as [string, string, string]
  const { id } = await album.collections.create({ name: 'Best of' })
  const order = async (): Promise<string> =>
    (await collect(album.collections.photos(id))).map(({ name }) => name[0]).join('')
  await album.collections.add(id, [ids[2], ids[0]])
  t.is(await order(), '31', 'in the order given')
  await album.collections.add(id, ids[1], { before: ids[2] })
  t.is(await order(), '231')
  await album.collections.move(id, [ids[1], ids[2]], { after: ids[0] })
  t.is(await order(), '123')
  t.alike(
    (await collect(album.list({ collection: id, reverse: true }))).map(({ name }) => name[0]),
    ['3', '2', '1'],
    'listing goes by date'
  )
  const results = await album.collections.remove(id, [ids[0], 'nonsense'])
  t.alike(
    results.map(({ status }) => status),
    ['done', 'failed']
  )
  t.is(await order(), '23')
  t.is((await album.collections.get(id))?.count, 2)
  await album.trash(ids[1])
  t.is(await order(), '3', 'what is in the trash is not shown')
  t.is((await album.collections.get(id))?.count, 1, 'nor counted')
  await album.restore(ids[1])
  t.is(await order(), '23', 'and comes back to its place')
})

test('collections: a hundred moves to the front keep their order', async (t) => {
  const album = await createAlbum(t)
  const photos = await Promise.all([1, 2, 3, 4].map((n) => album.add(png(n))))
  const { id } = await album.collections.create({ name: 'Shuffled' })
  await album.collections.add(
    id,
    photos.map((photo) => photo.id)
  )
  let expected = photos.map((photo) => photo.id)
  for (let i = 0; i < 100; i++) {
    const [front, last] = [expected[0] as string, expected.at(-1) as string]
    await album.collections.move(id, last, { before: front })
    expected = [last, ...expected.slice(0, -1)]
  }
  t.alike(
    (await collect(album.collections.photos(id))).map((photo) => photo.id),
    expected
  )
})

test('collections: very many photos at one spot are all there, in order', async (t) => {
  const album = await createAlbum(t)
  const first = await album.add(png('first'))
  const { id } = await album.collections.create({ name: 'Full' })
  await album.collections.add(id, first.id)
  const added = await collect(album.addAll(Array.from({ length: 1300 }, (_, n) => png(n))))
  const ids = added.map(({ photo }) => photo?.id ?? '')
  const results = await album.collections.add(id, ids, { before: first.id })
  t.is(results.filter(({ status }) => status === 'done').length, 1300)
  const order = (await collect(album.collections.photos(id))).map((photo) => photo.id)
  t.alike(order, [...ids, first.id])
})
