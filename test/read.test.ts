import { createHash } from 'node:crypto'
import test from 'brittle'
import type { Album, AlbumError, Photo } from '../index.ts'
import { type Home, collect, connect, createAlbum, createFamily, eventually } from './helpers.ts'
import { failureOf, jpegLike, png, readAll } from './helpers.ts'
import { openInside } from './insider.ts'

const MB = 1024 * 1024

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

async function rangeOf(album: Album, id: string, options: { start?: number; end?: number }): Promise<Buffer> {
  return Buffer.concat(await collect(album.read(id, { ...options, timeout: 2000 })))
}

/** The error that reading fails with. */
async function readError(album: Album, id: string, timeout = 300): Promise<AlbumError> {
  return collect(album.read(id, { timeout })).then(
    () => {
      throw new Error('It could be read')
    },
    (error: AlbumError) => error
  )
}

/** Waits until everybody knows of so many photos. */
async function synced(photos: number, ...homes: Home[]): Promise<void> {
  for (const { album } of homes) await eventually(async () => (await album.status()).photos === photos)
}

test('read: ranges, here and from another member', async (t) => {
  const [dad, mum] = (await createFamily(t, ['Mum'])) as [Home, Home]
  const bytes = Buffer.from(jpegLike(5 * MB + 123))
  const { id, size } = await dad.album.add(bytes)
  const cut = connect(dad.album, mum.album)
  await synced(1, mum)
  const ranges: { start?: number; end?: number }[] = [
    { start: 0, end: 0 },
    { start: 65_535, end: 65_536 },
    { start: size - 1 },
    { end: 99 },
    { start: 3 * MB, end: 3 * MB + 200_000 }
  ]
  for (const range of ranges) {
    const expected = bytes.subarray(range.start ?? 0, (range.end ?? size - 1) + 1)
    t.ok((await rangeOf(dad.album, id, range)).equals(expected), `${JSON.stringify(range)} here`)
    t.ok((await rangeOf(mum.album, id, range)).equals(expected), `${JSON.stringify(range)} from afar`)
  }
  cut()
  await dad.album.close()
  const part = ranges[4] as { start: number; end: number }
  t.is((await rangeOf(mum.album, id, part)).length, 200_001, 'what was read is here now')
  t.is(
    await failureOf(rangeOf(mum.album, id, { start: 2 * MB, end: 2 * MB })),
    'PHOTO_UNAVAILABLE',
    'no more'
  )

  const again = await dad.reopen()
  connect(again, mum.album)
  t.ok((await rangeOf(mum.album, id, {})).equals(bytes), 'and all of it')
  const wrong = [
    { start: -1 },
    { start: 1.5 },
    { start: NaN },
    { start: size },
    { end: size },
    { start: 10, end: 9 },
    { end: -1 },
    { end: 0.5 }
  ]
  for (const range of wrong) {
    t.is(await failureOf(rangeOf(again, id, range)), 'BAD_ARGUMENT', JSON.stringify(range))
  }
})

test('read: as a stream that is piped, or left in the middle', async (t) => {
  const album = await createAlbum(t)
  const { id } = await album.add(jpegLike(2 * MB))
  const hash = createHash('sha256')
  await new Promise((resolve, reject) => {
    album.read(id).on('error', reject).pipe(hash).on('finish', resolve)
  })
  t.is(hash.digest('hex'), id)
  for await (const chunk of album.read(id)) {
    t.ok(chunk.byteLength > 0)
    break
  }
  const stream = album.read(id)
  stream.destroy()
  t.is(await failureOf(collect(album.read(id, { signal: AbortSignal.abort() }))), 'ABORTED')
  await album.close()
})

test('read: what is not there', async (t) => {
  const album = await createAlbum(t)
  const { id } = await album.add(png(1))
  for (const unknown of ['', 'nonsense', '00'.repeat(32), id.toUpperCase(), `${id}00`]) {
    t.is(await failureOf(collect(album.read(unknown))), 'NOT_FOUND', unknown)
  }
  for (const variant of ['preview', 'thumbnail', 'motion'] as const) {
    t.is(await failureOf(collect(album.read(id, { variant }))), 'NOT_FOUND', `it has no ${variant}`)
  }
  await album.trash(id)
  t.is((await readAll(album, { id })).byteLength, png(1).byteLength, 'what is in the trash can be looked at')
  await album.purge(id)
  t.is(await failureOf(collect(album.read(id))), 'NOT_FOUND', 'what was deleted cannot')
})

test('read: a photo that nobody reachable has says who holds it', async (t) => {
  const [dad, mum, uncle] = (await createFamily(t, ['Mum', 'Uncle'])) as [Home, Home, Home]
  const { id } = await dad.album.add(jpegLike(100_000))
  let cut = [connect(dad.album, mum.album), connect(dad.album, uncle.album)]
  await synced(1, mum, uncle)
  cut.forEach((one) => one())
  const alone = await readError(mum.album, id)
  t.alike([alone.code, alone.holders], ['PHOTO_UNAVAILABLE', ['Dad']])
  t.ok(alone.message.includes('Dad'))

  cut = [connect(dad.album, uncle.album), connect(dad.album, mum.album)]
  t.is((await uncle.album.download()).files, 1)
  // Mum hears of it from Dad.
  await eventually(async () => {
    cut.forEach((one) => one())
    const { holders } = await readError(mum.album, id, 0)
    cut = [connect(dad.album, uncle.album), connect(dad.album, mum.album)]
    await eventually(async () => (await mum.album.status()).peers.length > 0)
    return holders.includes('Uncle')
  })
  cut.forEach((one) => one())
  await dad.album.close()
  connect(uncle.album, mum.album)
  t.is((await readAll(mum.album, { id })).byteLength, 100_000, 'who holds a copy gives it on')
})

test('read: another source where the first is away, or goes in the middle', async (t) => {
  const [dad, mum, uncle] = (await createFamily(t, ['Mum', 'Uncle'])) as [Home, Home, Home]
  const bytes = Buffer.from(jpegLike(24 * MB))
  const { id } = await dad.album.add(bytes)
  await mum.album.add(bytes)
  const meet = connect(dad.album, mum.album)
  await eventually(async () => (await mum.album.get(id))?.alsoBy.length === 1)
  meet()

  const fromMum = connect(mum.album, uncle.album)
  await eventually(async () => (await uncle.album.get(id))?.alsoBy.length === 1)
  t.is((await uncle.album.get(id))?.by.name, 'Dad')
  t.ok((await rangeOf(uncle.album, id, { start: 0, end: MB })).equals(bytes.subarray(0, MB + 1)))
  fromMum()

  const fromDad = connect(dad.album, uncle.album)
  await eventually(async () => (await uncle.album.status()).peers.length === 1)
  const reading = uncle.album.read(id)[Symbol.asyncIterator]()
  const chunks = [(await reading.next()).value as Uint8Array]
  connect(mum.album, uncle.album)
  await eventually(async () => (await uncle.album.status()).peers.length === 2)
  fromDad()
  for (let next = await reading.next(); !next.done; next = await reading.next()) chunks.push(next.value)
  t.ok(Buffer.concat(chunks).equals(bytes), 'whole, though one of them left')
})

test('read: from somebody who holds this photo, and not others of the same drive', async (t) => {
  const homes = (await createFamily(t, ['Mum', 'Uncle'])) as [Home, Home, Home]
  const [dad, mum, uncle] = homes.map(({ album }) => album) as [Album, Album, Album]
  const apart = connect(dad, mum)
  const photos: Photo[] = []
  // Of a core of 256 blocks and less everybody is told all.
  for (let i = 0; i < 4; i++) photos.push(await dad.add(jpegLike(10 * MB)))
  const [, second] = photos as [Photo, Photo]
  for (const photo of photos) await eventually(() => mum.get(photo.id))
  const bytes = await readAll(mum, second)
  apart()
  connect(mum, uncle)
  for (const photo of photos) await eventually(() => uncle.get(photo.id))
  t.ok((await readAll(uncle, second)).equals(bytes))
})

test('read: bytes that are not what the album calls them', async (t) => {
  const [dad, mum] = (await createFamily(t, ['Mum'])) as [Home, Home]
  const right = jpegLike(200_000)
  const wrong = jpegLike(200_000)
  const id = sha256(right)
  await mum.album.close()
  const { session } = await openInside(t, mum.folder)
  const { drives, number } = await session.drives.get()
  const [original] = await drives.write([{ path: '/wrong.jpg', bytes: wrong }])
  if (!original) throw new Error('Nothing was written')
  const captured = { local: 0, offset: 0, zone: null, source: 0, precision: 0 }
  const size = right.byteLength
  const photo = { id, name: 'wrong.jpg', type: 1, size, captured, drive: number, original }
  await session.actor.append('photos', { photos: [photo] })
  await session.close()
  await mum.reopen()

  const cut = connect(dad.album, mum.album)
  await synced(1, dad)
  const hex = id.toString('hex')
  t.is(await failureOf(collect(dad.album.read(hex))), 'PHOTO_CORRUPT', 'reading says so at the end')
  t.is(await failureOf(collect(dad.album.read(hex))), 'PHOTO_CORRUPT', 'and when it is tried again')
  const { files, missing } = await dad.album.download()
  t.is(files, 0)
  t.alike(
    missing.map((one) => [one.id, one.error.code]),
    [[hex, 'PHOTO_CORRUPT']],
    'a download says so'
  )
  cut()
  const added = await dad.album.add(right)
  t.alike([added.by.name, added.alsoBy.map(({ name }) => name)], ['Mum', ['Dad']])
  t.ok((await readAll(dad.album, { id: hex })).equals(Buffer.from(right)), 'the right bytes win')
  connect(dad.album, mum.album)
  await eventually(async () => (await mum.album.get(hex))?.alsoBy.length === 1)
  const rightAtLast = async (): Promise<boolean> =>
    (await readAll(mum.album, { id: hex }).catch(() => Buffer.alloc(0))).equals(Buffer.from(right))
  t.ok(await eventually(rightAtLast), 'also at the one who had the wrong ones')
})
