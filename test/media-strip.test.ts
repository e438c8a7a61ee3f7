// Private metadata goes without a trace, and nothing that is seen or heard changes.
import b4a from 'b4a'
import test, { type Assertions } from 'brittle'
import sharp from 'sharp'
import { AlbumError } from '../lib/errors.ts'
import { openBytes, type RandomAccess } from '../lib/media/file.ts'
import type { Patch } from '../lib/media/strip/patch.ts'
import { strip } from '../lib/media/strip/strip.ts'
import { verify } from '../lib/media/strip/verify.ts'
import { Dice } from './dice.ts'
import * as files from './strip-files.ts'
import * as made from './strip-made.ts'

const IMAGES = ['image/jpeg', 'image/png', 'image/webp']
const HEIC = ['image/heic', 'image/heif']
const VIDEOS = ['video/mp4', 'video/quicktime']

async function bytesOf(patch: Patch): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const chunk of patch.chunks()) parts.push(chunk)
  return b4a.concat(parts)
}

async function stripped(bytes: Uint8Array, type: string): Promise<Uint8Array> {
  return bytesOf(await strip(openBytes(bytes), type))
}

function holds(bytes: Uint8Array, secret: Uint8Array | string): boolean {
  return b4a.indexOf(bytes, typeof secret === 'string' ? b4a.from(secret, 'latin1') : secret) !== -1
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
    return 'OK'
  } catch (error) {
    if (error instanceof AlbumError) return error.code
    throw error
  }
}

/** The real files of some types; says so where there are none. */
function real(t: Assertions, types: string[]): files.Sample[] {
  const found = [...files.samples()].filter(({ type }) => types.includes(type))
  if (found.length === 0) t.comment('skipped: no folder of photos (set HYPERALBUM_PHOTOS)')
  return found
}

// Decoding a HEIC of 12 MP twice takes 4 seconds: all of them only when asked.
const DECODED_BYTES = process.env['HYPERALBUM_DECODE'] ? Infinity : 1_000_000

// Samsung's `sefd` box behind the image.
const TRAILERS = new Map([['family/sewing-threads.heic', 151]])

// A PNG of metadata-extractor without IHDR: no decoder takes it.
const NO_IMAGE = /m1-0699098e/

test('strip: real JPEGs, PNGs and WebPs show the same pixels and tell nothing', async (t) => {
  let secrets = 0
  for (const { name, type, bytes } of real(t, IMAGES)) {
    if (NO_IMAGE.test(name)) {
      t.is(await codeOf(strip(openBytes(bytes), type)), 'STRIP_FAILED', name)
      continue
    }
    const out = await stripped(bytes, type)
    const [before, after] = [await files.pixels(bytes), await files.pixels(out)]
    const told = files.exifSecrets(bytes)
    secrets += told.length
    const left = told.filter((secret) => holds(out, secret.bytes)).map((secret) => secret.name)
    t.ok(before.about === after.about && b4a.equals(before.data, after.data), `${name}: ${after.about}`)
    t.alike(left, [], `${name}: ${told.length} secrets`)
    t.ok(b4a.equals(await stripped(out, type), out), `${name}: there is nothing more to strip`)
  }
  t.comment(`${secrets} secrets`)
})

test('strip: real HEICs show the same pixels and tell nothing', { timeout: 120_000 }, async (t) => {
  for (const { name, type, bytes } of real(t, HEIC)) {
    const out = await stripped(bytes, type)
    t.is(out.byteLength + (TRAILERS.get(name) ?? 0), bytes.byteLength, `${name}: nothing moved`)
    const changed = bytes.reduce((sum, byte, i) => sum + (byte === out[i] ? 0 : 1), 0)
    t.ok(changed < bytes.byteLength * 0.08, `${name}: ${changed} bytes are not the same`)
    const told = files.exifSecrets(bytes)
    const left = told.filter((secret) => holds(out, secret.bytes)).map((secret) => secret.name)
    t.alike(left, [], `${name}: ${told.length} secrets`)
    t.ok(b4a.equals(await stripped(out, type), out), `${name}: there is nothing more to strip`)
    if (bytes.byteLength > DECODED_BYTES) continue
    const [before, after] = [await files.heicPixels(bytes), await files.heicPixels(out)]
    const same = before.every((image, i) => b4a.equals(image, after[i] ?? new Uint8Array(0)))
    t.ok(same && before.length > 0 && before.length === after.length, `${name}: ${before.length} images`)
  }
})

test('strip: real videos show and play the same and tell nothing', async (t) => {
  for (const { name, type, bytes } of real(t, VIDEOS)) {
    const out = await stripped(bytes, type)
    const [before, after] = [await files.packets(bytes), await files.packets(out)]
    const told = await files.movieSecrets(bytes)
    const left = told.filter((secret) => holds(out, secret.bytes)).map((secret) => secret.name)
    const same = before.every(({ data }, i) => b4a.equals(data, after[i]?.data ?? new Uint8Array(0)))
    t.alike(
      after.map(({ about }) => about),
      before.map(({ about }) => about),
      `${name}: ${before.length} packets`
    )
    t.ok(same && before.length > 0, `${name}: the same bytes`)
    t.alike(left, [], `${name}: ${told.length} secrets`)
    t.is(out.byteLength, bytes.byteLength, `${name}: nothing moved`)
    t.ok(b4a.equals(await stripped(out, type), out), `${name}: there is nothing more to strip`)
  }
})

test('strip: types that it cannot be done to', async (t) => {
  for (const type of ['image/gif', 'image/tiff', 'image/x-adobe-dng', 'application/pdf']) {
    t.is(await codeOf(strip(openBytes(new Uint8Array(100)), type)), 'UNSUPPORTED_FILE', type)
    t.is(await codeOf(verify(openBytes(new Uint8Array(100)), type)), 'UNSUPPORTED_FILE', type)
  }
})

/** A picture that looks different from every side, with Exif, XMP and a profile. */
function picture(orientation: number, format: 'jpeg' | 'png' | 'webp' | 'avif'): Promise<Uint8Array> {
  const data = Uint8Array.from({ length: 24 * 16 * 3 }, (_, i) => (i * 7 + (i % 48)) % 256)
  return sharp(data, { raw: { width: 24, height: 16, channels: 3 } })
    .withIccProfile('p3')
    .withExif({ IFD0: { Make: made.SECRET } })
    .withExifMerge({ IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '48/1 51/1 29/1' } })
    .withXmp(`<x:xmpmeta xmlns:x="adobe:ns:meta/">${made.SECRET}</x:xmpmeta>`)
    .withMetadata({ orientation })
    .toFormat(format)
    .toBuffer()
}

test('strip: all eight orientations stay, and so does the profile', async (t) => {
  for (const format of ['jpeg', 'png', 'webp', 'avif'] as const) {
    for (let orientation = 1; orientation <= 8; orientation++) {
      const bytes = await picture(orientation, format)
      const out = await stripped(bytes, `image/${format}`)
      const [before, after] = [await files.pixels(bytes), await files.pixels(out)]
      const [had, has] = [await sharp(bytes).metadata(), await sharp(out).metadata()]
      t.ok(before.data.byteLength > 0 && b4a.equals(before.data, after.data), `${format} ${orientation}`)
      t.is(after.about, before.about)
      t.ok(had.icc && has.icc && b4a.equals(had.icc, has.icc), 'the same profile')
      t.ok(holds(bytes, made.SECRET) && !holds(out, made.SECRET), 'and nothing else')
      const told = format === 'avif' || orientation === 1 ? 0 : orientation
      t.is(files.orientation(out), told, 'orientation by exifreader')
    }
  }
})

test('strip: every kind of segment of a JPEG', async (t) => {
  const plain = await picture(6, 'jpeg')
  const image = await stripped(await sharp(plain).jpeg({ progressive: true }).toBuffer(), 'image/jpeg')
  const scan = b4a.indexOf(image, b4a.from([0xff, 0xda]))
  const next = b4a.indexOf(image, b4a.from([0xff, 0xc4]), scan)
  const between = made.insert(image, next, made.segment(0xe5, made.SECRET), made.segment(0xfe, made.SECRET))
  const thumbnail = `${made.SECRET}${made.SECRET}${made.SECRET}`.slice(0, 48)
  const jfif = made.segment(0xe0, 'JFIF\0', b4a.from([1, 2, 0, 0, 1, 0, 1, 4, 4]), thumbnail)
  const bytes = made.insert(
    b4a.concat([between, made.madeMovie(0, false).bytes, b4a.from(made.SECRET)]),
    2,
    jfif,
    made.segment(0xe0, 'JFXX\0\x13', made.SECRET),
    made.segment(0xe1, 'http://ns.adobe.com/xap/1.0/\0', made.SECRET),
    made.segment(0xe1, 'http://ns.adobe.com/xmp/extension/\0', made.SECRET),
    made.segment(0xe2, 'MPF\0', made.SECRET),
    made.segment(0xe2, 'FPXR\0', made.SECRET),
    made.segment(0xe2, 'ICC_PROFILE\0\x01\x01', 'profile'),
    made.segment(0xed, 'Photoshop 3.0\x008BIM', made.SECRET),
    made.segment(0xee, 'Adobe', b4a.from([0, 100, 0, 0, 0, 0, 1]), made.SECRET),
    made.segment(0xef, made.SECRET),
    made.segment(0xfe, made.SECRET),
    `${made.SECRET} is no segment`
  )
  const out = await stripped(bytes, 'image/jpeg')
  t.absent(holds(out, 'SECRET'), 'nothing is left')
  t.ok(holds(out, 'ICC_PROFILE\0\x01\x01profile'), 'but the profile')
  t.ok(holds(out, 'JFIF\0\x01\x02\0\0\x01\0\x01\0\0'), 'and JFIF without its thumbnail')
  t.ok(holds(out, b4a.from([0xff, 0xee, 0, 14])), "and Adobe's colours")
  t.alike([out.at(-2), out.at(-1)], [0xff, 0xd9])
  t.ok(b4a.equals((await files.pixels(bytes)).data, (await files.pixels(out)).data), 'the same pixels')
})

test('strip: every kind of chunk of a PNG', async (t) => {
  const image = await stripped(await picture(3, 'png'), 'image/png')
  const texts = ['tEXt', 'zTXt', 'iTXt', 'tIME', 'prIv', 'iDOT', 'caBX']
  const kept = ['gAMA', 'cHRM', 'sBIT', 'bKGD', 'pHYs', 'cICP', 'mDCV', 'cLLI', 'acTL', 'fcTL', 'fdAT']
  const more = [
    ...texts.map((name) => made.pngChunk(name, made.SECRET)),
    ...kept.map((name) => made.pngChunk(name, `kept ${name}`))
  ]
  const bytes = b4a.concat([made.insert(image, 33, ...more), b4a.from(made.SECRET)])
  const out = await stripped(bytes, 'image/png')
  t.absent(holds(out, 'SECRET'), 'nothing is left')
  t.alike(
    kept.filter((name) => !holds(out, `kept ${name}`)),
    [],
    'what matters for the colours is'
  )
  t.is(out.byteLength, image.byteLength + kept.length * 21)
  const strange = made.insert(image, 33, made.pngChunk('ABCD', made.SECRET))
  t.is(await codeOf(strip(openBytes(strange), 'image/png')), 'STRIP_FAILED', 'an unknown one that is needed')
})

test('strip: every kind of chunk of a WebP, also inside of frames', async (t) => {
  const frame = (background: string) =>
    sharp({ create: { width: 16, height: 16, channels: 4, background } })
      .png()
      .toBuffer()
  const frames = await Promise.all(['#f008', '#0f08'].map(frame))
  const animated = await sharp(frames, { join: { animated: true } })
    .webp({ lossless: true })
    .toBuffer()
  const image = await stripped(animated, 'image/webp')
  const at = b4a.indexOf(image, b4a.from('ANMF'))
  const length = new DataView(image.buffer, image.byteOffset).getUint32(at + 4, true)
  const dirty = made.riffChunk(
    'ANMF',
    image.subarray(at + 8, at + 8 + length),
    made.riffChunk('XtRa', made.SECRET)
  )
  const bytes = b4a.concat([
    image.subarray(0, at),
    dirty,
    image.subarray(at + 8 + length),
    made.riffChunk('EXIF', made.SECRET),
    made.riffChunk('XMP ', made.SECRET),
    made.riffChunk('odd ', `${made.SECRET}odd`)
  ])
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(4, bytes.byteLength - 8, true)
  const withTail = b4a.concat([bytes, b4a.from(made.SECRET)])
  const out = await stripped(withTail, 'image/webp')
  t.ok(b4a.equals(out, image), 'exactly the clean animation')
  t.ok(b4a.equals((await files.pixels(animated)).data, (await files.pixels(out)).data), 'the same frames')
})

test('strip: every kind of item and property of a HEIC', async (t) => {
  for (const version of [0, 1, 2] as const) {
    for (const inside of version === 0 ? [false] : [false, true]) {
      const { bytes, image } = made.madeHeic({ version, inside })
      const out = await stripped(bytes, 'image/heic')
      t.ok(holds(bytes, 'SECRET') && !holds(out, 'SECRET'), `iloc version ${version}, in idat: ${inside}`)
      t.ok(holds(out, image), 'the image is there')
      t.absent(holds(out, 'thmb') || holds(out, 'mpvd') || holds(out, 'uuid'))
    }
  }
})

test('strip: every kind of box of a video', async (t) => {
  const all = [
    made.madeMovie(0, false),
    made.madeMovie(1, false),
    made.madeMovie(0, true),
    made.madeMovie(1, true),
    made.madeFragments()
  ]
  for (const { bytes, frames } of all) {
    for (const type of VIDEOS) {
      const out = await stripped(bytes, type)
      t.ok(holds(bytes, 'SECRET') && !holds(out, 'SECRET'), 'nothing is left')
      t.alike(
        frames.filter((frame) => bytes.length && b4a.indexOf(out, frame) !== b4a.indexOf(bytes, frame)),
        []
      )
      t.absent(['udta', 'meta', 'uuid', 'mebx', 'cdsc', 'SeCr', 'PrVt'].some((word) => holds(out, word)))
    }
  }
})

test('strip: sound of old QuickTime, whose table of sizes says 1 for samples of 4 bytes', async (t) => {
  const { bytes, frames } = made.madeMovie(0, false)
  const sound = frames[2] as Uint8Array
  const last = (word: string): number =>
    b4a.lastIndexOf(bytes, b4a.from(word), b4a.indexOf(bytes, b4a.from('mebx')))
  const old = new Uint8Array(bytes)
  old.set(made.u32(1, 25), last('stsz') + 8)
  old.set(made.u32(25), last('stsc') + 16)
  const out = await stripped(old, 'video/quicktime')
  t.ok(holds(out, sound.subarray(0, 100)), 'all 100 bytes are there')
  t.absent(holds(out, sound) || holds(out, 'SECRET'), 'and no more')
})

test('strip: what is checked does not depend on what was stripped', async (t) => {
  const cases: [string, Uint8Array][] = [
    ['image/jpeg', await picture(6, 'jpeg')],
    ['image/png', await picture(6, 'png')],
    ['image/webp', await picture(6, 'webp')],
    ['image/avif', await picture(6, 'avif')],
    ['image/heic', made.madeHeic({ version: 1, inside: false }).bytes],
    ['video/mp4', made.madeMovie(0, false).bytes],
    ['video/mp4', made.madeFragments().bytes]
  ]
  for (const [type, bytes] of cases) {
    t.is(await codeOf(verify(openBytes(bytes), type)), 'STRIP_FAILED', `${type} as it was`)
    const out = await stripped(bytes, type)
    t.is(await codeOf(verify(openBytes(out), type)), 'OK', 'stripped')
    const tail = b4a.concat([out, b4a.from(made.SECRET)])
    t.is(await codeOf(verify(openBytes(tail), type)), 'STRIP_FAILED', 'with a trailer')
  }
  for (const { name, type, bytes } of files.samples()) {
    if (![...HEIC, ...VIDEOS].includes(type) || /cheers/.test(name)) continue
    t.is(await codeOf(verify(openBytes(bytes), type)), 'STRIP_FAILED', `${name} as it was`)
  }
})

test('strip: one byte that comes back is noticed', async (t) => {
  const movie = await stripped(made.madeMovie(0, false).bytes, 'video/mp4')
  const moov = b4a.indexOf(movie, b4a.from('moov'))
  // Where a time, a name, or something in an emptied box would lie, from the type of the box on.
  for (const [type, offset] of [
    ['mvhd', 8],
    ['tkhd', 12],
    ['mdhd', 8],
    ['hdlr', 24],
    ['free', 6]
  ] as const) {
    const at = b4a.indexOf(movie, b4a.from(type), moov)
    const bytes = new Uint8Array(movie)
    t.is(bytes[at + offset], 0)
    bytes[at + offset] = 1
    t.is(await codeOf(verify(openBytes(bytes), 'video/mp4')), 'STRIP_FAILED', type)
  }
  const track = new Uint8Array(movie)
  track.set(b4a.from('meta'), b4a.indexOf(track, b4a.from('soun')))
  t.is(await codeOf(verify(openBytes(track), 'video/mp4')), 'STRIP_FAILED', 'a track of metadata')
})

test('strip: a patch reads like a file', async (t) => {
  const bytes = made.madeMovie(0, false).bytes
  const patch = await strip(openBytes(bytes), 'video/mp4')
  const whole = await bytesOf(patch)
  const dice = new Dice(1)
  for (let i = 0; i < 300; i++) {
    const start = dice.below(patch.size + 10)
    const length = dice.below(400)
    const part = await patch.read(start, length)
    if (!b4a.equals(part, whole.subarray(start, start + length))) t.fail(`${length} bytes at ${start}`)
  }
  t.is(whole.byteLength, patch.size)
  const short: RandomAccess = { size: bytes.byteLength, read: async () => new Uint8Array(0) }
  t.is(await codeOf(strip(short, 'video/mp4')), 'FILE_CHANGED', 'a file that shrinks while it is read')
})
