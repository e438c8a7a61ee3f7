import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Album } from '../../index.ts'
import { putThem } from './adding.ts'
import { type Benchmark, type Context, type Row, median, megabytes, milliseconds, timed } from './harness.ts'
import { bare, jpegs } from './renditions.ts'

/**
 * Adding 12 MP JPEGs, with all that is made of them, against sharp alone making the same pictures, and against that and
 * bare `drive.put` of the same files one after the other; duplicates; memory.
 */
export const media: Benchmark = {
  name: 'media',
  async run(context) {
    const { quick, folder, note } = context
    const count = quick ? 6 : 60
    const parallel = os.availableParallelism()
    const files = await distinct(context, count + parallel)
    const rest = files.slice(parallel)
    const rounds = { ours: [] as number[], sharp: [] as number[], put: [] as number[], again: [] as number[] }
    let memory = { own: 0, children: 0 }
    // Turn and turn about, since a machine gets faster and slower while it runs.
    for (let round = 0; round < (quick ? 1 : 3); round++) {
      const album = await Album.create(folder(), { name: 'Bench', member: 'Dad', network: false })
      // Its processes run already, as they do for all but the first photos.
      await addAll(album, files.slice(0, parallel))
      rounds.sharp.push(await bare(rest, rest.length, parallel))
      rounds.put.push(await putThem(folder(), rest))
      const watching = setInterval(() => (memory = larger(memory, memoryNow())), 2000)
      rounds.ours.push((await timed(() => addAll(album, rest))).ms)
      clearInterval(watching)
      rounds.again.push((await timed(() => addAll(album, rest))).ms)
      await album.close()
      const [ours, sharp, put] = [rounds.ours, rounds.sharp, rounds.put].map((all) => all.at(-1) as number)
      note(
        `addAll ${milliseconds(ours as number)}, sharp alone ${milliseconds(sharp as number)}, put ${milliseconds(put as number)}`
      )
    }
    const rate = (ms: number): string => `${((rest.length * 1000) / ms).toFixed(2)} photos/s`
    const both = rounds.sharp.map((ms, i) => ms + (rounds.put[i] as number))
    const ratio = (limits: number[]): number => median(rounds.ours.map((ms, i) => (limits[i] as number) / ms))
    const what = `addAll of ${rest.length} JPEGs of 12 MP`
    const ours = rate(median(rounds.ours))
    const report = (title: string, value: string): Row => ({
      what: title,
      ours: value,
      limit: '',
      ratio: null,
      target: null
    })
    return [
      {
        what: `${what}, against sharp alone`,
        ours,
        limit: rate(median(rounds.sharp)),
        ratio: ratio(rounds.sharp),
        target: { atLeast: 0.9 }
      },
      {
        what: `${what}, against sharp and then drive.put`,
        ours,
        limit: rate(median(both)),
        ratio: ratio(both),
        target: null
      },
      report('addAll of the same again', rate(median(rounds.again))),
      report('memory of the album’s process meanwhile, peak', megabytes(memory.own)),
      report('memory of the processes that decode, together, peak', megabytes(memory.children))
    ]
  }
}

interface Memory {
  own: number
  children: number
}

function larger(a: Memory, b: Memory): Memory {
  return { own: Math.max(a.own, b.own), children: Math.max(a.children, b.children) }
}

/** Bytes resident now, of this process and of all that it started (Linux). */
function memoryNow(): Memory {
  let children = 0
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8')
      if (Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]) !== process.pid) continue
      children += Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024
    } catch {
      // It has ended meanwhile.
    }
  }
  return { own: process.memoryUsage.rss(), children }
}

async function addAll(album: Album, files: string[]): Promise<void> {
  for await (const { error } of album.addAll(files)) if (error) throw error
}

/** As many files as are wanted of the few that there are: what stands behind the picture makes each another file. */
async function distinct({ folder }: Context, count: number): Promise<string[]> {
  const place = folder()
  const originals = await jpegs(place)
  return Array.from({ length: count }, (_, i) => {
    const file = path.join(place, `${i}-${path.basename(originals[i % originals.length] as string)}`)
    fs.copyFileSync(originals[i % originals.length] as string, file)
    fs.appendFileSync(file, String(i))
    return file
  })
}
