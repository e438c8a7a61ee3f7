// What several people do while apart: the same album everywhere once they meet, whoever comes first.
import test from 'brittle'
import { CAPTION, CAPTURED } from '../lib/schema/op.ts'
import { CONTRIBUTOR, OWNER } from '../lib/view/rules.ts'
import { decode } from '../lib/schema/codec.ts'
import { key, range } from '../lib/view/keys.ts'
import type { PhotoRecord } from '../lib/view/rows.ts'
import { type Writer, createCircle, join, joinAll, together } from './circle.ts'
import * as forge from './forge.ts'
import { recount } from './recount.ts'

/** The founder, who signs the index, hears of one after the other: so the first comes first in the log. */
async function meet(founder: Writer, first: Writer, second: Writer): Promise<void> {
  const part = join(founder, first)
  await together(founder, first)
  part()
  const rest = joinAll([founder, first, second])
  await together(founder, first, second)
  rest()
}

async function gather(...writers: Writer[]): Promise<void> {
  const part = joinAll(writers)
  await together(...writers)
  part()
}

async function recordOf(writer: Writer, seed: string): Promise<PhotoRecord> {
  const found = await writer.rows.record(forge.photoId(seed))
  if (found === null) throw new Error(`There is no photo ${seed}`)
  return found.record
}

async function historyOf(
  writer: Writer,
  seed: string
): Promise<{ before: string | null; after: string | null }[]> {
  const entries: { before: string | null; after: string | null }[] = []
  for await (const row of writer.bee.createReadStream(range.history(forge.photoId(seed)))) {
    const { before, after } = decode('history-row', row.value)
    entries.push({ before: before.caption, after: after.caption })
  }
  return entries
}

const orders = ['Ann first', 'Bob first']
const inOrder = (order: string, ann: Writer, bob: Writer): [Writer, Writer] =>
  order === 'Ann first' ? [ann, bob] : [bob, ann]

test('apart: the same bytes from two are one photo with two contributions, whoever comes first', async (t) => {
  const [founder, ann, bob] = (await createCircle(t, CONTRIBUTOR, CONTRIBUTOR)) as [Writer, Writer, Writer]
  for (const order of orders) {
    const [first, second] = inOrder(order, ann, bob)
    await first.write('photos', { photos: [forge.photo(order, { name: 'first.jpg', tags: ['beach'] })] })
    await second.write('photos', { photos: [forge.photo(order, { name: 'second.jpg', caption: 'Waves' })] })
    await meet(founder, first, second)
    for (const writer of [founder, ann, bob]) {
      const record = await recordOf(writer, order)
      const { contributions, name, caption, tags } = record
      const cast = await writer.cast()
      const by = contributions.map((one) => cast.author(first.device.keys.writerKey)?.device === one.device)
      t.alike(by, [true, false], `${order}: both are sources`)
      t.alike({ name, caption, tags }, { name: 'first.jpg', caption: 'Waves', tags: ['beach'] })
    }
  }
  const { wrong, days } = await recount(founder.bee)
  t.alike(wrong, [])
  t.alike(days, { '2024-01-01': 2 }, 'counted once each')
})

test('apart: of two edits the later in the log wins, and the earlier can be brought back', async (t) => {
  const [founder, ann, bob] = (await createCircle(t, CONTRIBUTOR, CONTRIBUTOR)) as [Writer, Writer, Writer]
  const edit = (writer: Writer, seed: string, caption: string): Promise<void> =>
    writer.write('edit', { ids: [forge.photoId(seed)], fields: CAPTION, values: { caption } })
  for (const order of orders) {
    await founder.add(order)
    await gather(founder, ann, bob)
    const [first, second] = inOrder(order, ann, bob)
    await edit(first, order, 'earlier')
    await edit(second, order, 'later')
    t.is((await recordOf(first, order)).caption, 'earlier', 'until they meet')
    await meet(founder, first, second)
    for (const writer of [founder, ann, bob]) {
      t.is((await recordOf(writer, order)).caption, 'later')
      t.alike(await historyOf(writer, order), [
        { before: null, after: 'earlier' },
        { before: 'earlier', after: 'later' }
      ])
    }
    const [lost] = await historyOf(second, order)
    await edit(second, order, lost?.after ?? '')
    t.is((await recordOf(second, order)).caption, 'earlier')
  }
})

test('apart: one corrects a date, another trashes the photo: both stand', async (t) => {
  const [founder, ann, bob] = (await createCircle(t, OWNER, CONTRIBUTOR)) as [Writer, Writer, Writer]
  for (const order of orders) {
    await founder.add(order)
    await gather(founder, ann, bob)
    const captured = { local: forge.NEW_YEAR + 40 * forge.DAY, source: 3, precision: 0 }
    const ids = [forge.photoId(order)]
    await ann.write('trash', { ids })
    await bob.write('edit', { ids, fields: CAPTURED, values: { captured } })
    await meet(founder, ...inOrder(order, ann, bob))
    const standing = await bob.rows.record(forge.photoId(order))
    t.is(standing?.record.captured.local, captured.local)
    t.ok(standing?.record.trashed)
    const { wrong, days } = await recount(founder.bee)
    t.alike([wrong, days], [[], {}])
    await ann.write('restore', { ids })
    t.alike((await recount(ann.bee)).days, { '2024-02-10': 1 })
    await ann.write('purge', { ids })
    await gather(founder, ann, bob)
  }
})

test('apart: two withdraw what both added, and it goes; one withdraws what another adds, and it stays', async (t) => {
  const [founder, ann, bob] = (await createCircle(t, CONTRIBUTOR, CONTRIBUTOR)) as [Writer, Writer, Writer]
  for (const order of orders) {
    const both = `${order} both`
    const one = `${order} one`
    await ann.add(both, one)
    await bob.add(both)
    await gather(founder, ann, bob)
    await ann.write('withdraw', { ids: [forge.photoId(both), forge.photoId(one)] })
    await bob.write('withdraw', { ids: [forge.photoId(both)] })
    await bob.add(one)
    await meet(founder, ...inOrder(order, ann, bob))
    t.ok((await recordOf(founder, both)).trashed)
    t.absent((await recordOf(founder, one)).trashed)
    t.alike((await recount(founder.bee)).wrong, [])
  }
})

test('apart: a purge holds against an addition by somebody who had not heard of it', async (t) => {
  const [founder, ann, bob] = (await createCircle(t, OWNER, CONTRIBUTOR)) as [Writer, Writer, Writer]
  for (const order of orders) {
    const wanted = `${order} wanted`
    await founder.add(order, wanted)
    await gather(founder, ann, bob)
    await ann.write('purge', { ids: [forge.photoId(order), forge.photoId(wanted)] })
    await bob.add(order)
    await bob.write('photos', { photos: [forge.photo(wanted, { restore: true })] })
    t.ok(await recordOf(bob, order), 'until they meet')
    await meet(founder, ...inOrder(order, ann, bob))
    for (const writer of [founder, ann, bob]) {
      t.is(await writer.rows.record(forge.photoId(order)), null)
      const back = await writer.rows.record(forge.photoId(wanted))
      t.is(back !== null, order === 'Ann first', 'what is asked for after the purge is back')
    }
    // The bytes of both are known to those who have to drop them.
    const purged = await bob.rows.purged(forge.photoId(order))
    t.is(purged?.contributions.length, 2)
    t.alike((await recount(bob.bee)).wrong, [])
  }
})

test('apart: collections are edited by two, and one is deleted under the photos added to it', async (t) => {
  const [founder, ann, bob] = (await createCircle(t, CONTRIBUTOR, CONTRIBUTOR)) as [Writer, Writer, Writer]
  for (const order of orders) {
    const nonces = [forge.random(16), forge.random(16)] as const
    const [kept, deleted] = nonces.map((nonce) =>
      forge.idOf('collection', ann.device.keys.writerKey, nonce)
    ) as [Uint8Array, Uint8Array]
    for (const nonce of nonces) await ann.write('collection', { nonce, name: 'Holidays' })
    const seeds = ['a', 'b', 'c'].map((name) => `${order} ${name}`) as [string, string, string]
    await founder.add(...seeds)
    await gather(founder, ann, bob)
    const [a, b, c] = seeds.map((seed) => forge.photoId(seed)) as [Uint8Array, Uint8Array, Uint8Array]
    const [first, second] = inOrder(order, ann, bob)
    await first.write('collect', { collection: kept, ids: [a, b], positions: ['3', '5'] })
    await first.write('collection', { id: kept, name: 'Earlier' })
    await second.write('collect', { collection: kept, ids: [b, c], positions: ['7', '4'] })
    await second.write('collection', { id: kept, name: 'Later' })
    // Ann deletes what Bob fills.
    await ann.write('collection', { id: deleted, remove: true })
    await bob.write('collect', { collection: deleted, ids: [a], positions: ['5'] })
    const added = `${order} added`
    await bob.write('photos', {
      photos: [forge.photo(added, { collections: [{ collection: deleted, position: '5' }] })]
    })
    await meet(founder, first, second)
    for (const writer of [founder, ann, bob]) {
      t.is((await writer.rows.collection(kept))?.name, 'Later')
      const inside: string[] = []
      for await (const row of writer.bee.createReadStream(range.positions(kept))) {
        inside.push(
          seeds.find((seed) => Buffer.from(row.key).includes(Buffer.from(forge.photoId(seed)))) ?? '?'
        )
      }
      t.alike(inside, [seeds[0], seeds[2], seeds[1]], 'all three, in the order last said')
      t.is(await writer.rows.collection(deleted), null)
      t.absent((await recordOf(writer, added)).trashed, 'the photo is not lost')
      t.ok(await writer.bee.get(key.time(forge.NEW_YEAR, forge.photoId(added))))
      t.alike((await recount(writer.bee)).wrong, [])
    }
  }
})

test('apart: of two owners who remove each other the earlier admitted stays', async (t) => {
  for (const order of orders) {
    const [founder, ann, bob] = (await createCircle(t, OWNER, OWNER)) as [Writer, Writer, Writer]
    const idOf = async (writer: Writer): Promise<Uint8Array> => {
      const author = (await founder.cast()).author(writer.device.keys.writerKey)
      if (author === null) throw new Error('Nobody')
      return author.memberRow.id
    }
    const [annsId, bobsId] = [await idOf(ann), await idOf(bob)]
    await ann.write('remove', { member: bobsId })
    await bob.write('remove', { member: annsId })
    await bob.write('set-role', { member: annsId, role: CONTRIBUTOR })
    const [first, second] = inOrder(order, ann, bob)
    const part = join(founder, first)
    await together(founder, first)
    part()
    const rest = joinAll([founder, first, second])
    await together(founder, ann)
    rest()
    for (const writer of [founder, ann]) {
      const cast = await writer.cast()
      t.alike(
        [...cast.members.values()].map((row) => [row.role, row.removed]),
        [
          [OWNER, false],
          [OWNER, false],
          [OWNER, true]
        ],
        order
      )
      t.ok(cast.album.stale, 'and somebody has to start a new epoch')
    }
  }
})
