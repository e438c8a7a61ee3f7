import type Corestore from 'corestore'
import type { InnerCore, Replicator } from 'hypercore'

// Blocks come in bursts: peers are told after so many milliseconds.
const BURST = 50

/**
 * Tells peers about what came from others. Hypercore 11.37.1 (lib/replicator.js, `_updateCanUpgradeAndSync`) does not
 * tell a peer of a core's new length while it cannot prove it to that peer, since the blocks in between are still on
 * their way here, and then never again: two devices that only a third one connects missed each other's ops for good.
 */
export function relayAll(store: Corestore): void {
  store.watch((core) => relay(core))
}

function relay(core: InnerCore): void {
  const { replicator } = core
  const onhave = replicator.onhave.bind(replicator)
  let waiting = false
  replicator.onhave = (start, length, drop) => {
    onhave(start, length, drop)
    if (waiting || drop) return
    waiting = true
    const timer = setTimeout(() => {
      waiting = false
      tell(replicator, core.state?.length ?? 0)
    }, BURST)
    // It must not keep the process alive.
    timer.unref?.()
  }
}

function tell({ peers }: Replicator, length: number): void {
  for (const peer of peers) if (peer.remoteLength < length && !peer.canUpgrade) peer.signalUpgrade()
}
