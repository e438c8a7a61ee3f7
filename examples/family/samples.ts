// Sample photos for those who give none: real PNG files of different colours, sizes and dates.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { deflateSync } from 'node:zlib'

// Name, date, and the colours of the sky and the ground.
type Scene = readonly [name: string, taken: string, sky: number, ground: number]

const SCENES: Scene[] = [
  ['beach', '2019-07-14T10:30:00', 0x6ec6ff, 0xf2d16b],
  ['first day of school', '2019-09-02T08:05:00', 0xbfd7ea, 0x8a8a8a],
  ['snowman', '2020-01-18T15:45:00', 0xc9d6df, 0xffffff],
  ['garden', '2020-05-09T17:20:00', 0x9ad1f5, 0x3f8f3f],
  ['birthday cake', '2021-03-27T16:00:00', 0xffb6c1, 0x7b3f00],
  ['lake', '2021-08-03T19:10:00', 0xffa24c, 0x1f4e79],
  ['autumn walk', '2022-10-16T14:35:00', 0xd9e2e8, 0xc1440e],
  ['christmas tree', '2022-12-24T18:50:00', 0x14213d, 0x0b6e4f],
  ['new bicycle', '2023-04-22T11:15:00', 0x87ceeb, 0xb22222],
  ['camping', '2023-08-11T21:40:00', 0x1b1b3a, 0x2f4f2f],
  ['carnival', '2024-02-13T13:25:00', 0x7b2cbf, 0xff9f1c],
  ['grandpa at 80', '2024-06-30T12:00:00', 0xfaf3dd, 0xa68a64]
]

const WIDTH = 240
const HEIGHT = 160
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

/** Writes the sample photos into a folder; resolves to their paths. */
export function makeSamples(folder: string): string[] {
  fs.mkdirSync(folder, { recursive: true })
  return SCENES.map((scene) => {
    const [name, taken] = scene
    const file = path.join(folder, `${name}.png`)
    fs.writeFileSync(file, paint(scene))
    // The album takes a photo's date from its file.
    fs.utimesSync(file, new Date(taken), new Date(taken))
    return file
  })
}

function paint([name, , sky, ground]: Scene): Buffer {
  // Grain, as photos have it: the same at every run, and it makes files of more than one block.
  const grain = createHash('shake256', { outputLength: WIDTH * HEIGHT * 3 })
    .update(name)
    .digest()
  const rows = Buffer.alloc((WIDTH * 3 + 1) * HEIGHT)
  let at = 0
  for (let y = 0; y < HEIGHT; y++) {
    // Every row begins with the number of its filter: 0, none.
    at++
    const colour = y < HEIGHT * 0.6 ? sky : ground
    for (let x = 0; x < WIDTH * 3; x++, at++) {
      const channel = (colour >> (16 - 8 * (x % 3))) & 0xff
      rows[at] = Math.max(0, channel - ((grain[y * WIDTH * 3 + x] as number) & 0x0f))
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(WIDTH, 0)
  header.writeUInt32BE(HEIGHT, 4)
  // Eight bits a channel, red, green and blue.
  header.set([8, 2], 8)
  return Buffer.concat([
    Buffer.from(SIGNATURE),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0))
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const whole = Buffer.alloc(body.length + 8)
  whole.writeUInt32BE(data.length, 0)
  body.copy(whole, 4)
  whole.writeUInt32BE(crc32(body), body.length + 4)
  return whole
}

function crc32(bytes: Buffer): number {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return ~crc >>> 0
}
