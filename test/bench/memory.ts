import fs from 'node:fs'
import { Album } from '../plain.ts'
import { writeFile } from './adding.ts'
import { type Benchmark, type Row, megabytes, needDisk } from './harness.ts'

const FILE_BYTES = 3_000_000
const SAMPLE_EVERY = 50

/** Memory of the whole process while it adds many photos. */
export const memory: Benchmark = {
  name: 'memory',
  async run({ quick, folder, note }) {
    const count = quick ? 60 : 2000
    needDisk(count * FILE_BYTES * 1.5)
    const place = folder()
    const album = await Album.create(folder(), { name: 'Bench', member: 'Dad', network: false })
    // Written just before they are added and removed after it: the disk holds them once.
    async function* files(): AsyncGenerator<string> {
      for (let i = 0; i < count; i++) yield writeFile(place, `${i}.jpg`, FILE_BYTES)
    }
    const before = process.memoryUsage().rss
    let peak = before
    const sampler = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss)
    }, SAMPLE_EVERY)
    const marks = [0.1, 0.5, 1].map((part) => Math.max(1, Math.round(part * count)))
    const seen: number[] = []
    let done = 0
    for await (const { source, status } of album.addAll(files())) {
      if (status !== 'added') throw new Error(status)
      fs.rmSync(source as string)
      if (marks.includes(++done)) {
        seen.push(process.memoryUsage().rss)
        note(`${done} files: ${megabytes(seen.at(-1) as number)}, peak so far ${megabytes(peak)}`)
      }
    }
    clearInterval(sampler)
    await album.close()
    const report = (what: string, bytes: number): Row => ({
      what,
      ours: megabytes(bytes),
      limit: '',
      ratio: null,
      target: null
    })
    const [tenth, half, all] = seen as [number, number, number]
    return [
      report(`memory before adding ${count} files of 3 MB`, before),
      report('memory at 10 %', tenth),
      report('memory at 50 %', half),
      report('memory at 100 %', all),
      report('memory, peak', peak)
    ]
  }
}
