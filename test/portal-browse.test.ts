// The timeline, pages, and what visitors do with photos and collections.
import { setTimeout } from 'node:timers/promises'
import test from 'brittle'
import type {
  CollectionList,
  Known,
  PhotoDetails,
  PhotoPage,
  PhotoResults,
  Timeline
} from '../lib/portal/api.ts'
import type { Collection } from '../index.ts'
import { createAlbum, png } from './helpers.ts'
import { Timelines } from '../lib/portal/timelines.ts'
import { openPortal, visit } from './portal.ts'

test('portal: a timeline and its pages, newest first', async (t) => {
  const album = await createAlbum(t)
  for (let i = 0; i < 25; i++) {
    const day = String(1 + Math.floor(i / 10)).padStart(2, '0')
    const capturedAt = `2020-07-${day}T10:00:${String(i).padStart(2, '0')}`
    await album.add(png(i), { name: `${i}.png`, capturedAt, ...(i % 5 === 0 && { tags: ['beach'] }) })
  }
  const portal = await openPortal(t, album)
  const browser = await visit(portal, album.me)
  const timeline = async (query = ''): Promise<Timeline['days']> =>
    (await browser.ask<Timeline>(`/api/timeline${query}`)).body.days
  t.alike(await timeline(), [
    ['2020-07-03', 5],
    ['2020-07-02', 10],
    ['2020-07-01', 10]
  ])
  t.alike(await timeline('?tag=beach'), [
    ['2020-07-03', 1],
    ['2020-07-02', 2],
    ['2020-07-01', 2]
  ])

  const names: string[] = []
  let next: string | null = ''
  while (next !== null) {
    const query: string = next === '' ? '' : `&after=${encodeURIComponent(next)}`
    const { body } = await browser.ask<PhotoPage>(`/api/photos?limit=10${query}`)
    names.push(...body.cells.map(({ name }) => name))
    next = body.next
  }
  t.alike(
    names,
    Array.from({ length: 25 }, (_, i) => `${24 - i}.png`)
  )
  const day = await browser.ask<PhotoPage>('/api/photos?from=2020-07-02&to=2020-07-03')
  t.is(day.body.cells.length, 10)
  t.is(day.body.next, null)
  const [cell] = day.body.cells
  t.alike(cell && { ...cell, id: '' }, {
    id: '',
    type: 'image',
    width: null,
    height: null,
    duration: null,
    placeholder: null,
    local: '2020-07-02T10:00:19.000',
    live: false,
    favourite: false,
    thumbnail: false,
    by: { id: album.me, name: 'Dad' },
    name: '19.png',
    caption: ''
  })

  await album.add(png('new'), { capturedAt: '2021-01-01T10:00:00' })
  t.is((await timeline())[0]?.[0], '2021-01-01', 'what is remembered is of now')
})

test('portal: nobody has more counted than they wait for', async (t) => {
  const album = await createAlbum(t)
  await album.add(png(1), { capturedAt: '2020-07-02T10:00:00', tags: ['sea'] })
  // What it tells of itself at the beginning, it has told.
  for (let before = 0; before !== album.revision; await setTimeout(500)) before = album.revision
  const counted: unknown[] = []
  const timeline = album.timeline.bind(album)
  album.timeline = (query, options) => {
    counted.push(query?.tag)
    return timeline(query, options)
  }
  const timelines = new Timelines()
  const ask = (session: string, tag: string, signal = new AbortController().signal): Promise<string> =>
    timelines.of(album, { tag }, { session, signal }).then(
      (bytes) => new TextDecoder().decode(bytes),
      (error: { code: string }) => error.code
    )
  const leaving = new AbortController()
  const first = ask('phone', 'sea')
  const second = ask('phone', 'left', leaving.signal)
  t.is(await ask('phone', 'more'), 'TOO_MANY_REQUESTS', 'a third')
  const other = ask('laptop', 'other')
  leaving.abort()
  t.is(await second, 'ABORTED')
  const third = ask('phone', 'more')
  const shared = ask('laptop', 'left')
  t.is(await first, '{"days":[["2020-07-02",1]]}')
  t.alike(await Promise.all([other, third, shared]), Array(3).fill('{"days":[]}'))
  t.alike(counted, ['sea', 'other', 'more', 'left'], 'one that was left is counted for those who ask since')
  counted.length = 0
  const gone = new AbortController()
  const [running, skipped] = [ask('phone', 'a'), ask('phone', 'b', gone.signal)]
  gone.abort()
  t.alike(await Promise.all([running, skipped]), ['{"days":[]}', 'ABORTED'])
  t.is(await ask('phone', 'c'), '{"days":[]}')
  t.alike(counted, ['a', 'c'], 'what nobody waits for is skipped')
  t.is(await ask('phone', 'sea'), '{"days":[["2020-07-02",1]]}')
  t.alike(counted, ['a', 'c'], 'what is known is not counted anew')
  const { revision } = album
  await album.copies.promise(3)
  t.not(album.revision, revision)
  t.is(await ask('phone', 'sea'), '{"days":[["2020-07-02",1]]}')
  t.alike(counted, ['a', 'c'], 'nor is it where something else than photos changed')
  await album.add(png(2), { capturedAt: '2020-07-02T10:00:00', tags: ['sea'] })
  t.is(await ask('phone', 'sea'), '{"days":[["2020-07-02",2]]}', 'where photos did, it is')
})

test('portal: captions, dates, favourites, trash, each as the visitor may', async (t) => {
  const album = await createAlbum(t)
  const grandma = await album.members.create({ name: 'Grandma' })
  const photo = await album.add(png(1), { capturedAt: '2020-07-02T10:00:00' })
  const portal = await openPortal(t, album)
  const [dad, hers] = [await visit(portal, album.me), await visit(portal, grandma.id)]
  const patch = {
    caption: 'At the sea',
    tags: ['sea'],
    favourite: true,
    capturedAt: { local: '1969-07-02T10:00:00', precision: 'day' }
  }
  const edited = await hers.send<PhotoResults>('PATCH', '/api/photos', { ids: [photo.id], patch })
  t.is(edited.body.results[0]?.cell?.caption, 'At the sea')
  const details = await hers.ask<PhotoDetails>(`/api/photos/${photo.id}`)
  t.is(details.body.photo.favourite, true)
  t.is(details.body.photo.capturedAt.local, '1969-07-02T10:00:00.000')
  t.is(details.body.photo.capturedAt.precision, 'day')
  t.is(details.body.history[0]?.by.name, 'Grandma', 'in her name')
  t.alike(details.body.can, { edit: true, trash: false, restore: false, purge: false })
  t.is(details.body.copies[0]?.member.name, 'Dad')
  const dads = await dad.ask<PhotoDetails>(`/api/photos/${photo.id}`)
  t.is(dads.body.photo.favourite, false, 'a favourite is one’s own')
  t.alike(dads.body.can, { edit: true, trash: true, restore: false, purge: false })

  const refused = await hers.send<PhotoResults>('POST', '/api/photos/trash', { ids: [photo.id] })
  t.is(refused.body.results[0]?.error?.code, 'FORBIDDEN', 'not hers')
  const many = { ids: [photo.id, '0'.repeat(64)] }
  const trashed = await dad.send<PhotoResults>('POST', '/api/photos/trash', many)
  t.alike(
    trashed.body.results.map(({ status, error }) => [status, error?.code ?? null]),
    [
      ['done', null],
      ['failed', 'NOT_FOUND']
    ]
  )
  t.is((await dad.ask<PhotoPage>('/api/photos')).body.cells.length, 0)
  t.is((await dad.ask<PhotoPage>('/api/photos?trashed=1')).body.cells.length, 1)
  t.alike((await dad.ask<Timeline>('/api/timeline?trashed=1')).body.days, [['1969-07-02', 1]])
  const known = await hers.send<Known>('POST', '/api/known', { hashes: [photo.id, 'f'.repeat(64)] })
  t.alike(known.body.statuses, ['trashed', 'new'])
  await dad.send('POST', '/api/photos/restore', { ids: [photo.id] })
  t.is((await dad.ask<PhotoPage>('/api/photos')).body.cells.length, 1)
  await dad.send('POST', '/api/photos/trash', { ids: [photo.id] })
  await dad.send('POST', '/api/photos/purge', { ids: [photo.id] })
  t.is((await dad.ask(`/api/photos/${photo.id}`)).status, 404)
})

test('portal: collections in their own order', async (t) => {
  const album = await createAlbum(t)
  const ids: string[] = []
  for (let i = 0; i < 5; i++) ids.push((await album.add(png(i), { name: `${i}` })).id)
  const portal = await openPortal(t, album)
  const browser = await visit(portal, album.me)
  const made = await browser.send<Collection>('POST', '/api/collections', { name: 'Summer' })
  t.is(made.status, 201)
  const url = `/api/collections/${made.body.id}`
  await browser.send('POST', `${url}/photos`, { add: ids })
  await browser.send('POST', `${url}/photos`, { move: { ids: [ids[4]], before: ids[0] } })
  await browser.send('POST', `${url}/photos`, { remove: [ids[2]] })
  const first = await browser.ask<PhotoPage>(`${url}/photos?limit=3`)
  const rest = await browser.ask<PhotoPage>(`${url}/photos?limit=3&after=${first.body.next}`)
  t.alike(
    [...first.body.cells, ...rest.body.cells].map(({ name }) => name),
    ['4', '0', '1', '3']
  )
  t.is(rest.body.next, null)
  const changed = await browser.send<Collection>('PATCH', url, { name: 'Winter', cover: ids[1] })
  t.alike([changed.body.name, changed.body.cover], ['Winter', ids[1]])
  t.is((await browser.ask<CollectionList>('/api/collections')).body.collections.length, 1)
  t.is((await browser.ask<PhotoPage>(`/api/photos?collection=${made.body.id}`)).body.cells.length, 4)
  t.is((await browser.send('DELETE', url)).status, 204)
  t.is((await browser.ask(`${url}/photos`)).status, 404)
  t.is((await browser.send('PATCH', url, { name: 'Gone' })).status, 404)
})
