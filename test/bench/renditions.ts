import { execFile } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { NodeEngine } from '../../lib/media/node-engine.ts'
import { peakOf, photosFolder, watchMemory } from '../renditions.ts'
import { type Benchmark, type Row, median, megabytes, milliseconds, timed } from './harness.ts'

const execute = promisify(execFile)

const WIDTH = 4032
const HEIGHT = 3024
const TIMEOUT = 120_000

/** 12 MP JPEGs as a phone makes them: real ones where they are here, else made of soft noise. */
export async function jpegs(folder: string): Promise<string[]> {
  const real = ['aarhus.jpg', 'hochuferweg.jpg', 'train.jpg'].map((name) =>
    path.join(photosFolder, 'family', name)
  )
  if (real.every((file) => fs.existsSync(file))) return real
  const file = path.join(folder, 'photo.jpg')
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const
  const create = { width: WIDTH / 8, height: HEIGHT / 8, channels: 3, background: '#888', noise } as const
  await sharp({ create }).resize(WIDTH, HEIGHT).jpeg({ quality: 88 }).toFile(file)
  return [file]
}

/** Runs so many tasks with so many at a time. */
async function inParallel(
  tasks: number,
  parallel: number,
  task: (i: number) => Promise<unknown>
): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < tasks) await task(next++)
  }
  await Promise.all(Array.from({ length: parallel }, lane))
}

/** The same three pictures as the library makes, by sharp alone in one process, with as many photos at a time. */
const BARE = `
import sharp from 'sharp'
const [parallel, count, ...files] = process.argv.slice(1)
sharp.concurrency(1)
sharp.cache(false)
const inside = (size) => ({ width: size, height: size, fit: 'inside', withoutEnlargement: true })
const make = async (file) => {
  const { data, info } = await sharp(file, { sequentialRead: true, failOn: 'truncated' })
    .autoOrient().resize(inside(1600)).raw().toBuffer({ resolveWithObject: true })
  const raw = { width: info.width, height: info.height, channels: info.channels }
  await sharp(data, { raw }).webp({ quality: 75, effort: 2 }).toBuffer()
  await sharp(data, { raw }).resize(inside(256)).webp({ quality: 70 }).toBuffer()
  await sharp(data, { raw }).resize(inside(64)).ensureAlpha().raw().toBuffer()
}
await Promise.all(files.map(make))
let next = 0
const lane = async () => { while (next < Number(count)) await make(files[next++ % files.length]) }
const started = performance.now()
await Promise.all(Array.from({ length: Number(parallel) }, lane))
console.log(performance.now() - started)
`

/** Milliseconds that sharp alone takes. */
export async function bare(files: string[], count: number, parallel: number): Promise<number> {
  const args = ['--input-type=module', '--eval', BARE, String(parallel), String(count), ...files]
  const env = { ...process.env, UV_THREADPOOL_SIZE: String(Math.max(4, parallel)) }
  const { stdout } = await execute(process.execPath, args, { env })
  return Number(stdout)
}

/** Renditions by the pool, against sharp alone with the same parallelism; HEIC; sizes; memory of all processes. */
export const renditions: Benchmark = {
  name: 'renditions',
  async run({ quick, folder, note }) {
    const count = quick ? 8 : 24
    const rounds = quick ? 1 : 5
    const parallel = os.availableParallelism()
    const files = await jpegs(folder())
    const file = (i: number): string => files[i % files.length] as string
    const engine = new NodeEngine({ parallel, timeout: TIMEOUT })
    const memory = watchMemory(engine, 50)
    const ours: number[] = []
    const limits: number[] = []
    const previews: number[] = []
    const thumbnails: number[] = []
    // Processes that run already, as they do for all but the first photos: sharp alone is warm too.
    await inParallel(parallel, parallel, (i) => engine.examine({ path: file(i) }, 'image/jpeg'))
    // Turn and turn about, since a machine gets faster and slower while it runs.
    for (let round = 0; round < rounds; round++) {
      limits.push(await bare(files, count, parallel))
      const { ms } = await timed(() =>
        inParallel(count, parallel, async (i) => {
          const { preview, thumbnail } = await engine.examine({ path: file(i) }, 'image/jpeg')
          previews.push(preview?.byteLength ?? 0)
          thumbnails.push(thumbnail?.byteLength ?? 0)
        })
      )
      ours.push(ms)
      note(`pool ${milliseconds(ms)}, sharp alone ${milliseconds(limits.at(-1) as number)}`)
    }
    // Of rounds side by side, not the best of each: they have the machine to themselves alike.
    const ratio = median(ours.map((ms, i) => (limits[i] as number) / ms))
    const rate = (photos: number, ms: number): string => `${((photos * 1000) / ms).toFixed(2)} photos/s`
    const report = (what: string, value: string): Row => ({
      what,
      ours: value,
      limit: '',
      ratio: null,
      target: null
    })
    const rows: Row[] = [
      {
        what: `renditions of ${count} JPEGs of 12 MP, ${parallel} at a time`,
        ours: rate(count, median(ours)),
        limit: rate(count, median(limits)),
        ratio,
        target: { atLeast: 0.9 }
      },
      report('preview of 1600 px, median', megabytes(median(previews))),
      report('thumbnail of 256 px, median', megabytes(median(thumbnails)))
    ]
    rows.push(report('memory of one process, JPEG, peak', megabytes(memory.stop())))
    await engine.close()

    const heic = path.join(photosFolder, 'cameras', 'IMG_1034.heic')
    if (fs.existsSync(heic)) {
      const photos = quick ? 4 : 16
      const other = new NodeEngine({ parallel, timeout: TIMEOUT })
      const watched = watchMemory(other, 50)
      await inParallel(parallel, parallel, () => other.examine({ path: heic }, 'image/heic'))
      const { ms } = await timed(() =>
        inParallel(photos, parallel, () => other.examine({ path: heic }, 'image/heic'))
      )
      rows.push(report(`renditions of HEIC of 12 MP, ${parallel} at a time`, rate(photos, ms)))
      rows.push(report('memory of one process, HEIC, peak', megabytes(watched.stop())))
      await other.close()
    } else note(`skipped HEIC: there is no ${heic}`)
    rows.push(report('memory of the parent, peak', megabytes(peakOf(process.pid))))
    return rows
  }
}
