// The processes that decode: what happens to the others when one hangs, crashes or is ended.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test, { type Assertions } from 'brittle'
import { eventually, failureOf, png, tmp } from './helpers.ts'
import { createEngine, isRunning } from './renditions.ts'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const execute = promisify(execFile)
const unix = { skip: process.platform === 'win32' }

/** A file that hangs whoever opens it: nobody ever writes to this pipe. */
function hanging(t: Assertions): { path: string } {
  const file = path.join(tmp(t), 'IMG_0001.jpg')
  execFileSync('mkfifo', [file])
  return { path: file }
}

/** A program in a process of its own, with the engine as `engine`. */
function program(lines: string): string[] {
  const url = new URL('../lib/media/node-engine.ts', import.meta.url).href
  const text = `import { NodeEngine } from ${JSON.stringify(url)}
    const engine = new NodeEngine({ parallel: 1, timeout: 60_000 })
    ${lines}`
  return ['--import', 'tsx', '--input-type=module', '--eval', text]
}

const photo = (seed: number): { bytes: Uint8Array } => ({ bytes: png(seed, 64) })

test('pool: 50 photos at once, in as many processes as told', async (t) => {
  const engine = createEngine(t, { parallel: 2 })
  const all = await Promise.all(
    Array.from({ length: 50 }, async (_, i) => {
      const made = await engine.examine(photo(i), 'image/png')
      return { ...made, processes: engine.pool.pids.length }
    })
  )
  t.ok(all.every(({ facts, thumbnail }) => facts.width === 64 && thumbnail))
  t.is(new Set(all.map(({ thumbnail }) => Buffer.from(thumbnail as Uint8Array).toString('hex'))).size, 50)
  t.ok(all.every(({ processes }) => processes <= 2))
  const pids = engine.pool.pids
  await engine.examine(photo(1), 'image/png')
  t.alike(engine.pool.pids, pids, 'they are used again')
})

test('pool: what hangs is killed, and the next photo is made', unix, async (t) => {
  const engine = createEngine(t, { parallel: 1, timeout: 5000 })
  await engine.examine(photo(0), 'image/png')
  const [before = 0] = engine.pool.pids
  const stuck = engine.examine(hanging(t), 'image/jpeg')
  const next = engine.examine(photo(1), 'image/png')
  t.ok((await next).thumbnail, 'one that waited behind it')
  const { failure, damaged, facts } = await stuck
  t.is(failure, 'Decoding took over 5000 ms')
  t.alike([damaged, facts.width, facts.captured], [true, null, null], 'which nothing can be said of')
  t.absent(isRunning(before), 'it is gone')
})

test('pool: a process that is killed takes only its own photo along', unix, async (t) => {
  const engine = createEngine(t, { parallel: 1, timeout: 10_000 })
  const stuck = engine.examine(hanging(t), 'image/jpeg')
  const waiting = Array.from({ length: 5 }, (_, i) => engine.examine(photo(i), 'image/png'))
  // One that had not started yet would be given another try.
  await eventually(() => engine.pool.ready.length > 0)
  const [pid] = engine.pool.ready
  process.kill(pid as number, 'SIGKILL')
  for (const made of await Promise.all(waiting)) t.ok(made.thumbnail)

  t.ok((await stuck).failure?.includes('killed'))

  await engine.examine(photo(8), 'image/png')
  const [idle] = engine.pool.pids
  process.kill(idle as number, 'SIGKILL')
  t.ok((await engine.examine(photo(9), 'image/png')).thumbnail, 'also where it died while it waited for work')
})

test('pool: processes are replaced after so many photos, or when they keep much memory', async (t) => {
  const engine = createEngine(t, { parallel: 1, jobs: 3 })
  const pids = new Set<number>()
  for (let i = 0; i < 7; i++) {
    const made = engine.examine(photo(i), 'image/png')
    for (const pid of engine.pool.pids) pids.add(pid)
    await made
  }
  t.is(pids.size, 3)
  t.ok((await eventually(() => [...pids].filter(isRunning).length <= 1)) as boolean, 'the former are gone')

  const greedy = createEngine(t, { parallel: 1, memory: 1 })
  await greedy.examine(photo(1), 'image/png')
  t.alike(greedy.pool.pids, [])
  t.ok(await greedy.examine(photo(2), 'image/png'))
})

test('pool: processes without work end', async (t) => {
  const engine = createEngine(t, { parallel: 2, idle: 200 })
  await Promise.all([engine.examine(photo(0), 'image/png'), engine.examine(photo(1), 'image/png')])
  const pids = engine.pool.pids
  await eventually(() => engine.pool.pids.length === 0 && !pids.some(isRunning))
  t.ok(await engine.examine(photo(2), 'image/png'), 'and start again')
})

test('pool: closing in the middle', unix, async (t) => {
  const engine = createEngine(t, { parallel: 1 })
  const outcomes = [engine.examine(hanging(t), 'image/jpeg'), engine.examine(photo(0), 'image/png')].map(
    failureOf
  )
  await eventually(() => engine.pool.pids.length > 0)
  const pids = engine.pool.pids
  await engine.close()
  t.alike(await Promise.all(outcomes), ['CLOSED', 'CLOSED'])
  t.absent(pids.some(isRunning), 'no process is left')
  t.is(await failureOf(engine.examine(photo(1), 'image/png')), 'CLOSED')
  await engine.close()
})

test('pool: a signal and a timeout end the wait and the work', unix, async (t) => {
  const engine = createEngine(t, { parallel: 1 })
  const controller = new AbortController()
  const { signal } = controller
  const running = engine.examine(hanging(t), 'image/jpeg', { signal })
  const queued = engine.examine(photo(0), 'image/png', { signal })
  const other = engine.examine(photo(1), 'image/png')
  setTimeout(() => controller.abort(), 300)
  t.alike(await Promise.all([running, queued].map(failureOf)), ['ABORTED', 'ABORTED'])
  t.ok((await other).thumbnail, "somebody else's photo is made")
  t.is(await failureOf(engine.examine(photo(2), 'image/png', { signal })), 'ABORTED')

  const [pid = 0] = engine.pool.pids
  t.is(await failureOf(engine.examine(hanging(t), 'image/jpeg', { timeout: 300 })), 'TIMEOUT')
  await eventually(() => !isRunning(pid))
  t.ok((await engine.examine(photo(3), 'image/png')).thumbnail)
})

test('pool: it has no secrets around it', { skip: process.platform !== 'linux' }, async (t) => {
  process.env['HYPERALBUM_TEST_SECRET'] = 'sesame'
  t.teardown(() => delete process.env['HYPERALBUM_TEST_SECRET'])
  const held = fs.openSync(path.join(tmp(t), 'album-key'), 'w')
  t.teardown(() => fs.closeSync(held))
  const engine = createEngine(t, { parallel: 1 })
  await engine.examine(photo(0), 'image/png')
  const [pid = 0] = engine.pool.pids
  const names = fs
    .readFileSync(`/proc/${pid}/environ`, 'utf8')
    .split('\0')
    .filter(Boolean)
    .map((one) => one.split('=')[0] ?? '')
    // Where the user has one.
    .filter((name) => name !== 'TZ')
  t.alike(names.toSorted(), [
    'MALLOC_ARENA_MAX',
    'NODE_CHANNEL_FD',
    'NODE_CHANNEL_SERIALIZATION_MODE',
    'UV_THREADPOOL_SIZE'
  ])
  const open = fs.readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return fs.readlinkSync(`/proc/${pid}/fd/${fd}`)
    } catch {
      return ''
    }
  })
  t.absent(
    open.some((target) => target.includes('album-key')),
    'nor files of its parent'
  )
})

test('pool: an engine that was not closed keeps no program alive', async (t) => {
  const lines = `
    const { thumbnail } = await engine.examine({ bytes: Buffer.from('${Buffer.from(png(1)).toString('hex')}', 'hex') }, 'image/png')
    console.log(thumbnail.length > 0, engine.pool.pids[0])`
  const started = Date.now()
  const { stdout } = await execute(process.execPath, program(lines), { cwd: root, timeout: 30_000 })
  const [made, pid] = stdout.trim().split(' ')
  t.is(made, 'true')
  t.ok(Date.now() - started < 15_000, 'it ended by itself, before the pool would')
  await eventually(() => !isRunning(Number(pid)))
  t.pass('and so did the process that decoded')
})

test('pool: when the parent is killed, its processes end', unix, async (t) => {
  const lines = `
    void engine.examine({ path: ${JSON.stringify(hanging(t).path)} }, 'image/jpeg')
    console.log(engine.pool.pids[0])`
  const parent = spawn(process.execPath, program(lines), { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string]
  // It has time to begin.
  await new Promise((resolve) => setTimeout(resolve, 1500))
  t.ok(isRunning(Number(line)))
  parent.kill('SIGKILL')
  await eventually(() => !isRunning(Number(line)))
  t.pass('gone')
})

test('pool: a decoder that never comes back, or takes all memory, is ended by its watchdog', async (t) => {
  const url = new URL('../lib/media/pool/watchdog.ts', import.meta.url).href
  const start = (limit: number, memory: number, lines: string): Promise<unknown[]> => {
    const text = `import { Watchdog } from ${JSON.stringify(url)}
      new Watchdog(${memory}).watch(${limit})
      ${lines}`
    const args = ['--import', 'tsx', '--input-type=module', '--eval', text]
    return once(spawn(process.execPath, args, { cwd: root, stdio: 'ignore' }), 'exit')
  }
  const endless = await start(300, 2 ** 40, 'for (;;);')
  t.alike(endless, [null, 'SIGKILL'], 'in an endless loop')
  const greedy = await start(
    60_000,
    400 * 2 ** 20,
    'const all = []; for (;;) { all.push(Buffer.alloc(2 ** 20, 1)); for (const end = Date.now() + 2; Date.now() < end; ); }'
  )
  t.alike(greedy, [null, 'SIGKILL'], 'with more and more memory')
})
