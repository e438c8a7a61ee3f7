// Real photos and videos of 25 years against what exiftool reads in them; and files made here for what they lack.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import test from 'brittle'
import { type Facts, cameraOf, readFacts } from '../lib/media/facts/facts.ts'
import { type RandomAccess, openBytes, openPart, openPath } from '../lib/media/file.ts'
import { loadMediabunny } from '../lib/media/mediabunny.ts'
import { sniffFile } from '../lib/media/sniff.ts'
import { mimeOf } from '../lib/schema/mime.ts'
import { box, heif, join, jpeg, mp4, png, tiff, webp, xmpPacket } from './media-made.ts'
import { type Truth, folder, pathOf, readTruth } from './media-samples.ts'

/** What is not as exiftool has it, and why. `date: null` is a date that exiftool tells and that is none. */
const EXCEPTIONS: Record<
  string,
  { reason: string; date?: null; location?: 'none' | 'found'; size?: unknown; camera?: null; type?: string }
> = {
  'family/pdf.pdf': { reason: 'no photo: refused', type: 'none' },
  'cameras/f6d3f522dcb693d9e731d5a0fb4e1393.jpg': {
    reason: 'no JPEG, and nothing exiftool knows',
    type: 'none'
  },
  'cameras/cheers_1440x960.heic': { reason: 'brand mif1, compatible with heic: a HEIC', type: 'image/heic' },
  'cameras/Nikon E900 (2).jpg': { reason: 'zeros', date: null },
  'cameras/Olympus C860L.jpg': { reason: 'zeros', date: null },
  'cameras/FujiFilm DX-5.jpg': { reason: 'blanks', date: null },
  'cameras/FLIR Vue Pro 640.jpg': {
    reason: "the date lies in a record of FLIR's own, in no EXIF or XMP; the position is 0, 0, which is none",
    date: null,
    location: 'none'
  },
  'cameras/Nikon D5000.jpg': {
    reason: 'truth.json has an empty position; the XMP of the file has a good one',
    location: 'found'
  },
  'cameras/0c84d07e1b22b76f24cccc70d8788e4a.tif': {
    reason: 'the model lies in a property set (0x9330) of Microsoft, not in EXIF',
    camera: null
  },
  'cameras/m1-0699098e769a2d80e60f33dbb3332b61.png': { reason: 'no IHDR', size: [null, null] },
  'cameras/9b286add70871bbbef1601997b429344.tif': {
    reason: 'four pages: exiftool tells the last, everybody shows the first',
    size: [1646, 2332]
  }
}

const DAMAGED = ['cameras/issue 121.jpg', 'cameras/m1-0699098e769a2d80e60f33dbb3332b61.png']

function expectedSize(truth: Truth, mime: string): [number | null, number | null] {
  const turned = mime.startsWith('video/') || mime.startsWith('image/hei')
  const lying = turned ? (truth.Rotation ?? 0) % 180 !== 0 : (truth.Orientation ?? 1) >= 5
  const [width, height] = [truth.ImageWidth ?? null, truth.ImageHeight ?? null]
  return lying ? [height, width] : [width, height]
}

/** The date exiftool finds that ranks first, as digits. */
function expectedDate(truth: Truth): string | null {
  return (truth.CreationDate ?? truth.DateTimeOriginal ?? truth.CreateDate)?.slice(0, 16) ?? null
}

function digits(facts: Facts): string | null {
  if (facts.captured === null) return null
  return new Date(facts.captured.local).toISOString().slice(0, 16).replaceAll('-', ':').replace('T', ' ')
}

test('media facts: every sample as exiftool reads it', async (t) => {
  const truths = readTruth()
  if (truths === null) {
    t.comment(`SKIPPED: there are no samples in ${folder}; name their folder with HYPERALBUM_PHOTOS`)
    return t.pass()
  }
  const found = { files: 0, dates: 0, places: 0, milliseconds: 0 }
  for (const truth of truths) {
    const name = truth.SourceFile
    const exception = EXCEPTIONS[name]
    const file = await openPath(pathOf(truth))
    try {
      const type = await sniffFile(file)
      const expectedType = exception?.type ?? truth.MIMEType
      t.is(type === -1 ? 'none' : mimeOf(type), expectedType, `${name}: type`)
      if (type === -1) continue

      const mime = mimeOf(type)
      const before = performance.now()
      const facts = await readFacts(file, mime)
      found.milliseconds += performance.now() - before
      found.files++

      t.alike([facts.width, facts.height], exception?.size ?? expectedSize(truth, mime), `${name}: size`)
      t.is(digits(facts), exception?.date === null ? null : expectedDate(truth), `${name}: date`)
      if (facts.captured) found.dates++
      if (truth.OffsetTimeOriginal)
        t.is(facts.captured?.offset, minutes(truth.OffsetTimeOriginal), `${name}: offset`)

      const place =
        exception?.location === undefined
          ? typeof truth.GPSLatitude === 'number'
          : exception.location === 'found'
      t.is(facts.location !== null, place, `${name}: whether there is a place`)
      if (facts.location) found.places++
      if (facts.location && typeof truth.GPSLatitude === 'number' && typeof truth.GPSLongitude === 'number') {
        t.ok(Math.abs(facts.location.latitude - truth.GPSLatitude) < 1e-4, `${name}: latitude`)
        t.ok(Math.abs(facts.location.longitude - truth.GPSLongitude) < 1e-4, `${name}: longitude`)
      }

      if (mime.startsWith('video/'))
        t.ok(Math.abs((facts.duration ?? 0) - (truth.Duration ?? 0)) < 0.01, `${name}: duration`)
      // exiftool leaves the identifiers of stills away.
      if (truth.ContentIdentifier) t.is(facts.contentId, truth.ContentIdentifier, `${name}: Live Photo`)
      const model = truth.Model?.trim()
      if (model && exception?.camera !== null) t.ok(facts.camera?.includes(model), `${name}: ${facts.camera}`)
      t.is(facts.motion, null, `${name}: no Motion Photo`)
      t.is(facts.damaged, DAMAGED.includes(name), `${name}: damaged`)
    } finally {
      await file.close()
    }
  }
  const { files, dates, places, milliseconds } = found
  t.comment(
    `${files} files, ${dates} dates, ${places} places, ${(milliseconds / files).toFixed(1)} ms a file`
  )
  for (const [name, { reason }] of Object.entries(EXCEPTIONS)) t.comment(`exception: ${name}: ${reason}`)
})

function minutes(offset: string): number {
  const [hours = 0, rest = 0] = offset.slice(1).split(':').map(Number)
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + rest)
}

test('media facts: particular samples', async (t) => {
  if (readTruth() === null) return t.comment('SKIPPED: no samples')
  const read = async (name: string, type: string): Promise<Facts> => {
    const file = await openPath(pathOf({ SourceFile: name }))
    const facts = await readFacts(file, type)
    await file.close()
    return facts
  }
  const [still, moving] = [
    await read('family/train.jpg', 'image/jpeg'),
    await read('family/train.mov', 'video/quicktime')
  ]
  t.is(still.contentId, moving.contentId, 'the halves of a Live Photo')
  t.is(still.captured?.zone, 'Europe/London')
  t.is(moving.captured?.offset, 60)
  t.is(still.camera, 'Apple iPhone 6s')
  const phone = await read('cameras/Issue 515 (java).mp4', 'video/mp4')
  t.ok(Math.abs((phone.location?.latitude ?? 0) - 52.36929) < 1e-4, 'a place in `loci`')
  const aarhus = await read('family/aarhus.jpg', 'image/jpeg')
  t.alike(
    [aarhus.captured?.zone, aarhus.captured?.offset],
    ['Europe/Copenhagen', 120],
    'an offset by the place'
  )
  t.is((aarhus.captured?.local ?? 0) % 1000, 536, 'milliseconds')
})

test('media facts: little is read of a large file', async (t) => {
  const video = mp4({ created: 3_700_000_000, seconds: 3, width: 640, height: 480 })
  const hole = 5_000_000_000
  const large = sparse([
    [0, video.ftyp],
    [video.ftyp.length, box('mdat', hole)],
    [video.ftyp.length + hole, video.moov]
  ])
  const facts = await readFacts(large.file, 'video/mp4')
  t.alike([facts.width, facts.height, facts.duration, facts.damaged], [640, 480, 3, false], 'a video of 5 GB')
  t.ok(large.bytes() < 100_000, `${large.bytes()} bytes read`)

  const scan = tiff({ width: 9000, height: 9000, original: '2020:07:16 10:11:12' }, 300_000_000)
  const big = sparse(scan.parts)
  const image = await readFacts(big.file, 'image/tiff')
  t.alike([image.width, image.height], [9000, 9000], 'a scan of 300 MB with its directory at the end')
  t.is(image.captured?.local, Date.UTC(2020, 6, 16, 10, 11, 12))
  t.ok(big.bytes() < 1_000_000, `${big.bytes()} bytes read`)

  const image3 = png({ width: 3, height: 2 })
  const [head, rest] = [image3.subarray(0, 33), image3.subarray(33)]
  const text = Uint8Array.of(0x0b, 0xeb, 0xc2, 0, ...new TextEncoder().encode('zTXtRaw profile type exif'))
  const bomb = sparse([
    [0, head],
    [33, text],
    [33 + 12 + 200_000_000, rest]
  ])
  const drawn = await readFacts(bomb.file, 'image/png')
  t.alike([drawn.width, drawn.damaged], [3, false], 'a PNG with a compressed text of 200 MB')
  t.ok(bomb.bytes() < 1_000_000, `${bomb.bytes()} bytes read`)
})

/** A file of which only some parts are there, and zeros between; it counts what is read. */
function sparse(parts: [start: number, bytes: Uint8Array][]): { file: RandomAccess; bytes: () => number } {
  let read = 0
  const size = Math.max(...parts.map(([start, bytes]) => start + bytes.byteLength))
  const file: RandomAccess = {
    size,
    async read(start, length) {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - start)))
      read += bytes.byteLength
      for (const [at, part] of parts) {
        const [from, to] = [Math.max(start, at), Math.min(start + bytes.byteLength, at + part.byteLength)]
        if (from < to) bytes.set(part.subarray(from - at, to - at), from - start)
      }
      return bytes
    }
  }
  return { file, bytes: () => read }
}

test('media facts: DNG is told from TIFF, and its size is that of the photo', async (t) => {
  const dng = tiff({
    width: 256,
    height: 171,
    dng: true,
    inside: { width: 6000, height: 4000 },
    orientation: 6
  })
  t.is(mimeOf(await sniffFile(openBytes(dng.bytes))), 'image/x-adobe-dng')
  const facts = await readFacts(openBytes(dng.bytes), 'image/x-adobe-dng')
  t.alike([facts.width, facts.height], [4000, 6000])
  t.is(mimeOf(await sniffFile(openBytes(tiff({ width: 2, height: 2 }).bytes))), 'image/tiff')
  for (let length = 0; length < 60; length++) await sniffFile(openBytes(dng.bytes.subarray(0, length)))
})

test('media facts: Motion Photos', async (t) => {
  const { whole: video } = mp4({ created: 0, seconds: 3, width: 640, height: 480 })
  const attempt = async (bytes: Uint8Array): Promise<unknown> =>
    (await readFacts(openBytes(bytes), 'image/jpeg')).motion

  const micro = jpeg({ xmp: xmpPacket(`GCamera:MicroVideo="1" GCamera:MicroVideoOffset="${video.length}"`) })
  t.alike(await attempt(join(micro, video)), { start: micro.length, length: video.length }, 'Micro Video')
  t.is(await attempt(micro), null, 'the video was cut off')
  t.is(await attempt(join(micro, new Uint8Array(video.length))), null, 'something else lies there')
  t.is(
    await attempt(join(micro, video.subarray(0, 30), new Uint8Array(video.length - 30))),
    null,
    'only its beginning'
  )

  const directory = (length: number, rest = ''): string =>
    xmpPacket(
      'GCamera:MotionPhoto="1"',
      `<Container:Directory><rdf:Seq>
        <rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="image/jpeg" Item:Semantic="Primary"/></rdf:li>
        <rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="video/mp4" Item:Semantic="MotionPhoto" Item:Length="${length}"/></rdf:li>
        ${rest}</rdf:Seq></Container:Directory>`
    )
  const modern = jpeg({ xmp: directory(video.length) })
  t.alike(
    await attempt(join(modern, video)),
    { start: modern.length, length: video.length },
    'Motion Photo 1.0'
  )
  const lying = jpeg({ xmp: directory(999_999_999) })
  t.is(await attempt(join(lying, video)), null, 'a length that cannot be')

  const plain = jpeg({})
  const name = new TextEncoder().encode('MotionPhoto_Data')
  const entry = join(Uint8Array.of(0, 0, 0x30, 0x0a, name.length, 0, 0, 0), name, video)
  const numbers = (...list: number[]): Uint8Array => new Uint8Array(new Uint32Array(list).buffer)
  const text = (value: string): Uint8Array => new TextEncoder().encode(value)
  const trailer = join(
    text('SEFH'),
    numbers(107, 1),
    Uint8Array.of(0, 0, 0x30, 0x0a),
    numbers(entry.length, entry.length)
  )
  const samsung = join(plain, entry, trailer, numbers(trailer.length), text('SEFT'))
  t.alike(await attempt(samsung), { start: plain.length + 8 + name.length, length: video.length }, 'Samsung')
  for (let cut = 1; cut < 60; cut++) t.is(await attempt(samsung.subarray(0, -cut)), null)
})

test('media facts: HEIF, by its own turns and not those of EXIF', async (t) => {
  const exif = tiff({ width: 1, height: 1, original: '2020:07:16 10:11:12', orientation: 6 }).bytes
  const read = (bytes: Uint8Array): Promise<Facts> => readFacts(openBytes(bytes), 'image/heic')
  for (const turns of [0, 1, 2, 3]) {
    const facts = await read(heif({ width: 4000, height: 3000, turns, exif }))
    t.alike([facts.width, facts.height], turns % 2 === 0 ? [4000, 3000] : [3000, 4000], `${turns} turns`)
    t.alike([facts.captured?.local, facts.damaged], [Date.UTC(2020, 6, 16, 10, 11, 12), false])
  }
  const burst = await read(heif({ width: 40, height: 30, exif, brand: 'msf1' }))
  t.ok(burst.captured, 'a brand that exifreader does not know')
  const whole = heif({ width: 40, height: 30, exif })
  const cut = await read(whole.subarray(0, -100))
  t.alike([cut.width, cut.damaged], [40, true], 'cut off')

  const avif = await readFacts(openBytes(heif({ width: 40, height: 30, exif, brand: 'avif' })), 'image/avif')
  t.alike([avif.width, avif.height, avif.captured?.source], [40, 30, 'metadata'], 'AVIF')

  const { whole: video } = mp4({ created: 0, seconds: 3, width: 640, height: 480 })
  const moving = await read(join(whole, box('mpvd', video)))
  t.alike(
    moving.motion,
    { start: whole.length + 8, length: video.length },
    'a Motion Photo, in a box of its own'
  )
})

test('media facts: videos, whole and cut', async (t) => {
  const { ftyp, moov, whole } = mp4({ created: 3_700_000_000, seconds: 3, width: 640, height: 480 })
  const read = async (bytes: Uint8Array): Promise<unknown[]> => {
    const { width, duration, captured, damaged } = await readFacts(openBytes(bytes), 'video/mp4')
    return [width, duration, captured !== null, damaged]
  }
  t.alike(await read(whole), [640, 3, true, false])
  t.alike(
    await read(join(whole, [0, 0, 1, 10, 19, 0, 0, 0], 'MotionPhoto', [1, 2, 3])),
    [640, 3, true, false],
    'a trailer'
  )
  t.alike(
    await read(join(ftyp, moov, box('mdat', 1000), new Uint8Array(10))),
    [640, 3, true, true],
    'cut in its pictures'
  )
  t.alike(await read(whole.subarray(0, -1)), [null, 3, true, true], 'cut in its tables')
  t.alike(await read(ftyp), [null, null, false, true], 'no movie')
})

test('media facts: JPEG, with megabytes before what tells facts', async (t) => {
  const exif = tiff({ width: 1, height: 1, original: '2020:07:16 10:11:12', orientation: 6 }).bytes
  const plain = jpeg({ exif, xmp: xmpPacket('exif:GPSLatitude="41,30N" exif:GPSLongitude="3,0E"') })
  const heat = Array.from({ length: 40 }, () =>
    join([0xff, 0xe1, 0xff, 0xff], 'FLIR', new Uint8Array(65_529))
  )
  const facts = await readFacts(openBytes(join([0xff, 0xd8], ...heat, plain.subarray(2))), 'image/jpeg')
  t.alike([facts.width, facts.height, facts.location?.latitude, facts.damaged], [2, 3, 41.5, false])
  t.is(facts.captured?.local, Date.UTC(2020, 6, 16, 10, 11, 12))

  const stray = await readFacts(openBytes(join([0xff, 0xd8, 1, 2, 3], plain.subarray(2))), 'image/jpeg')
  t.alike([stray.width, stray.height, stray.damaged], [2, 3, true], 'with something between the segments')
  const sequential = plain.map((byte, i) => (byte === 0xc0 && plain[i - 1] === 0xff ? 0xc1 : byte))
  const rare = await readFacts(openBytes(sequential), 'image/jpeg')
  t.alike([rare.width, rare.height, rare.damaged], [2, 3, false], 'SOF1')
})

test('media facts: WebP, with EXIF after the picture', async (t) => {
  const exif = tiff({ width: 1, height: 1, original: '2020:07:16 10:11:12', orientation: 8 }).bytes
  const whole = webp({ width: 300, height: 200, exif })
  const facts = await readFacts(openBytes(whole), 'image/webp')
  t.alike([facts.width, facts.height, facts.damaged], [200, 300, false])
  t.is(facts.captured?.local, Date.UTC(2020, 6, 16, 10, 11, 12))
  const cut = await readFacts(openBytes(whole.subarray(0, -100)), 'image/webp')
  t.alike([cut.width, cut.captured, cut.damaged], [300, null, true], 'cut off')
})

test('media facts: what cannot be', async (t) => {
  await t.exception(readFacts(openBytes(new Uint8Array(10)), 'image/svg+xml'), /no facts/)
  const gone: RandomAccess = { size: 1000, read: () => Promise.reject(new Error('The disk is gone')) }
  for (const type of ['image/jpeg', 'image/tiff', 'image/heic', 'image/png', 'video/mp4']) {
    await t.exception(readFacts(gone, type), /disk is gone/, `${type}: a failure to read is no damage`)
    const empty = await readFacts(openBytes(new Uint8Array(0)), type)
    t.alike([empty.damaged, empty.captured, empty.width], [true, null, null], `${type}: empty`)
  }
  await t.exception(openPath('/does/not/exist'), /no file/)
  await t.exception(openPath(folderOf()), /not a file|cannot be read/)
})

function folderOf(): string {
  return fs.realpathSync('.')
}

test('media file: any part of it', async (t) => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'hyperalbum-facts-'))
  t.teardown(() => fs.rmSync(dir, { recursive: true }))
  const name = path.join(dir, 'a')
  fs.writeFileSync(
    name,
    Uint8Array.from({ length: 100 }, (_, i) => i)
  )
  const onDisk = await openPath(name)
  const inMemory = openBytes(new Uint8Array(fs.readFileSync(name)))
  for (const file of [onDisk, inMemory, openPart(onDisk, 0, 100), openPart(inMemory, 0, 1000)]) {
    t.is(file.size, 100)
    t.alike([...(await file.read(10, 3))], [10, 11, 12])
    t.alike([...(await file.read(98, 1e12))], [98, 99], 'fewer at the end')
    t.is((await file.read(100, 5)).byteLength, 0)
    t.is((await file.read(1e12, 5)).byteLength, 0)
    t.is((await file.read(0, 0)).byteLength, 0)
  }
  const part = openPart(onDisk, 40, 50)
  t.alike([part.size, ...(await part.read(8, 10))], [10, 48, 49])
  await onDisk.close()
})

test('media facts: what is declared of mediabunny is there', async (t) => {
  const library = await loadMediabunny()
  for (const name of ['Input', 'CustomSource'] as const) t.is(typeof library[name], 'function', name)
  for (const name of ['MP4', 'QTFF'] as const) t.is(typeof library[name], 'object', name)
  t.is(library.Logging.level, library.LogLevel.Errors)
  for (const name of ['getMetadataTags', 'getPrimaryVideoTrack', 'computeDuration', 'dispose']) {
    t.is(typeof (library.Input.prototype as Record<string, unknown>)[name], 'function', name)
  }
})

test('media facts: cameras', (t) => {
  const cases: [make: string | null, model: string | null, camera: string | null][] = [
    ['Apple', 'iPhone 12 Pro', 'Apple iPhone 12 Pro'],
    ['NIKON CORPORATION', 'NIKON D5000', 'NIKON D5000'],
    ['Canon', 'Canon EOS 100D', 'Canon EOS 100D'],
    ['Eastman Kodak Company', 'KODAK DC210', 'KODAK DC210'],
    ['samsung', 'SM-A326B  ', 'samsung SM-A326B'],
    ['FLIR', null, 'FLIR'],
    [null, 'E900', 'E900'],
    ['', '\0', null],
    [null, null, null]
  ]
  for (const [make, model, camera] of cases) t.is(cameraOf(make, model), camera)
  t.is(cameraOf('x'.repeat(1000), 'y')?.length, 200)
})

test('media facts: PNG', async (t) => {
  const text = xmpPacket('exif:DateTimeOriginal="2020-07-16T10:11:12+02:00"')
  const facts = await readFacts(openBytes(png({ width: 3, height: 2, xmp: text })), 'image/png')
  t.alike([facts.width, facts.height, facts.damaged], [3, 2, false])
  t.is(facts.captured?.offset, 120)
  const bomb = png({ width: 3, height: 2, bombs: 40 })
  const before = process.memoryUsage().rss
  t.is(
    (await readFacts(openBytes(bomb), 'image/png')).damaged,
    false,
    `texts that inflate to much: ${bomb.length} bytes`
  )
  t.ok(process.memoryUsage().rss - before < 150_000_000, 'are not inflated')
})
