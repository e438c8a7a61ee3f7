// What the tests and the benchmark of renditions share.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Assertions } from 'brittle'
import sharp from 'sharp'
import { NodeEngine } from '../lib/media/node-engine.ts'
import type { PoolOptions } from '../lib/media/pool/pool.ts'
import { sniff, SNIFF_BYTES } from '../lib/media/sniff.ts'
import { mimeOf } from '../lib/schema/mime.ts'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')

/** Real photos: they are not part of the repository. */
export const photosFolder: string =
  process.env['HYPERALBUM_PHOTOS'] ?? path.join(root, '..', 'shared', 'photos')

/** A real photo, or null, and a comment that says so, where they are not here. */
export function realPhoto(t: Assertions, name: string): string | null {
  const file = path.join(photosFolder, name)
  if (fs.existsSync(file)) return file
  t.comment(`skipped: there is no ${file}`)
  return null
}

/** The MIME type of a file by its first bytes, or null where the album does not take it. */
export function typeOf(file: string): string | null {
  const type = sniff(fs.readFileSync(file).subarray(0, SNIFF_BYTES))
  return type === -1 ? null : mimeOf(type)
}

export function createEngine(t: Assertions, options: Partial<PoolOptions> = {}): NodeEngine {
  const engine = new NodeEngine({ parallel: 2, timeout: 60_000, ...options })
  t.teardown(() => engine.close())
  return engine
}

/** The most memory that a process ever held, in bytes; 0 where Linux does not tell. */
export function peakOf(pid: number): number {
  try {
    const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}

/** Looks at an engine's processes until told to stop: the most that one of them held, in bytes; `every` in milliseconds. */
export function watchMemory(engine: NodeEngine, every = 5): { stop: () => number } {
  let peak = 0
  const look = (): void => {
    for (const pid of engine.pool.pids) peak = Math.max(peak, peakOf(pid))
  }
  const timer = setInterval(look, every)
  return {
    stop() {
      look()
      clearInterval(timer)
      return peak
    }
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** A picture's average colours on a grid of so many cells, row by row, as [red, green, blue]. */
export async function cells(
  picture: Uint8Array | string,
  columns: number,
  rows: number
): Promise<number[][]> {
  const plain = sharp(picture, { failOn: 'none' }).autoOrient().toColourspace('srgb').flatten()
  const { data, info } = await plain.raw().toBuffer({ resolveWithObject: true })
  return average(data, info, columns, rows)
}

/** The same of plain pixels. */
export function average(
  data: Uint8Array,
  { width, height, channels }: { width: number; height: number; channels: number },
  columns: number,
  rows: number
): number[][] {
  const sums = Array.from({ length: columns * rows }, () => [0, 0, 0, 0])
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const sum = sums[
        Math.floor((y * rows) / height) * columns + Math.floor((x * columns) / width)
      ] as number[]
      const at = (y * width + x) * channels
      for (let k = 0; k < 3; k++) sum[k] = (sum[k] as number) + (data[at + (channels > 2 ? k : 0)] as number)
      sum[3] = (sum[3] as number) + 1
    }
  }
  return sums.map(([r = 0, g = 0, b = 0, n = 0]) => [r, g, b].map((value) => value / Math.max(1, n)))
}

/** The largest difference of one colour between two grids, 0 to 255. */
export function difference(a: number[][], b: number[][]): number {
  return Math.max(...a.flatMap((cell, i) => cell.map((value, k) => Math.abs(value - (b[i]?.[k] ?? 999)))))
}
