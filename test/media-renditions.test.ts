import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import test from 'brittle'
import sharp, { type Sharp } from 'sharp'
import { thumbHashToApproximateAspectRatio, thumbHashToRGBA } from 'thumbhash'
import { tiffOf } from '../lib/media/renditions/pixels.ts'
import { tmp } from './helpers.ts'
import {
  average,
  cells,
  createEngine,
  difference,
  photosFolder,
  realPhoto,
  typeOf,
  watchMemory
} from './renditions.ts'

const MB = 1024 * 1024

/** A picture whose colour depends on the place: red grows to the right, green downwards, one corner is blue. */
function slope(width: number, height: number, channels: 3 | 4 = 3): Buffer {
  const data = Buffer.alloc(width * height * channels, 255)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const blue = x < width / 2 && y < height / 2 ? 200 : 20
      data.set([(220 * x) / width, (220 * y) / height, blue], (y * width + x) * channels)
    }
  }
  return data
}

/** EXIF 2.32, orientation: where the pixel in a row and column of the file is seen. */
function seenAt(orientation: number, row: number, column: number, width: number, height: number): number[] {
  const right = width - 1
  const bottom = height - 1
  const places: Record<number, number[]> = {
    1: [column, row],
    2: [right - column, row],
    3: [right - column, bottom - row],
    4: [column, bottom - row],
    5: [row, column],
    6: [right - row, column],
    7: [right - row, bottom - column],
    8: [row, bottom - column]
  }
  return places[orientation] as number[]
}

test('renditions: every real photo, at the right size and turned as it should be', async (t) => {
  if (!realPhoto(t, 'family')) return
  t.timeout(120_000)
  const engine = createEngine(t)
  // Broken on purpose by those who collected them: no header, no photometric interpretation.
  const hopeless = ['m1-0699098e769a2d80e60f33dbb3332b61.png', 'm3-a46ce91d8975a017917156b8824f936e.png']
  hopeless.push('m4-76c43508fc007bcf5902b6a28e8055a5.tif')
  // A JPEG without its end, a TIFF whose strips do not add up, and one with a page (of four) that libtiff cannot read.
  const broken = ['32d08f4a', 'm7-29978', '9b286add']
  const files = ['family', 'cameras'].flatMap((folder) =>
    fs.readdirSync(path.join(photosFolder, folder)).map((name) => path.join(photosFolder, folder, name))
  )
  const memory = watchMemory(engine)
  let compared = 0
  await Promise.all(
    files.map(async (file) => {
      const name = path.basename(file)
      const type = typeOf(file)
      if (type === null || type.startsWith('video/')) return
      if (hopeless.includes(name)) {
        const { failure, damaged, preview } = await engine.examine({ path: file }, type)
        t.ok(failure !== null && damaged && preview === null, `${name}: ${failure}`)
        return
      }
      const made = await engine.examine({ path: file }, type)
      const { preview, thumbnail, placeholder } = made
      const { width, height } = made.facts
      if (!preview || !thumbnail || !placeholder || !width || !height)
        return t.fail(`${name} has no renditions`)
      for (const [bytes, most] of [
        [preview, 1600],
        [thumbnail, 256]
      ] as const) {
        const meta = await sharp(bytes).metadata()
        const scale = Math.min(1, most / Math.max(width, height))
        const size = [Math.round(width * scale) || 1, Math.round(height * scale) || 1]
        const off = Math.max(
          Math.abs(meta.width - (size[0] as number)),
          Math.abs(meta.height - (size[1] as number))
        )
        t.ok(
          meta.format === 'webp' && off <= 1,
          `${name}: ${meta.width} x ${meta.height} is ${size.join(' x ')}`
        )
      }
      t.is(made.damaged, broken.includes(name.slice(0, 8)), `${name}: damaged`)
      t.ok(Math.abs(Math.log(thumbHashToApproximateAspectRatio(placeholder) / (width / height))) < 0.3, name)
      if (type === 'image/heic') return
      // Against a decoding of its own, which turns the whole picture before it shrinks it. Thin coloured lines lose
      // some of their colour in WebP: a GIF of a diagram is off by 9.
      const whole = await cells(file, 4, 4)
      t.ok(difference(whole, await cells(preview, 4, 4)) <= 12, `${name}: preview looks like it`)
      t.ok(difference(whole, await cells(thumbnail, 4, 4)) <= 12, `${name}: thumbnail looks like it`)
      compared++
    })
  )
  t.ok(compared > 50, `${compared} were compared`)
  const peak = memory.stop()
  t.ok(peak < 600 * MB, `${Math.round(peak / MB)} MB at most`)
})

test('renditions: all eight orientations', async (t) => {
  const engine = createEngine(t)
  const [width, height] = [300, 200]
  const seen = slope(width, height)
  const expected = average(seen, { width, height, channels: 3 }, 4, 4)
  for (let orientation = 1; orientation <= 8; orientation++) {
    const [columns, rows] = orientation >= 5 ? [height, width] : [width, height]
    const stored = Buffer.alloc(seen.length)
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const [x = 0, y = 0] = seenAt(orientation, row, column, width, height)
        const from = (y * width + x) * 3
        stored.set(seen.subarray(from, from + 3), (row * columns + column) * 3)
      }
    }
    const image = (): Sharp =>
      sharp(stored, { raw: { width: columns, height: rows, channels: 3 } }).withMetadata({ orientation })
    const files: [string, Uint8Array][] = [
      ['image/jpeg', await image().jpeg({ quality: 95 }).toBuffer()],
      ['image/png', await image().png().toBuffer()],
      ['image/webp', await image().webp({ quality: 95 }).toBuffer()],
      ['image/tiff', await image().tiff({ compression: 'lzw' }).toBuffer()]
    ]
    for (const [type, bytes] of files) {
      const made = await engine.examine({ bytes }, type)
      t.alike(
        [made.facts.width, made.facts.height, made.damaged],
        [width, height, false],
        `${type} ${orientation}`
      )
      for (const picture of [made.preview, made.thumbnail]) {
        const off = difference(expected, await cells(picture as Uint8Array, 4, 4))
        t.ok(off <= 10, `${type} of orientation ${orientation} is off by ${off}`)
      }
    }
  }
})

/** Display P3 to sRGB by the definitions (SMPTE EG 432-1, IEC 61966-2-1), both with sRGB's curve. */
function fromP3(cell: number[]): number[] {
  const linear = (v: number): number => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  const curve = (v: number): number => (v <= 0.0031308 ? v * 12.92 : 1.055 * v ** (1 / 2.4) - 0.055)
  const [r = 0, g = 0, b = 0] = cell.map((value) => linear(value / 255))
  return [1.2249 * r - 0.2247 * g, -0.042 * r + 1.0419 * g, -0.0197 * r - 0.0786 * g + 1.0979 * b].map((v) =>
    Math.round(255 * curve(Math.min(1, Math.max(0, v))))
  )
}

test('renditions: Display P3 becomes sRGB', async (t) => {
  const engine = createEngine(t)
  const pixel = sharp({ create: { width: 1, height: 1, channels: 3, background: '#fff' } })
  const { icc } = await sharp(await pixel.withIccProfile('p3').png().toBuffer()).metadata()
  for (const colour of [
    [200, 100, 50],
    [60, 180, 90],
    [40, 70, 200]
  ]) {
    const data = Buffer.concat(Array<Buffer>(64 * 64).fill(Buffer.from(colour)))
    const bytes = tiffOf({ data, width: 64, height: 64, channels: 3 }, icc as Uint8Array)
    const { preview } = await engine.examine({ bytes }, 'image/tiff')
    const { icc: left } = await sharp(preview as Uint8Array).metadata()
    t.absent(left, 'no profile is left in it')
    const off = difference([fromP3(colour)], await cells(preview as Uint8Array, 1, 1))
    t.ok(off <= 5, `${colour.join(' ')} is off by ${off}`)
  }
})

interface HeifImage {
  get_width(): number
  get_height(): number
  display(to: object, done: (shown: { data: Uint8ClampedArray } | null) => void): void
}

/** Pixels of a HEIC by libheif's other interface, the one for browsers; in the file's own colours. */
async function decodeHeic(bytes: Uint8Array): Promise<{ data: Uint8Array; width: number; height: number }> {
  const load = createRequire(import.meta.url)('libheif-js/wasm-bundle') as {
    HeifDecoder: new () => { decode(bytes: Uint8Array): HeifImage[] }
  }
  const [image] = new load.HeifDecoder().decode(bytes)
  if (!image) throw new Error('no image')
  const [width, height] = [image.get_width(), image.get_height()]
  const to = { data: new Uint8ClampedArray(width * height * 4), width, height }
  await new Promise((resolve) => image.display(to, resolve))
  return { data: new Uint8Array(to.data.buffer), width, height }
}

test('renditions: HEIC of phones, in the right colours and the right way up', async (t) => {
  t.timeout(90_000)
  const engine = createEngine(t)
  // A grid of tiles that the phone held upright, one that it did not, and one from a converter.
  for (const [name, size, wide] of [
    ['cameras/IMG_2927.HEIC', [3024, 4032], true],
    ['family/classic-car.heic', [3024, 4032], true],
    ['cameras/cheers_1440x960.heic', [1440, 960], false]
  ] as const) {
    const file = realPhoto(t, name)
    if (!file) return
    const made = await engine.examine({ path: file }, 'image/heic')
    t.alike([made.facts.width, made.facts.height, made.damaged], [...size, false], name)
    const bytes = fs.readFileSync(file)
    const { data, width, height } = await decodeHeic(bytes)
    // Small cells: the average of colours is not the colour of the average.
    const own = average(data, { width, height, channels: 4 }, 24, 24)
    const expected = wide ? own.map(fromP3) : own
    const shown = await cells(made.preview as Uint8Array, 24, 24)
    const off = (a: number[][]): number =>
      a
        .flatMap((cell, i) => cell.map((v, k) => Math.abs(v - (shown[i]?.[k] ?? 0))))
        .reduce((x, y) => x + y, 0) /
      (a.length * 3)
    t.ok(off(expected) < 2, `${name} is off by ${off(expected).toFixed(2)} on average`)
    if (wide) t.ok(off(own) > off(expected), `without its profile it would be off by ${off(own).toFixed(2)}`)
  }
})

test('renditions: a HEIC that was cut short is damaged', async (t) => {
  t.timeout(60_000)
  const file = realPhoto(t, 'cameras/cheers_1440x960.heic')
  if (!file) return
  const engine = createEngine(t)
  const bytes = fs.readFileSync(file)
  for (const part of [0.3, 0.6, 0.95]) {
    const cut = bytes.subarray(0, bytes.length * part)
    const { damaged, failure } = await engine.examine({ bytes: cut }, 'image/heic')
    t.ok(damaged, `${part}: ${failure ?? 'shown as far as it goes'}`)
  }
})

test('renditions: animated, transparent, grey, deep, small and odd pictures', async (t) => {
  const engine = createEngine(t)
  const raw = { width: 400, height: 300, channels: 3 } as const
  const first = slope(400, 300)
  const frames = Buffer.concat([first, Buffer.alloc(first.length, 255)])
  const stacked = (): Sharp => sharp(frames, { raw: { ...raw, height: 600, pageHeight: 300 } })
  const expected = average(first, raw, 4, 4)
  for (const [type, bytes] of [
    ['image/gif', await stacked().gif({ delay: 100 }).toBuffer()],
    ['image/webp', await stacked().webp({ delay: 100, quality: 95 }).toBuffer()],
    ['image/avif', await sharp(first, { raw }).avif({ quality: 90 }).toBuffer()],
    ['image/png', await sharp(first, { raw }).toColourspace('rgb16').png().toBuffer()],
    ['image/jpeg', await sharp(first, { raw }).toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer()]
  ] as const) {
    const made = await engine.examine({ bytes }, type)
    t.alike([made.facts.width, made.facts.height], [400, 300], `${type}: size of a frame`)
    // Inks show fewer colours: there, what it is compared with went through them too.
    const right = type === 'image/jpeg' ? await cells(bytes, 4, 4) : expected
    const off = difference(right, await cells(made.preview as Uint8Array, 4, 4))
    t.ok(off <= 10, `${type}: its first frame, off by ${off}`)
  }

  const clear = slope(400, 300, 4)
  for (let i = 3; i < clear.length / 2; i += 4) clear[i] = 0
  const seeThrough = await sharp(clear, { raw: { ...raw, channels: 4 } })
    .png()
    .toBuffer()
  const made = await engine.examine({ bytes: seeThrough }, 'image/png')
  for (const picture of [made.preview, made.thumbnail]) {
    const { data, info } = await sharp(picture as Uint8Array)
      .raw()
      .toBuffer({ resolveWithObject: true })
    t.is(info.channels, 4, 'alpha is kept')
    t.ok((data[3] as number) < 10 && (data.at(-1) as number) > 245, 'above clear, below not')
  }
  const { rgba, w, h } = thumbHashToRGBA(made.placeholder as Uint8Array)
  t.ok((rgba[(w * h - 1) * 4 + 3] as number) - (rgba[3] as number) > 100, 'so is the placeholder')

  const grey = await sharp(first, { raw }).toColourspace('b-w').png().toBuffer()
  t.ok((await engine.examine({ bytes: grey }, 'image/png')).thumbnail, 'grey')
  for (const [width, height] of [
    [1, 1],
    [1, 5000],
    [9000, 300]
  ] as const) {
    const odd = sharp({ create: { width, height, channels: 3, background: '#c83' } })
    const { preview, thumbnail, placeholder } = await engine.examine(
      { bytes: await odd.png().toBuffer() },
      'image/png'
    )
    const meta = await sharp(preview as Uint8Array).metadata()
    t.ok(meta.width <= Math.min(width, 1600) && meta.height <= Math.min(height, 1600), `${width} x ${height}`)
    t.ok(thumbnail && placeholder)
  }
})

test('renditions: scans of 100 megapixels within 600 MB', async (t) => {
  t.timeout(240_000)
  const folder = tmp(t)
  const [width, height] = [12_000, 8_400]
  const scan = (): Sharp =>
    sharp({ create: { width, height, channels: 3, background: '#c83' }, limitInputPixels: false })
  const files: [string, string, () => Promise<unknown>][] = [
    [
      'scan.jpg',
      'image/jpeg',
      () => scan().withMetadata({ orientation: 6 }).jpeg().toFile(path.join(folder, 'scan.jpg'))
    ],
    [
      'progressive.jpg',
      'image/jpeg',
      () => scan().jpeg({ progressive: true }).toFile(path.join(folder, 'progressive.jpg'))
    ],
    [
      'tiled.tif',
      'image/tiff',
      () => scan().tiff({ compression: 'lzw', tile: true }).toFile(path.join(folder, 'tiled.tif'))
    ],
    [
      'interlaced.png',
      'image/png',
      () => scan().png({ compressionLevel: 1, progressive: true }).toFile(path.join(folder, 'interlaced.png'))
    ]
  ]
  for (const [name, type, write] of files) {
    await write()
    const engine = createEngine(t, { parallel: 1 })
    const memory = watchMemory(engine)
    const made = await engine.examine({ path: path.join(folder, name) }, type)
    const peak = memory.stop()
    await engine.close()
    const turned = name === 'scan.jpg'
    t.alike([made.facts.width, made.facts.height], turned ? [height, width] : [width, height], name)
    t.ok(peak < 600 * MB, `${name}: ${Math.round(peak / MB)} MB`)
  }
})
