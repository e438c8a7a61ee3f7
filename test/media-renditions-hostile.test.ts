// Files that are broken, or made to break whoever decodes them. Whatever they hold: an answer, or a typed error.
import fs from 'node:fs'
import path from 'node:path'
import zlib from 'node:zlib'
import test, { type Assertions } from 'brittle'
import sharp from 'sharp'
import { AlbumError } from '../index.ts'
import type { NodeEngine } from '../lib/media/node-engine.ts'
import type { PoolOptions } from '../lib/media/pool/pool.ts'
import { Dice } from './dice.ts'
import { chunk, PNG_SIGNATURE, tmp } from './helpers.ts'
import { createEngine, peakOf, realPhoto, watchMemory } from './renditions.ts'

const MB = 1024 * 1024
const MOST = 600 * MB

/** `failed`, `damaged`, `whole` or the code of the error; anything else is a failure of the test. */
async function outcomeOf(engine: NodeEngine, bytes: Uint8Array, type: string): Promise<string> {
  try {
    const { damaged, thumbnail, failure } = await engine.examine({ bytes }, type)
    if (failure !== null) return damaged && !thumbnail ? 'failed' : 'strange'
    if (!thumbnail) return 'nothing'
    return damaged ? 'damaged' : 'whole'
  } catch (error) {
    return error instanceof AlbumError ? error.code : `not an AlbumError: ${String(error)}`
  }
}

const FINE = ['whole', 'damaged', 'failed']

/** An engine whose processes may not hold too much; look at it when all is done. */
function guarded(
  t: Assertions,
  options: Partial<PoolOptions> = {}
): { engine: NodeEngine; check: () => void } {
  const engine = createEngine(t, { timeout: 20_000, ...options })
  const memory = watchMemory(engine)
  const own = peakOf(process.pid)
  return {
    engine,
    check() {
      const peak = memory.stop()
      t.ok(peak < MOST, `${Math.round(peak / MB)} MB in a process at most`)
      t.ok(peakOf(process.pid) - own < 300 * MB, 'and little in its parent')
    }
  }
}

/** Small files of every kind, and a real HEIC where there is one. */
async function samples(t: Assertions): Promise<[type: string, bytes: Uint8Array][]> {
  const dice = new Dice(7)
  const data = dice.bytes(48 * 36 * 3).map((value, i) => (value >> 3) + ((i >> 4) & 127))
  const image = sharp(data, { raw: { width: 48, height: 36, channels: 3 } })
  const two = sharp(Buffer.concat([data, data]), {
    raw: { width: 48, height: 72, channels: 3, pageHeight: 36 }
  })
  const all: [string, Uint8Array][] = [
    ['image/jpeg', await image.clone().withIccProfile('p3').jpeg({ quality: 70 }).toBuffer()],
    ['image/jpeg', await image.clone().jpeg({ quality: 70, progressive: true }).toBuffer()],
    ['image/png', await image.clone().png({ compressionLevel: 9, palette: true }).toBuffer()],
    ['image/webp', await image.clone().webp({ quality: 60 }).toBuffer()],
    ['image/gif', await two.gif({ colours: 16 }).toBuffer()],
    ['image/tiff', await image.clone().tiff({ compression: 'lzw' }).toBuffer()],
    ['image/avif', await image.clone().avif({ quality: 50 }).toBuffer()]
  ]
  const heic = realPhoto(t, 'cameras/cheers_1440x960.heic')
  if (heic) all.push(['image/heic', fs.readFileSync(heic)])
  return all
}

test('hostile: cut short at every tenth byte', async (t) => {
  t.timeout(240_000)
  const { engine, check } = guarded(t)
  for (const [type, bytes] of await samples(t)) {
    // A real HEIC is large, and slow to decode.
    const step = type === 'image/heic' ? Math.ceil(bytes.byteLength / 30) : 10
    const lengths = Array.from({ length: Math.ceil(bytes.byteLength / step) }, (_, i) => i * step)
    const seen = new Map<string, number>()
    await Promise.all(
      lengths.map(async (length) => {
        const outcome = await outcomeOf(engine, bytes.subarray(0, length), type)
        seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
      })
    )
    const counts = [...seen].map(([outcome, count]) => `${count} ${outcome}`).join(', ')
    t.ok(
      [...seen.keys()].every((outcome) => FINE.includes(outcome)),
      `${type} of ${bytes.byteLength}: ${counts}`
    )
    t.ok((seen.get('whole') ?? 0) <= lengths.length * 0.35, `${type}: what is missing is seen`)
  }
  check()
})

test('hostile: bits flipped', async (t) => {
  t.timeout(240_000)
  const { engine, check } = guarded(t)
  const dice = new Dice(20_260_801)
  for (const [type, bytes] of await samples(t)) {
    const rounds = type === 'image/heic' ? 25 : 60
    const outcomes = await Promise.all(
      Array.from({ length: rounds }, () => {
        const bitten = new Uint8Array(bytes)
        const flips = 1 + dice.below(4)
        // Headers are where it hurts.
        const reach = dice.below(2) === 0 ? Math.min(200, bytes.byteLength) : bytes.byteLength
        for (let i = 0; i < flips; i++) {
          const at = dice.below(reach)
          bitten[at] = (bitten[at] as number) ^ (1 << dice.below(8))
        }
        return outcomeOf(engine, bitten, type)
      })
    )
    const strange = outcomes.filter((outcome) => !FINE.includes(outcome))
    t.alike(strange, [], `${type}: ${outcomes.filter((one) => one === 'failed').length} of ${rounds} refused`)
  }
  check()
})

/** An ISO base media box. */
function box(type: string, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(8)
  head.writeUInt32BE(body.length + 8)
  head.write(type, 4, 'latin1')
  return Buffer.concat([head, body])
}

function header(width: number, height: number, bits = 8, colour = 2): Uint8Array {
  const data = Buffer.alloc(13)
  data.writeUInt32BE(width, 0)
  data.writeUInt32BE(height, 4)
  data.set([bits, colour], 8)
  return chunk('IHDR', data)
}

/** So many zero bytes, deflated, without ever holding them. */
function zeros(bytes: number): Buffer {
  const piece = zlib.deflateRawSync(Buffer.alloc(MB), { finishFlush: zlib.constants.Z_FULL_FLUSH })
  const all = Array<Buffer>(Math.ceil(bytes / MB)).fill(piece)
  return Buffer.concat([Buffer.from([0x78, 0x9c]), ...all, Buffer.from([3, 0, 0, 0, 0, 1])])
}

const end = chunk('IEND', Buffer.alloc(0))

function pngOf(...parts: Uint8Array[]): Buffer {
  return Buffer.concat([PNG_SIGNATURE, ...parts, end])
}

/** A good small picture's own data. */
const dot = [header(1, 1), chunk('IDAT', zlib.deflateSync(Buffer.from([0, 9, 9, 9])))] as const

test('hostile: bombs', async (t) => {
  t.timeout(240_000)
  const { engine, check } = guarded(t, { parallel: 1 })
  const named = (word: string): Buffer => Buffer.from(`${word}\0\0`, 'latin1')
  const [head, data] = dot
  const bombs: [what: string, type: string, bytes: Uint8Array, outcomes: string[]][] = [
    [
      '30,000 x 30,000 pixels',
      'image/png',
      pngOf(header(30_000, 30_000), chunk('IDAT', zeros(300 * MB))),
      ['failed']
    ],
    [
      '2^31 pixels wide',
      'image/png',
      pngOf(header(2 ** 31 - 1, 2 ** 31 - 1), chunk('IDAT', zeros(MB))),
      ['failed']
    ],
    [
      '12,000 x 12,000 of 16 bits, and next to no data',
      'image/png',
      pngOf(header(12_000, 12_000, 16, 6), chunk('IDAT', zeros(MB))),
      FINE
    ],
    [
      'zTXt of 400 MB',
      'image/png',
      pngOf(head, chunk('zTXt', Buffer.concat([named('Comment'), zeros(400 * MB)])), data),
      FINE
    ],
    [
      'many zTXt of 30 MB',
      'image/png',
      pngOf(
        head,
        ...Array<Uint8Array>(40).fill(chunk('zTXt', Buffer.concat([named('Comment'), zeros(30 * MB)]))),
        data
      ),
      FINE
    ],
    [
      'iCCP of 400 MB',
      'image/png',
      pngOf(head, chunk('iCCP', Buffer.concat([named('icc'), zeros(400 * MB)])), data),
      FINE
    ],
    [
      'a GIF of 65,535 x 65,535',
      'image/gif',
      Buffer.from('474946383961ffffffff800000000000ffffff2c00000000ffffffff00020244013b', 'hex'),
      ['failed']
    ],
    ['a JPEG of 65,535 x 65,535', 'image/jpeg', jpegHeader(65_535, 65_535), ['failed']],
    ['a JPEG of 12,000 x 12,000 without data', 'image/jpeg', jpegHeader(12_000, 12_000), FINE],
    [
      'a TIFF that is its own next page',
      'image/tiff',
      Buffer.from('49492a000800000000000800000000', 'hex'),
      ['failed']
    ],
    ['a TIFF of 4 billion pixels', 'image/tiff', tiffHeader(65_000, 65_000), ['failed']],
    [
      'a TIFF with one strip of 100 megapixels',
      'image/tiff',
      tiffHeader(10_000, 10_000),
      ['damaged', 'failed']
    ]
  ]
  for (const [what, type, bytes, allowed] of bombs) {
    const started = Date.now()
    const outcome = await outcomeOf(engine, bytes, type)
    t.ok(allowed.includes(outcome), `${what}: ${outcome} after ${Date.now() - started} ms`)
  }
  check()
})

/** A JPEG up to where its data would begin. */
function jpegHeader(width: number, height: number): Buffer {
  const frame = Buffer.from('ffc00011080000000003011100021101031101', 'hex')
  frame.writeUInt16BE(height, 5)
  frame.writeUInt16BE(width, 7)
  const tables = Buffer.concat([Buffer.from('ffdb004300', 'hex'), Buffer.alloc(64, 1)])
  return Buffer.concat([
    Buffer.from('ffd8', 'hex'),
    tables,
    frame,
    Buffer.from('ffda000c03010002000300003f00ffd9', 'hex')
  ])
}

/** A TIFF of one strip that lies behind the end of the file. */
function tiffHeader(width: number, height: number): Buffer {
  const entries: [tag: number, type: number, value: number][] = [
    [256, 4, width],
    [257, 4, height],
    [258, 3, 8],
    [259, 3, 5],
    [262, 3, 1],
    [273, 4, 8],
    [277, 3, 1],
    [278, 4, height],
    [279, 4, 0xffffffff]
  ]
  const bytes = Buffer.alloc(10 + entries.length * 12 + 4)
  bytes.write('II*\0', 'latin1')
  bytes.writeUInt32LE(8, 4)
  bytes.writeUInt16LE(entries.length, 8)
  entries.forEach(([tag, type, value], i) => {
    bytes.writeUInt16LE(tag, 10 + i * 12)
    bytes.writeUInt16LE(type, 12 + i * 12)
    bytes.writeUInt32LE(1, 14 + i * 12)
    bytes.writeUInt32LE(value, 18 + i * 12)
  })
  return bytes
}

test('hostile: a HEIC whose boxes lie', async (t) => {
  t.timeout(240_000)
  const { engine, check } = guarded(t, { parallel: 1 })
  const ftyp = box('ftyp', Buffer.from('heic\0\0\0\0mif1heic', 'latin1'))
  const cases: [string, Uint8Array][] = [
    ['nothing but its brand', ftyp],
    ['a meta of 4 GB', Buffer.concat([ftyp, Buffer.from('ffffffff6d657461', 'hex')])],
    ['a box of 2^63 bytes', Buffer.concat([ftyp, Buffer.from('000000016d6574617fffffffffffffff', 'hex')])],
    ['a box of no bytes', Buffer.concat([ftyp, Buffer.from('000000026d657461', 'hex'), Buffer.alloc(100)])],
    ['boxes in boxes in boxes', Buffer.concat([ftyp, nested(5000)])]
  ]
  const heic = realPhoto(t, 'cameras/IMG_2927.HEIC')
  if (heic) {
    const bytes = fs.readFileSync(heic)
    // Sizes of every box of the index, made huge one by one; and the declared size of the picture.
    for (const word of ['meta', 'iloc', 'iinf', 'ipco', 'ipma', 'iref', 'hvcC', 'ispe', 'mdat', 'idat']) {
      const at = bytes.indexOf(word, 0, 'latin1')
      if (at < 4) continue
      for (const size of [0, 7, 0x7fffffff]) {
        const bitten = Buffer.from(bytes)
        bitten.writeUInt32BE(size, at - 4)
        cases.push([`${word} of ${size} bytes`, bitten])
      }
    }
    const huge = Buffer.from(bytes)
    for (let at = huge.indexOf('ispe'); at !== -1; at = huge.indexOf('ispe', at + 4)) {
      huge.writeUInt32BE(40_000, at + 8)
      huge.writeUInt32BE(40_000, at + 12)
    }
    cases.push(['a picture of 1.6 billion pixels', huge])
  }
  for (const [what, bytes] of cases) {
    const outcome = await outcomeOf(engine, bytes, 'image/heic')
    t.ok(FINE.includes(outcome), `${what}: ${outcome}`)
  }
  check()
})

/** Boxes that hold one another, so many deep. */
function nested(depth: number): Buffer {
  const bytes = Buffer.alloc(depth * 8)
  for (let i = 0; i < depth; i++) {
    bytes.writeUInt32BE((depth - i) * 8, i * 8)
    bytes.write(i === 0 ? 'meta' : 'ipco', i * 8 + 4, 'latin1')
  }
  return bytes
}

test('hostile: what is no picture, given as one', async (t) => {
  const { engine, check } = guarded(t)
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>'
  const secret = path.join(tmp(t), 'secret.png')
  fs.writeFileSync(secret, pngOf(...dot))
  const disguised: [string, Uint8Array][] = [
    ['nothing', Buffer.alloc(0)],
    ['one byte', Buffer.from([0xff])],
    ['zeros', Buffer.alloc(5000)],
    ['SVG', Buffer.from(svg)],
    ['SVG behind a JPEG marker', Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.from(svg)])],
    ['PDF', Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>')],
    ['PPM', Buffer.from('P6 2 2 255 abcdefghijkl')],
    ['a VIPS image', Buffer.concat([Buffer.from('08f2a6b6', 'hex'), Buffer.alloc(200)])],
    ['a path in ImageMagick language', Buffer.from(`push graphic-context\nimage over 0,0 0,0 '${secret}'\n`)],
    ['a CSV', Buffer.from('1,2,3\n4,5,6\n')],
    ['a playlist', Buffer.from(`#EXTM3U\n#EXTINF:1,\nfile://${secret}\n`)]
  ]
  const types = [
    'image/jpeg',
    'image/png',
    'image/webp',
    'image/gif',
    'image/tiff',
    'image/avif',
    'image/heic',
    'image/heif'
  ]
  for (const [what, bytes] of disguised) {
    const outcomes = await Promise.all(types.map((type) => outcomeOf(engine, bytes, type)))
    t.ok(
      outcomes.every((outcome) => outcome === 'failed'),
      `${what}: ${[...new Set(outcomes)].join(', ')}`
    )
  }
  for (const type of ['image/svg+xml', 'application/pdf', 'text/html', '', 'constructor']) {
    t.is(await outcomeOf(engine, pngOf(...dot), type), 'UNSUPPORTED_FILE', type)
  }

  // Both a JPEG and a web page with a ZIP behind it: a picture, and its renditions are only that.
  const image = sharp({ create: { width: 40, height: 30, channels: 3, background: '#c83' } })
  const page = Buffer.from('<script>alert(1)</script>PK\x05\x06')
  const jpeg = await image
    .withExif({ IFD0: { ImageDescription: '<script>alert(2)</script>' } })
    .jpeg()
    .toBuffer()
  const { preview, thumbnail } = await engine.examine({ bytes: Buffer.concat([jpeg, page]) }, 'image/jpeg')
  for (const made of [preview, thumbnail]) t.absent(Buffer.from(made as Uint8Array).includes('script'))

  const missing = await engine
    .examine({ path: path.join(tmp(t), 'none.jpg') }, 'image/jpeg')
    .catch((error: unknown) => error)
  t.is((missing as AlbumError).code, 'FILE_NOT_FOUND')
  const folder = await engine.examine({ path: tmp(t) }, 'image/jpeg').catch((error: unknown) => error)
  t.is((folder as AlbumError).code, 'NOT_A_FILE', 'a folder')
  check()
})
