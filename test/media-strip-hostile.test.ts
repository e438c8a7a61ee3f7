// Broken and lying files: a typed error or a checked output, in bounded time and memory.
import b4a from 'b4a'
import test from 'brittle'
import sharp from 'sharp'
import { AlbumError } from '../lib/errors.ts'
import { openBytes, type RandomAccess } from '../lib/media/file.ts'
import { strip } from '../lib/media/strip/strip.ts'
import { Dice } from './dice.ts'
import * as files from './strip-files.ts'
import * as made from './strip-made.ts'

// `npm run fuzz` does more of it.
const LONGER = Number(process.env['HYPERALBUM_FUZZ'] ?? 1)

/** Strips what may be broken; answers what came of it. Anything but a typed error fails the test. */
async function outcome(file: RandomAccess, type: string): Promise<string> {
  try {
    const patch = await strip(file, type)
    for (let at = 0; at < patch.size; at += 1_000_000) await patch.read(at, 1_000_000)
    return 'stripped'
  } catch (error) {
    if (error instanceof AlbumError) return error.code
    throw error
  }
}

async function bases(): Promise<files.Sample[]> {
  const create = { width: 40, height: 30, channels: 3, background: '#a63' } as const
  const image = sharp({ create, limitInputPixels: 1e6 }).withMetadata({ orientation: 6 })
  const list: files.Sample[] = []
  for (const format of ['jpeg', 'png', 'webp', 'avif'] as const) {
    list.push({
      name: format,
      type: `image/${format}`,
      bytes: await image.clone().toFormat(format).toBuffer()
    })
  }
  const progressive = await image.clone().jpeg({ progressive: true }).toBuffer()
  list.push({ name: 'progressive', type: 'image/jpeg', bytes: progressive })
  const heic = made.madeHeic({ version: 1, inside: true }).bytes
  list.push({ name: 'HEIC', type: 'image/heic', bytes: heic })
  list.push({ name: 'HEIC 2', type: 'image/heic', bytes: made.madeHeic({ version: 2, inside: false }).bytes })
  list.push({ name: 'MP4', type: 'video/mp4', bytes: made.madeMovie(0, false).bytes })
  list.push({ name: 'MOV', type: 'video/quicktime', bytes: made.madeMovie(1, true).bytes })
  list.push({ name: 'fragments', type: 'video/mp4', bytes: made.madeFragments().bytes })
  return list
}

// On two cores that others use too; the slowest takes 2 seconds of its own.
const SLOW_MS = 15_000

const SMALL = 50_000
const REAL_VIDEOS = /with-gps\.(mov|mp4)$/

test('strip: files cut short at every tenth byte', { timeout: 120_000 }, async (t) => {
  const slow = { ms: 0, name: '' }
  for (const { name, type, bytes } of await bases()) {
    const counts = new Map<string, number>()
    for (let end = 0; end < bytes.byteLength; end += 10) {
      const begun = performance.now()
      const result = await outcome(openBytes(bytes.subarray(0, end)), type)
      counts.set(result, (counts.get(result) ?? 0) + 1)
      const ms = performance.now() - begun
      if (ms > slow.ms) Object.assign(slow, { ms, name: `${name} at ${end}` })
    }
    const codes = [...counts.keys()].filter((code) => !['stripped', 'STRIP_FAILED'].includes(code))
    t.alike(codes, [], `${name}: ${[...counts].join(' ')}`)
  }
  t.ok(slow.ms < SLOW_MS, `the slowest took ${slow.ms.toFixed(0)} ms: ${slow.name}`)
})

test('strip: real files cut short at every tenth', { timeout: 120_000 }, async (t) => {
  let count = 0
  for (const { type, bytes } of files.samples()) {
    for (let tenth = 0; tenth < 10; tenth++) {
      const result = await outcome(openBytes(bytes.subarray(0, (bytes.byteLength * tenth) / 10)), type)
      if (!/^(stripped|STRIP_FAILED|UNSUPPORTED_FILE)$/.test(result)) t.fail(result)
      count++
    }
  }
  t.pass(count === 0 ? 'skipped: no folder of photos (set HYPERALBUM_PHOTOS)' : `${count} files`)
})

test('strip: flipped bits and bytes', { timeout: 240_000 * LONGER }, async (t) => {
  const rounds = 150 * LONGER
  const seed = LONGER === 1 ? 20_260_101 : Date.now() % 2 ** 31
  t.comment(`seed ${seed}`)
  const dice = new Dice(seed)
  const slow = { ms: 0, name: '' }
  const real = [...files.samples()].filter(
    ({ name, type, bytes }) =>
      REAL_VIDEOS.test(name) || (/^image\/(jpeg|png|webp|hei[cf])$/.test(type) && bytes.byteLength < SMALL)
  )
  for (const { name, type, bytes } of [...(await bases()), ...real]) {
    const counts = new Map<string, number>()
    // Boxes lie at the end of many videos, all else at the beginning.
    const moov = Math.max(0, b4a.indexOf(bytes, b4a.from('moov')))
    for (let round = 0; round < rounds; round++) {
      const broken = new Uint8Array(bytes)
      for (let i = 1 + dice.below(4); i > 0; i--) {
        const start = dice.below(2) === 0 ? 0 : moov
        const at = start + dice.below(Math.min(broken.byteLength - start, 6000))
        const extreme = dice.pick([0, 1, 0x7f, 0x80, 0xff])
        broken[at] = dice.below(2) === 0 ? extreme : (broken[at] as number) ^ (1 << dice.below(8))
      }
      const begun = performance.now()
      const result = await outcome(openBytes(broken), type)
      counts.set(result, (counts.get(result) ?? 0) + 1)
      const ms = performance.now() - begun
      if (ms > slow.ms) Object.assign(slow, { ms, name: `${name} in round ${round}` })
    }
    const codes = [...counts.keys()].filter((code) => !['stripped', 'STRIP_FAILED'].includes(code))
    t.alike(codes, [], `${name}: ${[...counts].join(' ')}`)
  }
  t.ok(slow.ms < SLOW_MS, `the slowest took ${slow.ms.toFixed(0)} ms: ${slow.name}`)
})

test('strip: files that lie', async (t) => {
  const movie = made.madeMovie(0, false).bytes
  const moov = b4a.indexOf(movie, b4a.from('moov'))
  const set = (word: string, offset: number, ...values: number[]): Uint8Array => {
    const bytes = new Uint8Array(movie)
    bytes.set(made.u32(...values), b4a.indexOf(bytes, b4a.from(word), moov) + offset)
    return bytes
  }
  const cases: [string, string, Uint8Array][] = [
    [
      'a 64-bit size past the end',
      'video/mp4',
      made.insert(movie, 24, made.u32(1), 'mdat', made.u64(2 ** 52))
    ],
    [
      'a 64-bit size that is no number',
      'video/mp4',
      b4a.concat([made.u32(1), b4a.from('moov'), made.u64(2 ** 63)])
    ],
    ['a billion of samples', 'video/mp4', set('stsz', 8, 0, 1_000_000_000)],
    ['four billions of samples of one size', 'video/mp4', set('stsz', 8, 4, 0xffffffff)],
    ['four billions of chunks', 'video/mp4', set('stco', 8, 0xffffffff)],
    ['chunks of nothing', 'video/mp4', set('stsc', 16, 0)],
    ['runs that go back', 'video/mp4', set('stsc', 24, 1)],
    ['a chunk in the header', 'video/mp4', set('stco', 12, 4)],
    ['a chunk behind the file', 'video/mp4', set('stco', 12, 0xfffffff0)],
    ['samples in another file', 'video/mp4', set('url ', 4, 0)],
    ['a movie in a movie in a movie', 'video/mp4', nest('moov', 2000)],
    ['containers without an end', 'video/mp4', nest('trak', 2000)],
    ['nothing but boxes', 'video/mp4', b4a.alloc(9_000_000, made.box('free'))],
    ['an image of an unknown kind', 'image/heic', strangeHeic()],
    ['no bytes', 'video/mp4', new Uint8Array(0)],
    ['zeros', 'image/heic', new Uint8Array(10_000)],
    ['a JPEG of 0xff', 'image/jpeg', b4a.concat([b4a.from([0xff, 0xd8]), b4a.alloc(5_000_000, 0xff)])],
    [
      'a JPEG of comments',
      'image/jpeg',
      b4a.concat([b4a.from([0xff, 0xd8]), b4a.alloc(1e6, made.segment(0xfe))])
    ],
    ['a PNG of empty chunks', 'image/png', b4a.concat([PNG, b4a.alloc(3e6, made.pngChunk('teXt'))])]
  ]
  for (const [name, type, bytes] of cases) {
    const begun = performance.now()
    t.is(await outcome(openBytes(bytes), type), 'STRIP_FAILED', name)
    const ms = performance.now() - begun
    if (ms > SLOW_MS) t.fail(`${name} took ${ms.toFixed(0)} ms`)
  }
})

function strangeHeic(): Uint8Array {
  const { bytes } = made.madeHeic({ version: 1, inside: false })
  bytes.set(b4a.from('zzzz'), b4a.indexOf(bytes, b4a.from('hvc1')))
  return bytes
}

const PNG = b4a.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

function nest(type: string, depth: number): Uint8Array {
  let bytes: Uint8Array = made.box('free')
  for (let i = 0; i < depth; i++) bytes = made.box(type, bytes)
  return made.box('moov', bytes)
}

/** A video whose frames are a million single bytes, each with another byte after it. */
function crumbs(): Uint8Array {
  const count = 1_000_000
  const head = made.box('ftyp', 'isom', made.u32(0), 'isom').byteLength + 8
  const offsets = new DataView(new ArrayBuffer(count * 4))
  for (let i = 0; i < count; i++) offsets.setUint32(i * 4, head + i * 2)
  const stbl = made.box(
    'stbl',
    made.full('stsz', 0, 0, made.u32(1, count)),
    made.full('stsc', 0, 0, made.u32(1, 1, 1, 1)),
    made.full('stco', 0, 0, made.u32(count), new Uint8Array(offsets.buffer))
  )
  const mdia = made.box('mdia', made.hdlr('vide'), made.box('minf', stbl))
  const trak = made.box('trak', made.full('tkhd', 0, 0, new Uint8Array(80)), mdia)
  const mdat = made.box('mdat', b4a.alloc(count * 2, 7))
  return b4a.concat([made.box('ftyp', 'isom', made.u32(0), 'isom'), mdat, made.box('moov', trak)])
}

test('strip: a video in a million crumbs', async (t) => {
  const bytes = crumbs()
  const before = process.memoryUsage().rss
  const begun = performance.now()
  t.is(await outcome(openBytes(bytes), 'video/mp4'), 'STRIP_FAILED')
  const [ms, more] = [performance.now() - begun, process.memoryUsage().rss - before]
  t.ok(ms < SLOW_MS && more < 300e6, `${ms.toFixed(0)} ms, ${(more / 1e6).toFixed(0)} MB more`)
})

/** A video of more than 2 GB that is made up as it is read: chunks of picture, sound and metadata in turn. */
function largeMovie(): { file: RandomAccess; head: number; unit: number; parts: number[] } {
  const parts = [500_000, 20_000, 4_000]
  const unit = 524_000
  const count = 4200
  const ftyp = made.box('ftyp', 'isom', made.u32(512), 'isommp42')
  const head = ftyp.byteLength + 16
  const body = unit * count
  const chunks = (part: number): { at: number; sizes: number[] }[] =>
    Array.from({ length: count }, (_, i) => ({
      at: head + i * unit + parts.slice(0, part).reduce((sum, length) => sum + length, 0),
      sizes: [parts[part] as number]
    }))
  const moov = made.moov(
    ['vide', 'soun', 'meta'].map((handler, i) => ({ id: i + 1, handler, chunks: chunks(i), wide: true }))
  )
  const start = b4a.concat([ftyp, made.u32(1), b4a.from('mdat'), made.u64(body + 16)])
  // Never zero, so that zeros are what was taken out.
  const pattern = Uint8Array.from({ length: 1 << 20 }, (_, i) => 1 + ((i * 31) % 255))
  const size = head + body + moov.byteLength
  const read = async (from: number, length: number): Promise<Uint8Array> => {
    const end = Math.min(from + length, size)
    if (from >= head && end <= head + body) {
      const at = from % (1 << 19)
      if (end - from <= 1 << 19) return pattern.subarray(at, at + end - from)
    }
    const out = new Uint8Array(Math.max(0, end - from))
    for (let i = 0; i < out.byteLength; i++) {
      const at = from + i
      if (at < head) out[i] = start[at] as number
      else if (at >= head + body) out[i] = moov[at - head - body] as number
      else out[i] = pattern[at % (1 << 19)] as number
    }
    return out
  }
  return { file: { size, read }, head, unit, parts }
}

test('strip: a video of 2 GB in flat memory', { timeout: 120_000 }, async (t) => {
  const { file, head, unit, parts } = largeMovie()
  const before = process.memoryUsage().rss
  const begun = performance.now()
  const patch = await strip(file, 'video/mp4')
  const ms = performance.now() - begun
  t.is(patch.size, file.size)
  t.ok(patch.segments.length < 10_000, `${patch.segments.length} segments`)

  let most = process.memoryUsage().rss
  let read = 0
  for await (const chunk of patch.chunks()) {
    read += chunk.byteLength
    if (read % (1 << 25) === 0) most = Math.max(most, process.memoryUsage().rss)
  }
  const seconds = (performance.now() - begun - ms) / 1000
  t.is(read, file.size)
  t.ok(most - before < 100e6, `${((most - before) / 1e6).toFixed(0)} MB more while it was read`)
  t.comment(`stripped and checked in ${ms.toFixed(0)} ms, read at ${(read / 1e6 / seconds).toFixed(0)} MB/s`)

  for (const i of [0, 1, 2000, 4199]) {
    const at = head + i * unit
    const shown = (parts[0] as number) + (parts[1] as number)
    const [was, is] = [await file.read(at, unit), await patch.read(at, unit)]
    t.ok(b4a.equals(was.subarray(0, shown), is.subarray(0, shown)), `picture and sound ${i}`)
    t.ok(
      is.subarray(shown).every((byte) => byte === 0),
      `metadata ${i}`
    )
  }
})
