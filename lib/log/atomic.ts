import type { ApplyState, BootRecord, LocalState, OpenHost } from 'autobase'

// autobase 7.28.1, lib/caps.js
const BOOT_RECORD_VERSION = 3

/**
 * Makes what an indexer writes after a run of ops one write. Autobase 7.28.1 makes it two (lib/apply-state.js,
 * `_flush`): first the rows and blocks, then which ops they came from. Killed or closed in between, it would apply
 * those ops a second time when it is opened again, and its index would differ from everybody else's.
 */
export function flushAtOnce({ base, state }: OpenHost): void {
  // The one that readers see is never written to.
  if (state === undefined) return
  const { store } = state
  const flush = store.flush.bind(store)
  store.flush = async () => {
    await noteOrigin(state, base.recoveries)
    return flush()
  }
}

// What `_flush` itself writes between its two flushes; it writes the same again afterwards.
async function noteOrigin(state: ApplyState, recoveries: number): Promise<void> {
  const { localState } = state
  if (localState === null) return
  // An heir took over: this is what `finalize` writes a moment later. Killed in between, it would go on with neither index.
  const next = state.pendingFork ? state.systemRef.getNextKey() : null
  if (state.pendingFork !== null && next !== null) {
    goBack(state, localState, state.pendingFork.length)
    localState.setBootRecord(recordOf(state, next, recoveries, true))
    return localState.flush()
  }
  // Nothing was applied, or another boot record is on its way.
  if (localState.tx === null) return
  localState.setBootRecord(recordOf(state, state.key, recoveries, false))
  await localState.flush()
}

// The heir may not have seen all that was in order here. Autobase itself goes on from where its own core ended, which the new
// one does not reach: it would read what others wrote there, or not open any more. So all after that is put in order anew.
function goBack(state: ApplyState, localState: LocalState, length: number): void {
  if (state.systemView.indexedLength <= length) return
  for (const update of state.updates.splice(0)) localState.deleteUpdate(update)
  state.systemView.indexedLength = length
}

function recordOf(
  { systemView }: ApplyState,
  key: Uint8Array,
  recoveries: number,
  indexersUpdated: boolean
): BootRecord {
  const systemLength = systemView.indexedLength
  return {
    version: BOOT_RECORD_VERSION,
    key,
    systemLength,
    indexersUpdated,
    fastForwarding: false,
    recoveries
  }
}
