// Pictures of what is no picture itself: videos, and raw photos.
import fs from 'node:fs'
import path from 'node:path'
import test, { type Assertions } from 'brittle'
import sharp, { type Sharp } from 'sharp'
import { thumbHashToRGBA } from 'thumbhash'
import type { Examined } from '../lib/media/engine.ts'
import { tmp } from './helpers.ts'
import { mp4 } from './media-made.ts'
import { cells, createEngine, difference } from './renditions.ts'

const unix = { skip: process.platform === 'win32' }
const orange = { r: 200, g: 130, b: 40 }
const video = mp4({ created: 3_600_000_000, seconds: 5, width: 3840, height: 2160 }).whole

// As it is before any test changes it: one of them changes it twice.
const { PATH } = process.env

/** Programs are looked for in this folder only, until the test ends. */
function onPath(t: Assertions, folder: string): void {
  process.env['PATH'] = folder
  t.teardown(() => (process.env['PATH'] = PATH))
}

/** A program in place of `ffmpeg`, which this must not depend on. */
function pretend(t: Assertions, lines: string): string {
  const folder = tmp(t)
  fs.writeFileSync(path.join(folder, 'ffmpeg'), `#!/bin/sh\n${lines}\n`, { mode: 0o755 })
  onPath(t, folder)
  return folder
}

function picture(width: number, height: number): Sharp {
  return sharp({ create: { width, height, channels: 3, background: orange } })
}

test('video: the picture that the caller gives', async (t) => {
  const engine = createEngine(t)
  const frame = await picture(1920, 1080).jpeg({ quality: 95 }).toBuffer()
  const made = await engine.examine({ bytes: video }, 'video/quicktime', { frame })
  t.alike([made.facts.width, made.facts.height], [3840, 2160], 'which says nothing of the size of the video')
  t.alike([made.facts.duration, made.damaged, made.failure], [5, false, null])
  const meta = await sharp(made.preview as Uint8Array).metadata()
  t.alike([meta.width, meta.height], [1600, 900])
  t.ok(difference(await cells(frame, 1, 1), await cells(made.thumbnail as Uint8Array, 1, 1)) <= 4)
})

test('video: without ffmpeg there is no picture, and no error', async (t) => {
  onPath(t, tmp(t))
  const engine = createEngine(t)
  const made = await engine.examine({ bytes: video }, 'video/mp4')
  t.alike([made.preview, made.thumbnail, made.damaged, made.failure], [null, null, false, null])
  const { w, h, rgba } = thumbHashToRGBA(made.placeholder as Uint8Array)
  t.ok(Math.abs(w / h - 3840 / 2160) < 0.2, 'what stands for it has its shape')
  t.ok(
    rgba.every((value, i) => (i % 4 === 3 ? value > 250 : Math.abs(value - 128) < 8)),
    'and is grey'
  )
})

test('video: a frame that is no picture fails no video', async (t) => {
  const engine = createEngine(t)
  const frame = Buffer.from('no picture')
  const made = await engine.examine({ bytes: video }, 'video/mp4', { frame })
  t.alike([made.thumbnail, made.damaged, made.failure, made.facts.duration], [null, false, null, 5])
})

test('video: ffmpeg makes it where there is one, with one file to read and nothing else', unix, async (t) => {
  const folder = tmp(t)
  const png = path.join(folder, 'frame.png')
  await picture(640, 360).png().toFile(png)
  const told = path.join(folder, 'told')
  pretend(t, `printf '%s\\n' "$@" > '${told}'; echo "HOME=$HOME" >> '${told}'; /bin/cat '${png}'`)
  const engine = createEngine(t)
  const file = path.join(folder, "a video; with 'quotes'.mov")
  fs.writeFileSync(file, video)
  const made = await engine.examine({ path: file }, 'video/quicktime')
  const meta = await sharp(made.preview as Uint8Array).metadata()
  t.alike([meta.width, meta.height], [640, 360])
  const args = fs.readFileSync(told, 'utf8').split('\n')
  t.is(args[args.indexOf('-i') + 1], `file:${file}`)
  t.is(args[args.indexOf('-protocol_whitelist') + 1], 'file')
  t.is(args[args.indexOf('-f') + 1], 'mov', 'it must not take it for a playlist')
  t.ok(args.includes('HOME='), 'with an empty environment')

  // From bytes it comes by a file of its own, which is gone afterwards.
  t.ok((await engine.examine({ bytes: video }, 'video/mp4')).thumbnail)
  const given = /file:(.*)/.exec(fs.readFileSync(told, 'utf8'))?.[1] ?? ''
  t.ok(given !== '' && given !== file && !fs.existsSync(path.dirname(given)))
})

test('video: an ffmpeg that fails, hangs or never stops talking', unix, async (t) => {
  const engine = createEngine(t, { timeout: 4000 })
  for (const lines of ['exit 1', 'echo no picture', 'exec /bin/sleep 600', 'exec /usr/bin/yes']) {
    pretend(t, lines)
    const made = await engine.examine({ bytes: video }, 'video/mp4')
    t.alike([made.thumbnail, made.failure, made.facts.duration], [null, null, 5], lines)
  }
})

/** A DNG as cameras write it: a small picture first, the sensor's data and two JPEGs in directories below it. */
function dngOf(orientation: number, small: Uint8Array, large: Uint8Array): Buffer {
  type Entry = [tag: number, type: 3 | 4, value: number]
  const directoryBytes = (count: number): number => 2 + count * 12 + 4
  const jpeg = (width: number, height: number, at: number, length: number): Entry[] => [
    [254, 4, 1],
    [256, 4, width],
    [257, 4, height],
    [259, 3, 7],
    [262, 3, 6],
    [273, 4, at],
    [279, 4, length]
  ]
  const counts = [7, 7, 7, 6] as const
  const starts = [8]
  for (const count of counts) starts.push((starts.at(-1) as number) + directoryBytes(count))
  const listAt = starts[4] as number
  const smallAt = listAt + 12
  const largeAt = smallAt + small.byteLength
  const rawAt = largeAt + large.byteLength
  const directories: Entry[][] = [
    [
      [256, 4, 16],
      [257, 4, 16],
      [262, 3, 2],
      [274, 3, orientation],
      [277, 3, 3],
      [330, 4, listAt],
      [50706, 4, 0x00000401]
    ],
    jpeg(320, 240, smallAt, small.byteLength),
    jpeg(1280, 960, largeAt, large.byteLength),
    [
      [256, 4, 4000],
      [257, 4, 3000],
      [259, 3, 7],
      [262, 3, 32803],
      [273, 4, rawAt],
      [279, 4, 1000]
    ]
  ]
  const bytes = Buffer.alloc(rawAt + 1000)
  bytes.write('II*\0', 'latin1')
  bytes.writeUInt32LE(8, 4)
  directories.forEach((entries, i) => {
    let at = starts[i] as number
    bytes.writeUInt16LE(entries.length, at)
    at += 2
    for (const [tag, type, value] of entries) {
      bytes.writeUInt16LE(tag, at)
      bytes.writeUInt16LE(type, at + 2)
      bytes.writeUInt32LE(tag === 330 ? 3 : 1, at + 4)
      bytes.writeUInt32LE(value, at + 8)
      at += 12
    }
  })
  for (const i of [1, 2, 3]) bytes.writeUInt32LE(starts[i] as number, listAt + (i - 1) * 4)
  bytes.set(small, smallAt)
  bytes.set(large, largeAt)
  return bytes
}

test('raw: a DNG is shown by its largest JPEG that decodes, turned as the photo is', async (t) => {
  const engine = createEngine(t)
  const small = await picture(320, 240).jpeg().toBuffer()
  const large = await picture(1280, 960).jpeg().toBuffer()
  const shown = async ({ preview }: Examined): Promise<number[]> => {
    const { width, height } = await sharp(preview as Uint8Array).metadata()
    return [width, height]
  }
  for (const type of ['image/x-adobe-dng', 'image/tiff']) {
    const made = await engine.examine({ bytes: dngOf(6, small, large) }, type)
    t.alike([await shown(made), made.damaged], [[960, 1280], false], type)
    t.alike([made.facts.width, made.facts.height], [3000, 4000], 'the size is that of the photo itself')
  }
  const broken = dngOf(1, small, new Uint8Array(large.byteLength))
  const made = await engine.examine({ bytes: broken }, 'image/x-adobe-dng')
  t.alike(await shown(made), [320, 240], 'the next one where that is broken')
})
