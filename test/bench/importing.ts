import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { exportFolder } from '../../lib/export/index.ts'
import { importFolder } from '../../lib/import/index.ts'
import { Album } from '../plain.ts'
import { writeFile } from './adding.ts'
import { type Benchmark, megabytes, milliseconds, needDisk, timed } from './harness.ts'

const FILE_BYTES = 3_000_000
const PER_FOLDER = 100
const CHUNK_BYTES = 1024 * 1024
const LANES = 8

/** Milliseconds that hashing files takes, as many at a time as the import does. */
async function hashThem(files: string[]): Promise<number> {
  const waiting = files.values()
  const lane = async (): Promise<void> => {
    const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES)
    for (const file of waiting) {
      const hash = createHash('sha256')
      const handle = await fs.promises.open(file)
      for (;;) {
        const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, null)
        hash.update(buffer.subarray(0, bytesRead))
        if (bytesRead < CHUNK_BYTES) break
      }
      hash.digest('hex')
      await handle.close()
    }
  }
  return (await timed(() => Promise.all(Array.from({ length: LANES }, lane)))).ms
}

async function importThem(album: Album, folder: string): Promise<Record<'known' | 'added', number>> {
  for await (const event of importFolder(album, folder)) if (event.type === 'summary') return event
  throw new Error('No summary came')
}

/** Bringing in a folder that the album has already, against hashing its files alone. */
export const importing: Benchmark = {
  name: 'importing',
  async run({ quick, folder, note }) {
    const count = quick ? 100 : 1000
    needDisk(count * FILE_BYTES * 3)
    const place = folder()
    const files = Array.from({ length: count }, (_, i) => {
      const inside = path.join(place, String(Math.floor(i / PER_FOLDER)))
      fs.mkdirSync(inside, { recursive: true })
      return writeFile(inside, `${i}.jpg`, FILE_BYTES)
    })
    const album = await Album.create(folder(), { name: 'Bench', member: 'Dad', network: false })
    const first = await timed(() => importThem(album, place))
    if (first.value.added !== count) throw new Error(`Only ${first.value.added} were added`)
    const [ours, limits]: [number[], number[]] = [[], []]
    // Turn and turn about, since a machine gets faster and slower while it runs.
    for (let round = 0; round < 3; round++) {
      limits.push(await hashThem(files))
      const { ms, value } = await timed(() => importThem(album, place))
      if (value.known !== count) throw new Error(`Only ${value.known} are known`)
      ours.push(ms)
      note(`import ${milliseconds(ms)}, hashing ${milliseconds(limits.at(-1) as number)}`)
    }
    const rate = (ms: number): string => `${megabytes((count * FILE_BYTES * 1000) / ms)}/s`
    const [best, limit] = [Math.min(...ours), Math.min(...limits)]

    const target = folder()
    const takeOut = async (): Promise<void> => {
      for await (const event of exportFolder(album, target)) if (event.type === 'summary') return
    }
    const [out, again] = [await timed(takeOut), await timed(takeOut)]
    await album.close()
    const report = { limit: '', ratio: null, target: null }
    return [
      {
        what: `import of ${count} files of 3 MB that are known`,
        ours: rate(best),
        limit: rate(limit),
        ratio: limit / best,
        target: { atLeast: 0.8 }
      },
      { what: 'and when they were new', ours: rate(first.ms), ...report },
      { what: `export of ${count} photos of 3 MB`, ours: rate(out.ms), ...report },
      { what: 'and again, when they are there', ours: milliseconds(again.ms), ...report }
    ]
  }
}
