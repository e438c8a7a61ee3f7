// How many photos lack copies, and who may promise them, through the portal.
import test from 'brittle'
import type { PortalHealth, PortalStatus } from '../lib/portal/api.ts'
import { HealthCount } from '../lib/portal/health.ts'
import { createAlbum, failureOf, png } from './helpers.ts'
import { openPortal, visit } from './portal.ts'

test('portal: photos that lack copies are counted, and owners promise how many', async (t) => {
  const album = await createAlbum(t)
  const grandma = await album.members.create({ name: 'Grandma' })
  for (const name of ['a', 'b', 'c']) await album.add(png(name))
  const portal = await openPortal(t, album)
  const [dad, hers] = [await visit(portal, album.me), await visit(portal, grandma.id)]
  const health = async (): Promise<PortalHealth> => (await dad.ask<PortalHealth>('/api/health')).body
  t.alike(await health(), { promised: 2, lacking: 3, single: 3 })
  t.alike((await hers.ask<PortalHealth>('/api/health')).body.lacking, 3, 'everybody may know')

  t.is((await hers.send('POST', '/api/promise', { copies: 1 })).status, 403)
  for (const copies of [0, 1.5, 101, undefined, '2'])
    t.is((await dad.send('POST', '/api/promise', { copies })).status, 400, String(copies))
  t.is((await dad.ask<PortalStatus>('/api/status')).body.promised, 2)
  t.is((await dad.send('POST', '/api/promise', { copies: 1 })).status, 204)
  t.is((await dad.ask<PortalStatus>('/api/status')).body.promised, 1)
  t.alike(await health(), { promised: 1, lacking: 0, single: 0 }, 'counted anew')
  await dad.send('POST', '/api/promise', { copies: 3 })
  t.alike(await health(), { promised: 3, lacking: 3, single: 3 })
})

test('portal: the index is read for copies once at a time, and only while somebody waits', async (t) => {
  const album = await createAlbum(t)
  for (const name of ['a', 'b']) await album.add(png(name))
  let [begun, reading, most] = [0, 0, 0]
  const health = album.copies.health.bind(album.copies)
  // What is read stays open until it is told to go on.
  let goOn = (): void => {}
  const gate = (): Promise<void> => new Promise((resolve) => (goOn = resolve))
  let held: Promise<void> | null = null
  album.copies.health = async function* (options) {
    begun++
    most = Math.max(most, ++reading)
    try {
      await held
      yield* health(options)
    } finally {
      reading--
    }
  }
  const count = new HealthCount(album)
  const never = new AbortController().signal
  const told = { promised: 2, lacking: 2, single: 2 }
  t.alike(await Promise.all([count.of(never), count.of(never)]), [told, told])
  t.alike(await count.of(never), told)
  t.is(begun, 1, 'shared, and remembered')

  count.forget()
  held = gate()
  const leaving = new AbortController()
  const left = failureOf(count.of(leaving.signal))
  const stays = count.of(never)
  leaving.abort()
  t.is(await left, 'ABORTED')
  goOn()
  t.alike(await stays, told, 'who stays is told')
  t.is(begun, 2)

  count.forget()
  held = gate()
  const alone = new AbortController()
  const gone = failureOf(count.of(alone.signal))
  // It has begun.
  while (begun < 3) await new Promise((resolve) => setImmediate(resolve))
  alone.abort()
  t.is(await gone, 'ABORTED')
  const next = count.of(never)
  goOn()
  held = null
  t.alike(await next, told)
  t.is(begun, 4, 'what nobody waited for is counted for who asks since')
  t.is(most, 1, 'after the other has ended')
})
