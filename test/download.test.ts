import { createHash } from 'node:crypto'
import test, { type Assertions } from 'brittle'
import Corestore from 'corestore'
import { Album } from './plain.ts'
import { AlbumError, type Photo, type Progress } from '../index.ts'
import { type BlobSource, Blobs } from '../lib/drives/blobs.ts'
import { Claims } from '../lib/drives/claims.ts'
import { fetchPhotos } from '../lib/drives/fetching.ts'
import { BLOCK_BYTES } from '../lib/drives/own.ts'
import { sourcesOf } from '../lib/drives/sources.ts'
import type { Session } from '../lib/session.ts'
import { settled } from '../lib/settling.ts'
import { fromHex, toHex } from '../lib/util/hex.ts'
import type { Found } from '../lib/view/queries.ts'
import type { Contribution, PhotoRecord } from '../lib/view/rows.ts'
import { photo, photoId } from './forge.ts'
import {
  type Home,
  collect,
  connect,
  createFamily,
  eventually,
  failureOf,
  jpegLike,
  png,
  readAll,
  sizeOf,
  tmp
} from './helpers.ts'
import { type Insider, connectUngated, openInside } from './insider.ts'

const MB = 1024 * 1024

/** Two homes from inside, connected to each other. */
async function openBoth(t: Assertions, ...homes: [Home, Home]): Promise<[Insider, Insider]> {
  for (const { album } of homes) await album.close()
  const insiders = [await openInside(t, homes[0].folder), await openInside(t, homes[1].folder)] as const
  t.teardown(connectUngated(...insiders), { order: -1 })
  const photos = insiders[0].session.cast.album.photos
  await eventually(async () => (await insiders[1].session.queries.cast()).album.photos === photos)
  return [...insiders]
}

/** All photos as a device knows them now. */
async function* found({ queries }: Session): AsyncGenerator<Found> {
  const none = { member: null, type: null, tag: null, collection: null, favouriteOf: null, after: null }
  const span = { from: null, to: null }
  yield* await collect(queries.list({ ...none, span, trashed: false, reverse: true, limit: Infinity }))
}

async function knows(album: Album, photos: number): Promise<void> {
  await eventually(async () => (await album.status()).photos === photos)
}

/** Whether an album reads all its photos, with nobody's help. */
async function readsAll(album: Album): Promise<boolean> {
  for await (const { id, size } of album.list()) {
    const bytes = await collect(album.read(id, { timeout: 0 })).catch(() => [])
    if (Buffer.concat(bytes).length !== size) return false
  }
  return true
}

test('download: fetches what is asked for, and says what nobody has', async (t) => {
  const [dad, mum, uncle] = (await createFamily(t, ['Mum', 'Uncle'])) as [Home, Home, Home]
  const sources = [jpegLike(1000), jpegLike(2 * MB), png('red'), png('blue')]
  const added = await collect(dad.album.addAll(sources, { tags: ['sea'] }))
  const sizes = added.map(({ photo }) => photo?.size ?? 0)
  const lost = await uncle.album.add(jpegLike(300))
  const meet = [connect(uncle.album, dad.album), connect(dad.album, mum.album)]
  await knows(mum.album, 5)
  meet[0]?.()
  await uncle.album.close()

  const events: Progress[] = []
  const progress: Progress[] = []
  mum.album.on('progress', (one) => events.push(one))
  const onprogress = (one: Progress): number => progress.push(one)
  const pngs = await mum.album.download({ type: 'image/png', tag: 'sea' }, { onprogress })
  const bytes = (sizes[2] as number) + (sizes[3] as number)
  t.alike(pngs, { files: 2, bytes, missing: [] }, 'some')
  t.alike(progress.at(-1), { files: 2, bytes, total: null })
  t.alike(events, progress)

  const rest = await mum.album.download({}, { timeout: 500 })
  t.is(rest.files, 2, 'the rest')
  t.is(rest.bytes, 1000 + 2 * MB)
  t.alike(
    rest.missing.map(({ id, error }) => [id, error.code, (error as { holders?: string[] }).holders]),
    [[lost.id, 'PHOTO_UNAVAILABLE', ['Uncle']]],
    'but for one'
  )
  const again = await mum.album.download({}, { timeout: 0 })
  t.alike([again.files, again.bytes, again.missing.length], [0, 0, 1], 'nothing is fetched twice')
  t.alike(await mum.album.download({ member: 'nobody' }), { files: 0, bytes: 0, missing: [] })
  const thumbnails = await mum.album.download({}, { variants: ['thumbnail', 'preview'] })
  t.alike(thumbnails, { files: 0, bytes: 0, missing: [] }, 'what no photo has')
  t.is(await failureOf(mum.album.download({}, { signal: AbortSignal.abort() })), 'ABORTED')
  const stop = new AbortController()
  setTimeout(() => stop.abort(), 100)
  t.is(
    await failureOf(mum.album.download({}, { signal: stop.signal, timeout: 60_000 })),
    'ABORTED',
    'while it waits'
  )

  meet[1]?.()
  await dad.album.close()
  t.is(await failureOf(collect(mum.album.read(lost.id, { timeout: 0 }))), 'PHOTO_UNAVAILABLE')
  for (const [i, { photo }] of added.entries()) {
    const bytes = Buffer.concat(await collect(mum.album.read(photo?.id ?? '', { timeout: 0 })))
    t.ok(bytes.equals(Buffer.from(sources[i] as Uint8Array)), `photo ${i} can be read alone`)
  }
})

test('download: keeping originals fetches in the background, and settles those who added', async (t) => {
  const [dad, mum, uncle] = (await createFamily(t, ['Mum', 'Uncle'])) as [Home, Home, Home]
  await collect(dad.album.addAll(Array.from({ length: 30 }, () => jpegLike(20_000))))
  t.is(await failureOf(dad.album.settled({ timeout: 300 })), 'TIMEOUT', 'alone, nothing is settled')
  t.is(await failureOf(dad.album.settled({ signal: AbortSignal.abort() })), 'ABORTED')
  for (const copies of [0, 1.5, NaN]) t.is(await failureOf(dad.album.settled({ copies })), 'BAD_ARGUMENT')
  t.is(
    await failureOf(mum.album.settled({ timeout: 1000 })),
    'resolved',
    'who added nothing waits for nobody'
  )

  connect(dad.album, uncle.album)
  await knows(uncle.album, 30)
  await mum.reopen({ keep: ['original'] })
  const settled = dad.album.settled()
  const cut = connect(dad.album, mum.album)
  await settled
  t.ok(await readsAll(mum.album), 'settled: another holds all of them')
  const [one] = await collect(dad.album.list({ limit: 1 }))
  const holders = (await dad.album.copies.of(one?.id ?? '')).map(({ member }) => member.name)
  t.alike(holders.sort(), ['Dad', 'Mum'], 'who does not keep originals has none')
  t.is(
    await failureOf(dad.album.settled({ copies: 2, timeout: 300 })),
    'TIMEOUT',
    'two copies are more than one'
  )
  await uncle.album.download()
  await dad.album.settled({ copies: 2, timeout: 20_000 })

  const later = await dad.album.add(jpegLike(5000))
  await dad.album.settled({ timeout: 20_000 })
  t.ok(await readsAll(mum.album), 'what comes later is kept too')
  cut()
  const apart = await dad.album.add(jpegLike(6000))
  await mum.reopen({ keep: ['original'] })
  connect(dad.album, mum.album)
  await eventually(async () => (await mum.album.get(apart.id)) !== null && (await readsAll(mum.album)))
  t.ok((await mum.album.get(later.id))?.id, 'also after a restart')
})

test('download: whoever closes the album at once has told what is there', async (t) => {
  const [dad, mum] = (await createFamily(t, ['Mum'])) as [Home, Home]
  const { id } = await dad.album.add(jpegLike(50_000))
  let cut = connect(dad.album, mum.album)
  await knows(mum.album, 1)
  t.is((await mum.album.download()).files, 1)
  await mum.reopen()
  cut()
  cut = connect(dad.album, mum.album)
  await dad.album.settled({ timeout: 5000 })
  t.pass('after a download')

  await mum.reopen({ keep: ['original'] })
  cut()
  cut = connect(dad.album, mum.album)
  const later = await dad.album.add(jpegLike(50_000))
  await eventually(async () => (await mum.album.get(later.id)) !== null && (await readsAll(mum.album)))
  // Less than receipts are gathered for, enough for the background to have done what there was.
  await new Promise((resolve) => setTimeout(resolve, 700))
  await mum.reopen({ keep: ['original'] })
  cut()
  connect(dad.album, mum.album)
  await dad.album.settled({ timeout: 10_000 })
  t.ok(id, 'in the background')
})

test('download: telling that fails or hangs does not fail it, and is made up for', async (t) => {
  const [dad, mum] = (await createFamily(t, ['Mum'])) as [Home, Home]
  await dad.album.add(jpegLike(50_000))
  const [a, b] = await openBoth(t, dad, mum)
  const { session } = b
  const download = async (): Promise<number> =>
    (await fetchPhotos(session, found(session), { variants: ['original'] })).files
  const { log, receipts } = session
  const append = log.append.bind(log)

  log.append = () => Promise.reject(new AlbumError('INDEX_INCOMPLETE', 'Nobody answers'))
  t.is(await download(), 1)
  const hung: ((error: Error) => void)[] = []
  log.append = () => new Promise((_resolve, reject) => hung.push(reject))
  t.is(await download(), 0, 'it is here')
  log.append = append
  // The device's own hello may hang too.
  for (const fail of hung) fail(new Error('It hung'))
  t.ok(await receipts.publish())
  const patience = AbortSignal.timeout(10_000)
  await settled(a.session, 1, patience)
  t.absent(patience.aborted, 'settled')
})

test('download: bytes that are here as another photo are taken for no other', async (t) => {
  const [dad, mum, uncle] = (await createFamily(t, ['Mum', 'Uncle'])) as [Home, Home, Home]
  const bytes = jpegLike(50_000)
  const { id } = await dad.album.add(bytes)
  const other = await mum.album.add(jpegLike(50_000))
  let cuts = [connect(dad.album, mum.album)]
  await knows(mum.album, 2)
  cuts[0]?.()
  cuts = [connect(mum.album, uncle.album)]
  await knows(uncle.album, 2)
  t.is((await uncle.album.download({}, { timeout: 500 })).files, 1)
  cuts[0]?.()

  // Mum says of her own photo that it is Dad's.
  await mum.album.close()
  const { session } = await openInside(t, mum.folder)
  const record = async (hex: string): Promise<PhotoRecord> => {
    const row = await session.queries.rows((rows) => rows.record(fromHex(hex, 32) as Uint8Array))
    return row?.record as PhotoRecord
  }
  const own = (await record(other.id)).contributions[0] as Contribution
  const { original, drive } = own
  const { size } = await dad.album.get(id).then((one) => one as Photo)
  const captured = { local: Date.UTC(2001, 0, 1), source: 4, precision: 0 }
  const forged = photo('', { id: fromHex(id, 32) as Uint8Array, size, original, captured, drive })
  await session.actor.append('photos', { photos: [forged] })
  await session.close()
  await mum.reopen()

  cuts = [connect(mum.album, uncle.album)]
  await eventually(async () => (await uncle.album.get(id))?.alsoBy.length === 1)
  t.is((await uncle.album.download({}, { timeout: 500 })).missing[0]?.error.code, 'PHOTO_CORRUPT', 'alone')
  cuts.push(connect(dad.album, uncle.album))
  await eventually(async () => (await uncle.album.status()).peers.length === 2)
  const { files, missing } = await uncle.album.download()
  t.alike([files, missing], [1, []], 'the true ones come')
  await dad.album.settled({ timeout: 10_000 })
  cuts.forEach((cut) => cut())
  await Promise.all([dad.album.close(), mum.album.close()])
  for (const when of ['at once', 'after a restart']) {
    t.ok((await readAll(uncle.album, { id })).equals(Buffer.from(bytes)), `read with nobody there, ${when}`)
    t.is((await readAll(uncle.album, other)).length, 50_000, 'what it was taken for is still here')
    await uncle.reopen()
  }
})

test('download: what a wrong claim brought is dropped, but for what another photo goes by', async (t) => {
  const [a, b] = await openBoth(t, ...((await createFamily(t, ['Mum'])) as [Home, Home]))
  const { drives, number } = await a.session.drives.get()
  const { blobs } = b.session
  await eventually(() => b.session.queries.cast().then((cast) => cast.drivesOf(1).length === number))
  const write = async (): Promise<{ id: Uint8Array; source: BlobSource }> => {
    const bytes = jpegLike(4 * BLOCK_BYTES)
    const [pointer] = await drives.write([{ path: '/photo', bytes }])
    const drive = { device: 1, drive: number, renditions: false, freed: false, publicKey: drives.publicKey }
    const source = { ...drive, epoch: drives.epoch, pointer: pointer as BlobSource['pointer'] }
    return { id: createHash('sha256').update(bytes).digest(), source }
  }
  const meanwhile = {
    nothing: async () => {},
    'it is fetched': async ({ id, source }: Awaited<ReturnType<typeof write>>) => {
      t.is((await blobs.fetch(source, id, {}))?.right, true)
    },
    'it is counted as held': async ({ id, source }: Awaited<ReturnType<typeof write>>) => {
      t.is(await blobs.holds(source, id), true)
    }
  }
  for (const [what, happens] of Object.entries(meanwhile)) {
    const photo = await write()
    // Said to be one photo: this one, and the next, which is not written yet.
    const { source } = photo
    const { blockLength, byteLength } = source.pointer
    const pointer = { ...source.pointer, blockLength: 2 * blockLength, byteLength: 2 * byteLength }
    const fetching = blobs.fetch({ ...source, pointer }, photoId(what), { timeout: 20_000 })
    await eventually(() => blobs.has(source))
    await happens(photo)
    const next = await write()
    t.is((await fetching)?.right, false)
    t.is(await blobs.has(source), what !== 'nothing', `meanwhile ${what}: the photo`)
    t.is(await blobs.has(next.source), what !== 'nothing', 'and what comes after it')
  }
})

test('download: what was found right is remembered in few rows', async (t) => {
  const rows = new Map<string, Uint8Array>()
  const keychain = {
    list: async () => [...rows].sort(([a], [b]) => a.localeCompare(b)).map(([id, value]) => ({ id, value })),
    put: async (_kind: string, id: string, value: Uint8Array) => {
      rows.set(id, value)
    }
  }
  const keys = { publicKey: photoId(''), epoch: photoId('') }
  const drive = { device: 1, drive: 1, renditions: false, freed: false, ...keys }
  const source = (i: number): BlobSource => {
    return { ...drive, pointer: { blockOffset: i, blockLength: 1, byteOffset: 1000 * i, byteLength: 1000 } }
  }
  const photos = 5000
  let claims = new Claims(keychain)
  for (let i = 0; i < photos; i++) {
    await claims.note(source(i), photoId(i), true)
    if (i % 50 === 0 && i < 1000) await claims.write()
    if (i === 300) {
      await claims.write()
      claims = new Claims(keychain)
    }
  }
  await claims.note(source(photos), photoId(photos), false)
  await claims.write()
  t.ok(rows.size < 40, `${rows.size} rows`)
  const again = new Claims(keychain)
  let right = 0
  for (let i = 0; i < photos; i++) if (await again.isRight(source(i), photoId(i))) right++
  t.is(right, photos)
  t.absent(await again.isRight(source(1), photoId(2)), 'another photo there')
  t.absent(await again.isRight(source(photos), photoId(photos)), 'what was wrong')
})

test('download: a photo larger than any disk keeps no other from coming', async (t) => {
  const [dad, mum] = (await createFamily(t, ['Mum'])) as [Home, Home]
  const right = await dad.album.add(jpegLike(50_000))
  const [a, b] = await openBoth(t, dad, mum)
  const { number } = await a.session.drives.get()
  const size = 2 ** 43
  const original = { blockOffset: 0, blockLength: 2 ** 27, byteOffset: 0, byteLength: size }
  const captured = { local: Date.UTC(9999, 0, 1), source: 4, precision: 0 }
  await a.session.actor.append('photos', {
    photos: [photo('forged', { size, original, captured, drive: number })]
  })
  await eventually(async () => (await b.session.queries.cast()).album.photos === 2)
  const result = await fetchPhotos(b.session, found(b.session), { variants: ['original'] })
  t.alike([result.files, result.bytes], [1, right.size])
  t.alike(
    result.missing.map(({ id, error }) => [id, error.code]),
    [[toHex(photoId('forged')), 'STORAGE_FULL']]
  )
})

test('download: a photo that somebody else has got meanwhile is kept at last', async (t) => {
  const [dad, mum, uncle] = (await createFamily(t, ['Mum', 'Uncle'])) as [Home, Home, Home]
  await uncle.reopen({ keep: ['original'] })
  const met = connect(dad.album, mum.album)
  // Uncle hears of it from Mum, who has not got the bytes herself.
  connect(mum.album, uncle.album)
  await dad.album.add(jpegLike(50_000))
  await knows(uncle.album, 1)
  // Longer than the background looks for somebody who has it.
  await new Promise((resolve) => setTimeout(resolve, 3000))
  t.absent(await readsAll(uncle.album))
  t.is((await mum.album.download()).files, 1)
  met()
  t.ok(await eventually(() => readsAll(uncle.album)))
})

test('download: deleting for good gives the disk back, here and where somebody was away', async (t) => {
  const [dad, mum] = (await createFamily(t, ['Mum'])) as [Home, Home]
  const added = await collect(dad.album.addAll(Array.from({ length: 8 }, () => jpegLike(3 * MB))))
  const ids = added.map(({ photo }) => photo?.id ?? '')
  const gone = ids.slice(0, 6)
  const cut = connect(dad.album, mum.album)
  await knows(mum.album, 8)
  t.is((await mum.album.download()).files, 8)
  cut()
  const before = { dad: sizeOf(dad.folder), mum: sizeOf(mum.folder) }
  t.ok(before.dad > 24 * MB && before.mum > 24 * MB)

  const results = await dad.album.purge(gone)
  t.ok(results.every(({ status, photo }) => status === 'done' && photo !== null))
  await eventually(() => sizeOf(dad.folder) < before.dad - 16 * MB)
  t.ok(sizeOf(mum.folder) > 24 * MB)
  t.pass('here')

  connect(dad.album, mum.album)
  await knows(mum.album, 2)
  await eventually(() => sizeOf(mum.folder) < before.mum - 16 * MB)
  t.pass('where somebody was away')
  for (const { album } of [dad, mum]) {
    t.ok(await readsAll(album), 'what stays is whole')
    t.is(await failureOf(collect(album.read(gone[0] ?? ''))), 'NOT_FOUND')
  }
})

test('download: what was deleted for good while it was on its way does not stay', async (t) => {
  const [dad, mum] = (await createFamily(t, ['Mum'])) as [Home, Home]
  await dad.album.add(jpegLike(50_000))
  await dad.album.add(jpegLike(50_000))
  const [a, b] = await openBoth(t, dad, mum)
  const { session } = b
  const [stays, goes] = (await collect(found(session))) as [Found, Found]
  // Somebody who has not dropped it yet.
  a.session.blobs.clear = async () => {}
  await a.session.actor.append('purge', { ids: [goes.id] })
  const isPurged = async (): Promise<boolean> => {
    await session.reclaim()
    return (await session.keychain.get('purged', toHex(goes.id))) !== null
  }
  await eventually(isPurged)

  async function* readBefore(): AsyncGenerator<Found> {
    yield* [stays, goes]
  }
  const { files } = await fetchPhotos(session, readBefore(), { variants: ['original'] })
  t.is(files, 1)
  const cast = await session.queries.cast()
  const isHere = ({ record }: Found): Promise<boolean> =>
    session.blobs.has(sourcesOf(record.contributions, cast, 'original')[0] as BlobSource)
  t.alike([await isHere(stays), await isHere(goes)], [true, false])
})

test('download: purges that were carried out are not looked at again as the album grows', async (t) => {
  const folder = tmp(t)
  const album = await Album.create(folder, { name: 'Our family', member: 'Dad', network: false })
  const ids: string[] = []
  for (let i = 0; i < 4; i++) ids.push((await album.add(jpegLike(5000))).id)
  const [last = '', ...first] = ids
  for (const id of ids) await album.trash(id)
  for (const id of first) await album.purge(id)
  await album.close()
  const { session } = await openInside(t, folder)
  const { keychain, log } = session
  const looked: string[] = []
  const get = keychain.get.bind(keychain)
  keychain.get = (kind, id) => {
    if (kind === 'purged') looked.push(id ?? '')
    return get(kind, id)
  }
  const reclaimAfter = async (op: () => Promise<unknown>): Promise<string[]> => {
    const final = log.finalLength
    looked.length = 0
    await op()
    await eventually(() => log.finalLength > final)
    await session.reclaim()
    return [...new Set(looked)]
  }
  await session.reclaim()
  const id = Buffer.from(last, 'hex')
  t.alike(await reclaimAfter(() => session.actor.append('rename', { name: 'Another' })), [])
  t.alike(await reclaimAfter(() => session.actor.append('purge', { ids: [id] })), [last])
})

test('download: a receipt that has no room for all says the longest stretches, and only what is here', async (t) => {
  const store = new Corestore(tmp(t))
  t.teardown(() => store.close())
  const core = store.get({ name: 'blobs' })
  await core.append(Array.from({ length: 40 }, () => Buffer.alloc(1)))
  for (const gap of [1, 3, 5, 7, 20, 30, 33]) await core.clear(gap, gap + 1)
  t.alike(Blobs.held(core, 100), [0, 1, 2, 1, 4, 1, 6, 1, 8, 12, 21, 9, 31, 2, 34, 6])
  t.alike(Blobs.held(core, 6), [8, 12, 21, 9, 34, 6])
  t.alike(Blobs.held(core, 7), [8, 12, 21, 9, 34, 6])
})
