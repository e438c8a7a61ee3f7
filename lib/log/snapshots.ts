import type { SessionState } from 'hypercore'

type Update = (this: SessionState, storage: unknown) => Promise<unknown>

const mended = new WeakSet<object>()

/**
 * A snapshot of a core that is being written waits for that (hypercore 11.37.1, lib/session-state.js). Where what was
 * written is closed before it hears of the end, it fails with a `TypeError`, which ends the process: so it holds on to
 * what it waits for.
 */
export function mendSnapshots(state: SessionState): void {
  const prototype = Object.getPrototypeOf(state) as { _updateSnapshotStorage: Update }
  if (mended.has(prototype)) return
  mended.add(prototype)
  const update = prototype._updateSnapshotStorage
  prototype._updateSnapshotStorage = function (storage) {
    const held = Object.create(this, { atomized: { value: this.atomized } }) as SessionState
    return update.call(held, storage)
  }
}
