// What an export writes, an import into a new album reads back: photos, dates, places, captions, tags, collections,
// favourites; and exiftool reads it too, where it is.
import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import type { Album, Photo } from '../index.ts'
import { bringIn, createReading, filesIn, lay, takeOut } from './folders.ts'
import { collect, png, tmp } from './helpers.ts'
import { join, jpeg, mp4, xmpPacket } from './media-made.ts'
import * as samples from './media-samples.ts'

/** What has to be the same after the way out and in. */
async function tellOf(album: Album): Promise<Map<string, Record<string, unknown>>> {
  const names = new Map((await album.collections.list()).map(({ id, name }) => [id, name]))
  const photos = await collect(album.list())
  const told = photos.map((photo: Photo): [string, Record<string, unknown>] => {
    const { id, capturedAt, location, caption, tags, favourite, files } = photo
    const { local, offsetMinutes, precision } = capturedAt
    const collections = photo.collections.map((one) => names.get(one) ?? '').sort()
    const name = photo.name.replace(/^.* /, '')
    return [
      id,
      { name, local, offsetMinutes, precision, location, caption, tags, favourite, files, collections }
    ]
  })
  return new Map(told)
}

/** What is not the same in two albums, a line each. */
async function differences(a: Album, b: Album): Promise<string[]> {
  const [left, right] = [await tellOf(a), await tellOf(b)]
  const ids = [...new Set([...left.keys(), ...right.keys()])]
  return ids.flatMap((id) => {
    const [one, other] = [left.get(id), right.get(id)]
    const fields = Object.keys({ ...one, ...other })
    return fields.flatMap((field) => {
      const [was, is] = [JSON.stringify(one?.[field]), JSON.stringify(other?.[field])]
      return was === is ? [] : [`${String(one?.['name'])}: ${field} was ${was}, is ${is}`]
    })
  })
}

const NASTY = [
  'plain',
  '',
  '<dc:title>&amp;</dc:title>]]> <!-- --> <?xpacket end="w"?> <!DOCTYPE a>',
  'quotes " and \' and lines\nand more\ttabs',
  'Zoë 👨‍👩‍👧 日本語 שלום'
]

test('roundtrip: an export brought into a new album is the same', async (t) => {
  const album = await createReading(t)
  const beach = await album.collections.create({ name: 'Summer/Beach | 2020' })
  const empty = await album.collections.create({ name: 'Nobody' })
  for (const [i, caption] of NASTY.entries()) {
    await album.add(png(i), {
      name: `${i}.png`,
      caption,
      tags: i % 2 ? ['sea', 'a|b', 'Collections|no', '<&>', 'x'.repeat(100)] : [],
      collection: i % 3 ? [beach.id] : [],
      capturedAt: {
        local: `2020-07-1${i}T11:44:0${i}.${i}23`,
        offsetMinutes: [120, null, -210, 0, 345][i] as number | null
      }
    })
  }
  await album.add(png('day'), { capturedAt: '1999-12-31' })
  await album.add(png('year'), { capturedAt: '1950' })
  const placed = jpeg({
    xmp: xmpPacket('exif:GPSLatitude="41,50.6040001S" exif:GPSLongitude="179,59.9999W"')
  })
  const somewhere = await album.add(placed, { name: 'p.jpg', capturedAt: '2020-01-01T10:00:00.5-11:00' })
  t.ok(somewhere.location, 'somewhere')
  await album.edit([somewhere.id], { favourite: true })

  const folder = tmp(t)
  const out = await takeOut(album, folder)
  t.is(out.summary.written, NASTY.length + 3)
  const back = await createReading(t)
  const { summary, error } = await bringIn(back, folder, { collections: true })
  t.is(error, null)
  t.is(summary.added, NASTY.length + 3)
  t.alike(await differences(album, back), [])
  t.absent((await back.collections.list()).some(({ name }) => name === empty.name))

  const again = tmp(t)
  await takeOut(back, again)
  const originals = (where: string): string[] => filesIn(where).filter((name) => !name.includes('.hyper'))
  t.alike(originals(again), originals(folder), 'and out again, under the same names')
})

test('roundtrip: real photos, also a Live Photo', async (t) => {
  if (samples.readTruth() === null) return t.comment('SKIPPED: no photos here (HYPERALBUM_PHOTOS)')
  const album = await createReading(t)
  const first = await bringIn(album, samples.folder, { collections: true })
  t.is(first.error, null)
  t.ok(first.summary.added > 50, `${first.summary.added} photos`)
  const photos = await collect(album.list())
  await album.edit(
    photos.filter((_, i) => i % 3 === 0).map(({ id }) => id),
    { favourite: true, tags: ['third'] }
  )
  await album.edit(
    photos.filter((_, i) => i % 5 === 0).map(({ id }) => id),
    { caption: 'The fifth: ü' }
  )
  const pair = photos.find(({ files, name }) => name.startsWith('train') && files.length === 2)
  t.ok(pair, 'a Live Photo')
  for (const { id, name, count } of await album.collections.list()) {
    t.is(count, photos.filter(({ collections }) => collections.includes(id)).length, `${name}: ${count}`)
  }

  const folder = tmp(t)
  const out = await takeOut(album, folder)
  t.alike(out.summary.failed, {})
  t.is(out.summary.written, photos.length)
  t.ok(
    filesIn(folder).some((name) => /train\.mov$/i.test(name)),
    'the moving half lies beside its still'
  )
  const there = await takeOut(album, folder)
  t.is(there.summary.there, photos.length)

  const back = await createReading(t)
  const second = await bringIn(back, folder)
  t.alike(second.summary.failed, {})
  t.alike(await differences(album, back), [])
})

test('roundtrip: a Motion Photo stays one file', async (t) => {
  const album = await createReading(t)
  const video = mp4({ created: 3_677_000_000, seconds: 2, width: 4, height: 2 }).whole
  const head = xmpPacket(`GCamera:MicroVideo="1" GCamera:MicroVideoOffset="${video.length}"`)
  const { files } = await album.add(join(jpeg({ xmp: head }), video), { name: 'PXL_1.MP.jpg' })
  t.is(files.length, 2)
  const folder = tmp(t)
  const out = await takeOut(album, folder)
  t.is(out.error, null)
  t.alike(out.summary.failed, {})
  t.alike(
    filesIn(folder).filter((name) => name.endsWith('.mp4')),
    []
  )
  t.is((await takeOut(album, folder)).summary.there, 1)
  const back = await createReading(t)
  await bringIn(back, folder)
  t.alike(await differences(album, back), [])
})

test('roundtrip: sidecars of strangers', async (t) => {
  const album = await createReading(t)
  const folder = tmp(t)
  const names = Array.from(
    { length: 300 },
    (_, i) => `<rdf:li>Collections|${'../'.repeat(i % 4)}${i}</rdf:li>`
  )
  const list = `<lr:hierarchicalSubject><rdf:Bag>${names.join('')}</rdf:Bag></lr:hierarchicalSubject>`
  const space = 'xmlns:lr="http://ns.adobe.com/lightroom/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
  lay(folder, {
    'a.png': png(1),
    'a.xmp': xmpPacket(`${space} xmp:Rating="5"`, list),
    'b.png': png(2),
    'b.png.xmp': xmpPacket(
      `${space} xmp:Rating="4"`,
      '<lr:hierarchicalSubject>Collections|</lr:hierarchicalSubject>'
    ),
    'c.png': png(3),
    'c.png.xmp': 'x'.repeat(2_000_000)
  })
  const { summary, error } = await bringIn(album, folder)
  t.is(error, null)
  t.is(summary.added, 3)
  const photos = await collect(album.list())
  const counts = photos.map(({ name, favourite, collections }) => [name, favourite, collections.length])
  t.alike(Object.fromEntries(counts.map(([name, ...rest]) => [name, rest])), {
    'a.png': [true, 100],
    'b.png': [false, 0],
    'c.png': [false, 0]
  })
  const out = tmp(t)
  await takeOut(album, out)
  t.is(filesIn(out).length, 7)
})

test('roundtrip: exiftool reads the sidecars', async (t) => {
  if (spawnSync('exiftool', ['-ver']).status !== 0) return t.comment('SKIPPED: no exiftool here')
  const album = await createReading(t)
  const made = jpeg({ xmp: xmpPacket('exif:GPSLatitude="41,50.604S" exif:GPSLongitude="12,30.5E"') })
  const beach = await album.collections.create({ name: 'Summer/Beach' })
  const caption = '<&> ]]> "Zoë"\u0007\u001b[31m\ufffe \ud800 👨‍👩‍👧'
  const { id } = await album.add(made, {
    name: 'p.jpg',
    caption,
    tags: ['sea', '<b>'],
    collection: beach.id,
    capturedAt: '2020-07-16T11:44:00.25+02:00'
  })
  await album.edit(id, { favourite: true })
  const folder = tmp(t)
  const [file] = (await takeOut(album, folder)).files
  const read = (at: string): Record<string, unknown> => {
    const args = ['-json', '-n', '-G0', path.join(folder, `${at}.xmp`)]
    return (
      (JSON.parse(execFileSync('exiftool', args, { encoding: 'utf8' })) as Record<string, unknown>[])[0] ?? {}
    )
  }
  const told = read(file?.path ?? '')
  t.is(told['XMP:DateTimeOriginal'], '2020:07:16 11:44:00.250+02:00')
  t.is(told['XMP:DateCreated'], told['XMP:DateTimeOriginal'])
  t.is(told['XMP:CreateDate'], told['XMP:DateTimeOriginal'])
  t.is(told['XMP:Description'], '<&> ]]> "Zoë"[31m \ufffd 👨‍👩‍👧')
  t.alike(told['XMP:Subject'], ['sea', '<b>'])
  t.alike(told['XMP:HierarchicalSubject'], ['sea', '<b>', 'Collections|Summer/Beach'])
  t.is(told['XMP:Rating'], 5)
  t.is(told['XMP:GPSLatitude'], -41.8434)
  t.ok(Math.abs(Number(told['XMP:GPSLongitude']) - 12.508333) < 1e-5)
  t.absent(told['ExifTool:Error'] ?? told['ExifTool:Warning'])

  const bare = await takeOut(album, folder, { strip: true })
  t.is(bare.error, null)
  t.is(bare.files[0]?.path, '2020/07/2020-07-16 11.44.00 p (2).jpg', 'what is there is not stripped')
  const stripped = read(bare.files[0]?.path ?? '')
  t.is(stripped['XMP:Rating'], 5)
  const places = Object.keys(stripped).filter((name) => /GPS/.test(name))
  t.alike(places, [], 'nothing of the place')
  const bytes = fs.readFileSync(path.join(folder, bare.files[0]?.path ?? ''))
  t.absent(bytes.includes('GPS'))
  t.is((await takeOut(album, folder, { strip: true })).summary.there, 1)
  fs.rmSync(path.join(folder, '.hyperalbum-export.jsonl'))
  t.is((await takeOut(album, folder, { strip: true })).summary.there, 1, 'also by its bytes')
})

test('roundtrip: a folder of Google Takeout', async (t) => {
  const album = await createReading(t)
  const folder = tmp(t)
  const json = (title: string, more: object = {}): string =>
    JSON.stringify({ title, photoTakenTime: { timestamp: '1594894272' }, ...more })
  lay(folder, {
    'Photos from 2020/IMG_1.png': png(1),
    'Photos from 2020/IMG_1.png.supplemental-metadata.json': json('IMG_1.png', {
      description: 'Pie',
      favorited: true,
      geoData: { latitude: 48.2, longitude: 16.37, altitude: 0 }
    }),
    'Photos from 2020/IMG_2.png': png(2),
    'Photos from 2020/IMG_2.png.json': json('Quite another.png'),
    'Photos from 2020/metadata.json': JSON.stringify({ title: 'Photos from 2020' }),
    'Photos from 2020/IMG_3.png': png(3),
    'Photos from 2020/IMG_3.png.json': '{'
  })
  const { summary } = await bringIn(album, folder)
  t.is(summary.added, 3)
  t.is(summary.skipped, 4)
  const [one, two, three] = await Promise.all(
    ['IMG_1.png', 'IMG_2.png', 'IMG_3.png'].map(async (name) =>
      (await collect(album.list())).find((photo) => photo.name === name)
    )
  )
  t.is(one?.caption, 'Pie')
  t.ok(one?.favourite)
  t.is(one?.capturedAt.local, '2020-07-16T12:11:12.000')
  t.is(one?.capturedAt.offsetMinutes, 120)
  t.is(two?.capturedAt.source, 'file', 'not by the sidecar of another')
  t.is(three?.capturedAt.source, 'file')
})
