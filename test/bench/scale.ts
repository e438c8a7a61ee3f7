import { execFile } from 'node:child_process'
import crypto from 'node:crypto'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import createTestnet from 'hyperdht/testnet.js'
import type { Examined, MediaEngine } from '../../index.ts'
import type { MirrorHealth } from '../../lib/mirror/index.ts'
import { Mirror } from '../homes-family.ts'
import { Album } from '../plain.ts'
import { peakOf } from '../renditions.ts'
import { diskUsed } from './disk.ts'
import {
  type Benchmark,
  type Context,
  type Row,
  megabytes,
  milliseconds,
  needDisk,
  reporter,
  timed
} from './harness.ts'
import { limitTo } from './limited.ts'

const execute = promisify(execFile)

const PHOTOS = 100_000
const QUICK_PHOTOS = 2000
const ORIGINAL = 4000
const PREVIEW = 6000
const THUMBNAIL = 2000
const PHOTO_BYTES = ORIGINAL + PREVIEW + THUMBNAIL
// What a small computer at home has.
const MEMORY = 2_000_000_000
// Photos that are added one by one when all is there.
const LATER = 60
const PER_DAY = 20
const FIRST_DAY = Date.UTC(2008, 5, 1)

/** A mirror that takes over an album of many photos, under a limit of memory, and stays. `HYPERALBUM_SCALE` says how many. */
export const scale: Benchmark = {
  name: 'scale',
  async run(context) {
    const limit = limitTo(MEMORY)
    const testnet = await createTestnet(10)
    const endings: (() => Promise<unknown>)[] = []
    try {
      return await measure(context, limit, testnet.bootstrap[0] as Bootstrap, endings)
    } finally {
      for (const end of endings.reverse()) await end()
      await testnet.destroy()
      limit.end()
    }
  }
}

interface Bootstrap {
  host: string
  port: number
}

async function measure(
  { quick, folder, note }: Context,
  { prefix, how }: ReturnType<typeof limitTo>,
  node: Bootstrap,
  endings: (() => Promise<unknown>)[]
): Promise<Row[]> {
  const count = Number(process.env['HYPERALBUM_SCALE'] ?? (quick ? QUICK_PHOTOS : PHOTOS))
  needDisk(count * PHOTO_BYTES * 5)
  const rows: Row[] = []
  const report = reporter(rows, note)
  const place = folder()
  const dad = await Album.create(path.join(place, 'dad'), {
    name: 'Bench',
    member: 'Dad',
    media: madeUp,
    network: { bootstrap: [node], local: false }
  })
  endings.push(() => dad.close())
  const adding = await timed(async () => {
    for await (const { status } of dad.addAll(photos(count))) if (status !== 'added') throw new Error(status)
  })
  note(`${count} photos added in ${milliseconds(adding.ms)}`)

  const { code } = await dad.invites.create({ role: 'mirror' })
  const home = path.join(place, 'mirror')
  const bootstrap = `${node.host}:${node.port}`
  const first = new Mirror({ prefix }, home, bootstrap, code)
  endings.push(() => first.kill())
  const begun = performance.now()
  const marks: { ms: number; memory: number }[] = []
  for (const part of [0.1, 0.5, 0.9, 1]) {
    const health = await first.until(isHealth((one) => one.held >= part * count))
    const ms = performance.now() - begun
    marks.push({ ms, memory: health.memory })
    report(`memory of a mirror (${how}) that holds ${health.held} photos`, megabytes(health.memory))
    note(`after ${milliseconds(ms)}`)
  }
  const [tenth, half, most, all] = marks as [Mark, Mark, Mark, Mark]
  const late = (all.ms - most.ms) / (count / 10)
  const early = tenth.ms / (count / 10)
  report(
    'time until each photo was there and counted, of the last tenth, against the first with the joining',
    milliseconds(late),
    milliseconds(early),
    late / early
  )
  report(
    'memory that each photo takes, from half of them on',
    `${Math.round((all.memory - half.memory) / (count / 2))} bytes`
  )
  for (let i = 0; i < LATER; i++) {
    await dad.add(photoBytes())
    await new Promise((resolve) => setTimeout(resolve, quick ? 50 : 1000))
  }
  const then = await first.until(isHealth((one) => one.held === count + LATER))
  report(`memory when ${LATER} more have come one by one`, megabytes(then.memory))
  report('memory at most', megabytes(peakOf(first.pid)))
  await first.stop()
  const disk = diskUsed(home)
  const held = (count + LATER) * PHOTO_BYTES
  report('disk used by the mirror, against bytes held', megabytes(disk), megabytes(held), disk / held)

  const again = new Mirror({ prefix }, home, bootstrap)
  endings.push(() => again.kill())
  await again.until(({ type }) => type === 'opened')
  const counted = await timed(() =>
    again.until(isHealth(({ counting, held }) => !counting && held === count + LATER))
  )
  report(`a mirror that was started again, to all ${count + LATER} photos counted`, milliseconds(counted.ms))
  report('memory then', megabytes(counted.value.memory))
  report('memory at most, of that', megabytes(peakOf(again.pid)))
  await again.stop()

  const script = fileURLToPath(new URL('counting.ts', import.meta.url))
  const [program, ...before] = [
    ...prefix,
    process.execPath,
    '--import',
    import.meta.resolve('tsx'),
    script,
    home
  ]
  const { stdout } = await execute(program as string, before)
  const health = JSON.parse(stdout) as { ms: number; lacking: number; before: number; peak: number }
  report(`copies.health() of all photos (${health.lacking} lacking)`, milliseconds(health.ms))
  report('memory at most meanwhile, against before', megabytes(health.peak), megabytes(health.before))
  return rows
}

type Mark = { ms: number; memory: number }

function isHealth(when: (health: MirrorHealth) => boolean) {
  return (event: { type: string }): event is MirrorHealth =>
    event.type === 'health' && when(event as MirrorHealth)
}

async function* photos(count: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) yield photoBytes()
}

function photoBytes(): Uint8Array {
  return bytesLike([0xff, 0xd8, 0xff, 0xe0], ORIGINAL)
}

function bytesLike(beginning: number[], length: number): Uint8Array {
  const bytes = crypto.randomBytes(length)
  bytes.set(beginning)
  return new Uint8Array(bytes)
}

let examined = 0

/** Bytes as many as small pictures have: to decode so many photos would take a day. */
const madeUp: MediaEngine = {
  async examine(): Promise<Examined> {
    const local = FIRST_DAY + (examined++ / PER_DAY) * 86_400_000
    return {
      facts: {
        width: 4032,
        height: 3024,
        duration: null,
        captured: { local, offset: 60, zone: null, source: 'metadata', precision: 'second' },
        location: null,
        camera: null,
        sidecar: null
      },
      thumbnail: bytesLike([...Buffer.from('RIFF')], THUMBNAIL),
      preview: bytesLike([...Buffer.from('RIFF')], PREVIEW),
      placeholder: new Uint8Array(crypto.randomBytes(25)),
      damaged: false,
      failure: null
    }
  },
  async close() {}
}
