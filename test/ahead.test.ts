import test from 'brittle'
import { runAhead } from '../lib/util/ahead.ts'
import { collect } from './helpers.ts'

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

test('ahead: in order, several at once, and no further than told', async (t) => {
  let [running, most, begun, taken] = [0, 0, 0, 0]
  let furthest = 0
  const items = Array.from({ length: 100 }, (_, i) => i)
  const lanes = new Set<number>()
  const runs = runAhead(items, { lanes: 4, ahead: 10, together: 7, wait: 5 }, async (item, lane) => {
    most = Math.max(most, ++running)
    furthest = Math.max(furthest, ++begun - taken)
    lanes.add(lane)
    await pause(item % 3)
    running--
    return item * 2
  })
  const all: number[] = []
  for await (const run of runs) {
    t.ok(run.length >= 1 && run.length <= 7)
    taken += run.length
    all.push(...run)
  }
  t.alike(
    all,
    items.map((item) => item * 2)
  )
  t.is(most, 4)
  t.is(lanes.size, 4)
  t.ok(furthest <= 10 + 7, `${furthest} ahead`)
  t.alike(await collect(runAhead([], { lanes: 4, ahead: 10, together: 7, wait: 5 }, async () => 1)), [])
})

test('ahead: a failure comes in its turn, and who leaves waits for what runs', async (t) => {
  const options = { lanes: 2, ahead: 10, together: 3, wait: 5 }
  const seen: number[] = []
  const failing = runAhead([1, 2, 3, 4], options, async (item) => {
    if (item === 3) throw new Error('three')
    return item
  })
  await t.exception(async () => {
    for await (const run of failing) seen.push(...run)
  }, /three/)
  let [begun, ended] = [0, 0]
  const left = runAhead([1, 2, 3, 4, 5, 6], options, async () => {
    begun++
    await pause(20)
    ended++
  })
  for await (const _ of left) break
  t.is(ended, begun)
  t.ok(begun < 6, 'the others are not begun')
})
