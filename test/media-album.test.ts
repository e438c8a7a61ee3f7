import fs from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import test, { type Assertions } from 'brittle'
import sharp from 'sharp'
import { Album, AlbumError, type MediaEngine } from '../index.ts'
import { Adding } from '../lib/adding.ts'
import { Blobs } from '../lib/drives/blobs.ts'
import { collect, createNetwork, eventually, failureOf, readAll, tmp } from './helpers.ts'
import { openInside } from './insider.ts'

const photosFolder =
  process.env['HYPERALBUM_PHOTOS'] ?? path.join(import.meta.dirname, '..', '..', 'shared', 'photos')

/** An album with the engine that there is without asking. */
async function createAlbum(t: Assertions, options: { media?: MediaEngine | null } = {}): Promise<Album> {
  const album = await Album.create(tmp(t), { name: 'Our family', member: 'Dad', network: false, ...options })
  t.teardown(() => album.close())
  return album
}

/** A JPEG of some size with a date, a place and a serial number in its EXIF. */
async function jpeg(width: number, height: number): Promise<Buffer> {
  const pixels = sharp({ create: { width, height, channels: 3, background: { r: 200, g: 80, b: 40 } } })
  return pixels
    .withExif({
      IFD0: { Make: 'Acme', Model: 'Acme One', BodySerialNumber: 'SN-12345' },
      IFD2: { DateTimeOriginal: '2019:07:14 16:05:09', OffsetTimeOriginal: '+02:00' },
      IFD3: {
        GPSLatitudeRef: 'N',
        GPSLatitude: '48/1 51/1 30/1',
        GPSLongitudeRef: 'E',
        GPSLongitude: '2/1 17/1 40/1'
      }
    })
    .jpeg()
    .toBuffer()
}

async function sizeOf(bytes: Buffer): Promise<[string | undefined, number, number]> {
  const { format, width, height } = await sharp(bytes).metadata()
  return [format, width, height]
}

test('media: a photo says when and where it was taken, and has pictures', { timeout: 60_000 }, async (t) => {
  const album = await createAlbum(t)
  const bytes = await jpeg(2400, 1200)
  const photo = await album.add(bytes, { name: 'holiday.jpg' })
  t.is(photo.capturedAt.local, '2019-07-14T16:05:09.000')
  t.is(photo.capturedAt.offsetMinutes, 120)
  t.is(photo.capturedAt.source, 'metadata')
  t.ok(Math.abs((photo.location?.latitude ?? 0) - 48.8583) < 0.001)
  t.is(photo.camera, 'Acme One')
  t.alike([photo.width, photo.height, photo.damaged], [2400, 1200, false])
  t.ok(photo.placeholder && photo.placeholder.byteLength < 64)
  const read = async (variant: 'thumbnail' | 'preview'): Promise<Buffer> =>
    Buffer.concat(await collect(album.read(photo.id, { variant })))
  t.alike(await sizeOf(await read('thumbnail')), ['webp', 256, 128])
  t.alike(await sizeOf(await read('preview')), ['webp', 1600, 800])
  t.alike(await readAll(album, photo), bytes, 'the original is as it came')

  const said = await album.add(await jpeg(64, 64), { capturedAt: '2001-02-03', caption: 'By hand' })
  t.is(said.capturedAt.local, '2001-02-03T00:00:00.000', 'what the caller says comes first')
  const named = await album.add(
    await sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } })
      .png()
      .toBuffer(),
    {
      name: 'IMG-20200716-WA0001.png'
    }
  )
  t.is(named.capturedAt.local.slice(0, 10), '2020-07-16')
  t.is(named.capturedAt.source, 'name')
})

test('media: stripped, it says nothing of its owner and shows the same', { timeout: 60_000 }, async (t) => {
  const album = await createAlbum(t)
  const bytes = await jpeg(300, 200)
  const { id } = await album.add(bytes)
  const stripped = Buffer.concat(await collect(album.read(id, { strip: true })))
  t.ok(bytes.includes('SN-12345') && bytes.includes('Acme'))
  t.absent(stripped.includes('SN-12345') || stripped.includes('Acme') || stripped.includes('2019:07:14'))
  const pixels = (one: Buffer): Promise<Buffer> => sharp(one).raw().toBuffer()
  t.alike(await pixels(stripped), await pixels(bytes))
  const part = Buffer.concat(await collect(album.read(id, { strip: true, start: 2, end: 9 })))
  t.alike(part, stripped.subarray(2, 10))
  const gif = await album.add(await sharp(bytes).gif().toBuffer())
  t.is(await failureOf(collect(album.read(gif.id, { strip: true }))), 'UNSUPPORTED_FILE')
})

test(
  'media: a photo that cannot be shown is added and marked, and repaired later',
  { timeout: 60_000 },
  async (t) => {
    const folder = tmp(t)
    const bytes = await jpeg(800, 600)
    const broken = Buffer.concat([bytes.subarray(0, 200), Buffer.alloc(4000, 7)])
    const first = await Album.create(folder, {
      name: 'Our family',
      member: 'Dad',
      network: false,
      media: null
    })
    const photo = await first.add(bytes)
    t.is(photo.placeholder, null)
    t.is(await failureOf(collect(first.read(photo.id, { variant: 'thumbnail' }))), 'NOT_FOUND')
    await first.close()

    const album = await Album.open(folder, { network: false })
    t.teardown(() => album.close())
    const damaged = await album.add(broken)
    t.is(damaged.damaged, true)
    t.alike(await readAll(album, damaged), broken, 'its original is safe')
    const result = await album.repair()
    t.is(result.repaired, 1)
    t.alike(
      result.failed.map(({ id, error }) => [id, (error as { code?: string }).code]),
      [[damaged.id, 'MEDIA_FAILED']]
    )
    t.alike(await sizeOf(Buffer.concat(await collect(album.read(photo.id, { variant: 'thumbnail' })))), [
      'webp',
      256,
      192
    ])
    const now = await album.get(photo.id)
    t.alike([now?.width, now?.height, now?.alsoBy.length], [800, 600, 0])
    t.ok(now?.placeholder)
    t.is((await album.repair()).repaired, 0, 'once')
  }
)

test('media: others get the thumbnails by themselves', { timeout: 60_000 }, async (t) => {
  const network = await createNetwork(t)
  const dad = await Album.create(tmp(t), { name: 'Our family', member: 'Dad', network })
  t.teardown(() => dad.close())
  const { code } = await dad.invites.create()
  const mum = await Album.join(tmp(t), code, { member: 'Mum', network, timeout: 20_000 })
  t.teardown(() => mum.close())
  const photo = await dad.add(await jpeg(1000, 1000))
  await eventually(async () => (await mum.get(photo.id))?.placeholder)
  await eventually(async () => {
    const bytes = await collect(mum.read(photo.id, { variant: 'thumbnail', timeout: 0 })).catch(() => [])
    return bytes.length > 0
  })
  await dad.close()
  t.ok((await collect(mum.read(photo.id, { variant: 'thumbnail', timeout: 0 }))).length > 0)
  t.is(await failureOf(collect(mum.read(photo.id, { variant: 'preview', timeout: 0 }))), 'PHOTO_UNAVAILABLE')
})

test('media: an engine of one’s own is asked, and what it cannot say keeps nothing out', async (t) => {
  const asked: string[] = []
  const engine: MediaEngine = {
    async examine(_source, type) {
      asked.push(type)
      throw new Error('Out of order')
    },
    close: async () => {
      asked.push('closed')
    }
  }
  const album = await createAlbum(t, { media: engine })
  const warnings: string[] = []
  album.on('warning', (error) => warnings.push(error.message))
  const photo = await album.add(await jpeg(20, 20))
  t.is(photo.width, null)
  t.alike(asked, ['image/jpeg'])
  t.alike(warnings, ['Out of order'])
  await album.add(await jpeg(20, 20))
  t.alike(asked, ['image/jpeg'], 'a duplicate is not looked at')
  await album.close()
  t.absent(asked.includes('closed'), 'it is the caller’s to close')
})

test('media: many at once, large ones by path and as a stream', { timeout: 120_000 }, async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const noise = sharp({
    create: {
      width: 3000,
      height: 3000,
      channels: 3,
      background: 'red',
      noise: { type: 'gaussian', mean: 128, sigma: 90 }
    }
  })
  const large = await noise.jpeg({ quality: 100 }).toBuffer()
  t.ok(large.byteLength > 8 * 1024 * 1024, `${large.byteLength} bytes`)
  const file = path.join(folder, 'large.jpg')
  fs.writeFileSync(file, large)
  const other = Buffer.concat([large, Buffer.from('another')])
  const small = await Promise.all(Array.from({ length: 12 }, (_, i) => jpeg(100 + i, 80)))
  const results = await collect(
    album.addAll([file, ...small, { source: Readable.from([other]), name: 'stream.jpg' }])
  )
  t.alike([...new Set(results.map(({ status }) => status))], ['added'])
  for (const { photo } of results) {
    t.ok(photo?.placeholder && photo.width && photo.height, photo?.name)
    t.ok((await collect(album.read(photo?.id ?? '', { variant: 'thumbnail' }))).length > 0)
  }
  const left = fs.readdirSync(path.dirname(folder)).filter((name) => name.startsWith('hyperalbum-look-'))
  t.absent(
    left.some((name) => fs.existsSync(path.join(path.dirname(folder), name, 'file'))),
    'nothing is left lying'
  )
})

test(
  'media: real photos of a family',
  { timeout: 180_000, skip: !fs.existsSync(photosFolder) },
  async (t) => {
    const album = await createAlbum(t)
    const folder = path.join(photosFolder, 'family')
    const results = await collect(
      album.addAll(
        fs
          .readdirSync(folder)
          .sort()
          .map((name) => path.join(folder, name))
      )
    )
    const failed = results
      .filter(({ status }) => status === 'failed')
      .map(({ source }) => path.basename(source as string))
    t.alike(failed, ['pdf.pdf'])
    const dated = results.filter(({ photo }) => photo?.capturedAt.source === 'metadata')
    t.ok(dated.length >= 8, `${dated.length} have dates of their own`)
    for (const { photo } of results) {
      if (!photo || photo.type.startsWith('video/')) continue
      t.ok(photo.placeholder, photo.name)
    }
  }
)

test(
  'media: repair reaches what was added before a removal, in whosever name, once',
  { timeout: 60_000 },
  async (t) => {
    const network = await createNetwork(t)
    const folder = tmp(t)
    const first = await Album.create(folder, { name: 'Our family', member: 'Dad', network, media: null })
    const { code } = await first.invites.create()
    const uncle = await Album.join(tmp(t), code, { member: 'Uncle', network, media: null, timeout: 20_000 })
    const before = await first.add(await jpeg(400, 300))
    await first.members.remove(uncle.me)
    await uncle.close()
    const grandpa = await first.members.create({ name: 'Grandpa' })
    await first.members.delegate(grandpa.id)
    const his = await first.as(grandpa.id).add(await jpeg(500, 300))
    const after = await first.add(await jpeg(600, 300))
    t.is(before.capturedAt.source, 'added')
    await first.close()

    const album = await Album.open(folder, { network: false })
    t.teardown(() => album.close())
    t.alike(await album.repair(), { repaired: 2, failed: [] })
    t.alike(await album.repair(), { repaired: 0, failed: [] })
    t.alike(await album.as(grandpa.id).repair(), { repaired: 1, failed: [] })
    for (const { id } of [before, his, after]) {
      const photo = await album.get(id)
      t.ok(photo?.placeholder && photo.width, photo?.by.name)
      t.is(photo?.alsoBy.length, 0)
      t.is(photo?.capturedAt.local, '2019-07-14T16:05:09.000', 'a weak date gives way')
      t.ok((await collect(album.read(id, { variant: 'preview' }))).length > 0)
    }
  }
)

test('media: what failed once is not damaged for ever', { timeout: 60_000 }, async (t) => {
  const folder = tmp(t)
  const facts = {
    width: 80,
    height: 60,
    duration: null,
    captured: null,
    location: null,
    camera: null,
    sidecar: null
  }
  const nothing = { thumbnail: null, preview: null, placeholder: null }
  const engine: MediaEngine = {
    examine: async () => ({ facts, ...nothing, damaged: true, failure: 'Too slow' }),
    close: async () => {}
  }
  const first = await Album.create(folder, {
    name: 'Our family',
    member: 'Dad',
    network: false,
    media: engine
  })
  const photo = await first.add(await jpeg(80, 60))
  t.is(photo.damaged, true)
  await first.close()
  const album = await Album.open(folder, { network: false })
  t.teardown(() => album.close())
  t.is((await album.repair()).repaired, 1)
  t.is((await album.get(photo.id))?.damaged, false)
})

test('media: one file that says nonsense keeps out no other', { timeout: 60_000 }, async (t) => {
  const album = await createAlbum(t)
  const sidecar = Buffer.from(
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
      '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject><rdf:Bag>' +
      `<rdf:li>${'\uFB2A'.repeat(60)}</rdf:li><rdf:li>sea</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>`
  )
  const sources = await Promise.all([1, 2, 3].map(async (n) => ({ source: await jpeg(30 + n, 30) })))
  const odd = { source: await jpeg(50, 50), sidecar }
  const results = await collect(album.addAll([...sources, odd]))
  t.alike(
    results.map(({ status }) => status),
    ['added', 'added', 'added', 'added']
  )
  t.alike(results[3]?.photo?.tags, ['sea'])
})

test('media: an engine that answers nonsense, or never, holds nothing up', { timeout: 60_000 }, async (t) => {
  const nonsense = { examine: async () => ({}), close: async () => {} } as unknown as MediaEngine
  const odd = await createAlbum(t, { media: nonsense })
  t.is((await odd.add(await jpeg(10, 10))).width, null)

  const large = new Uint8Array(2_000_000)
  const facts = { width: -1, height: NaN, duration: Infinity, camera: 'c'.repeat(999), sidecar: null }
  const lies = { latitude: 500_000, longitude: 0, altitude: null }
  const liar = {
    examine: async () => ({
      facts: { ...facts, captured: { local: NaN }, location: lies },
      thumbnail: large,
      preview: null,
      placeholder: large,
      damaged: 'yes',
      failure: null
    }),
    close: async () => {}
  } as unknown as MediaEngine
  const wrong = await createAlbum(t, { media: liar })
  const photo = await wrong.add(await jpeg(10, 10))
  t.alike([photo.width, photo.height, photo.duration, photo.location, photo.placeholder], Array(5).fill(null))
  t.is(photo.camera?.length, 200)

  const silent: MediaEngine = { examine: () => new Promise(() => {}), close: async () => {} }
  const album = await createAlbum(t, { media: silent })
  const stop = new AbortController()
  const adding = failureOf(collect(album.addAll([await jpeg(11, 11)], { signal: stop.signal })))
  const one = failureOf(album.add(await jpeg(12, 12)))
  setTimeout(() => stop.abort(), 100)
  t.is(await adding, 'ABORTED')
  await album.close()
  t.is(await one, 'CLOSED')
})

test('media: what the log refuses leaves no picture behind', { timeout: 60_000 }, async (t) => {
  const folder = tmp(t)
  const album = await Album.create(folder, { name: 'Our family', member: 'Dad', network: false })
  await album.close()
  const { session } = await openInside(t, folder)
  const held = async (): Promise<number[][]> => {
    const drives = (await session.queries.cast()).drivesOf(1)[0]
    if (!drives) return []
    const cores = [drives.originals, drives.renditions].map((key) => session.blobs.core(key, drives.epoch))
    return (await Promise.all(cores)).map((core) => (core ? Blobs.held(core, 100) : []))
  }
  const adding = new Adding(session, session.actor)
  const write = async (bytes: Buffer): Promise<unknown> =>
    (await adding.write([await adding.prepare(bytes, {})]))[0]
  await write(await jpeg(64, 64))
  const before = await held()
  t.alike(before, [
    [0, 1],
    [0, 2]
  ])
  const { log } = session
  const append = log.append.bind(log)
  log.append = () => Promise.reject(new AlbumError('NOT_WRITABLE', 'Not any more'))
  t.is(((await write(await jpeg(65, 64))) as AlbumError).code, 'NOT_WRITABLE')
  log.append = append
  t.alike(await held(), before)
})
