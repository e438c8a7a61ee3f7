// Live Photos and Motion Photos as phones make them, through the whole library.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import test, { type Assertions } from 'brittle'
import sharp from 'sharp'
import { Album, type Photo } from '../index.ts'
import { collect, createNetwork, eventually, failureOf, readAll, tmp } from './helpers.ts'
import { mp4, xmpPacket } from './media-made.ts'
import { folder } from './media-samples.ts'

const halves = ['train.jpg', 'train.mov'].map((name) => path.join(folder, 'family', name)) as [string, string]
const noSamples = halves.some((file) => !fs.existsSync(file))
const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

async function createAlbum(t: Assertions): Promise<Album> {
  const album = await Album.create(tmp(t), { name: 'Our family', member: 'Dad', network: false })
  t.teardown(() => album.close())
  return album
}

async function motionOf(
  album: Album,
  id: string,
  range: { start?: number; end?: number } = {}
): Promise<Buffer> {
  return Buffer.concat(await collect(album.read(id, { variant: 'motion', ...range })))
}

const rolesOf = ({ files }: Photo): string[] =>
  files.map(({ role, sha256, type }) => `${role} ${type} ${sha256}`)

/** A Motion Photo as Google's phones write it: an MP4 after the JPEG, whose XMP says how far before the end it begins. */
async function motionPhoto(side: number, seconds = 1): Promise<{ whole: Buffer; video: Uint8Array }> {
  const { whole: video } = mp4({ created: 3_700_000_000, seconds, width: 64, height: 48 })
  const xmp = xmpPacket(`GCamera:MicroVideo="1" GCamera:MicroVideoOffset="${video.byteLength}"`)
  const noise = { type: 'gaussian', mean: 128, sigma: 90 } as const
  const still = sharp({ create: { width: side, height: side, channels: 3, background: 'red', noise } })
  const jpeg = await still.withXmp(xmp).jpeg({ quality: 100 }).toBuffer()
  return { whole: Buffer.concat([jpeg, video]), video }
}

for (const reversed of [false, true]) {
  const order = reversed ? 'what moves first' : 'the still first'
  test(`live: a real Live Photo is one photo, ${order}`, { timeout: 60_000, skip: noSamples }, async (t) => {
    const album = await createAlbum(t)
    const changes: string[] = []
    album.on('update', (batch) => changes.push(...batch.map(({ type }) => type)))
    const files = reversed ? [...halves].reverse() : halves
    const results = await collect(album.addAll(files))
    t.alike(
      results.map(({ status }) => status),
      ['added', 'added']
    )
    const [still, moving] = halves.map((file) => fs.readFileSync(file)) as [Buffer, Buffer]
    const photos = await collect(album.list())
    t.is(photos.length, 1)
    const [photo] = photos as [Photo]
    t.is(photo.id, sha(still))
    t.alike(rolesOf(photo), [`original image/jpeg ${sha(still)}`, `motion video/quicktime ${sha(moving)}`])
    t.is(photo.capturedAt.zone, 'Europe/London', 'the date is the still’s')
    t.alike(
      (await collect(album.timeline())).map(({ count }) => count),
      [1]
    )
    t.alike(await collect(album.list({ type: 'video' })), [])
    t.alike(await readAll(album, photo), still)
    t.alike(await motionOf(album, photo.id), moving)
    t.alike(
      await motionOf(album, photo.id, { start: 70_000, end: 140_000 }),
      moving.subarray(70_000, 140_001)
    )
    const stripped = Buffer.concat(await collect(album.read(photo.id, { variant: 'motion', strip: true })))
    t.is(stripped.byteLength, moving.byteLength)
    t.ok(
      moving.includes('iPhone') && !stripped.includes('iPhone'),
      'both can be given away without what they tell'
    )
    t.is((await album.get(sha(moving)))?.id, photo.id, 'what moves leads to it')
    t.alike(
      (await collect(album.addAll(files))).map((one) => [one.status, one.photo?.id]),
      [
        ['duplicate', photo.id],
        ['duplicate', photo.id]
      ]
    )

    const tagged = await album.edit([sha(moving), photo.id], { tags: ['train'] })
    t.alike(
      tagged.map((one) => [one.id, one.photo?.id, one.photo?.tags]),
      [
        [sha(moving), photo.id, ['train']],
        [photo.id, photo.id, ['train']]
      ]
    )
    const trashed = await album.trash(sha(moving))
    t.ok(trashed.trashed)
    t.is((await collect(album.list())).length, 0)
    t.alike(
      (await collect(album.addAll([halves[1]]))).map((one) => one.status),
      ['trashed']
    )
    const [again] = await collect(album.addAll([halves[1]], { restore: true }))
    t.alike([again?.status, again?.photo?.trashed], ['duplicate', null], 'either half brings it back')
    await album.purge(photo.id)
    t.is(await album.get(sha(moving)), null)
    t.is(await failureOf(readAll(album, photo)), 'NOT_FOUND')
    t.is((await album.status()).photos, 0)
  })
}

test('live: halves that two members add', { timeout: 90_000, skip: noSamples }, async (t) => {
  const network = await createNetwork(t)
  const dad = await Album.create(tmp(t), { name: 'Our family', member: 'Dad', network, keep: ['original'] })
  t.teardown(() => dad.close())
  const { code } = await dad.invites.create()
  const mum = await Album.join(tmp(t), code, { member: 'Mum', network, timeout: 20_000 })
  t.teardown(() => mum.close())
  const [still, moving] = halves.map((file) => fs.readFileSync(file)) as [Buffer, Buffer]
  const seen: string[] = []
  const watching = (async () => {
    for await (const { type, id } of dad.watch())
      seen.push(`${type} ${id === sha(moving) ? 'moving' : 'still'}`)
  })()
  const video = await mum.add(halves[1])
  await mum.edit(video.id, { caption: 'All aboard' })
  await eventually(() => seen.includes('added moving'))
  await dad.add(halves[0])
  await eventually(() => seen.includes('removed moving'))
  await eventually(async () => (await mum.get(sha(still)))?.files.length === 2)
  const photo = (await mum.get(sha(still))) as Photo
  t.alike([photo.by.name, photo.alsoBy.map(({ name }) => name)], ['Dad', ['Mum']])
  t.is((await collect(mum.list({ member: mum.me }))).length, 1, 'it is hers too')
  t.is(photo.caption, 'All aboard')
  t.alike(
    (await mum.history(photo.id)).map(({ after, by }) => [after, by.name]),
    [['All aboard', 'Mum']],
    'what was said of the video is told of the photo'
  )
  await mum.settled({ timeout: 20_000 })
  await mum.close()
  t.alike(await motionOf(dad, photo.id), moving, 'whoever keeps originals keeps both files')
  await dad.close()
  await watching
})

test('live: the video of a Motion Photo', { timeout: 90_000 }, async (t) => {
  const album = await createAlbum(t)
  const { whole, video } = await motionPhoto(64)
  const photo = await album.add(whole, { name: 'PXL_20240101_101112000.MP.jpg' })
  t.alike(rolesOf(photo), [`original image/jpeg ${sha(whole)}`, `motion video/mp4 ${sha(video)}`])
  t.alike(await motionOf(album, photo.id), Buffer.from(video))
  t.alike(await motionOf(album, photo.id, { start: 3, end: 9 }), Buffer.from(video.subarray(3, 10)))
  t.is(await failureOf(motionOf(album, photo.id, { start: 0, end: video.byteLength })), 'BAD_ARGUMENT')
  const alone = await collect(album.addAll([{ source: video, name: 'PXL_20240101_101112000.MP' }]))
  t.alike(
    alone.map((one) => [one.status, one.photo?.id]),
    [['duplicate', photo.id]],
    'it has come with the photo'
  )

  const other = await motionPhoto(65, 2)
  const first = await album.add(other.video, { name: 'other.mp4' })
  t.is(first.id, sha(other.video))
  const second = await album.add(other.whole)
  t.alike(rolesOf(second)[1], `motion video/mp4 ${sha(other.video)}`)
  t.is((await album.get(first.id))?.id, second.id, 'also where it came first')
  t.is((await album.status()).photos, 2)

  const large = await motionPhoto(3000, 3)
  t.ok(large.whole.byteLength > 8 * 1024 * 1024, `${large.whole.byteLength} bytes`)
  const streamed = await album.add(Readable.from([large.whole]), { name: 'large.jpg' })
  t.alike(await motionOf(album, streamed.id), Buffer.from(large.video), 'of a large file too')
  const plain = await album.add(await sharp(whole).jpeg().toBuffer())
  t.is(await failureOf(motionOf(album, plain.id)), 'NOT_FOUND')
})

test('live: repair finds what a program without an engine left', { timeout: 60_000 }, async (t) => {
  const place = tmp(t)
  const { whole, video } = await motionPhoto(64, 4)
  const first = await Album.create(place, { name: 'Our family', member: 'Dad', network: false, media: null })
  const { id } = await first.add(whole)
  const alone = await first.add(video)
  t.is((await first.status()).photos, 2)
  await first.close()
  const album = await Album.open(place, { network: false })
  t.teardown(() => album.close())
  t.is((await album.repair()).repaired, 1)
  t.is((await album.get(alone.id))?.id, id)
  t.alike(await motionOf(album, id), Buffer.from(video))
})
