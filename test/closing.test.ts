import test from 'brittle'
import type { Album, Change } from '../index.ts'
import {
  collect,
  connect,
  createFamily,
  createAlbum,
  eventually,
  failureOf,
  jpegLike,
  tmp
} from './helpers.ts'
import { Album as Albums } from './plain.ts'

const OFFLINE = { network: false } as const

/** Closes an album; says how long that took, in milliseconds. */
async function closingTime(album: Album): Promise<number> {
  const started = Date.now()
  await album.close()
  return Date.now() - started
}

/** A stream that begins as a photo does, and then falls silent for ever. */
async function* silent(bytes: number): AsyncGenerator<Uint8Array> {
  yield jpegLike(bytes)
  await new Promise(() => {})
}

async function founded(t: Parameters<typeof tmp>[0]): Promise<{ album: Album; reopen(): Promise<Album> }> {
  const folder = tmp(t)
  const album = await Albums.create(folder, { name: 'Our family', member: 'Dad', ...OFFLINE })
  t.teardown(() => album.close())
  const reopen = async (): Promise<Album> => {
    const again = await Albums.open(folder, OFFLINE)
    t.teardown(() => again.close())
    return again
  }
  return { album, reopen }
}

test('closing: in the middle of adding', async (t) => {
  const { album, reopen } = await founded(t)
  const kept = await album.add(jpegLike(1000))
  // One that is still being read to memory, one that is being written, and those that wait behind it.
  const adding = [silent(100), silent(12_000_000), jpegLike(9_000_000), jpegLike(500)].map((source) =>
    failureOf(album.add(source))
  )
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.ok((await closingTime(album)) < 3000, 'closes quickly')
  for (const failure of await Promise.all(adding)) t.ok(['CLOSED', 'resolved'].includes(failure), failure)
  t.is(await adding[0], 'CLOSED')
  t.is(await adding[1], 'CLOSED')

  const again = await reopen()
  const listed = await collect(again.list())
  t.ok(listed.some(({ id }) => id === kept.id))
  for (const photo of listed) t.is(Buffer.concat(await collect(again.read(photo.id))).length, photo.size)
  await again.add(jpegLike(700))
})

test('closing: in the middle of adding many', async (t) => {
  const { album, reopen } = await founded(t)
  const sources = Array.from({ length: 600 }, () => jpegLike(5000))
  const added: string[] = []
  let closing: Promise<number> | null = null
  const run = async (): Promise<void> => {
    for await (const { status, photo } of album.addAll(sources)) {
      t.is(status, 'added')
      added.push(photo?.id ?? '')
      closing ??= closingTime(album)
    }
  }
  t.is(await failureOf(run()), 'CLOSED', 'the loop ends')
  t.ok((await (closing ?? Promise.resolve(Infinity))) < 3000, 'closes quickly')

  const again = await reopen()
  const listed = new Set((await collect(again.list())).map(({ id }) => id))
  t.ok(added.length > 0 && added.every((id) => listed.has(id)), 'what was reported is there')
  t.ok(listed.size < sources.length, 'and it was indeed the middle')
})

test('closing: while the sources of many are silent', async (t) => {
  const { album } = await founded(t)
  async function* sources(): AsyncGenerator<Uint8Array> {
    yield jpegLike(100)
    await new Promise(() => {})
  }
  const results = album.addAll(sources())[Symbol.asyncIterator]()
  t.is((await results.next()).value?.status, 'added', 'what came is added without waiting for more')
  const next = failureOf(results.next())
  t.ok((await closingTime(album)) < 3000)
  t.is(await next, 'CLOSED')
})

test('closing: in the middle of listing, and while watching and waiting', async (t) => {
  const album = await createAlbum(t)
  await collect(album.addAll(Array.from({ length: 300 }, () => jpegLike(100))))
  const watched: Change[] = []
  const watching = (async () => {
    for await (const change of album.watch()) watched.push(change)
  })()
  const settling = failureOf(album.settled())
  const list = async (): Promise<void> => {
    for await (const _photo of album.list()) await album.close()
  }
  t.is(await failureOf(list()), 'CLOSED', 'listing')
  t.is(await settling, 'CLOSED', 'settled')
  await watching
  t.alike(watched, [], 'watching just ends')
})

test('closing: in the middle of downloading and reading', async (t) => {
  const [dad, mum] = await createFamily(t, ['Mum'])
  if (!dad || !mum) return
  const large = await dad.album.add(jpegLike(20_000_000))
  await collect(dad.album.addAll(Array.from({ length: 12 }, () => jpegLike(1_000_000))))
  connect(dad.album, mum.album)
  await eventually(async () => (await mum.album.status()).photos === 13)

  const downloading = failureOf(mum.album.download())
  const reading = mum.album.read(large.id)[Symbol.asyncIterator]()
  await reading.next()
  const rest = async (): Promise<void> => {
    while (!(await reading.next()).done);
  }
  const read = failureOf(rest())
  t.ok((await closingTime(mum.album)) < 3000, 'closes quickly')
  t.is(await downloading, 'CLOSED')
  t.is(await read, 'CLOSED')

  const again = await mum.reopen()
  connect(dad.album, again)
  t.alike((await again.download()).missing, [], 'opened again, it fetches the rest')
  t.is(Buffer.concat(await collect(again.read(large.id))).length, large.size)
})

test('closing: while nobody has the photo that is wanted', async (t) => {
  const [dad, mum] = await createFamily(t, ['Mum'])
  if (!dad || !mum) return
  const { id } = await dad.album.add(jpegLike(1000))
  const disconnect = connect(dad.album, mum.album)
  await eventually(async () => (await mum.album.get(id)) !== null)
  disconnect()
  await dad.album.close()
  const reading = failureOf(collect(mum.album.read(id, { timeout: 60_000 })))
  const downloading = failureOf(mum.album.download({}, { timeout: 60_000 }))
  t.ok((await closingTime(mum.album)) < 3000, 'closes quickly')
  t.is(await reading, 'CLOSED')
  t.is(await downloading, 'CLOSED')
})
