// What makes the links of homes slow does.
import { execFileSync } from 'node:child_process'
import test from 'brittle'
import { type Home, type Host, createHomes } from './homes.ts'
import { whatDelaysLack } from './links.ts'

// Nobody listens there: the answer that says so comes after one round trip.
const CLOSED = { host: '10.50.0.1', port: 9 }

/** Milliseconds of round trips from a host to the internet, one after the other. */
function roundTrips({ prefix: [program, ...args] }: Host, count: number): number[] {
  const script = `
    const { performance } = require('perf_hooks')
    const trip = () => new Promise((resolve) => {
      const started = performance.now()
      require('net').connect(${JSON.stringify(CLOSED)}).on('error', () => resolve(performance.now() - started))
    })
    ;(async () => {
      for (let i = 0; i < ${count}; i++) console.log(await trip())
    })()`
  const said = execFileSync(program, [...args, process.execPath, '-e', script], { encoding: 'utf8' })
  return said.trim().split('\n').map(Number)
}

test('homes: a link delays what goes over it, and stalls', { timeout: 60_000 }, async (t) => {
  const lab = await createHomes(t, 1)
  if (lab === null) return
  const lacking = whatDelaysLack()
  if (lacking) return t.comment(`skipped: ${lacking}`)
  const [{ link, hosts }] = lab.homes as [Home]
  const [host] = hosts as [Host]
  const quickest = (count: number): number => Math.min(...roundTrips(host, count))

  t.ok(quickest(5) < 80, 'fast')
  await link.slow({ delay: { ms: [80, 80] } })
  const delayed = quickest(5)
  t.ok(delayed >= 160 && delayed < 240, `80 ms each way: ${delayed.toFixed(1)} ms`)

  await link.slow({ delay: { ms: [10, 300], every: 50 } })
  const jumping = roundTrips(host, 20)
  t.ok(
    Math.max(...jumping) - Math.min(...jumping) > 100,
    `jumping: ${jumping.map((ms) => ms.toFixed()).join(' ')}`
  )

  await link.stall(2000)
  t.ok(quickest(1) > 1000, 'nothing comes through for 2 seconds')
  t.ok(quickest(5) < 600, 'and then it does')
  await link.fast()
  const trips = roundTrips(host, 5)
  t.ok(Math.min(...trips) < 80, 'fast again')
  t.ok(Math.max(...trips) < 3000, 'at once')
})
