import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import test from 'brittle'
import type { Album, Source } from '../index.ts'
import { Album as Albums } from './plain.ts'
import { Blobs } from '../lib/drives/blobs.ts'
import { collect, createAlbum, eventually, failureOf, jpegLike, png, readAll, tmp } from './helpers.ts'
import { openInside } from './insider.ts'

const MB = 1024 * 1024

/** Blocks that lie in this device's drive of originals: how many there are, and the ids of the photos. */
async function blocksOf(t: Parameters<typeof tmp>[0], folder: string): Promise<number> {
  const { session } = await openInside(t, folder)
  const { drives } = await session.drives.get()
  const device = session.cast.deviceByWriter(session.log.writer)
  const own = device && session.cast.drivesOf(device.number).at(-1)
  if (!own) throw new Error('The device has no drives')
  const core = await session.blobs.core(drives.publicKey, own.epoch)
  const ranges = core ? Blobs.held(core, 1000) : []
  await session.close()
  return ranges.filter((_, i) => i % 2 === 1).reduce((sum, length) => sum + length, 0)
}

test('add: what is no photo is refused', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const files: [name: string, bytes: Uint8Array, code: string][] = [
    ['notes.txt', Buffer.from('Dear diary, today we went to the sea and saw a whale.'), 'UNSUPPORTED_FILE'],
    [
      'logo.svg',
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
      'UNSUPPORTED_FILE'
    ],
    [
      'ticket.pdf',
      Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3 and so on, and so on, and so on'),
      'UNSUPPORTED_FILE'
    ],
    ['page.jpg', Buffer.from('<!doctype html><title>Not found</title>'), 'UNSUPPORTED_FILE'],
    ['short.jpg', Uint8Array.of(0xff, 0xd8), 'UNSUPPORTED_FILE'],
    ['large.jpg', Buffer.alloc(9 * MB), 'UNSUPPORTED_FILE'],
    ['empty.jpg', Buffer.alloc(0), 'FILE_EMPTY']
  ]
  for (const [name, bytes, code] of files) {
    const file = path.join(folder, name)
    fs.writeFileSync(file, bytes)
    t.is(await failureOf(album.add(file)), code, name)
    t.is(await failureOf(album.add(bytes)), code, `${name} as bytes`)
    t.is(await failureOf(album.add(new Blob([new Uint8Array(bytes)]))), code, `${name} as a Blob`)
    t.is(await failureOf(album.add(Readable.from([bytes]))), code, `${name} as a stream`)
  }
  t.is(await failureOf(album.add(Readable.from(['text']))), 'BAD_ARGUMENT', 'a stream of texts')
  t.alike(await collect(album.list()), [])
  await album.add(png(1))
})

test('add: a path that leads nowhere, or not to a file', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const file = path.join(folder, 'photo.png')
  fs.writeFileSync(file, png(1))
  const loop = path.join(folder, 'loop.png')
  fs.symlinkSync(loop, loop)
  const dangling = path.join(folder, 'dangling.png')
  fs.symlinkSync(path.join(folder, 'gone.png'), dangling)

  t.is(await failureOf(album.add(path.join(folder, 'gone.png'))), 'FILE_NOT_FOUND', 'a vanished file')
  t.is(
    await failureOf(album.add(path.join(folder, 'gone', 'photo.png'))),
    'FILE_NOT_FOUND',
    'a vanished folder'
  )
  t.is(
    await failureOf(album.add(path.join(file, 'photo.png'))),
    'FILE_NOT_FOUND',
    'a file taken for a folder'
  )
  t.is(await failureOf(album.add(dangling)), 'FILE_NOT_FOUND', 'a link that dangles')
  t.is(await failureOf(album.add(folder)), 'NOT_A_FILE', 'a folder')
  t.is(await failureOf(album.add('/dev/zero')), 'NOT_A_FILE', 'a device')
  t.is(await failureOf(album.add(loop)), 'FILE_UNREADABLE', 'a link to itself')
  t.is(await failureOf(album.add(`${folder}/a\0b.png`)), 'FILE_UNREADABLE', 'no name of a file')
  t.is(await failureOf(album.add('')), 'FILE_NOT_FOUND', 'nothing')

  const secret = path.join(folder, 'secret.png')
  fs.writeFileSync(secret, png(2), { mode: 0 })
  if (os.userInfo().uid === 0) t.comment('skipped: root may read every file')
  else t.is(await failureOf(album.add(secret)), 'FILE_UNREADABLE', 'a file of somebody else')

  const link = path.join(folder, 'link.png')
  fs.symlinkSync(file, link)
  const photo = await album.add(link)
  t.is(photo.name, 'link.png', 'a link to a file is that file')
})

test('add: a file that grows or is replaced while it is read', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  for (const size of [4 * MB, 12 * MB]) {
    const file = path.join(folder, `${size}.jpg`)
    fs.writeFileSync(file, jpegLike(size))
    let growing = true
    const grow = (): void => {
      if (!growing) return
      fs.appendFileSync(file, 'more')
      setImmediate(grow)
    }
    const adding = failureOf(album.add(file))
    setImmediate(grow)
    t.is(await adding, 'FILE_CHANGED', `${size / MB} MB`)
    growing = false
    t.alike(await collect(album.list()), [])
    const photo = await album.add(file)
    t.ok((await readAll(album, photo)).equals(fs.readFileSync(file)), 'complete, it is added')
    await album.purge(photo.id)
  }
})

test('add: a stream that fails half-way leaves nothing behind', async (t) => {
  const folder = tmp(t)
  let album = await Albums.create(folder, { name: 'Our family', member: 'Dad', network: false })
  t.teardown(() => album.close())
  const first = await album.add(jpegLike(3 * MB))
  await album.close()
  const before = await blocksOf(t, folder)
  t.is(before, (3 * MB) / 65_536)

  album = await Albums.open(folder, { network: false })
  const broken = new Error('The phone was unplugged')
  async function* failing(megabytes: number): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < megabytes; i++) yield jpegLike(MB)
    throw broken
  }
  for (const megabytes of [1, 20]) {
    const error = await album.add(failing(megabytes)).catch((reason: Error) => reason)
    t.is((error as { code?: string }).code, 'FILE_UNREADABLE', `after ${megabytes} MB`)
    t.is((error as Error).cause, broken)
  }
  const node = new Readable({ read() {} })
  node.push(jpegLike(10 * MB))
  setTimeout(() => node.destroy(broken), 20)
  t.is(await failureOf(album.add(node)), 'FILE_UNREADABLE', 'a Node stream')
  t.alike(
    (await collect(album.list())).map(({ id }) => id),
    [first.id],
    'nothing was added'
  )
  await album.close()
  t.is(await blocksOf(t, folder), before, 'and no byte of it is kept')

  album = await Albums.open(folder, { network: false })
  const next = await album.add(jpegLike(9 * MB))
  t.is((await readAll(album, next)).byteLength, 9 * MB, 'the next one works')
  t.is((await readAll(album, first)).byteLength, 3 * MB)
})

test('add: a source that falls silent holds up nobody once it is given up', async (t) => {
  const album = await createAlbum(t)
  async function* silent(megabytes: number): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < megabytes; i++) yield jpegLike(MB)
    await new Promise(() => {})
  }
  const stop = new AbortController()
  const aborted = [silent(1), silent(10)].map((source) =>
    failureOf(album.add(source, { signal: stop.signal }))
  )
  setTimeout(() => stop.abort(), 50)
  t.alike(await Promise.all(aborted), ['ABORTED', 'ABORTED'])
  const late = [silent(1), silent(10)].map((source) => failureOf(album.add(source, { timeout: 50 })))
  t.alike(await Promise.all(late), ['TIMEOUT', 'TIMEOUT'])
  t.is(await failureOf(album.add(png(1), { signal: AbortSignal.abort() })), 'ABORTED', 'given up before')

  // A large one needs the queue that the silent ones were in.
  const photo = await album.add(Readable.from([jpegLike(9 * MB)]), { timeout: 20_000 })
  t.alike(
    (await collect(album.list())).map(({ id }) => id),
    [photo.id]
  )
  const node = new Readable({ read() {} })
  node.push(jpegLike(10 * MB))
  t.is(await failureOf(album.add(node, { timeout: 50 })), 'TIMEOUT')
  t.ok(await eventually(() => node.destroyed), 'a stream is let go of')
})

async function photosOf(album: Album): Promise<string[]> {
  return (await collect(album.list())).map(({ id }) => id)
}

test('add: the same bytes twice are one photo', async (t) => {
  const folder = tmp(t)
  const album = await Albums.create(folder, { name: 'Our family', member: 'Dad', network: false })
  t.teardown(() => album.close())
  for (const bytes of [png('small'), jpegLike(9 * MB)]) {
    const file = path.join(folder, 'copy.jpg')
    fs.writeFileSync(file, bytes)
    const sources: Source[] = [
      bytes,
      file,
      new Blob([new Uint8Array(bytes)]),
      Readable.from([bytes]),
      Readable.from([bytes]),
      bytes
    ]
    const before = await photosOf(album)
    const photos = await Promise.all(sources.map((source, i) => album.add(source, { caption: `${i}` })))
    t.is(new Set(photos.map(({ id }) => id)).size, 1, 'at the same time')
    const [first] = photos
    const again = await album.add(file, { caption: 'again' })
    t.alike(again, first, 'and later; what was said with the first stands')
    t.is(again.alsoBy.length, 0)
    t.is((await photosOf(album)).length, before.length + 1)
  }
  await album.close()
  t.is(await blocksOf(t, folder), 1 + (9 * MB) / 65_536, 'and their bytes lie there once')
})

test('add: a photo in the trash stays there unless it is to be restored', async (t) => {
  const album = await createAlbum(t)
  for (const bytes of [png('small'), jpegLike(9 * MB)]) {
    const { id } = await album.add(bytes, { caption: 'By the sea' })
    await album.trash(id)
    const again = await album.add(bytes)
    t.is(again.id, id)
    t.ok(again.trashed, 'adding it again shows it in the trash')
    const [many] = await collect(album.addAll([bytes]))
    t.alike([many?.status, many?.photo?.id], ['trashed', id])
    t.absent((await photosOf(album)).includes(id))

    const back = await album.add(bytes, { restore: true })
    t.absent(back.trashed, 'brought back')
    t.is(back.caption, 'By the sea')
    t.ok((await photosOf(album)).includes(id))
    t.is((await readAll(album, back)).byteLength, bytes.byteLength)

    await album.purge(id)
    t.is(await failureOf(album.add(bytes)), 'NOT_FOUND', 'deleted for good, it does not come back by itself')
    const [gone] = await collect(album.addAll([bytes]))
    t.alike([gone?.status, gone?.photo], ['trashed', null])
    t.is(await album.get(id), null)
    const anew = await album.add(bytes, { restore: true })
    t.is(anew.caption, '', 'it is a new photo then')
    t.ok((await readAll(album, anew)).equals(Buffer.from(bytes)))
  }
})
