import type { Signal } from '../types.ts'
import { following } from './wait.ts'

/** How many tasks run at once, how many results may wait, and how they are handed on. */
export interface Ahead {
  /** Tasks at the same time; each runs in a lane, by whose number it may keep a buffer. */
  lanes: number
  /** Items begun but not taken yet: this bounds the memory. */
  ahead: number
  /** Results handed on together, at most. */
  together: number
  /** Milliseconds to wait for others after the first. */
  wait: number
  /** Aborts the tasks that run. */
  signal?: Signal | undefined
}

/**
 * Runs a task for each item, several at a time, and yields the results in the order of the items: as many together as
 * are there. It goes on while the results are used. Who leaves early aborts the tasks that run, and waits for their end.
 */
export async function* runAhead<T, R>(
  items: Iterable<T>,
  { lanes: count, ahead, together, wait, signal }: Ahead,
  task: (item: T, lane: number, signal: AbortSignal) => Promise<R>
): AsyncGenerator<R[]> {
  const iterator = items[Symbol.iterator]()
  const lanes = Array.from({ length: count }, (): Promise<unknown> => Promise.resolve())
  const window: Promise<R>[] = []
  const stop = following(signal)
  let [begun, ended, left] = [0, false, false]
  const fill = (): void => {
    while (!ended && window.length < ahead) {
      const next = iterator.next()
      if (next.done) {
        ended = true
        return
      }
      const lane = begun++ % count
      const result = (lanes[lane] as Promise<unknown>).then(() => {
        if (left) throw new Error('Nobody waits for it any more')
        return task(next.value, lane, stop.signal)
      })
      // Whoever takes it hears of its failure.
      lanes[lane] = result.catch(() => {})
      window.push(result)
    }
  }
  try {
    for (fill(); window.length > 0; fill()) {
      const run: R[] = [await (window.shift() as Promise<R>)]
      fill()
      let timer: ReturnType<typeof setTimeout> | undefined
      const late = new Promise<null>((resolve) => {
        timer = setTimeout(() => resolve(null), wait)
      })
      while (run.length < together && window[0]) {
        const next = await Promise.race([window[0].then((value) => ({ value })), late])
        if (next === null) break
        run.push(next.value)
        void window.shift()
        fill()
      }
      clearTimeout(timer)
      yield run
    }
  } finally {
    left = true
    stop.end()
    await Promise.all(lanes)
  }
}
