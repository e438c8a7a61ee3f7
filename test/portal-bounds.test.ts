// How much may be sent at a time: by one, by all, and into the room there is.
import fs from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import { createAlbum, tmp } from './helpers.ts'
import { Browser, openPortal, visit } from './portal.ts'
import { begin, create, offsetOf } from './tus.ts'

const HUGE = { uploadBytes: 5e14, uploadBytesOfAll: 8e15 }

test('portal: two that together have no room on the disk do not both pass', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const portal = await openPortal(t, album, { folder, ...HUGE })
  const browser = await visit(portal, album.me)
  const { bavail, bsize } = fs.statfsSync(folder)
  const size = Math.floor((bavail * bsize - 512 * 1024 * 1024) * 0.3)
  const made = await Promise.all(Array.from({ length: 4 }, () => create(browser, size)))
  const statuses = made.map(({ status }) => status).sort((a, b) => a - b)
  t.alike(statuses, [201, 507, 507, 507])
})

test('portal: who may not add does not learn what room there is', async (t) => {
  const album = await createAlbum(t)
  const child = await album.members.create({ name: 'Child', role: 'viewer' })
  const portal = await openPortal(t, album, HUGE)
  t.is((await create(await visit(portal, child.id), 5e14)).status, 403)
  t.is((await create(await visit(portal, album.me), 5e14)).status, 507)
})

test('portal: one member cannot use up the bounds of all, with however many browsers', async (t) => {
  const album = await createAlbum(t)
  const grandma = await album.members.create({ name: 'Grandma' })
  const limits = { uploads: 2, uploadsOfAll: 12, uploadBytes: 1000, uploadBytesOfAll: 8000 }
  const portal = await openPortal(t, album, limits)
  const statuses: number[] = []
  for (let i = 0; i < 3; i++) {
    const browser = await visit(portal, grandma.id)
    for (let j = 0; j < 2; j++) statuses.push((await create(browser, 10)).status)
  }
  t.alike(statuses, [201, 201, 201, 429, 429, 429], 'a quarter of the uploads')
  const dad = await visit(portal, album.me)
  t.alike([(await create(dad, 1000)).status, (await create(dad, 1000)).status], [201, 201])
  const aunt = await album.members.create({ name: 'Aunt' })
  const [one, two] = [await visit(portal, aunt.id), await visit(portal, aunt.id)]
  t.alike([(await create(one, 1000)).status, (await create(one, 900)).status], [201, 201])
  t.is((await create(two, 200)).status, 429, 'a quarter of the bytes')
  t.is((await create(two, 100)).status, 201)
})

test('portal: at the bounds of all, what anybody left idle makes way', async (t) => {
  const album = await createAlbum(t)
  const grandma = await album.members.create({ name: 'Grandma' })
  const folder = tmp(t)
  const limits = { folder, uploads: 2, uploadsOfAll: 2 }
  const first = await openPortal(t, album, limits)
  const hers = await visit(first, grandma.id)
  const dad = await visit(first, album.me)
  const [left, busy] = [await begin(hers, 100), await begin(hers, 100)]
  t.is((await create(dad, 100)).status, 429, 'not yet')
  await first.close()
  const file = path.join(folder, 'uploads', `${left.split('/').pop()}.json`)
  const record = JSON.parse(fs.readFileSync(file, 'utf8')) as object
  fs.writeFileSync(file, JSON.stringify({ ...record, activeAt: Date.now() - 3_600_000 }))

  const second = await openPortal(t, album, limits)
  const [his, her] = [dad, hers].map(({ cookie }) => {
    const browser = new Browser((request) => second.fetch(request))
    browser.cookie = cookie
    return browser
  }) as [Browser, Browser]
  t.is((await create(his, 100)).status, 201)
  t.is(await offsetOf(her, left), 'status 404')
  t.is(await offsetOf(her, busy), 0)
  t.is((await create(his, 100)).status, 429)
})
