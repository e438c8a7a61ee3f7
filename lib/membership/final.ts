import type { Log } from '../log/log.ts'
import type { Wait } from '../types.ts'
import { bounded, manyWaitOn, sleep } from '../util/wait.ts'

// Milliseconds. The device that signs the index confirms within seconds, where it is online.
const POLL = 100
const TIMEOUT = 5000
const ALONE = 500

/** Waits until what this device wrote last is final, and something beside it holds; says whether that came. */
export async function untilFinal(
  log: Log,
  wait: Wait,
  holds: () => Promise<boolean> = async () => true
): Promise<{ final: boolean }> {
  const length = log.view.version
  const given = manyWaitOn()
  const confirmed = (async () => {
    let final = false
    while (!final && !log.closed && !given.signal.aborted) {
      final = log.finalLength >= length && (await holds())
      if (!final) await sleep(POLL, given.signal)
    }
    return { final }
  })()
  const alone = !log.isIndexer && log.view.core.peers.length === 0
  return bounded(confirmed, { timeout: alone ? ALONE : TIMEOUT, ...wait }, 'Confirming')
    .catch(() => ({ final: false }))
    .finally(() => given.abort())
}
