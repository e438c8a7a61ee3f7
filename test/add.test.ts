import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import test from 'brittle'
import Corestore from 'corestore'
import Hyperdrive from 'hyperdrive'
import { Album } from '../index.ts'
import type { DateInput, Source } from '../index.ts'
import { coreKeyOf } from '../lib/view/identity.ts'
import { collect, createAlbum, failureOf, jpegLike, png, readAll, tmp } from './helpers.ts'
import { openInside } from './insider.ts'
import { runChild } from './processes.ts'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const photosFolder = process.env['HYPERALBUM_PHOTOS'] ?? path.join(root, '..', 'shared', 'photos')
const MB = 1024 * 1024

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

test('add: a path, bytes, a Blob, a File or a stream', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const file = path.join(folder, 'IMG_0001.png')
  const sources: Record<string, { name: string; make(bytes: Uint8Array): Source }> = {
    path: {
      name: 'IMG_0001.png',
      make: (bytes) => {
        fs.writeFileSync(file, bytes)
        return file
      }
    },
    bytes: { name: '', make: (bytes) => bytes },
    Blob: { name: '', make: (bytes) => new Blob([new Uint8Array(bytes)]) },
    File: { name: 'IMG_0002.png', make: (bytes) => new File([new Uint8Array(bytes)], 'IMG_0002.png') },
    'Node stream': { name: '', make: (bytes) => Readable.from([bytes.subarray(0, 10), bytes.subarray(10)]) },
    'web stream': { name: '', make: (bytes) => new Blob([new Uint8Array(bytes)]).stream() },
    generator: {
      name: '',
      async *make(bytes) {
        for (const byte of bytes) yield Uint8Array.of(byte)
      }
    }
  }
  for (const [kind, { name, make }] of Object.entries(sources)) {
    for (const size of [16, 4 * MB, 9 * MB]) {
      if (size > 16 && kind === 'generator') continue
      const bytes = size === 16 ? png(kind) : jpegLike(size)
      const photo = await album.add(make(bytes))
      const id = sha256(bytes)
      const expected = name === '' ? `${id.slice(0, 12)}.${size === 16 ? 'png' : 'jpg'}` : name
      const { type } = photo
      t.alike(
        [photo.id, photo.size, photo.name, type],
        [id, bytes.byteLength, expected, size === 16 ? 'image/png' : 'image/jpeg'],
        `${kind}, ${bytes.byteLength} bytes`
      )
      t.alike(photo.files, [{ role: 'original', sha256: id, size: bytes.byteLength, type }])
      t.ok((await readAll(album, photo)).equals(bytes), 'what is read is what was given')
    }
  }
  const named = await album.add(png('named'), { name: 'Grandma at sea.png' })
  t.is(named.name, 'Grandma at sea.png')
  const bytes = png('reused')
  const adding = album.add(bytes)
  const copy = Buffer.from(bytes)
  bytes.fill(0)
  t.is((await adding).id, sha256(copy), 'the caller may go on using its buffer')
})

test('add: the type is told by the first bytes, whatever the name says', async (t) => {
  const album = await createAlbum(t)
  const ftyp = (major: string, ...compatible: string[]): Uint8Array =>
    Buffer.from(`\0\0\0\x20ftyp${major}\0\0\0\0${compatible.join('')}`, 'latin1')
  const heads: [type: string, head: Uint8Array][] = [
    ['image/jpeg', Uint8Array.of(0xff, 0xd8, 0xff, 0xe1)],
    ['image/png', png(1)],
    ['image/gif', Buffer.from('GIF89a')],
    ['image/webp', Buffer.from('RIFF\x10\0\0\0WEBPVP8 ', 'latin1')],
    ['image/tiff', Uint8Array.of(0x49, 0x49, 0x2a, 0)],
    ['image/tiff', Uint8Array.of(0x4d, 0x4d, 0, 0x2a)],
    ['image/heic', ftyp('heic', 'mif1')],
    ['image/heic', ftyp('mif1', 'mif1', 'heic')],
    ['image/avif', ftyp('avif', 'mif1')],
    ['image/avif', ftyp('mif1', 'avif')],
    ['video/mp4', ftyp('isom', 'mp42')],
    ['video/quicktime', ftyp('qt  ')],
    ['video/quicktime', Buffer.from('\0\0\0\x08wide', 'latin1')]
  ]
  for (const [type, head] of heads) {
    const photo = await album.add(Buffer.concat([head, Buffer.alloc(80)]), { name: 'notes.txt' })
    t.is(photo.type, type)
    t.is(photo.name, 'notes.txt', 'the name is kept')
  }
})

test('add: real photos and videos', { timeout: 120_000 }, async (t) => {
  const truthFile = path.join(photosFolder, 'truth.json')
  if (!fs.existsSync(truthFile)) {
    t.comment('skipped: the folder of real photos is not here')
    t.pass('skipped')
    return
  }
  const truth = JSON.parse(fs.readFileSync(truthFile, 'utf8')) as { SourceFile: string; MIMEType?: string }[]
  const album = await createAlbum(t)
  const sources = truth.map(({ SourceFile }) => path.join(photosFolder, SourceFile))
  let index = 0
  for await (const { source, status, photo, error } of album.addAll(sources)) {
    const { MIMEType, SourceFile } = truth[index++] as (typeof truth)[number]
    t.is(source, path.join(photosFolder, SourceFile))
    if (/^(image|video)/.test(MIMEType ?? '')) {
      // What the file is coded with, where it says no more of itself than that it is some HEIF.
      t.is(photo?.type, MIMEType === 'image/heif' ? 'image/heic' : MIMEType, `${SourceFile} is ${MIMEType}`)
      t.is(photo?.id, sha256(fs.readFileSync(source as string)))
      t.is(photo?.capturedAt.source, 'file')
    } else {
      t.alike([status, (error as { code?: string }).code], ['failed', 'UNSUPPORTED_FILE'], SourceFile)
    }
  }
})

test('add: the time of a file is a weak date, that of the clock a weaker one', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const when = new Date(2019, 6, 14, 9, 30, 15)
  const file = path.join(folder, 'a.png')
  fs.writeFileSync(file, png(1))
  fs.utimesSync(file, when, when)
  const weak = { offsetMinutes: null, zone: null, utc: null, source: 'file', precision: 'second' }
  const byPath = await album.add(file)
  t.alike(byPath.capturedAt, { local: '2019-07-14T09:30:15.000', ...weak }, 'the wall time it had here')
  const lastModified = when.getTime() + 5
  const byFile = await album.add(new File([new Uint8Array(png(2))], 'b.png', { lastModified }))
  t.alike(byFile.capturedAt, { local: '2019-07-14T09:30:15.005', ...weak })

  const before = Date.now()
  const byClock = await album.add(png(3))
  t.is(byClock.capturedAt.source, 'added')
  t.is(byClock.capturedAt.utc, null)
  const wall = new Date(byClock.capturedAt.local).getTime()
  t.ok(wall >= before && wall <= Date.now(), 'the wall time here and now')
  t.ok(new Date(byClock.addedAt).getTime() >= before)
})

test('add: what the caller says', async (t) => {
  const album = await createAlbum(t)
  const dates: [DateInput, string, number | null, string | null, string][] = [
    [
      new Date(Date.UTC(2020, 0, 2, 3, 4, 5, 6)),
      '2020-01-02T03:04:05.006',
      0,
      '2020-01-02T03:04:05.006Z',
      'second'
    ],
    ['2020-01-02T03:04:05', '2020-01-02T03:04:05.000', null, null, 'second'],
    ['2020-01-02T03:04:05.5+02:00', '2020-01-02T03:04:05.500', 120, '2020-01-02T01:04:05.500Z', 'second'],
    ['2020-01-02T03:04Z', '2020-01-02T03:04:00.000', 0, '2020-01-02T03:04:00.000Z', 'second'],
    ['1931-12-24', '1931-12-24T00:00:00.000', null, null, 'day'],
    ['1931', '1931-01-01T00:00:00.000', null, null, 'year'],
    [{ local: '1890-05-01', precision: 'year' }, '1890-05-01T00:00:00.000', null, null, 'year'],
    [
      { local: '2020-06-01T12:00:00', offsetMinutes: -210, zone: 'America/St_Johns' },
      '2020-06-01T12:00:00.000',
      -210,
      '2020-06-01T15:30:00.000Z',
      'second'
    ]
  ]
  for (const [i, [capturedAt, local, offsetMinutes, utc, precision]] of dates.entries()) {
    const photo = await album.add(png(`date ${i}`), { capturedAt })
    const zone = typeof capturedAt === 'object' && 'zone' in capturedAt ? capturedAt.zone : null
    t.alike(photo.capturedAt, { local, offsetMinutes, zone, utc, source: 'caller', precision })
  }

  const summer = await album.collections.create({ name: 'Summer' })
  const winter = await album.collections.create({ name: 'Winter' })
  const photo = await album.add(png('said'), {
    caption: 'Cafe\u0301 by the sea',
    tags: [' beach ', 'beach', 'Cafe\u0301'],
    collection: [summer.id, winter.id, summer.id]
  })
  t.is(photo.caption, 'Café by the sea', 'in the normal form C')
  t.alike(photo.tags, ['beach', 'Café'])
  t.alike([...photo.collections].sort(), [summer.id, winter.id].sort())
  const many = Array.from({ length: 30 }, (_, i) => png(`summer ${i}`))
  const added = await collect(album.addAll(many, { collection: summer.id }))
  t.alike(
    (await collect(album.collections.photos(summer.id))).map(({ id }) => id),
    [photo.id, ...added.map((one) => one.photo?.id)],
    'a collection keeps the order in which they were given'
  )
})

test('add: what the caller says wrongly is refused before anything is added', async (t) => {
  const album = await createAlbum(t)
  const wrong: [Parameters<typeof album.add>[1], string][] = [
    [{ capturedAt: '31.12.2020' }, 'BAD_ARGUMENT'],
    [{ capturedAt: '2021-02-29' }, 'BAD_ARGUMENT'],
    [{ capturedAt: '2021-02-28T24:00' }, 'BAD_ARGUMENT'],
    [{ capturedAt: '0000-01-01' }, 'BAD_ARGUMENT'],
    [{ capturedAt: new Date(NaN) }, 'BAD_ARGUMENT'],
    [{ capturedAt: new Date(8e15) }, 'BAD_ARGUMENT'],
    [{ capturedAt: '2020-01-01T00:00+15:00' }, 'BAD_ARGUMENT'],
    [{ capturedAt: { local: '2020-01-01', offsetMinutes: 0.5 } }, 'BAD_ARGUMENT'],
    [{ capturedAt: { local: '2020-01-01', offsetMinutes: NaN } }, 'BAD_ARGUMENT'],
    [{ capturedAt: { local: '2020-01-01', zone: 'x'.repeat(65) } }, 'BAD_ARGUMENT'],
    [{ capturedAt: { local: '2020-01-01', precision: 'month' as 'day' } }, 'BAD_ARGUMENT'],
    [{ capturedAt: null as unknown as string }, 'BAD_ARGUMENT'],
    [{ caption: 'x'.repeat(10_001) }, 'BAD_ARGUMENT'],
    [{ caption: 7 as unknown as string }, 'BAD_ARGUMENT'],
    [{ tags: [''] }, 'BAD_ARGUMENT'],
    [{ tags: ['x'.repeat(101)] }, 'BAD_ARGUMENT'],
    [{ tags: Array.from({ length: 101 }, (_, i) => `tag ${i}`) }, 'BAD_ARGUMENT'],
    [{ tags: 'beach' as unknown as string[] }, 'BAD_ARGUMENT'],
    [{ collection: 'no such' }, 'NOT_FOUND'],
    [{ collection: '00'.repeat(16) }, 'NOT_FOUND'],
    [{ name: 7 as unknown as string }, 'BAD_ARGUMENT']
  ]
  for (const [options, code] of wrong) {
    t.is(await failureOf(album.add(png(1), options)), code, JSON.stringify(options).slice(0, 60))
  }
  const sources: unknown[] = [null, undefined, 7, {}, [1, 2], { source: 'x' }]
  for (const source of sources)
    t.is(await failureOf(album.add(source as Source)), 'BAD_ARGUMENT', String(source))
  t.alike(await collect(album.list()), [])

  const longest = {
    caption: 'é'.repeat(10_000),
    tags: Array.from({ length: 100 }, (_, i) => `${i}`.padEnd(100, '漢'))
  }
  const results = await collect(
    album.addAll(
      Array.from({ length: 12 }, (_, i) => png(i)),
      longest
    )
  )
  t.alike(
    results.map(({ photo }) => photo?.caption.length),
    Array<number>(12).fill(10_000),
    'as much as is allowed goes in, also with many'
  )
})

test('add: a large file takes no more memory than a smaller one', { timeout: 180_000 }, async (t) => {
  const folder = tmp(t)
  await (await Album.create(folder, { name: 'Our family', member: 'Dad', network: false })).close()
  // Enough that the buffers of the storage are full, and several times as much; 2 GB would only take longer.
  const sizes = [150 * MB, 500 * MB]
  const { said } = await runChild('stream', folder, ...sizes.map(String))
  const [small, large] = said as { size: number; peak: number }[]
  t.alike([small?.size, large?.size], sizes)
  const peaks = [small, large].map((one) => Math.round((one?.peak ?? Infinity) / MB))
  t.comment(`${sizes[0]} bytes took ${peaks[0]} MB, ${sizes[1]} bytes ${peaks[1]} MB`)
  t.ok((peaks[1] as number) < (peaks[0] as number) + 80, 'what it takes does not grow with the file')
  t.ok((peaks[1] as number) < 350, 'and is mostly what the storage takes for itself')
})

test('add: any program that knows Hyperdrive finds the files by their hash', async (t) => {
  const folder = tmp(t)
  const album = await Album.create(folder, { name: 'Our family', member: 'Dad', network: false })
  const photo = await album.add(png(1))
  const large = await album.add(Readable.from([jpegLike(9_000_000)]), { name: 'large.jpg' })
  await album.close()

  const { session } = await openInside(t, folder)
  const { drives } = await session.drives.get()
  const key = await session.epochs.key(drives.epoch)
  await session.close()
  const store = new Corestore(folder)
  t.teardown(() => store.close(), { order: 10 })
  if (key === null) return t.fail('The device has no key')
  const drive = new Hyperdrive(store, coreKeyOf(drives.publicKey), { encryptionKey: key })
  await drive.ready()
  const found = await drive.get(`/${photo.id}.png`)
  t.alike(found && Buffer.from(found), Buffer.from(png(1)))
  const bytes = (await drive.get(`/${large.id}.jpg`)) ?? new Uint8Array(0)
  t.is(sha256(bytes), large.id)
  await drive.close()
})
