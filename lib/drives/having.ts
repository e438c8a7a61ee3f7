import type Hypercore from 'hypercore'
import type { RemotePeer } from 'hypercore'

// Bits that a peer tells at once.
const ASKED_AT_ONCE = 2_097_152
// UDX 1.21 sends again what is not confirmed after the line's own round trip and twice as long (a second and two at
// least), up to six times: 13 seconds until it gives a peer up. After two it is silent here.
const SILENT_AFTER = 2

const NOBODY = { addWant: () => {}, removeWant: () => {} }
const asked = new WeakMap<RemotePeer, Set<number>>()

/** Who of those who are connected has a block: somebody, nobody, or only peers from whom nothing comes any more. */
export type Having = 'somebody' | 'silent' | 'nobody'

export function whoHas(core: Hypercore, block: number): Having {
  const peers = havingPeers(core, block)
  if (peers.length === 0) return 'nobody'
  return peers.every(isSilent) ? 'silent' : 'somebody'
}

function havingPeers(core: Hypercore, block: number): RemotePeer[] {
  return core.peers.filter((peer) => peer.remoteContiguousLength > block || peer.remoteBitfield.get(block))
}

/**
 * Bytes that have come from those who have a block since they connected, of whatever: by UDX also of messages that are not
 * yet whole.
 */
export function bytesFrom(core: Hypercore, block: number): number {
  return havingPeers(core, block).reduce(
    (sum, { stream }) => sum + (stream.rawStream?.bytesReceived ?? stream.rawBytesRead),
    0
  )
}

/**
 * Whether a peer confirms nothing that is sent to it: it was killed, or its line broke; one that is slow, or looks for
 * the block on its disk, confirms that it was asked. Only UDX tells: other streams count as alive until they close.
 */
function isSilent({ stream }: RemotePeer): boolean {
  return (stream.rawStream?.rtoCount ?? 0) >= SILENT_AFTER
}

/**
 * Has peers say whether they have a block, now and when they get it; false where all were asked. Of a core of more than
 * 256 blocks Hypercore (11.37) tells by itself only who has all of it up to there, and the last ones.
 */
export function askFor(core: Hypercore, block: number): boolean {
  const part = Math.floor(block / ASKED_AT_ONCE)
  let asks = false
  for (const peer of core.peers) {
    const parts = asked.get(peer) ?? new Set()
    asked.set(peer, parts)
    if (parts.has(part) || peer.remoteLength <= block) continue
    parts.add(part)
    peer._maybeWant(block, NOBODY)
    asks = true
  }
  return asks
}
