import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { NoiseStream } from 'hypercore'
import createTestnet from 'hyperdht/testnet.js'
import Hyperswarm from 'hyperswarm'
import { Album } from '../plain.ts'
import { type Benchmark, type Context, type Row, megabytes, median, milliseconds } from './harness.ts'
import { build } from './paging.ts'

const PAGE = 100
const MOST_BYTES = 3_000_000
const ROUNDS = 3

interface Joined {
  /** From asking to join to the first page. */
  ms: number
  /** Received over all connections until then. */
  bytes: number
}

/** Joining a large album against joining a small one: until the first page is there. */
export const joining: Benchmark = {
  name: 'joining',
  async run(context) {
    const [small, large] = context.quick ? [500, 2000] : [10_000, 100_000]
    const few = await joins(small, context)
    const many = await joins(large, context)
    const row = (what: string, ours: string, limit: string, ratio: number, atMost: number): Row => ({
      what,
      ours,
      limit,
      ratio,
      target: { atMost }
    })
    const [fewMs, manyMs] = [median(few.map(({ ms }) => ms)), median(many.map(({ ms }) => ms))]
    const bytes = Math.max(...many.map((one) => one.bytes))
    return [
      row(
        `joining an album of ${large}, to the first page of ${PAGE}, against one of ${small}`,
        milliseconds(manyMs),
        milliseconds(fewMs),
        manyMs / fewMs,
        1.5
      ),
      row(
        `bytes received until then, against ${megabytes(MOST_BYTES)}`,
        megabytes(bytes),
        megabytes(MOST_BYTES),
        bytes / MOST_BYTES,
        1
      )
    ]
  }
}

async function joins(count: number, { folder, note }: Context): Promise<Joined[]> {
  const place = folder()
  await build(place, count, note)
  const testnet = await createTestnet(10)
  const [{ host, port }] = testnet.bootstrap as [{ host: string; port: number }]
  const script = fileURLToPath(new URL('founder.ts', import.meta.url))
  // The founder in a process of its own, as in a family.
  const founder = spawn(
    process.execPath,
    [...process.execArgv, script, place, `${host}:${port}`, String(ROUNDS)],
    {
      stdio: ['ignore', 'pipe', 'inherit']
    }
  )
  const results: Joined[] = []
  try {
    for await (const code of createInterface({ input: founder.stdout })) {
      const joined = await joinOnce(folder(), code, testnet.bootstrap)
      note(`${count} photos: ${milliseconds(joined.ms)}, ${megabytes(joined.bytes)}`)
      results.push(joined)
      if (results.length === ROUNDS) break
    }
  } finally {
    founder.kill()
    await testnet.destroy()
  }
  return results
}

async function joinOnce(place: string, code: string, bootstrap: object[]): Promise<Joined> {
  const swarm = new Hyperswarm({ bootstrap })
  const streams: NoiseStream[] = []
  swarm.on('connection', (stream) => streams.push(stream))
  const started = performance.now()
  const album = await Album.join(place, code, { member: 'Mum', network: { swarm: swarm as never } })
  let found = 0
  while (found < PAGE) {
    found = 0
    for await (const photo of album.list({ limit: PAGE, reverse: true })) if (photo.id) found++
  }
  const ms = performance.now() - started
  const bytes = streams.reduce((sum, stream) => sum + stream.rawBytesRead, 0)
  await album.close()
  await swarm.destroy()
  return { ms, bytes }
}
