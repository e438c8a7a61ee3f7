// Imports that are stopped, done twice at once, or find what cannot be read.
import { execFile, execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import test from 'brittle'
import { type ImportProgress, importFolder } from '../lib/import/index.ts'
import { scan } from '../lib/import/scan.ts'
import { bringIn, lay } from './folders.ts'
import { collect, createAlbum, failureOf, jpegLike, png, tmp } from './helpers.ts'

const NOBODY = 65534

test('import: it can be stopped anywhere, and goes on', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const files = Array.from({ length: 60 }, (_, i): [string, Uint8Array] => [
    `${i % 3}/${i}.jpg`,
    jpegLike(100_000)
  ])
  lay(folder, Object.fromEntries(files))
  const count = async (): Promise<number> => (await collect(album.list())).length
  let before = 0
  const goesOn = async (round: string, code: string, known: number): Promise<void> => {
    const there = await count()
    t.is(code, 'ABORTED', round)
    t.is(known, before, `${round}: what was added stays`)
    t.ok(there > before && there < 60, `${round}: stopped between ${before} and 60, at ${there}`)
    before = there
  }
  for (const [round, some] of [1, 2, 3].entries()) {
    const stop = new AbortController()
    const options = { signal: stop.signal, collections: true, concurrency: 1 }
    const told: string[] = []
    const code = await failureOf(
      (async () => {
        for await (const event of importFolder(album, folder, options)) {
          if (event.type !== 'file') continue
          told.push(event.status)
          if (told.filter((status) => status === 'added').length === some) stop.abort()
        }
      })()
    )
    await goesOn(`aborted ${round}`, code, told.filter((status) => status === 'known').length)
  }
  let known = 0
  for await (const event of importFolder(album, folder, { collections: true, concurrency: 1 })) {
    if (event.type !== 'file') continue
    if (event.status === 'added') break
    known++
  }
  await goesOn('left', 'ABORTED', known)
  const last = await bringIn(album, folder, { collections: true })
  t.is(last.error, null)
  t.alike([last.summary.known, last.summary.added], [before, 60 - before])
  t.is(await count(), 60)
  t.alike(
    (await album.collections.list()).map(({ count: inside }) => inside),
    [20, 20, 20]
  )
})

test('import: who leaves does not wait until a long video is hashed', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const size = 6 * 1024 ** 3
  lay(folder, { 'a.png': png(1), 'b.jpg': jpegLike(1000) })
  // It holds nothing, but is read as if it did.
  fs.truncateSync(path.join(folder, 'b.jpg'), size)
  let hashed = 0
  const options = { onprogress: (progress: ImportProgress) => (hashed = progress.hashed) }
  for await (const { type } of importFolder(album, folder, options)) if (type === 'file') break
  t.ok(hashed < size / 2, `${hashed} of ${size} bytes were read`)
  t.is((await collect(album.list())).length, 1)
})

test('import: a folder of more folders than a call takes arguments', async (t) => {
  const folder = tmp(t)
  for (let i = 0; i < 20_000; i++) fs.mkdirSync(path.join(folder, String(i)))
  const program = `
    import { scan } from ${JSON.stringify(new URL('../lib/import/scan.ts', import.meta.url).href)}
    for await (const one of scan(${JSON.stringify(folder)})) console.log(one)
    console.log('through')`
  // With a tenth of the usual stack, a sixth of the folders is enough.
  const options = ['--stack-size=100', '--import', import.meta.resolve('tsx'), '--input-type=module']
  const { stdout } = await promisify(execFile)(process.execPath, [...options, '-e', program])
  t.is(stdout, 'through\n')
})

test('import: Ctrl-C is heard in the middle of a large folder', async (t) => {
  const folder = tmp(t)
  for (let i = 0; i < 1000; i++) fs.writeFileSync(path.join(folder, String(i)), '')
  const stop = new AbortController()
  let found = 0
  const scanning = (async () => {
    for await (const _ of scan(folder, stop.signal)) if (++found === 1) stop.abort()
  })()
  t.is(await failureOf(scanning), 'ABORTED')
  t.ok(found < 1000, `after ${found} of 1000 files`)
})

test('import: twice at once', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const files = Array.from({ length: 30 }, (_, i): [string, Uint8Array] => [`all/${i}.jpg`, jpegLike(10_000)])
  lay(folder, Object.fromEntries(files))
  const both = await Promise.all([1, 2].map(() => bringIn(album, folder, { collections: true })))
  t.alike(
    both.map(({ error }) => error),
    [null, null]
  )
  t.is(
    both.reduce((sum, { summary }) => sum + summary.added, 0),
    30
  )
  t.is(
    both.reduce((sum, { summary }) => sum + summary.known, 0),
    30
  )
  const collections = await album.collections.list()
  t.alike(
    collections.map(({ name, count }) => [name, count]),
    [['all', 30]]
  )
})

test('import: what goes away, or cannot be read, is told, and the rest goes on', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  lay(folder, { 'a.png': png(1), 'gone/b.png': png(2), 'z.png': png(3), 'pipe.jpg': jpegLike(100) })
  const told: Record<string, string | undefined> = {}
  for await (const event of importFolder(album, folder)) {
    if (event.type === 'file') told[event.path] = event.error?.code ?? event.status
    if (event.type === 'phase' && event.phase === 'hash') {
      fs.rmSync(path.join(folder, 'gone'), { recursive: true })
      fs.rmSync(path.join(folder, 'pipe.jpg'))
      // Reading it would wait for ever.
      execFileSync('mkfifo', [path.join(folder, 'pipe.jpg')])
    }
  }
  t.alike(told, {
    'a.png': 'added',
    'gone/b.png': 'FILE_NOT_FOUND',
    'z.png': 'added',
    'pipe.jpg': 'FILE_EMPTY'
  })
  const { status, files } = await bringIn(album, folder)
  t.alike(status, { 'a.png': 'known', 'z.png': 'known', 'pipe.jpg': 'skipped' })
  t.is(files.find(({ path: at }) => at === 'pipe.jpg')?.reason, 'special')
})

test('import: what is written anew after it was hashed is told as what was added', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  lay(folder, { 'a.png': png(1) })
  for await (const event of importFolder(album, folder)) {
    if (event.type === 'phase' && event.phase === 'ask') lay(folder, { 'a.png': png(2) })
    if (event.type !== 'file') continue
    const [photo] = await collect(album.list())
    t.alike([event.status, event.id, event.photo?.id], ['added', photo?.id, photo?.id])
  }
})

test('import: a folder that may not be read is told', async (t) => {
  const folder = tmp(t)
  lay(folder, { 'a.png': png(1), 'closed/b.png': png(2), 'z/c.png': png(3) })
  const closed = path.join(folder, 'closed')
  fs.chmodSync(closed, 0)
  // The superuser reads everything, but may be somebody else for a moment.
  const root = process.geteuid?.() === 0
  if (root) for (const one of [closed, folder]) fs.chownSync(one, NOBODY, NOBODY)
  const found: unknown[] = []
  try {
    if (root) process.seteuid?.(NOBODY)
    for await (const one of scan(folder)) found.push('folder' in one ? one.name : [one.path, one.error?.code])
  } finally {
    if (root) process.seteuid?.(0)
    fs.chmodSync(closed, 0o755)
  }
  if (found.includes('b.png')) return t.comment('SKIPPED: this system keeps nobody out of a folder')
  t.alike(found, ['a.png', ['closed', 'FILE_UNREADABLE'], 'c.png'])
})

test('import: names of every kind', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const names = [
    '\u001b[31mred\u0007.png',
    'é.png',
    'e\u0301.png',
    'A.png',
    'a.png',
    'x'.repeat(251) + '.png',
    'new\nline.png',
    '-rf.png',
    'no extension'
  ]
  lay(folder, Object.fromEntries(names.map((name) => [`\u001b[0mb\n/${name}`, png(name)])))
  const old = Buffer.concat([Buffer.from(folder + '/'), Buffer.from([0xe9]), Buffer.from('.png')])
  fs.writeFileSync(old, png('Latin-1'))
  fs.mkdirSync(Buffer.concat([Buffer.from(folder + '/'), Buffer.from([0xfc])]))
  lay(folder, { '\ufffd.png': png('a name that is text') })
  const { summary, error, files } = await bringIn(album, folder, { collections: true })
  t.is(error, null)
  t.is(summary.added, names.length + 1)
  t.alike(summary.failed, { BAD_ARGUMENT: 2 }, 'names that are no text')
  const told = files.filter(({ status }) => status === 'failed')
  t.alike(told.map((one) => one.path).sort(), ['é.png', 'ü'], 'as Latin-1 has them')
  t.ok(told.every((one) => one.error?.message.includes('not UTF-8')))
  const [collection] = await album.collections.list()
  t.is(collection?.name, '[0mb', 'control characters do not become names')
})

test('import: what makes no sense is said before anything is read', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  lay(folder, { 'a.png': png(1) })
  for (const wrong of ['', undefined, 7]) {
    t.is(await failureOf(collect(importFolder(album, wrong as string))), 'BAD_ARGUMENT', String(wrong))
  }
  for (const options of [
    { concurrency: 0 },
    { concurrency: 1.5 },
    { interval: 0 },
    { interval: Number.NaN }
  ]) {
    const told = collect(importFolder(album, folder, { ...options, signal: AbortSignal.timeout(5000) }))
    t.is(await failureOf(told), 'BAD_ARGUMENT', JSON.stringify(options))
  }
  t.alike(await collect(album.list()), [])
})

test('import: who may add nothing is told at once', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  lay(folder, { 'a.png': png(1), 'b.png': png(2) })
  await album.close()
  t.is(await failureOf(collect(importFolder(album, folder))), 'CLOSED')
})
