// Taking photos out into a folder, again and again, without a risk for what lies there.
import fs from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import { type ExportProgress, exportFolder } from '../lib/export/index.ts'
import { fileNameOf, fold, namesAt, placeOf, plainName } from '../lib/export/names.ts'
import { Target } from '../lib/export/target.ts'
import { bringIn, filesIn, lay, takeOut } from './folders.ts'
import type { Photo } from '../index.ts'
import { collect, createAlbum, failureOf, jpegLike, png, tmp } from './helpers.ts'

test('export: by date, with sidecars and times, and only once', async (t) => {
  const album = await createAlbum(t)
  const folder = path.join(tmp(t), 'new', 'folder')
  const at = (local: string, more = {}): { capturedAt: { local: string } } => ({
    capturedAt: { local, ...more }
  })
  await album.add(png(1), { name: 'one.PNG', ...at('2020-07-16T11:44:00.000', { offsetMinutes: 120 }) })
  await album.add(png(2), { name: 'one.png', ...at('2020-07-16T11:44:00.500') })
  await album.add(png(3), { name: 'day.jpg', ...at('1999-12-31', { precision: 'day' }) })
  await album.add(png(4), { name: 'year', ...at('1950', { precision: 'year' }) })
  const first = await takeOut(album, folder)
  t.is(first.error, null)
  t.alike(first.status, {
    '2020/07/2020-07-16 11.44.00 one.PNG': 'written',
    '2020/07/2020-07-16 11.44.00 one (2).png': 'written',
    '1999/12/1999-12-31 day.png': 'written',
    '1950/1950 year.png': 'written'
  })
  const written = filesIn(folder)
  const expected = Object.keys(first.status).flatMap((name) => [name, `${name}.xmp`])
  t.alike(written, ['.hyperalbum-export.jsonl', ...expected].sort())
  const file = path.join(folder, '2020/07/2020-07-16 11.44.00 one.PNG')
  t.alike(new Uint8Array(fs.readFileSync(file)), new Uint8Array(png(1)))
  t.is(fs.statSync(file).mtime.toISOString(), '2020-07-16T09:44:00.000Z', 'the instant')
  t.is(fs.statSync(file).mode & 0o111, 0, 'no program')

  const before = fs.statSync(file).ino
  const second = await takeOut(album, folder)
  t.alike(second.summary, { type: 'summary', written: 0, there: 4, failed: {}, bytes: 0 })
  t.alike(filesIn(folder), written)
  t.is(fs.statSync(file).ino, before)

  fs.rmSync(path.join(folder, '.hyperalbum-export.jsonl'))
  const third = await takeOut(album, folder)
  t.alike(third.summary, { type: 'summary', written: 0, there: 4, failed: {}, bytes: 0 }, 'by their bytes')
  t.alike(filesIn(folder), written)
})

test('export: somebody else’s files stay as they are', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  await album.add(png(1), { name: 'a.png', capturedAt: '2020-07-16T11:44:00' })
  lay(folder, { '2020/07/2020-07-16 11.44.00 A.PNG': 'mine', '2020/07/notes.txt': 'mine too' })
  const { status } = await takeOut(album, folder)
  t.alike(Object.keys(status), ['2020/07/2020-07-16 11.44.00 a (2).png'], 'names that differ in case are one')
  t.is(fs.readFileSync(path.join(folder, '2020/07/2020-07-16 11.44.00 A.PNG'), 'utf8'), 'mine')
  const back = await createAlbum(t)
  t.is((await bringIn(back, folder)).summary.added, 1)
})

test('export: names by which a member would do harm', async (t) => {
  const album = await createAlbum(t)
  const outside = tmp(t)
  const folder = path.join(outside, 'a', 'b')
  const names = [
    '../../escaped.png',
    '..\\..\\escaped.png',
    '/etc/passwd',
    '.hidden.png',
    '.hyperalbum-export.jsonl',
    'run.sh',
    'photo\u202egnp.exe',
    '\u001b[31mred\u0007.png',
    'a:b*c?"<>|.png',
    'dots... ',
    'CON',
    'x'.repeat(300) + '.png',
    '👨‍👩‍👧'.repeat(40) + '.png',
    'a\u0000b.png',
    '\n.png',
    '.'
  ]
  for (const [i, name] of names.entries()) await album.add(png(i), { name, capturedAt: '2020-07-16' })
  for (const name of ['../../x', 'CON', '.x']) await album.collections.create({ name })
  const { summary, files } = await takeOut(album, folder)
  t.is(summary.written, names.length)
  t.alike(fs.readdirSync(outside), ['a'])
  t.alike(fs.readdirSync(path.join(outside, 'a')), ['b'])
  t.alike(fs.readdirSync(folder).sort(), ['.hyperalbum-export.jsonl', '2020'])
  const inside = fs.readdirSync(path.join(folder, '2020', '07'))
  t.is(inside.length, 2 * names.length)
  t.alike(
    inside.filter((name) => !/^2020-07-16( [^\p{Cc}\u2028\u202e/\\:*?"<>|]*)?\.png(\.xmp)?$/u.test(name)),
    [],
    'by its date, of its type, and plain'
  )
  t.alike(
    inside.filter((name) => Buffer.byteLength(name) > 255),
    []
  )
  t.alike(
    inside.filter((name) => /[\s.]\.png/.test(name) || name.includes('\ufffd')),
    []
  )
  t.ok(
    files.every((file) => filesIn(folder).includes(file.path)),
    'paths are told as they are'
  )
})

test('export: names by themselves', (t) => {
  for (const name of ['CON', 'nul', 'Com1', 'LPT9.txt', 'aux.jpg']) t.is(plainName(name), `_${name}`)
  t.is(plainName('CON .jpg'), '_CON .jpg', 'Windows sees no space there')
  t.is(plainName('CONCERT'), 'CONCERT')
  t.is(fileNameOf(`a${'\u0301'.repeat(300)}.jpg`, 'image/jpeg'), 'photo.jpg', 'never hidden')
  t.is(plainName(' ..a.b.. '), 'a.b')
  t.is(plainName('...'), '')
  t.is(fold('STRASSE'), fold('straße'))
  t.is(fold('É'), fold('e\u0301'))
  const photo = (name: string, type: string): Photo =>
    ({ name, type, capturedAt: { local: '2020-07-16T11:44:00.000', precision: 'second' } }) as Photo
  const named = (name: string, type: string): string =>
    namesAt(placeOf(photo(name, type), undefined), 1).original
  const date = '2020-07-16 11.44.00'
  t.is(named('a.jpeg', 'image/jpeg'), `${date} a.jpeg`)
  t.is(named('a.png', 'image/jpeg'), `${date} a.jpg`, 'right for its type')
  t.is(named('a.b', 'image/heic'), `${date} a.b.heic`)
  t.is(named('DSC_1.NEF', 'image/tiff'), `${date} DSC_1.NEF`, 'raw photos keep theirs')
  t.is(named(`${date} a.jpg`, 'image/jpeg'), `${date} a.jpg`, 'once')
  t.is(named(`${date}.jpg`, 'image/jpeg'), `${date}.jpg`)
  const long = namesAt({ folder: '', stem: 'ü'.repeat(300), extension: 'jpg', motion: 'mov' }, 12)
  for (const name of Object.values(long)) t.ok(Buffer.byteLength(String(name)) <= 255)
  t.ok(long.original.endsWith('ü (12).jpg'))
})

test('export: what cannot be stripped is not written', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  await album.add(png(1), { name: 'good.png', capturedAt: '2020-07-16' })
  await album.add(Buffer.from('GIF89a not much more of it'), { name: 'no.gif', capturedAt: '2020-07-16' })
  await album.add(jpegLike(1000), { name: 'broken.jpg', capturedAt: '2020-07-16' })
  const { status, summary } = await takeOut(album, folder, { strip: true })
  t.alike(summary.failed, { UNSUPPORTED_FILE: 1, STRIP_FAILED: 1 })
  t.is(status['2020/07/2020-07-16 good.png'], 'written')
  const expected = ['2020/07/2020-07-16 good.png', '2020/07/2020-07-16 good.png.xmp']
  t.alike(filesIn(folder), ['.hyperalbum-export.jsonl', ...expected])
})

test('export: what was said anew comes into the sidecar, unless somebody else wrote there', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const { id } = await album.add(png(1), { name: 'a.png', capturedAt: '2020-07-16' })
  const [first] = (await takeOut(album, folder)).files
  const sidecar = path.join(folder, `${first?.path}.xmp`)
  await album.edit(id, { caption: 'At the sea', capturedAt: '2021-01-01' })
  const second = await takeOut(album, folder)
  t.alike(second.status, { [first?.path ?? '']: 'written' }, 'where it was')
  t.ok(fs.readFileSync(sidecar, 'utf8').includes('At the sea'))
  t.is((await takeOut(album, folder)).summary.there, 1)

  fs.writeFileSync(sidecar, 'mine')
  await album.edit(id, { caption: 'In the sea' })
  const reasons = async (): Promise<unknown[]> =>
    (await takeOut(album, folder)).files.map(({ status, reason }) => [status, reason])
  t.alike(await reasons(), [['there', 'sidecar kept']])
  t.alike(await reasons(), [['there', null]], 'said once')
  t.is(fs.readFileSync(sidecar, 'utf8'), 'mine')
  fs.rmSync(sidecar)
  await takeOut(album, folder)
  t.ok(fs.readFileSync(sidecar, 'utf8').includes('In the sea'), 'written again')

  const file = path.join(folder, first?.path ?? '')
  fs.writeFileSync(file, 'turned by another program')
  const last = await takeOut(album, folder)
  t.is(last.summary.written, 1)
  t.is(fs.readFileSync(file, 'utf8'), 'turned by another program')
})

test('export: a sidecar is not stale for ever where the ledger is lost, or older', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const { id } = await album.add(png(1), { name: 'a.png', capturedAt: '2020-07-16' })
  const [first] = (await takeOut(album, folder)).files
  const sidecar = path.join(folder, `${first?.path}.xmp`)
  const ledger = path.join(folder, '.hyperalbum-export.jsonl')
  const older = fs.readFileSync(ledger)

  fs.rmSync(ledger)
  await album.edit(id, { caption: 'At the sea' })
  t.is((await takeOut(album, folder)).summary.written, 1)
  t.ok(fs.readFileSync(sidecar, 'utf8').includes('At the sea'))

  // As an export that was killed between the two.
  fs.writeFileSync(ledger, older)
  await album.edit(id, { caption: 'In the sea' })
  t.is((await takeOut(album, folder)).summary.written, 1)
  t.ok(fs.readFileSync(sidecar, 'utf8').includes('In the sea'))

  const changed = fs.readFileSync(sidecar, 'utf8').replace('In the sea', 'In my sea')
  fs.writeFileSync(sidecar, changed)
  fs.rmSync(ledger)
  t.is((await takeOut(album, folder)).files[0]?.reason, 'sidecar kept')
  t.is(fs.readFileSync(sidecar, 'utf8'), changed, 'what somebody changed stays')
})

test('export: links lead nowhere', async (t) => {
  const album = await createAlbum(t)
  await album.add(png(1), { name: 'a.png', capturedAt: '2020-07-16' })
  const [folder, away] = [tmp(t), tmp(t)]
  fs.writeFileSync(path.join(away, 'victim'), 'mine')
  fs.symlinkSync(path.join(away, 'victim'), path.join(folder, '.hyperalbum-export.jsonl'))
  t.is(await failureOf(takeOut(album, folder)), 'STORAGE_FAILED')
  t.is(fs.readFileSync(path.join(away, 'victim'), 'utf8'), 'mine')
  fs.rmSync(path.join(folder, '.hyperalbum-export.jsonl'))
  fs.mkdirSync(path.join(folder, '.hyperalbum-export.jsonl'))
  t.is(await failureOf(takeOut(album, folder)), 'STORAGE_FAILED', 'nor is a folder a ledger')
  fs.rmdirSync(path.join(folder, '.hyperalbum-export.jsonl'))

  for (const link of ['2020', '2020/07']) {
    fs.mkdirSync(path.dirname(path.join(folder, link)), { recursive: true })
    fs.symlinkSync(away, path.join(folder, link))
    t.alike((await takeOut(album, folder)).summary.failed, { STORAGE_FAILED: 1 }, link)
    t.alike(fs.readdirSync(away), ['victim'])
    fs.unlinkSync(path.join(folder, link))
  }
  t.is((await takeOut(album, folder)).summary.written, 1)
  // The ledger leads through what has become a link.
  fs.renameSync(path.join(folder, '2020'), path.join(away, '2020'))
  fs.symlinkSync(path.join(away, '2020'), path.join(folder, '2020'))
  const photo = (await takeOut(album, folder)).files[0]?.photo
  await album.edit(photo?.id ?? '', { caption: 'At the sea' })
  t.alike((await takeOut(album, folder)).summary.failed, { STORAGE_FAILED: 1 })
  const names = filesIn(away).filter((name) => name.endsWith('.xmp'))
  t.absent(fs.readFileSync(path.join(away, names[0] ?? ''), 'utf8').includes('At the sea'))
})

test('export: a ledger that somebody else wrote leads nowhere', async (t) => {
  const album = await createAlbum(t)
  const outside = tmp(t)
  const folder = path.join(outside, 'folder')
  const { id } = await album.add(png(1), { name: 'a.png', capturedAt: '2020-07-16' })
  const sidecar = 'a'.repeat(64)
  const victim = { 'victim.png': png(1), 'victim.png.xmp': 'mine' }
  lay(outside, victim)
  const entry = { id, strip: false, size: png(1).length, motion: null, sidecar }
  const evil = '2020/\u001b[2J.png'
  lay(folder, { [evil]: png(1) })
  const lines = ['../victim.png', path.join(outside, 'victim.png'), '..', 'x/../../victim.png', 7, evil].map(
    (at) => JSON.stringify({ ...entry, path: at })
  )
  lay(folder, { '.hyperalbum-export.jsonl': [...lines, 'null', '[]', '{"id":', ''].join('\n') + '{"torn' })
  t.alike((await takeOut(album, folder)).status, { '2020/07/2020-07-16 a.png': 'written' })
  t.is((await takeOut(album, folder)).summary.there, 1, 'also after a line that was torn')
  t.alike(fs.readdirSync(outside).sort(), ['folder', ...Object.keys(victim)])
  t.is(fs.readFileSync(path.join(outside, 'victim.png.xmp'), 'utf8'), 'mine')
})

test('export: it can be stopped anywhere, and goes on', async (t) => {
  const album = await createAlbum(t)
  for (let i = 0; i < 20; i++)
    await album.add(jpegLike(300_000), { name: `${i}.jpg`, capturedAt: '2020-07-16' })
  const folder = tmp(t)
  let before = 0
  const stopped = (round: string): void => {
    const photos = filesIn(folder).filter((name) => name.endsWith('.jpg')).length
    t.ok(photos > before && photos < 20, `${round}: stopped between ${before} and 20, at ${photos}`)
    before = photos
    whole(round)
  }
  for (const round of [1, 2]) {
    const stop = new AbortController()
    const code = await failureOf(
      (async () => {
        for await (const event of exportFolder(album, folder, { signal: stop.signal })) {
          if (event.type === 'file' && event.status === 'written') stop.abort()
        }
      })()
    )
    t.is(code, 'ABORTED')
    stopped(`aborted ${round}`)
  }
  for await (const event of exportFolder(album, folder)) {
    if (event.type === 'file' && event.status === 'written') break
  }
  stopped('left')
  const { summary } = await takeOut(album, folder)
  t.is(summary.written + summary.there, 20)
  t.is(filesIn(folder).length, 41)

  function whole(round: string): void {
    const files = filesIn(folder).filter((name) => !name.includes('.hyper') || name.endsWith('.part'))
    const half = files.filter((name) => {
      const { size } = fs.statSync(path.join(folder, name))
      return name.endsWith('.part') || (name.endsWith('.jpg') ? size !== 300_000 : size < 100)
    })
    t.alike(half, [], `${round}: nothing half of ${files.length}`)
  }
})

test('export: who leaves does not wait until long videos are written', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const size = 32 * 1024 * 1024
  for (const name of ['b.jpg', 'c.jpg']) {
    await album.add(jpegLike(size), { name, capturedAt: '2020-07-16' })
  }
  await album.add(png(1), { name: 'a.png', capturedAt: '2020-07-15' })
  for await (const event of exportFolder(album, folder)) {
    if (event.type !== 'file') continue
    t.is(event.path, '2020/07/2020-07-15 a.png')
    break
  }
  const left = filesIn(folder).filter((name) => name.startsWith('2020'))
  t.alike(left, ['2020/07/2020-07-15 a.png', '2020/07/2020-07-15 a.png.xmp'])

  const target = await Target.open(folder)
  t.is(await failureOf(target.hashOf('2020/07/2020-07-15 a.png', AbortSignal.abort())), 'ABORTED')
})

test('export: how far it is, is told to the end', async (t) => {
  const album = await createAlbum(t)
  for (const seed of [1, 2, 3]) await album.add(png(seed), { name: `${seed}.png`, capturedAt: '2020-07-16' })
  const bytes = [1, 2, 3].reduce((sum, seed) => sum + png(seed).length, 0)
  const told: ExportProgress[] = []
  await takeOut(album, tmp(t), { onprogress: (progress) => void told.push(progress) })
  t.alike(told.at(-1), { files: 3, bytes, totalFiles: 3, totalBytes: bytes })
})

test('export: what a program that was killed left is cleared away, later', async (t) => {
  const folder = tmp(t)
  const left = ['2020/07/.hyperalbum-0123456789abcdef.part', '2020/07/.hyperalbum-mine.part']
  lay(folder, Object.fromEntries(left.map((name) => [name, 'half'])))
  await (await Target.open(folder)).taken('2020/07')
  t.alike(filesIn(folder), left, 'it may be under way yet')
  await new Promise((resolve) => setTimeout(resolve, 20))
  await (await Target.open(folder, { stale: 10 })).taken('2020/07')
  t.alike(filesIn(folder), left.slice(1), 'and what is not ours stays')
})

test('export: a name is not held for what could not be moved there', async (t) => {
  const folder = tmp(t)
  const target = await Target.open(folder)
  await target.taken('2020')
  const draft = await target.draft('2020', [png(1)], null)
  // Neither a link nor a move works any more.
  fs.rmSync(draft.file)
  t.is(await failureOf(target.name(draft, '2020/a.png')), 'STORAGE_FAILED')
  t.alike(filesIn(folder), [])
})

test('export: a place that is none', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  await album.add(png(1), { name: 'a.png', capturedAt: '2020-07-16' })
  lay(folder, { file: 'mine', 'other/2020': 'mine' })
  t.is(await failureOf(collect(exportFolder(album, path.join(folder, 'file')))), 'STORAGE_FAILED')
  for (const wrong of ['', undefined]) {
    t.is(await failureOf(collect(exportFolder(album, wrong as string))), 'BAD_ARGUMENT', String(wrong))
  }
  t.alike((await takeOut(album, path.join(folder, 'other'))).summary.failed, { STORAGE_FAILED: 1 })
  t.is(fs.readFileSync(path.join(folder, 'other/2020'), 'utf8'), 'mine')
})

test('export: many photos of one name, size and day are not compared each with all others', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const count = 300
  const sources = Array.from({ length: count }, () => ({
    source: jpegLike(500),
    name: 'image.jpg',
    capturedAt: '2020-07-16'
  }))
  await collect(album.addAll(sources))
  t.is((await takeOut(album, folder)).summary.written, count)
  fs.rmSync(path.join(folder, '.hyperalbum-export.jsonl'))
  // It took minutes, and four times as long for twice as many.
  t.is((await takeOut(album, folder)).summary.there, count)
  const last = fs.statSync(path.join(folder, `2020/07/2020-07-16 image (${count}).jpg`))
  t.is(last.size, 500, 'numbered without a gap')
})

test('export: two at once, and a choice of photos', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  for (let i = 0; i < 20; i++) {
    await album.add(jpegLike(20_000), {
      name: 'same.jpg',
      capturedAt: '2020-07-16',
      tags: i < 5 ? ['few'] : []
    })
  }
  t.is((await takeOut(album, folder, { query: { tag: 'few' } })).summary.written, 5)
  const both = await Promise.all([takeOut(album, folder), takeOut(album, folder, { strip: false })])
  for (const { summary, error } of both) {
    t.is(error, null)
    t.is(summary.written + summary.there, 20)
  }
  const photos = filesIn(folder).filter((name) => name.endsWith('.jpg'))
  t.is(photos.length, 20, 'each once')
  t.is(filesIn(folder).length, 41)
})
