import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Assertions } from 'brittle'
import { Member, Mirror } from '../homes-family.ts'
import { type Home, type Host, createHomes } from '../homes.ts'
import { type Delay, type Slowness, whatDelaysLack } from '../links.ts'
import type { MirrorEvent } from '../../lib/mirror/index.ts'
import { png } from '../helpers.ts'
import { diskUsed } from './disk.ts'
import {
  type Benchmark,
  type Context,
  type Row,
  megabytes,
  milliseconds,
  reporter,
  timed
} from './harness.ts'

const LINE: Slowness = { rate: '20mbit', loss: 0.01 }
// Each way.
const DELAY: Delay = { ms: [80, 80] }
const BYTES_A_SECOND = 20e6 / 8
const PHOTO = 3_000_000
// So that a thousand of them come over the slow line in minutes.
const SMALL = 50_000
// As many pixels as make a PNG of some size; of one colour they are small.
const SIDE = 1200

/** A mirror in one home and who adds in the other, over a slow link and over a fast one. */
export const mirror: Benchmark = {
  name: 'mirror',
  async run(context) {
    const endings: (() => unknown)[] = []
    // What a test has of this: the homes end with the benchmark.
    const t = {
      comment: context.note,
      teardown: (end: () => unknown) => void endings.unshift(end)
    } as unknown as Assertions
    try {
      return await measure(t, context)
    } finally {
      for (const end of endings) await end()
    }
  }
}

async function measure(t: Assertions, { quick, folder, note }: Context): Promise<Row[]> {
  const lab = await createHomes(t, 1, 1)
  if (lab === null) return []
  const slowLine = `20 Mbit/s, ${whatDelaysLack() ? 'undelayed' : '80 ms each way'}, 1 % loss`
  const [ours, theirs] = lab.homes as [Home, Home]
  const [box, laptop] = [ours.hosts[0], theirs.hosts[0]] as [Host, Host]
  const bootstrap = `${lab.bootstrap[0]?.host}:${lab.bootstrap[0]?.port}`
  const place = folder()
  const mum = new Member(laptop, path.join(place, 'mum'), bootstrap)
  t.teardown(() => mum.kill())
  await mum.ask('create', { member: 'Mum', device: 'tablet' })
  const invite = async (role: 'mirror' | 'contributor'): Promise<string> =>
    (await mum.ask('invite', { role })) as string
  const home = path.join(place, 'mirror')
  const first = new Mirror(box, home, bootstrap, await invite('mirror'))
  t.teardown(() => first.kill())
  const dad = new Member(box, path.join(place, 'dad'), bootstrap)
  t.teardown(() => dad.kill())
  await dad.ask('join', { code: await invite('contributor'), member: 'Dad', device: 'laptop' })
  await mum.ask('online', { devices: ['box', 'laptop'] })
  const rows: Row[] = []
  const report = reporter(rows, note)

  const slow = async (): Promise<void> => {
    await Promise.all([ours.link.slow(LINE), theirs.link.slow({ ...LINE, delay: DELAY })])
  }
  const fast = async (): Promise<void> => {
    await Promise.all([ours.link.fast(), theirs.link.fast()])
  }
  await slow()
  const file = path.join(place, 'photo.png')
  // Once before, so that what decodes has started.
  fs.writeFileSync(file, png('another picture', SIDE))
  await mum.ask('add', { file })
  await dad.ask('photos', { count: 1 })
  fs.writeFileSync(file, png('a picture', SIDE))
  const adding = timed(() => mum.ask('add', { file }))
  const shown = timed(async () => {
    await dad.ask('photos', { count: 2 })
    const id = (await adding).value as string
    await dad.ask('read', { id, variant: 'thumbnail' })
  })
  const seen = await shown
  report(`add on one host, to the thumbnail on another, over ${slowLine}`, milliseconds(seen.ms))
  const large = await timed(async () => {
    const id = (await mum.ask('add', { bytes: PHOTO })) as string
    await mum.ask('held', { id, device: 'box' })
  })
  report(
    `add of ${megabytes(PHOTO)}, to its receipt by the mirror, over ${slowLine}, against its rate alone`,
    milliseconds(large.ms),
    milliseconds((PHOTO / BYTES_A_SECOND) * 1000),
    large.ms / ((PHOTO / BYTES_A_SECOND) * 1000)
  )
  await first.stop()
  await dad.kill()
  await fast()

  let held = 3
  let health: Extract<MirrorEvent, { type: 'health' }> | undefined
  // Each time as many as are new since the mirror was stopped.
  const catchUp = async (count: number, size: number, line: 'slow' | 'fast'): Promise<void> => {
    for (let i = 0; i < count; i++) await mum.ask('add', { bytes: size })
    if (line === 'slow') await slow()
    const again = new Mirror(box, home, bootstrap)
    t.teardown(() => again.kill())
    // From the connection on: how long a program starts is another matter.
    await again.until((event) => event.type === 'health' && event.online.length > 0)
    const caught = await timed(() => again.holds(held + count))
    held += count
    const rate = (count * size) / caught.ms / 1000
    const bare = await stream(t, laptop, box, bootstrap, count * size)
    const over = line === 'slow' ? ` over ${slowLine}` : ''
    report(
      `a mirror catching up with ${count} photos of ${megabytes(size)}${over}, against a DHT stream between the hosts`,
      `${rate.toFixed(2)} MB/s`,
      `${bare.toFixed(2)} MB/s`,
      rate / bare
    )
    health = again.events.findLast((event) => event.type === 'health')
    await again.stop()
    await fast()
  }
  await catchUp(quick ? 20 : 1000, SMALL, 'slow')
  await catchUp(quick ? 20 : 1000, SMALL, 'fast')
  await catchUp(quick ? 20 : 200, PHOTO, 'fast')
  if (health) report('memory of the mirror then', megabytes(health.memory))
  const bytes = health?.bytes ?? 0
  const disk = diskUsed(home)
  report('disk used by the mirror, against bytes held', megabytes(disk), megabytes(bytes), disk / bytes)
  return rows
}

/** MB/s of a bare encrypted stream from one host to another. */
async function stream(
  t: Assertions,
  from: Host,
  to: Host,
  bootstrap: string,
  bytes: number
): Promise<number> {
  const sender = startOn(from, [bootstrap, String(bytes)])
  t.teardown(() => void sender.kill('SIGKILL'))
  const key = await lineOf(sender)
  const receiver = startOn(to, [bootstrap, String(bytes), key])
  t.teardown(() => void receiver.kill('SIGKILL'))
  return bytes / Number(await lineOf(receiver)) / 1000
}

function startOn({ prefix: [program, ...before] }: Host, args: string[]): ChildProcess {
  const script = fileURLToPath(new URL('dht-stream.ts', import.meta.url))
  const all = [...before, process.execPath, '--import', import.meta.resolve('tsx'), script, ...args]
  return spawn(program, all, { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function lineOf({ stdout }: ChildProcess): Promise<string> {
  if (stdout) for await (const line of createInterface({ input: stdout })) return line
  throw new Error('The process ended before it said anything')
}
