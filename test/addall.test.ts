import fs from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import type { Progress, SourceWithOptions } from '../index.ts'
import { collect, createAlbum, eventually, failureOf, jpegLike, png, tmp } from './helpers.ts'

const MB = 1024 * 1024

test('addAll: failures among good ones, in the order of the sources', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const known = await album.add(png('known'))
  const trashed = await album.add(png('trashed'))
  await album.trash(trashed.id)
  const collection = await album.collections.create({ name: 'Summer' })
  const file = path.join(folder, 'a.png')
  fs.writeFileSync(file, png('file'))
  const summer = { collection: collection.id, tags: ['one'], capturedAt: '1999-01-01' }
  const sources: [SourceWithOptions, string, string | null][] = [
    [file, 'added', null],
    [path.join(folder, 'gone.png'), 'failed', 'FILE_NOT_FOUND'],
    [png('known'), 'duplicate', null],
    [folder, 'failed', 'NOT_A_FILE'],
    [Buffer.from('a text, and nothing but a text'), 'failed', 'UNSUPPORTED_FILE'],
    [jpegLike(9 * MB), 'added', null],
    [{ source: png('with options'), ...summer }, 'added', null],
    [{ source: png('wrong'), caption: 'x'.repeat(20_000) }, 'failed', 'BAD_ARGUMENT'],
    [png('trashed'), 'trashed', null],
    [{ source: png('trashed'), restore: true }, 'duplicate', null],
    [new Blob([new Uint8Array(0)]), 'failed', 'FILE_EMPTY'],
    [png('file'), 'duplicate', null],
    [null as unknown as string, 'failed', 'BAD_ARGUMENT'],
    [png('last'), 'added', null]
  ]
  const progress: Progress[] = []
  const events: Progress[] = []
  album.on('progress', (one) => events.push(one))
  const results = await collect(
    album.addAll(
      sources.map(([source]) => source),
      { onprogress: (one) => progress.push(one), caption: 'Many' }
    )
  )
  for (const [i, [source, status, code]] of sources.entries()) {
    const result = results[i]
    t.is(result?.source, source)
    t.is(result?.status, status, `${i}: ${status}`)
    t.is((result?.error as { code?: string } | null)?.code ?? null, code)
    t.is(result?.photo === null, status === 'failed')
  }
  const special = results[6]?.photo
  t.alike([special?.caption, special?.tags], ['Many', ['one']], 'options of one and of all')
  t.is(special?.capturedAt.local, '1999-01-01T00:00:00.000')
  t.alike(special?.collections, [collection.id])
  t.is(results[2]?.photo?.id, known.id)
  t.absent(results[9]?.photo?.trashed)
  t.alike(
    progress.map(({ files }) => files),
    sources.map((_, i) => i + 1)
  )
  t.ok(progress.every(({ total }) => total === sources.length))
  t.is(
    progress.at(-1)?.bytes,
    results.reduce((sum, { photo }) => sum + (photo?.size ?? 0), 0)
  )
  t.alike(events, progress, 'the event says the same')
  t.is((await collect(album.list())).length, 6)
})

test('addAll: sources that come one by one are added as they come', async (t) => {
  const album = await createAlbum(t)
  const added: string[] = []
  // Gives the next only when the one before is in the album.
  async function* sources(): AsyncGenerator<SourceWithOptions> {
    for (let i = 0; i < 5; i++) {
      yield png(i)
      await eventually(() => added.length === i + 1)
    }
  }
  const totals: (number | null)[] = []
  for await (const { photo } of album.addAll(sources(), { onprogress: ({ total }) => totals.push(total) })) {
    added.push(photo?.id ?? '')
  }
  t.is(added.length, 5)
  t.alike(totals, [null, null, null, null, null])
  const none = await collect(album.addAll([]))
  t.alike(none, [])
})

test('addAll: the same bytes several times, some of them slow', async (t) => {
  const album = await createAlbum(t)
  const slow = (seed: string, milliseconds: number): SourceWithOptions =>
    (async function* () {
      await new Promise((resolve) => setTimeout(resolve, milliseconds))
      yield png(seed)
    })()
  const sources = [slow('a', 50), slow('b', 100), png('a'), png('b'), slow('a', 0), png('c'), png('a')]
  const results = await collect(album.addAll(sources))
  t.alike(
    results.map(({ status }) => status),
    ['added', 'added', 'duplicate', 'duplicate', 'duplicate', 'added', 'duplicate']
  )
  t.is((await collect(album.list())).length, 3)

  const two = [
    ['d', 'e', 'f'],
    ['f', 'e', 'd']
  ].map((seeds) => collect(album.addAll(seeds.map((seed) => png(seed)))))
  const statuses = (await Promise.all(two)).flat().map(({ status }) => status)
  t.alike(
    [...statuses].sort(),
    ['added', 'added', 'added', 'duplicate', 'duplicate', 'duplicate'],
    'two at once'
  )

  // Whoever adds in the middle of it what is still to come does not wait for it.
  for await (const { status } of album.addAll([png('g'), png('h'), png('i')])) {
    t.ok(['added', 'duplicate'].includes(status))
    await album.add(png('i'))
  }
  t.is((await collect(album.list())).length, 9)
})

test('addAll: given up by a signal, by a timeout, or by the caller', async (t) => {
  const album = await createAlbum(t)
  const returned: string[] = []
  async function* sources(name: string, silent: boolean): AsyncGenerator<SourceWithOptions> {
    try {
      for (let i = 0; i < 1000; i++) {
        if (silent && i === 3) await new Promise(() => {})
        yield jpegLike(10_000)
      }
    } finally {
      returned.push(name)
    }
  }
  const count = async (): Promise<number> => (await collect(album.list())).length

  for (const silent of [false, true]) {
    const stop = new AbortController()
    let added = 0
    const run = async (): Promise<void> => {
      for await (const { status } of album.addAll(sources('signal', silent), { signal: stop.signal })) {
        t.is(status, 'added')
        if (++added === 3) setTimeout(() => stop.abort(), 1)
      }
    }
    const before = await count()
    t.is(await failureOf(run()), 'ABORTED')
    t.ok(added >= 3 && (await count()) < before + 1000)
  }
  t.is(await failureOf(collect(album.addAll([png(1)], { signal: AbortSignal.abort() }))), 'ABORTED')
  t.is(await failureOf(collect(album.addAll(sources('timeout', true), { timeout: 300 }))), 'TIMEOUT')

  for (const silent of [false, true]) {
    let added = 0
    for await (const { status } of album.addAll(sources('break', silent))) {
      t.is(status, 'added')
      if (++added === 2) break
    }
  }
  // One that is silent hears nothing.
  t.alike(returned, ['signal', 'break'], 'the sources are told')
  const photo = await album.add(png('after'), { timeout: 10_000 })
  t.ok(photo.id, 'nothing is left hanging')
})

test('addAll: sources that fail end it, after what came before', async (t) => {
  const album = await createAlbum(t)
  const broken = new Error('The card was pulled out')
  async function* sources(): AsyncGenerator<SourceWithOptions> {
    yield png(1)
    yield png(2)
    throw broken
  }
  let added = 0
  const run = async (): Promise<void> => {
    for await (const { status } of album.addAll(sources())) if (status === 'added') added++
  }
  t.is(await run().catch((error: Error) => error), broken)
  t.is(added, 2)
  for (const concurrency of [0, 1.5, -1, NaN]) {
    t.is(await failureOf(collect(album.addAll([png(3)], { concurrency }))), 'BAD_ARGUMENT', `${concurrency}`)
  }
  const results = await collect(album.addAll([png(3), png(4)], { concurrency: 1 }))
  t.alike(
    results.map(({ status }) => status),
    ['added', 'added']
  )
})

test('addAll: many photos into many collections at once', async (t) => {
  const album = await createAlbum(t)
  const collections: string[] = []
  for (let i = 0; i < 40; i++)
    collections.push((await album.collections.create({ name: `Collection ${i}` })).id)
  const files = Array.from({ length: 300 }, () => jpegLike(100))
  const results = await collect(album.addAll(files, { collection: collections }))
  t.is(results.filter(({ status }) => status === 'added').length, 300)
  t.is((await collect(album.collections.photos(collections[39] as string))).length, 300)
})
