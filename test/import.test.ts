// Bringing in folders: what is offered, what is passed over, and that it can be done again.
import fs from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import { type ImportProgress, importFolder } from '../lib/import/index.ts'
import { bringIn, createReading, lay, takeOut } from './folders.ts'
import { collect, createAlbum, failureOf, jpegLike, png, tmp } from './helpers.ts'

test('import: adds what is new, and nothing twice', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  lay(folder, {
    'a.png': png(1),
    'sub/b.png': png(2),
    'sub/deeper/c.png': png(3),
    'sub/again.png': png(1),
    'notes.txt': 'no photo',
    'empty.jpg': ''
  })
  const first = await bringIn(album, folder)
  t.is(first.error, null)
  const ours = ['a.png', 'sub/again.png', 'sub/b.png', 'sub/deeper/c.png']
  const known = ours.filter((name) => first.status[name] === 'known')
  t.is(known.length, 1, 'the same bytes are one photo')
  t.is(first.status['notes.txt'], 'failed')
  t.alike(first.summary, {
    type: 'summary',
    added: 3,
    known: 1,
    trashed: 0,
    planned: 0,
    failed: { UNSUPPORTED_FILE: 1, FILE_EMPTY: 1 },
    skipped: 0,
    bytes: [1, 2, 3].reduce((sum, seed) => sum + png(seed).length, 0)
  })
  t.is((await collect(album.list())).length, 3)
  t.is(first.files.find(({ path: at }) => at === 'sub/b.png')?.photo?.name, 'b.png')

  fs.renameSync(path.join(folder, 'a.png'), path.join(folder, 'renamed.png'))
  const second = await bringIn(album, folder)
  t.is(second.summary.added, 0)
  t.is(second.summary.known, 4, 'also under another name')
  t.alike(second.summary.failed, first.summary.failed)
  t.is((await collect(album.list())).length, 3)
})

test('import: a plan says what would be, and changes nothing', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const gone = await album.add(png('gone'))
  await album.trash(gone.id)
  await album.add(png('there'))
  lay(folder, {
    'new.png': png('new'),
    'twice.png': png('new'),
    'there.png': png('there'),
    'gone.png': png('gone'),
    'notes.txt': 'no photo',
    '.DS_Store': 'x'
  })
  const { status, summary, files } = await bringIn(album, folder, { dryRun: true, collections: true })
  t.alike(status, {
    'new.png': 'planned',
    'twice.png': 'known',
    'there.png': 'known',
    'gone.png': 'trashed',
    'notes.txt': 'failed',
    '.DS_Store': 'skipped'
  })
  t.is(files.find(({ path: at }) => at === 'twice.png')?.reason, 'twice')
  t.is(summary.planned, 1)
  t.is(summary.bytes, png('new').length)
  t.is((await collect(album.list())).length, 1)
  t.is((await bringIn(album, folder)).summary.added, 1, 'and then it is')
})

test('import: what is no photo is passed over quietly, with a reason', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const skipped: Record<string, string> = {
    '.DS_Store': 'hidden',
    '.picasa.ini': 'hidden',
    '.thumbnails': 'hidden',
    '@eaDir': 'system',
    'Thumbs.db': 'system',
    'THUMBS.DB': 'system',
    'desktop.ini': 'system',
    'a.xmp': 'sidecar',
    'a.png.supplemental-metadata.json': 'sidecar',
    'a.AAE': 'sidecar',
    'GOPR0001.THM': 'thumbnail',
    'b.jpg.part': 'unfinished',
    home: 'album'
  }
  lay(folder, {
    'a.png': png(1),
    '.thumbnails/a.png': png(2),
    '@eaDir/a.png/SYNOPHOTO_THUMB.jpg': png(3),
    'home/CORESTORE': 'x',
    'home/db/000001.sst': 'x'
  })
  for (const name of Object.keys(skipped)) {
    if (!fs.existsSync(path.join(folder, name))) fs.writeFileSync(path.join(folder, name), jpegLike(100))
  }
  const { files, summary } = await bringIn(album, folder)
  const reasons = files.filter(({ status }) => status === 'skipped').map((one) => [one.path, one.reason])
  t.alike(Object.fromEntries(reasons), skipped)
  t.is(summary.added, 1)
  t.alike(summary.failed, {})
})

test('import: links, pipes and folders that are none', async (t) => {
  const album = await createAlbum(t)
  const [folder, elsewhere] = [tmp(t), tmp(t)]
  lay(elsewhere, { 'far.png': png('far') })
  lay(folder, { 'a/b/c.png': png(1) })
  fs.symlinkSync(path.join(elsewhere, 'far.png'), path.join(folder, 'link.png'))
  fs.symlinkSync(folder, path.join(folder, 'a', 'loop'))
  fs.symlinkSync(elsewhere, path.join(folder, 'other'))
  fs.symlinkSync(path.join(folder, 'nothing'), path.join(folder, 'broken.png'))
  const { files, status, summary } = await bringIn(album, folder)
  t.alike(status, {
    'a/b/c.png': 'added',
    'link.png': 'added',
    'a/loop': 'skipped',
    other: 'skipped',
    'broken.png': 'failed'
  })
  t.is(files.find(({ path: at }) => at === 'a/loop')?.reason, 'link')
  t.alike(summary.failed, { FILE_NOT_FOUND: 1 })

  t.is(await failureOf(collect(importFolder(album, path.join(folder, 'none')))), 'FILE_NOT_FOUND')
  t.is(await failureOf(collect(importFolder(album, path.join(folder, 'link.png')))), 'BAD_ARGUMENT')
})

test('import: sub-folders become collections, also of what is known', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const known = await album.add(png('known'))
  const beach = await album.collections.create({ name: 'Summer/Beach' })
  lay(folder, {
    'root.png': png('root'),
    'Summer/Beach/known.png': png('known'),
    'Summer/Beach/new.png': png('new'),
    'Nothing here/notes.txt': 'no photo'
  })
  for (const round of [1, 2]) {
    const { error } = await bringIn(album, folder, { collections: true })
    t.is(error, null)
    const collections = await album.collections.list()
    t.alike(
      collections.map(({ name }) => name),
      ['Summer/Beach'],
      `${round}: none twice, and none without photos`
    )
    const inside = await collect(album.collections.photos(beach.id))
    t.alike(inside.map(({ name }) => name).sort(), [known.name, 'new.png'].sort())
  }
})

test('import: sub-folders become collections also where an export lies beside them, but not its dates', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  await album.add(png('out'), { name: 'out.png', capturedAt: '2020-07-16' })
  await takeOut(album, folder)
  lay(folder, { 'Italy/2019/a.png': png('a'), '2020/Sea/b.png': png('b'), 'Backup/c.png': png('c') })
  await takeOut(album, path.join(folder, 'Backup'))
  await bringIn(album, folder, { collections: true })
  const names = (await album.collections.list()).map(({ name }) => name)
  t.alike(names.sort(), ['2020/Sea', 'Backup', 'Italy/2019'])
})

test('import: how far it is, is told to the end', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  lay(folder, { 'a.png': png(1), 'sub/b.png': png(2), 'notes.txt': 'no photo', '.hidden': 'x' })
  const bytes = png(1).length + png(2).length
  const told: ImportProgress[] = []
  const options = { onprogress: (progress: ImportProgress) => void told.push(progress) }
  await bringIn(album, folder, options)
  const [text, all] = ['no photo'.length, { files: 3, totalFiles: 3 }]
  t.alike(told.at(-1), { ...all, bytes: bytes + text, hashed: bytes, totalBytes: bytes + text })
  await bringIn(album, tmp(t), options)
  t.alike(told.at(-1), { files: 0, bytes: 0, hashed: 0, totalFiles: 0, totalBytes: 0 }, 'also of nothing')
})

/** A sidecar of Google Takeout. */
function favouriteJson(title: string): string {
  return JSON.stringify({ title, photoTakenTime: { timestamp: '1594894272' }, favorited: true })
}

test('import: favourites are not lost where it is left, or what was said of them was', async (t) => {
  const album = await createReading(t)
  const folder = tmp(t)
  const names = Array.from({ length: 5 }, (_, i) => `${i}.png`)
  lay(folder, Object.fromEntries(names.map((name) => [name, png(name)])))
  lay(folder, { 'plain.png': png('plain') })
  const favourites = async (): Promise<string[]> =>
    (await collect(album.list({ favourite: true }))).map(({ name }) => name).sort()
  await album.add(png('0.png'), { name: '0.png' })
  lay(folder, Object.fromEntries(names.map((name) => [`${name}.json`, favouriteJson(name)])))

  for await (const event of importFolder(album, folder, { concurrency: 1 })) {
    if (event.type === 'file' && event.status === 'added') {
      t.ok(event.photo?.favourite, 'it is one when it is told')
      break
    }
  }
  const added = (await collect(album.list())).map(({ name }) => name).filter((name) => name !== '0.png')
  t.ok(added.length > 0)
  t.alike(
    await favourites(),
    added.filter((name) => name !== 'plain.png').sort(),
    'all that was added before it was left'
  )
  const { summary } = await bringIn(album, folder)
  t.is(summary.known + summary.added, 6)
  t.alike(await favourites(), names.slice(1), 'not what was there before')

  const before = (await album.status()).index.length
  await bringIn(album, folder)
  t.is((await album.status()).index.length, before, 'nothing is said twice')
})

test('import: a photo that cannot become a favourite is told', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  lay(folder, {
    'a.png': png(1),
    'a.png.json': favouriteJson('a.png'),
    'b.png': png(2)
  })
  // Somebody deletes it for good in this very moment.
  const edit = album.edit.bind(album)
  album.edit = async (ids, patch) => {
    await album.trash(ids)
    await album.purge(ids)
    return edit(ids, patch)
  }
  const { status, summary, files } = await bringIn(album, folder)
  t.alike(status, { 'a.png': 'failed', 'a.png.json': 'skipped', 'b.png': 'added' })
  t.alike(summary.failed, { NOT_FOUND: 1 })
  t.is(files.find(({ path: at }) => at === 'a.png')?.photo?.name, 'a.png')
})

test('import: of a library of Photos only the originals, which make no collections', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  const library = 'Family.photoslibrary'
  const name = '0B4F5A1E-2B6C-4F0E-9D53-0C7E1C1B0A11'
  lay(folder, {
    'Beach/a.png': png('a'),
    [`${library}/originals/0/${name}.png`]: png('original'),
    [`${library}/originals/0/${name}.aae`]: '<plist/>',
    [`${library}/resources/derivatives/0/${name}_1_105_c.jpeg`]: jpegLike(200),
    [`${library}/resources/derivatives/masters/0/${name}_4_5005_c.jpeg`]: jpegLike(300),
    [`${library}/resources/renders/0/${name}_1_201_a.jpeg`]: jpegLike(400),
    [`${library}/scopes/syndication/originals/1/x.png`]: png('sent by somebody'),
    [`${library}/private/com.apple.photoanalysisd/faces.jpg`]: jpegLike(500),
    [`${library}/database/Photos.sqlite`]: 'SQLite format 3',
    [`${library}/Info.plist`]: '<plist/>',
    'Old.photolibrary/Masters/2014/07/16/20140716-114400/IMG_0001.png': png('master'),
    'Old.photolibrary/Previews/2014/07/16/20140716-114400/IMG_0001.jpg': jpegLike(600),
    'Old.photolibrary/Thumbnails/2014/07/16/20140716-114400/IMG_0001.jpg': jpegLike(700)
  })
  const { status, summary } = await bringIn(album, folder, { collections: true })
  t.alike(status, {
    'Beach/a.png': 'added',
    [`${library}/Info.plist`]: 'skipped',
    [`${library}/database`]: 'skipped',
    [`${library}/originals/0/${name}.aae`]: 'skipped',
    [`${library}/originals/0/${name}.png`]: 'added',
    [`${library}/private`]: 'skipped',
    [`${library}/resources`]: 'skipped',
    [`${library}/scopes`]: 'skipped',
    'Old.photolibrary/Masters/2014/07/16/20140716-114400/IMG_0001.png': 'added',
    'Old.photolibrary/Previews': 'skipped',
    'Old.photolibrary/Thumbnails': 'skipped'
  })
  t.alike(summary.failed, {})
  t.alike(
    (await album.collections.list()).map((one) => one.name),
    ['Beach']
  )

  for (const inside of [library, `${library}/originals`]) {
    const again = await bringIn(album, path.join(folder, inside), { collections: true })
    t.alike([again.summary.known, again.summary.added], [1, 0], inside)
  }
  t.is((await album.collections.list()).length, 1, 'nor where the folder itself is the library')
})
