// Broken and hostile photos and videos: facts are read of them within bounds, or they are refused with a code.
import fs from 'node:fs'
import test from 'brittle'
import { type Facts, readFacts } from '../lib/media/facts/facts.ts'
import { openBytes } from '../lib/media/file.ts'
import { sniff, sniffFile } from '../lib/media/sniff.ts'
import { mimeOf } from '../lib/schema/mime.ts'
import { Dice } from './dice.ts'
import { box, directory, heif, join, jpeg, mp4, png, tiff, webp, xmpPacket } from './media-made.ts'
import { type Truth, pathOf, readTruth } from './media-samples.ts'

// `npm run fuzz` does more of it, with another seed each time.
const LONGER = Number(process.env['HYPERALBUM_FUZZ'] ?? 1)
const SEED = LONGER === 1 ? 20_250_101 : Date.now() % 2 ** 31
/** Milliseconds for all of a kind; and what one file may take at the most, on a slow machine that is busy. */
const BUDGET = 4000 * LONGER
const SLOWEST = 8000

interface Sample {
  name: string
  type: string
  bytes: Uint8Array
}

/** Files made here, one of each kind, and the small ones of the samples. */
async function samples(): Promise<Sample[]> {
  const video = mp4({ created: 3_700_000_000, seconds: 3, width: 640, height: 480 })
  const original = '2020:07:16 10:11:12'
  const exif = tiff({ width: 3, height: 2, original }).bytes
  const made: Sample[] = [
    {
      name: 'made.jpg',
      type: 'image/jpeg',
      bytes: jpeg({ xmp: xmpPacket(''), exif: tiff({ width: 3, height: 2, original }).bytes })
    },
    { name: 'made.png', type: 'image/png', bytes: png({ width: 3, height: 2, xmp: xmpPacket('') }) },
    {
      name: 'made.dng',
      type: 'image/x-adobe-dng',
      bytes: tiff({ width: 3, height: 2, original, dng: true, inside: { width: 6, height: 4 } }).bytes
    },
    { name: 'made.heic', type: 'image/heic', bytes: heif({ width: 3, height: 2, turns: 1, exif }) },
    { name: 'made.webp', type: 'image/webp', bytes: webp({ width: 3, height: 2, exif }) },
    { name: 'made.mp4', type: 'video/mp4', bytes: video.whole }
  ]
  const small = (truth: Truth): boolean => fs.statSync(pathOf(truth)).size < 450_000
  for (const truth of (readTruth() ?? []).filter(small)) {
    const bytes = new Uint8Array(fs.readFileSync(pathOf(truth)))
    const type = await sniffFile(openBytes(bytes))
    if (type !== -1) made.push({ name: truth.SourceFile, type: mimeOf(type), bytes })
  }
  return made
}

/** Whether facts are what they are declared to be, whatever they were read from. */
function isSound(facts: Facts, size: number): boolean {
  const { width, height, duration, captured, location, motion } = facts
  const pixels = [width, height].every((side) => side === null || (Number.isInteger(side) && side > 0))
  const time = duration === null || (Number.isFinite(duration) && duration > 0)
  const date =
    captured === null || (Number.isFinite(captured.local) && Number.isInteger(captured.offset ?? 0))
  const place =
    location === null || (Math.abs(location.latitude) <= 90 && Math.abs(location.longitude) <= 180)
  const inside = motion === null || (motion.start > 0 && motion.start + motion.length <= size)
  return pixels && time && date && place && inside
}

class Run {
  files = 0
  damaged = 0
  slowest = 0
  slowestName = ''
  readonly wrong: string[] = []
  readonly #end = performance.now() + BUDGET

  get over(): boolean {
    return performance.now() > this.#end
  }

  async read({ name, type, bytes }: Sample, what: string): Promise<void> {
    const before = performance.now()
    try {
      const facts = await readFacts(openBytes(bytes), type)
      if (!isSound(facts, bytes.byteLength)) this.wrong.push(`${name} ${what}: ${JSON.stringify(facts)}`)
      if (facts.damaged) this.damaged++
    } catch (error) {
      this.wrong.push(`${name} ${what}: ${String(error)}`)
    }
    this.files++
    const took = performance.now() - before
    if (took > this.slowest) [this.slowest, this.slowestName] = [took, `${name} ${what}`]
  }

  check(t: { alike(a: unknown, b: unknown, m: string): void; ok(a: unknown, m: string): void }): void {
    t.alike(this.wrong.slice(0, 5), [], `${this.files} files, ${this.damaged} of them found damaged`)
    t.ok(this.slowest < SLOWEST, `the slowest took ${this.slowest.toFixed(0)} ms: ${this.slowestName}`)
  }
}

test(
  'media fuzz: cut off at every tenth byte, at random where that is too many',
  { timeout: 60_000 * LONGER },
  async (t) => {
    t.comment(`seed ${SEED}`)
    const dice = new Dice(SEED)
    const run = new Run()
    const all = await samples()
    for (const sample of all.filter(({ name }) => name.startsWith('made'))) {
      for (let length = 0; length < sample.bytes.byteLength; length += 10) {
        await run.read({ ...sample, bytes: sample.bytes.slice(0, length) }, `cut at ${length}`)
      }
    }
    while (!run.over) {
      const sample = dice.pick(all)
      // Most of what can go wrong lies at the beginning.
      const most = dice.below(2) === 0 ? Math.min(4000, sample.bytes.byteLength) : sample.bytes.byteLength
      const length = dice.below(most / 10) * 10
      await run.read({ ...sample, bytes: sample.bytes.slice(0, length) }, `cut at ${length}`)
    }
    run.check(t)
  }
)

test('media fuzz: bits and numbers changed', { timeout: 60_000 * LONGER }, async (t) => {
  t.comment(`seed ${SEED}`)
  const dice = new Dice(SEED + 1)
  const run = new Run()
  const all = await samples()
  while (!run.over) {
    const sample = dice.pick(all)
    const bytes = sample.bytes.slice()
    const most = dice.pick([64, 1000, 20_000, bytes.byteLength])
    for (let changes = 1 + dice.below(20); changes > 0; changes--) {
      const at = dice.below(Math.min(most, bytes.byteLength))
      if (dice.below(3) > 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << dice.below(8))
      else
        bytes.set(
          dice
            .pick([
              [0, 0, 0, 0],
              [255, 255, 255, 255],
              [0, 0, 0, 1],
              [127, 255, 255, 255]
            ])
            .slice(0, bytes.byteLength - at),
          at
        )
    }
    await run.read({ ...sample, bytes }, 'changed')
  }
  run.check(t)
})

test('media fuzz: of another type than it says', { timeout: 60_000 * LONGER }, async (t) => {
  t.comment(`seed ${SEED}`)
  const run = new Run()
  const types = [
    'image/jpeg',
    'image/png',
    'image/webp',
    'image/gif',
    'image/tiff',
    'image/heic',
    'image/avif',
    'video/mp4'
  ]
  const dice = new Dice(SEED + 2)
  const noise = { name: 'noise', type: '', bytes: dice.bytes(50_000) }
  for (const sample of [...(await samples()).slice(0, 14), noise]) {
    for (const type of types) await run.read({ ...sample, type }, `as ${type}`)
  }
  run.check(t)
})

test('media fuzz: made to take long', { timeout: 60_000 * LONGER }, async (t) => {
  t.comment(`seed ${SEED}`)
  const run = new Run()
  const header = Uint8Array.of(0x4d, 0x4d, 0, 0x2a, 0, 0, 0, 8)
  const entries = (count: number, entry: [number, number, number, number]): Uint8Array =>
    join(header, directory(Array.from({ length: count }, () => entry)), new Uint8Array(60_000))

  const bad: [what: string, exif: Uint8Array][] = [
    [
      'a directory that points at itself',
      join(
        header,
        directory(
          [
            [0x8769, 4, 1, 8],
            [0x8825, 4, 1, 8],
            [0x014a, 4, 1, 8]
          ],
          8
        )
      )
    ],
    ['counts of four billion', entries(10, [0x9003, 2, 0xffffffff, 8])],
    ['thousands of tags of the same bytes', entries(4000, [0x010f, 2, 60_000, 8])],
    ['thousands of maker notes', entries(4000, [0x927c, 7, 60_000, 8])],
    ['thousands of directories inside', entries(4000, [0x014a, 4, 10_000, 8])],
    ['a packet of four billion bytes', entries(1, [0x02bc, 1, 0xffffffff, 8])],
    [
      'a position of 0/0',
      join(
        header,
        directory([[0x8825, 4, 1, 26]]),
        directory([
          [1, 2, 2, 0x4e000000],
          [2, 5, 3, 90],
          [3, 2, 2, 0x45000000],
          [4, 5, 3, 90]
        ]),
        new Uint8Array(90)
      )
    ]
  ]
  for (const [what, exif] of bad) {
    await run.read({ name: 'tiff', type: 'image/tiff', bytes: exif }, what)
    await run.read({ name: 'jpeg', type: 'image/jpeg', bytes: jpeg({ exif: exif.slice(0, 65_000) }) }, what)
    const stuffed = join(
      [0xff, 0xd8],
      ...Array.from({ length: 70 }, () => join([0xff, 0xe5, 0xff, 0xff], new Uint8Array(65_533)))
    )
    const hidden = join(stuffed, jpeg({ exif: exif.slice(0, 65_000) }).subarray(2))
    await run.read({ name: 'stuffed jpeg', type: 'image/jpeg', bytes: hidden }, what)
    // The same, as large as a scan.
    const large = new Uint8Array(20_000_000)
    large.set(exif)
    await run.read({ name: 'large tiff', type: 'image/tiff', bytes: large }, what)
  }

  const boxes = (count: number, type: string): Uint8Array => {
    const one = box(type, new Uint8Array(0))
    const bytes = new Uint8Array(one.length * count)
    for (let i = 0; i < count; i++) bytes.set(one, i * one.length)
    return bytes
  }
  const nested = (depth: number, type: string): Uint8Array => {
    const bytes = new Uint8Array(depth * 8)
    const view = new DataView(bytes.buffer)
    for (let i = 0; i < depth; i++) {
      view.setUint32(i * 8, bytes.length - i * 8)
      bytes.set(new TextEncoder().encode(type), i * 8 + 4)
    }
    return bytes
  }
  const { ftyp, moov, whole } = mp4({ created: 1, seconds: 1, width: 2, height: 2 })
  const heic = box('ftyp', new TextEncoder().encode('heic\0\0\0\0mif1heic'))
  const past = box('mdat', 2 ** 52)
  const videos: [what: string, bytes: Uint8Array][] = [
    ['a million boxes', join(ftyp, boxes(1_000_000, 'free'))],
    ['half a million boxes in moov', join(ftyp, box('moov', boxes(500_000, 'trak')))],
    ['boxes in boxes', join(ftyp, nested(200_000, 'moov'))],
    ['tracks in tracks', join(ftyp, box('moov', nested(100_000, 'trak')))],
    ['a box of 64 bits past the end', join(ftyp, past)],
    ['a box of 64 bits past the end, and a movie before', join(ftyp, moov, past)],
    [
      'a box of no length',
      join(ftyp, Uint8Array.of(0, 0, 0, 1, 0x6d, 0x6f, 0x6f, 0x76, 0, 0, 0, 0, 0, 0, 0, 0))
    ],
    ['a movie that says it is shorter', whole.map((byte, i) => (i === ftyp.length + 24 + 3 ? 20 : byte))]
  ]
  for (const [what, bytes] of videos) {
    await run.read({ name: 'video', type: 'video/mp4', bytes }, what)
    await run.read({ name: 'heic', type: 'image/heic', bytes: join(heic, bytes.subarray(ftyp.length)) }, what)
  }
  const meta = (inner: Uint8Array): Uint8Array => join(heic, box('meta', join(new Uint8Array(4), inner)))
  const ipma = box('ipma', Uint8Array.of(0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0))
  const images: [what: string, bytes: Uint8Array][] = [
    ['a meta box of half a million boxes', meta(boxes(500_000, 'iinf'))],
    ['meta boxes in meta boxes', join(heic, nested(100_000, 'meta'))],
    [
      'four billion properties',
      meta(join(box('pitm', new Uint8Array(6)), box('iprp', join(box('ipco', new Uint8Array(0)), ipma))))
    ],
    [
      'four billion places',
      meta(
        join(
          box('iinf', Uint8Array.of(0, 0, 0, 0, 255, 255)),
          box('iloc', Uint8Array.of(2, 0, 0, 0, 0x44, 0x40, 255, 255, 255, 255))
        )
      )
    ]
  ]
  for (const [what, bytes] of images) await run.read({ name: 'heic', type: 'image/heic', bytes }, what)

  const chunks = new Uint8Array(12_000_000)
  chunks.set(png({ width: 1, height: 1 }).subarray(0, 33))
  await run.read({ name: 'png', type: 'image/png', bytes: chunks }, 'a million empty chunks')
  t.is(sniff(chunks) !== -1, true)
  run.check(t)
})
