import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Album } from '../../index.ts'
import { type Benchmark, type Context, milliseconds, timed } from './harness.ts'
import { bare, jpegs } from './renditions.ts'

/** Adding 12 MP JPEGs, with all that is made of them, against sharp alone making the same pictures; and duplicates. */
export const media: Benchmark = {
  name: 'media',
  async run(context) {
    const { quick, folder, note } = context
    const count = quick ? 6 : 24
    const parallel = os.availableParallelism()
    const files = await distinct(context, count)
    const album = await Album.create(folder(), { name: 'Bench', member: 'Dad', network: false })
    // Its processes run already, as they do for all but the first photos.
    await addAll(album, files.slice(0, parallel))
    const rest = files.slice(parallel)
    const limit = await bare(rest, rest.length, parallel)
    const ours = (await timed(() => addAll(album, rest))).ms
    note(`addAll ${milliseconds(ours)}, sharp alone ${milliseconds(limit)}`)
    const again = (await timed(() => addAll(album, files))).ms
    await album.close()
    const rate = (photos: number, ms: number): string => `${((photos * 1000) / ms).toFixed(2)} photos/s`
    return [
      {
        what: `addAll of ${rest.length} JPEGs of 12 MP`,
        ours: rate(rest.length, ours),
        limit: rate(rest.length, limit),
        ratio: limit / ours,
        target: { atLeast: 0.9 }
      },
      {
        what: 'addAll of the same again',
        ours: rate(files.length, again),
        limit: '',
        ratio: null,
        target: null
      }
    ]
  }
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
