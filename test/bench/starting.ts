import { execFile, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Album } from '../plain.ts'
import { type Benchmark, type Row, median, milliseconds, timed } from './harness.ts'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..')
const execute = promisify(execFile)

/** How long the built command line takes to start and end, against Node with nothing to do. */
export const starting: Benchmark = {
  name: 'starting',
  async run({ quick, folder, note }) {
    const program = path.join(root, 'dist', 'lib', 'cli', 'bin.js')
    note('building')
    spawnSync('npm', ['run', 'build'], { cwd: root })
    if (!fs.existsSync(program)) throw new Error('It could not be built')
    const place = folder()
    const album = await Album.create(place, { name: 'Bench', member: 'Dad', network: false })
    await album.close()
    const start = async (...args: string[]): Promise<number> =>
      (await timed(() => execute(process.execPath, args))).ms

    const commands = [
      { what: '`hyperalbum --help`', args: [program, '--help'], target: { atMost: 2 } },
      { what: '`hyperalbum status`', args: [program, 'status', '--album', place], target: { atMost: 5 } }
    ]
    const rows: Row[] = []
    for (const { what, args, target } of commands) {
      const [ours, limits]: [number[], number[]] = [[], []]
      for (let round = 0; round < (quick ? 3 : 25); round++) {
        limits.push(await start('-e', '0'))
        ours.push(await start(...args))
      }
      const [mine, limit] = [median(ours), median(limits)]
      rows.push({
        what: `${what}, from start to end`,
        ours: milliseconds(mine),
        limit: milliseconds(limit),
        ratio: mine / limit,
        target
      })
    }
    return rows
  }
}
