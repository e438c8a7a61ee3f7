// Facts and pictures together, as an engine gives them: the ones without the others where it must be.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import sharp from 'sharp'
import { failureOf, png, tmp } from './helpers.ts'
import { heif, mp4, xmpPacket } from './media-made.ts'
import { createEngine, realPhoto } from './renditions.ts'

const unix = { skip: process.platform === 'win32' }
const TAKEN = Date.UTC(2020, 6, 16, 10, 11, 12)
const SENT = Date.UTC(2021, 1, 3)
const LATER = Date.UTC(2022, 4, 5, 6, 7, 8)

/** A photo as a phone makes it, held upright. */
function photo(): Promise<Buffer> {
  const exif = {
    IFD0: { Make: 'Apple', Model: 'iPhone 8' },
    IFD2: { DateTimeOriginal: '2020:07:16 10:11:12' }
  }
  return sharp({ create: { width: 400, height: 300, channels: 3, background: '#c83' } })
    .withMetadata({ orientation: 6 })
    .withExifMerge(exif)
    .jpeg()
    .toBuffer()
}

test('engine: a photo with its facts and its pictures', async (t) => {
  const engine = createEngine(t, { parallel: 1 })
  const bytes = await photo()
  const { facts, ...made } = await engine.examine({ bytes }, 'image/jpeg')
  t.alike([facts.width, facts.height, facts.camera], [300, 400, 'Apple iPhone 8'])
  t.alike([facts.captured?.local, facts.captured?.source], [TAKEN, 'metadata'])
  t.alike([made.damaged, made.failure, facts.damaged, facts.sidecar], [false, null, false, null])
  t.ok(made.thumbnail && made.preview && made.placeholder)

  const alone = await engine.examine({ bytes }, 'image/jpeg', { renditions: false })
  t.alike(alone.facts, facts, 'the facts alone are the same')
  t.alike([alone.thumbnail, alone.preview, alone.placeholder], [null, null, null])
  t.alike([alone.damaged, alone.failure], [false, null])
})

test('engine: the name, the time and the sidecar of a file, in their order of trust', async (t) => {
  const engine = createEngine(t, { parallel: 1 })
  const plain = { bytes: png(1) }
  const both = { name: 'IMG-20210203-WA0001.jpg', modified: LATER, renditions: false }
  const dated = async (options: object): Promise<unknown[]> => {
    const { captured } = (await engine.examine(plain, 'image/png', options)).facts
    return [captured?.source, captured?.local, captured?.weak]
  }
  t.alike(await dated({ renditions: false }), [undefined, undefined, undefined])
  const here = LATER - new Date(LATER).getTimezoneOffset() * 60_000
  t.alike(await dated({ modified: LATER, renditions: false }), ['file', here, true])
  t.alike(await dated({ ...both, modified: null }), ['name', SENT, false])
  t.alike(await dated(both), ['name', SENT, false], 'the name knows better than the time')

  const takeout = Buffer.from(
    JSON.stringify({
      title: 'a.jpg',
      description: 'Pie',
      photoTakenTime: { timestamp: String(TAKEN / 1000) },
      geoData: { latitude: 52.5, longitude: 13.4, altitude: 0 }
    })
  )
  const told = (await engine.examine(plain, 'image/png', { ...both, sidecar: takeout })).facts
  t.alike(
    [told.captured?.source, told.captured?.zone, told.captured?.offset],
    ['sidecar', 'Europe/Berlin', 120]
  )
  t.alike([told.location?.latitude, told.sidecar?.kind, told.sidecar?.caption], [52.5, 'takeout', 'Pie'])

  const xmp = Buffer.from(xmpPacket('exif:DateTimeOriginal="2019-01-02T03:04:05"'))
  const bytes = await photo()
  const source = async (sidecar: Uint8Array): Promise<unknown[]> => {
    const { captured } = (await engine.examine({ bytes }, 'image/jpeg', { ...both, sidecar })).facts
    return [captured?.source, captured?.local]
  }
  t.alike(await source(xmp), ['sidecar', Date.UTC(2019, 0, 2, 3, 4, 5)], 'XMP knows better than the photo')
  t.alike(await source(takeout), ['metadata', TAKEN], 'Takeout does not')
  t.alike(await source(Buffer.from('no sidecar')), ['metadata', TAKEN])
})

test('engine: facts of what cannot be decoded', async (t) => {
  const engine = createEngine(t, { parallel: 1 })
  const whole = await photo()
  const cut = whole.subarray(0, whole.indexOf(Buffer.from([0xff, 0xda])))
  const { facts, ...made } = await engine.examine({ bytes: cut }, 'image/jpeg')
  t.alike([facts.width, facts.height, facts.captured?.local], [300, 400, TAKEN])
  t.alike([made.thumbnail, made.preview, made.placeholder, made.damaged], [null, null, null, true])
  t.ok(made.failure, made.failure ?? '')

  const video = mp4({ created: 3_600_000_000, seconds: 5, width: 320, height: 240 }).whole
  const broken = await engine.examine({ bytes: video.subarray(0, 200) }, 'video/mp4')
  t.alike([broken.damaged, broken.failure], [true, null], 'a video is not decoded')
  t.is(await failureOf(engine.examine({ bytes: whole }, 'image/svg+xml')), 'UNSUPPORTED_FILE')
  t.is(await failureOf(engine.examine({ path: tmp(t) }, 'image/jpeg')), 'NOT_A_FILE')
})

test('engine: facts of what ends the process that decodes it', unix, async (t) => {
  const engine = createEngine(t, { parallel: 1, timeout: 10_000 })
  const bytes = await photo()
  const file = path.join(tmp(t), 'IMG_0001.jpg')
  fs.writeFileSync(file, bytes)
  await engine.examine({ path: file }, 'image/jpeg')

  // What dies of a job is given out by a pool that ends whoever is asked for pictures.
  const { pool } = engine
  const run = pool.run.bind(pool)
  const asked: boolean[] = []
  pool.run = (job, ...rest) => {
    asked.push(job.renditions)
    if (!job.renditions) return run(job, ...rest)
    const fifo = path.join(path.dirname(file), 'fifo')
    if (!fs.existsSync(fifo)) execFileSync('mkfifo', [fifo])
    return run({ ...job, source: { path: fifo } }, rest[0], 1500)
  }
  const { facts, ...made } = await engine.examine({ path: file }, 'image/jpeg')
  t.alike(asked, [true, false], 'another process is asked for the facts alone')
  t.alike([facts.width, facts.height, facts.captured?.local], [300, 400, TAKEN])
  t.alike([made.thumbnail, made.damaged], [null, true])
  t.is(made.failure, 'Decoding took over 1500 ms')
})

test('engine: bytes are as they were, also those of a HEIF whose brand is read as another', async (t) => {
  const { readFacts } = await import('../lib/media/facts/facts.ts')
  const { openBytes } = await import('../lib/media/file.ts')
  const bytes = Buffer.from(heif({ width: 40, height: 30, brand: 'mif1' }))
  const before = Buffer.from(bytes)
  const { width } = await readFacts(openBytes(bytes), 'image/heif')
  t.is(width, 40)
  t.ok(bytes.equals(before))
})

test('engine: a real HEIC', async (t) => {
  const heic = realPhoto(t, 'cameras/IMG_2927.HEIC')
  if (!heic) return
  const engine = createEngine(t, { parallel: 1 })
  const { facts, thumbnail, failure } = await engine.examine({ path: heic }, 'image/heic')
  t.alike([facts.width, facts.height, failure], [3024, 4032, null])
  t.ok(thumbnail && facts.captured && facts.camera)
})
