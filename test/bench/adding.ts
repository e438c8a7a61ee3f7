import { createHash } from 'node:crypto'
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import Corestore from 'corestore'
import Hyperdrive from 'hyperdrive'
import { Album } from '../plain.ts'
import { type Benchmark, median, megabytes, milliseconds, needDisk, timed } from './harness.ts'

const FILE_BYTES = 3_000_000
const SINGLES = 20

/** Writes files of random bytes that begin as a JPEG does. */
export function writeFile(folder: string, name: string, bytes: number): string {
  const file = path.join(folder, name)
  const data = crypto.randomBytes(bytes)
  data.set([0xff, 0xd8, 0xff, 0xe0])
  fs.writeFileSync(file, data)
  return file
}

async function addThem(folder: string, files: string[]): Promise<number> {
  const album = await Album.create(folder, { name: 'Bench', member: 'Dad', network: false })
  const { ms } = await timed(async () => {
    for await (const { status } of album.addAll(files)) if (status !== 'added') throw new Error(status)
  })
  await album.close()
  return ms
}

/** Milliseconds that bare `drive.put` and hashing take. */
export async function putThem(folder: string, files: string[]): Promise<number> {
  const store = new Corestore(folder)
  const drive = new Hyperdrive(store, { encryptionKey: crypto.randomBytes(32) })
  await drive.ready()
  const { ms } = await timed(async () => {
    for (const file of files) {
      const bytes = await fs.promises.readFile(file)
      const id = createHash('sha256').update(bytes).digest('hex')
      await drive.put(`/${id}.jpg`, bytes)
    }
  })
  await drive.close()
  return ms
}

/** Adding many photos from files, against bare `drive.put` of the same bytes and hashing them. */
export const adding: Benchmark = {
  name: 'adding',
  async run({ quick, folder, note }) {
    const count = quick ? 30 : 500
    needDisk(count * FILE_BYTES * 5)
    const place = folder()
    const files = Array.from({ length: count }, (_, i) => writeFile(place, `${i}.jpg`, FILE_BYTES))
    const ours: number[] = []
    const limits: number[] = []
    // Turn and turn about, since a machine gets faster and slower while it runs.
    for (let round = 0; round < 2; round++) {
      limits.push(await putThem(folder(), files))
      ours.push(await addThem(folder(), files))
      note(`addAll ${milliseconds(ours.at(-1) as number)}, bare ${milliseconds(limits.at(-1) as number)}`)
    }
    const [best, limit] = [Math.min(...ours), Math.min(...limits)]
    const rate = (ms: number): string => `${megabytes((count * FILE_BYTES * 1000) / ms)}/s`

    const album = await Album.create(folder(), { name: 'Bench', member: 'Dad', network: false })
    const singles: number[] = []
    for (const file of files.slice(0, SINGLES)) singles.push((await timed(() => album.add(file))).ms)
    await album.close()
    return [
      {
        what: `addAll of ${count} files of 3 MB`,
        ours: rate(best),
        limit: rate(limit),
        ratio: limit / best,
        target: { atLeast: 0.85 }
      },
      { what: 'one add of 3 MB', ours: milliseconds(median(singles)), limit: '', ratio: null, target: null }
    ]
  }
}
