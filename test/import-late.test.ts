// Sidecars that come after their photos: what they say is taken, unless somebody said otherwise since.
import fs from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import type { Assertions } from 'brittle'
import { bringIn, createReading, lay, takeOut, watch } from './folders.ts'
import { collect, createAlbum, eventually, png, tmp } from './helpers.ts'
import { xmpPacket } from './media-made.ts'

const SPACE =
  'xmlns:dc="http://purl.org/dc/elements/1.1/" ' +
  'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/"'

/** What somebody says of a photo elsewhere. */
function sidecar(caption: string, { rating = 5 }: { rating?: number } = {}): string {
  const list = (name: string, kind: string, text: string): string =>
    `<${name}><rdf:${kind}><rdf:li>${text}</rdf:li></rdf:${kind}></${name}>`
  const elements =
    `<dc:description><rdf:Alt><rdf:li xml:lang="x-default">${caption}</rdf:li></rdf:Alt></dc:description>` +
    list('dc:subject', 'Bag', 'sea') +
    list('lr:hierarchicalSubject', 'Bag', 'Collections|Summer')
  return xmpPacket(
    `${SPACE} exif:DateTimeOriginal="2019-05-06T07:08:09+02:00" xmp:Rating="${rating}"`,
    elements
  )
}

test('import late: a sidecar that comes while a folder is watched', async (t) => {
  const album = await createReading(t)
  const folder = tmp(t)
  const watched = watch(t, album, folder)
  lay(folder, { 'sub/a.png': png(1), 'sub/other.png': png(2) })
  await eventually(() => watched.told('sub/other.png').length > 0 && watched.told('sub/a.png').length > 0)
  lay(folder, { 'sub/a.png.xmp': sidecar('At the sea') })
  await eventually(() => watched.told('sub/a.png').length > 1)
  const [event] = watched.files().filter(({ path: at, status }) => at === 'sub/a.png' && status === 'known')
  t.is(event?.reason, 'amended')
  const id = event?.id ?? ''
  const photo = await album.get(id)
  t.alike([photo?.caption, photo?.tags, photo?.favourite], ['At the sea', ['sea'], true])
  t.alike([photo?.capturedAt.local, photo?.capturedAt.offsetMinutes], ['2019-05-06T07:08:09.000', 120])
  t.is((await album.collections.list()).find(({ name }) => name === 'Summer')?.count, 1)

  fs.writeFileSync(path.join(folder, 'sub/a.png.xmp'), sidecar('In the sea'))
  await eventually(async () => (await album.get(id))?.caption === 'In the sea')

  await album.edit(id, { caption: 'Mine' })
  await album.edit(id, { favourite: false })
  fs.writeFileSync(path.join(folder, 'sub/a.png.xmp'), sidecar('On the sea'))
  await eventually(() => watched.files().some(({ reason }) => reason === 'edited'))
  const last = await album.get(id)
  t.alike([last?.caption, last?.favourite], ['Mine', false], 'what somebody said holds')
  t.alike(watched.told('sub/other.png'), ['added'], 'others are left alone')
  t.alike(watched.told('sub/a.png.xmp'), ['skipped'], 'told once')
  await watched.end()
})

test('import late: an export copied into a folder that is watched, photos first', async (t) => {
  const album = await createReading(t)
  const { id } = await album.add(png(1), { name: 'a.png', caption: 'At the sea', capturedAt: '2020-07-16' })
  const out = tmp(t)
  const [file] = (await takeOut(album, out)).files
  const at = path.basename(file?.path ?? '')
  const [from, folder] = [path.join(out, file?.path ?? ''), tmp(t)]
  const back = await createReading(t)
  const watched = watch(t, back, folder)
  await eventually(() => watched.watching())
  fs.copyFileSync(from, path.join(folder, at))
  await new Promise((resolve) => setTimeout(resolve, 20))
  fs.copyFileSync(`${from}.xmp`, path.join(folder, `${at}.xmp`))
  await eventually(async () => (await back.get(id))?.caption === 'At the sea')
  await watched.end()
})

test('import late: a sidecar that a later import finds', async (t) => {
  const album = await createReading(t)
  const folder = tmp(t)
  lay(folder, { 'a.png': png(1), 'edited.png': png(2), 'given.png': png(3) })
  const ids = new Map((await bringIn(album, folder)).files.map((one) => [one.path, one.id ?? '']))
  const of = (name: string) => album.get(ids.get(name) ?? '')
  await album.edit(ids.get('edited.png') ?? '', { caption: 'Mine' })
  for (const name of ids.keys()) lay(folder, { [`${name}.xmp`]: sidecar(`Of ${name}`) })
  const { files, summary } = await bringIn(album, folder)
  t.is(summary.known, 3)
  const reasons = files.filter(({ status }) => status === 'known').map((one) => [one.path, one.reason])
  t.alike(Object.fromEntries(reasons), {
    'a.png': 'amended',
    'edited.png': 'edited',
    'given.png': 'amended'
  })
  t.alike([(await of('a.png'))?.caption, (await of('edited.png'))?.caption], ['Of a.png', 'Mine'])
  t.alike(
    (await album.collections.list()).map(({ name, count }) => [name, count]),
    [['Summer', 2]]
  )
  const before = (await album.status()).index.length
  const again = await bringIn(album, folder)
  t.is((await album.status()).index.length, before, 'nothing is said twice')
  t.alike(
    again.files.filter(({ reason }) => reason === 'amended'),
    []
  )
})

test('import late: a favourite that was taken away stays so', async (t) => {
  // Without an engine nothing of a sidecar is read while it is added.
  for (const create of [createReading, (one: Assertions) => createAlbum(one, { media: null })]) {
    const album = await create(t)
    const folder = tmp(t)
    lay(folder, { 'a.png': png(1), 'a.png.xmp': sidecar('At the sea') })
    await bringIn(album, folder)
    const [photo] = await collect(album.list())
    t.ok(photo?.favourite)
    await album.edit(photo?.id ?? '', { favourite: false })
    await bringIn(album, folder)
    t.absent((await album.get(photo?.id ?? ''))?.favourite)
  }
})

test('import late: halves of characters and captions that are too long fail no import', async (t) => {
  const album = await createReading(t)
  const folder = tmp(t)
  const long = `${'y'.repeat(9999)}\u{1f600}`
  for (const [name, description] of [
    ['half.png', 'a \ud800 b'],
    ['long.png', long]
  ] as const) {
    await album.add(png(name), { name })
    const sidecar = { title: name, photoTakenTime: { timestamp: '1594894272' }, description }
    lay(folder, { [name]: png(name), [`${name}.json`]: JSON.stringify(sidecar) })
  }
  const first = await bringIn(album, folder)
  t.alike(
    first.files.filter(({ id }) => id !== null).map(({ status, reason }) => [status, reason]),
    [
      ['known', 'amended'],
      ['known', 'amended']
    ]
  )
  const captions = (await collect(album.list())).map(({ caption }) => caption)
  t.alike(captions.map((caption) => caption.slice(0, 5)).sort(), ['a \ufffd b', 'yyyyy'])
  t.is(Math.max(...captions.map(({ length }) => length)), 9999, 'cut between characters')
  const again = await bringIn(album, folder)
  t.ok(
    again.files.every(({ reason }) => reason === null || reason === 'sidecar'),
    'nothing is said twice'
  )
})
