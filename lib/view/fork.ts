import b4a from 'b4a'
import type { ApplyHost, SystemView } from 'autobase'

// What `fork` of Autobase (7.28.1, lib/apply-calls.js, not documented) leaves to whoever calls it. Where it fails half-way
// the log closes for everybody, so what an op asks of it is checked to the end.

// The last row of what Autobase writes of an op into its system core, and the shortest key of a row of another kind.
const INFO = b4a.from('info')
const WRITER_BYTES = 32

/**
 * Lets one writer alone sign the index from now on, from where its system core had a length: also where the signer of
 * before is gone for good. Resolves to whether it does. All that this pass did is undone then, and the log's order is
 * applied anew from that length on, the op that asked for it again.
 */
export async function fork(
  host: ApplyHost,
  writer: Uint8Array,
  system: Uint8Array,
  length: number
): Promise<boolean> {
  const [signer, ...others] = host.system.indexers
  if (signer === undefined || others.length > 0) return false
  // Applied anew, after it took effect.
  if (b4a.equals(signer.key, writer)) return true
  if (!b4a.equals(host.system.core.key, system) || !(await wasWhole(host, writer, length))) return false
  return host.fork([writer], { key: system, length })
}

/** Whether the index ended there between two ops, knew the writer, and can be parted from there. */
async function wasWhole({ system }: ApplyHost, writer: Uint8Array, length: number): Promise<boolean> {
  // The first block is the bee's header.
  if (length < 2 || length > system.core.length) return false
  // A state in the middle of an op cannot even be opened.
  if (!(await isLast(system, length - 1)) || !(await canGoBack(system, length - 1))) return false
  const state = await system.checkout(length)
  try {
    const known = await state.get(writer)
    return known !== null && known.length > 0 && !known.isRemoved
  } finally {
    await state.close()
  }
}

async function isLast({ db }: SystemView, seq: number): Promise<boolean> {
  const { key } = await db.getBySeq(seq)
  return key.byteLength < WRITER_BYTES && b4a.equals(key.subarray(-INFO.byteLength), INFO)
}

// Autobase writes the end of the op before anew, which must not lie in what was copied from another signer's core.
async function canGoBack(system: SystemView, end: number): Promise<boolean> {
  const copied = system.core.manifest?.prologue?.length ?? 0
  for (let seq = end - 1; seq >= Math.max(1, copied - 1); seq--) if (await isLast(system, seq)) return true
  return copied === 0
}
