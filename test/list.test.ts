import test from 'brittle'
import Hypercore from 'hypercore'
import { Album } from './plain.ts'
import type { AddResult, ListQuery, Photo, PhotoQuery } from '../index.ts'
import { collect, createAlbum, failureOf, jpegLike, png, tmp } from './helpers.ts'

// Photos of several days, types, tags; some at the very same moment.
async function fill(album: Album, count: number): Promise<Photo[]> {
  const sources = Array.from({ length: count }, (_, n) => ({
    source: n % 3 === 0 ? jpegLike(50) : png(n),
    name: `${n}`,
    capturedAt: new Date(Date.UTC(1969, 11, 30) + Math.floor(n / 4) * 7 * 3_600_000),
    tags: n % 5 === 0 ? ['five'] : []
  }))
  const results: AddResult[] = await collect(album.addAll(sources))
  return results.map(({ photo }) => photo as Photo)
}

async function names(album: Album, query: ListQuery): Promise<string[]> {
  return (await collect(album.list(query))).map(({ name }) => name)
}

function sorted(photos: Photo[]): Photo[] {
  const key = ({ capturedAt, id }: Photo): string => capturedAt.local + id
  return [...photos].sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

test('list: every condition gives what a look at all photos gives', async (t) => {
  const album = await createAlbum(t)
  const photos = sorted(await fill(album, 150))
  const collection = await album.collections.create({ name: 'Tens' })
  const tens = photos.filter(({ name }) => Number(name) % 10 === 0).map(({ id }) => id)
  await album.collections.add(collection.id, tens)
  await album.edit(tens.slice(3, 9), { favourite: true })
  const favourites = new Set(tens.slice(3, 9))

  const check = async (query: ListQuery, keep: (photo: Photo) => boolean, message: string): Promise<void> => {
    const expected = photos.filter(keep).map(({ name }) => name)
    t.ok(expected.length > 0, `${message}: there are some`)
    t.alike(await names(album, query), expected, message)
    t.alike(await names(album, { ...query, reverse: true }), expected.toReversed(), `${message}, backwards`)
  }
  const day = ({ capturedAt }: Photo): string => capturedAt.local.slice(0, 10)
  await check({}, () => true, 'all')
  await check(
    { from: '1970-01-02', to: '1970-01-05' },
    (p) => day(p) >= '1970-01-02' && day(p) < '1970-01-05',
    'dates'
  )
  await check({ to: '1970' }, (p) => day(p) < '1970', 'before 1970')
  await check({ type: 'image/jpeg' }, (p) => p.type === 'image/jpeg', 'one type')
  await check({ type: 'image/png' }, (p) => p.type === 'image/png', 'another type')
  await check({ type: 'image' }, () => true, 'images')
  await check({ tag: 'five' }, (p) => p.tags.includes('five'), 'tag')
  await check({ member: album.me }, () => true, 'member')
  await check({ collection: collection.id }, (p) => tens.includes(p.id), 'collection')
  await check({ favourite: true }, (p) => favourites.has(p.id), 'favourites')
  await check(
    { tag: 'five', type: 'image/png' },
    (p) => p.tags.length > 0 && p.type === 'image/png',
    'tag and type'
  )
  await check(
    { collection: collection.id, from: '1970-01-03', type: 'image/jpeg' },
    (p) => tens.includes(p.id) && day(p) >= '1970-01-03' && p.type === 'image/jpeg',
    'collection, date and type'
  )
  t.alike(await names(album, { type: 'video' }), [], 'no videos')
  t.alike(await names(album, { member: 'f'.repeat(32) }), [], 'nobody of that id')
  t.alike(await names(album, { collection: 'f'.repeat(32) }), [], 'no collection of that id')
})

test('list: pages of every size put together are the whole, over equal dates too', async (t) => {
  const album = await createAlbum(t)
  await fill(album, 60)
  for (const query of [{}, { reverse: true }, { tag: 'five' }, { type: 'image/png', reverse: true }]) {
    const whole = await names(album, query)
    for (const limit of [1, 7, 200]) {
      const paged: string[] = []
      let after: Photo | undefined
      for (;;) {
        const page: Photo[] = await collect(album.list({ ...query, limit, ...(after && { after }) }))
        paged.push(...page.map(({ name }) => name))
        after = page.at(-1)
        if (page.length < limit) break
      }
      t.alike(paged, whole, `${JSON.stringify(query)} by ${limit}`)
    }
  }
  t.is((await names(album, { limit: 0 })).length, 0)
})

async function countDays(album: Album, query: PhotoQuery): Promise<{ day: string; count: number }[]> {
  const counts = new Map<string, number>()
  for await (const { capturedAt } of album.list(query)) {
    const day = capturedAt.local.slice(0, 10)
    counts.set(day, (counts.get(day) ?? 0) + 1)
  }
  return [...counts].map(([day, count]) => ({ day, count }))
}

test('list: the timeline counts what the list shows, with every condition', async (t) => {
  const album = await createAlbum(t)
  const { id: grandpa } = await album.members.create({ name: 'Grandpa' })
  await album.members.delegate(grandpa)
  const photos = await fill(album, 60)
  const ids = photos.map(({ id }) => id)
  const collection = await album.collections.create({ name: 'Some' })
  await album.collections.add(collection.id, ids.slice(5, 25))
  await album.edit(ids.slice(20, 30), { favourite: true })
  await album.edit(ids.slice(0, 4), { capturedAt: '2001-02-03T04:05:06' })
  for (const n of [1, 2, 4]) await album.as(grandpa).add(png(n))
  await album.as(grandpa).add(png(1000), { capturedAt: '1970-01-02T03:04:05' })
  await album.trash(ids.slice(8, 12))
  await album.restore(ids.slice(8, 9))
  await album.purge(ids.slice(9, 10))
  const queries: PhotoQuery[] = [
    {},
    { member: album.me },
    { member: grandpa },
    { member: 'f'.repeat(32) },
    { type: 'image' },
    { type: 'image/jpeg' },
    { type: 'image/png' },
    { type: 'video' },
    { tag: 'five' },
    { favourite: true },
    { trashed: true },
    { collection: collection.id },
    { member: grandpa, type: 'image' },
    { tag: 'five', type: 'image/png' },
    { from: '1970-01-02', to: '1970-01-05' },
    { from: '1970-01-02T12:00:00', to: '1970-01-05T01:00:00', member: album.me }
  ]
  for (const query of queries) {
    const days = await countDays(album, query)
    t.alike(await collect(album.timeline(query)), days, JSON.stringify(query))
  }
  t.ok((await countDays(album, { member: grandpa })).length > 2, 'there is something to count')
  const gone = AbortSignal.abort()
  t.is(await failureOf(collect(album.timeline({ tag: 'five' }, { signal: gone }))), 'ABORTED')
})

test('list: what is no query is refused', async (t) => {
  const album = await createAlbum(t)
  for (const query of [
    { limit: -1 },
    { from: 'soon' },
    { after: { id: 'x', capturedAt: {} } }
  ] as ListQuery[]) {
    try {
      await collect(album.list(query))
      t.fail('took it')
    } catch (error) {
      t.is((error as { code: string }).code, 'BAD_ARGUMENT')
    }
  }
})

// Counts the blocks that are read of any core while a task runs.
async function blocksRead(task: () => Promise<unknown>): Promise<number> {
  const prototype = (Hypercore as unknown as { prototype: { get(...args: unknown[]): Promise<unknown> } })
    .prototype
  const { get } = prototype
  let count = 0
  prototype.get = function counted(...args) {
    count++
    return get.apply(this, args)
  }
  try {
    await task()
  } finally {
    prototype.get = get
  }
  return count
}

test('list: no query reads the whole album', { timeout: 60_000 }, async (t) => {
  const folder = tmp(t)
  const made = await Album.create(folder, { name: 'Large', member: 'Dad', network: false })
  const photos = await fill(made, 1500)
  const collection = await made.collections.create({ name: 'Few' })
  const few = photos.slice(700, 705).map(({ id }) => id)
  await made.collections.add(collection.id, few)
  await made.edit(few, { tags: ['rare'], favourite: true })
  await made.trash(photos[10]?.id as string)
  const { me } = made
  await made.close()

  const album = await Album.open(folder, { network: false, keep: [] })
  t.teardown(() => album.close())
  const queries: [string, ListQuery][] = [
    ['a page', { limit: 10 }],
    ['the last page', { limit: 10, reverse: true }],
    ['a day', { from: '1970-02-10', to: '1970-02-11' }],
    ['a rare tag', { tag: 'rare' }],
    ['a small collection', { collection: collection.id }],
    ['favourites', { favourite: true }],
    ['a page of a member', { member: me, limit: 10 }],
    ['a page of a type', { type: 'image/png', limit: 10 }],
    ['the trash', { trashed: true }],
    ['videos', { type: 'video' }]
  ]
  for (const [name, query] of queries) {
    const blocks = await blocksRead(() => collect(album.list(query)))
    t.ok(blocks < 200, `${name}: ${blocks} blocks`)
  }
  const byIndex = [{ type: 'image', member: me }, { type: 'image/png' }, { tag: 'rare' }]
  for (const query of [{}, { member: me }, { type: 'image' }, ...byIndex]) {
    const blocks = await blocksRead(() => collect(album.timeline(query)))
    t.ok(blocks < 300, `days of ${JSON.stringify(query)}: ${blocks} blocks`)
  }
  const all = await blocksRead(() => collect(album.list()))
  t.ok(all > 1000, `all: ${all} blocks, so that counting them works`)
})

test('list: photos of several types, of several members, and of the trash, in order and by pages', async (t) => {
  const album = await createAlbum(t)
  const { id: grandpa } = await album.members.create({ name: 'Grandpa' })
  await album.members.delegate(grandpa)
  const boxes = { mp4: 'ftypisom', mov: 'ftypqt  ' }
  const video = (kind: keyof typeof boxes, seed: number): Uint8Array => {
    const bytes = Buffer.alloc(64)
    bytes.writeUInt32BE(64, 0)
    bytes.write(boxes[kind], 4, 'latin1')
    bytes.writeUInt32BE(seed, 60)
    return bytes
  }
  const sources = Array.from({ length: 60 }, (_, n) => ({
    source: n % 3 === 0 ? png(n) : video(n % 3 === 1 ? 'mp4' : 'mov', n),
    name: `${n}`,
    capturedAt: new Date(Date.UTC(2020, 0, 1) + ((n * 7) % 60) * 3_600_000)
  }))
  const faces = [album, album.as(grandpa)]
  for (const [n, source] of sources.entries()) await faces[n % 2]?.add(source.source, source)
  const all = sorted(await collect(album.list()))
  const trashed = new Set(all.filter((_, i) => i % 5 === 0).map(({ id }) => id))
  await album.trash([...trashed])

  const check = async (query: ListQuery, keep: (photo: Photo) => boolean): Promise<void> => {
    const name = JSON.stringify(query)
    const expected = all.filter(keep).map((photo) => photo.name)
    t.ok(expected.length > 5, `${name}: there are some`)
    t.alike(await names(album, query), expected, name)
    t.alike(await names(album, { ...query, reverse: true }), expected.toReversed(), `${name}, backwards`)
    const paged: string[] = []
    for (let after: Photo | undefined; ;) {
      const page: Photo[] = await collect(album.list({ ...query, limit: 4, ...(after && { after }) }))
      paged.push(...page.map((photo) => photo.name))
      if (page.length < 4) break
      after = page.at(-1)
    }
    t.alike(paged, expected, `${name}, by pages`)
  }
  const here = ({ id }: Photo): boolean => !trashed.has(id)
  await check({ type: 'video' }, (p) => here(p) && p.type.startsWith('video/'))
  await check({ type: 'image' }, (p) => here(p) && p.type.startsWith('image/'))
  await check({ member: grandpa }, (p) => here(p) && p.by.name === 'Grandpa')
  await check(
    { member: album.me, type: 'video' },
    (p) => here(p) && p.by.name === 'Dad' && p.type.startsWith('video/')
  )
  await check({ trashed: true }, ({ id }) => trashed.has(id))
  await check(
    { trashed: true, from: '2020-01-01T12:00', to: '2020-01-03' },
    (p) => trashed.has(p.id) && p.capturedAt.local >= '2020-01-01T12:00' && p.capturedAt.local < '2020-01-03'
  )
})
