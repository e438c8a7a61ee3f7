import b4a from 'b4a'
import type { ApplyHost, SystemView } from 'autobase'
import { coreKeyOf } from './identity.ts'

// What `fork` of Autobase (7.28.1, lib/apply-calls.js, not documented) leaves to whoever calls it. Where it fails half-way
// the log closes for everybody, so what an op asks of it is checked to the end.

// The last row of what Autobase writes of an op into its system core, and the shortest key of a row of another kind.
const INFO = b4a.from('info')
const WRITER_BYTES = 32

/**
 * The length of the view where a system core had this length, as an op says that the signer (a writer core) signed it; null
 * where it did not, where the index did not end there between two ops, and where the writer that is to go on had written
 * nothing.
 */
export async function signedAt(
  { system }: ApplyHost,
  length: number,
  signer: Uint8Array,
  writer: Uint8Array
): Promise<number | null> {
  // The first block is the bee's header. A state in the middle of an op cannot even be opened.
  if (length < 2 || length > system.core.length || !(await isLast(system, length - 1))) return null
  const before = await endBefore(system, length)
  if (before === null) return null
  const [now, then, earlier] = [
    await system.get(signer),
    await written(system, length, signer),
    await written(system, before, signer)
  ]
  // What a device writes shows what it has signed, up to that itself.
  const isSigned = (now?.length ?? 0) > then || then > earlier
  if (!isSigned || (await written(system, length, writer)) === 0) return null
  return at(system, length, async ({ views }) => views[0]?.length ?? null)
}

async function at<T>(
  system: SystemView,
  length: number,
  read: (state: SystemView) => Promise<T>
): Promise<T> {
  const state = await system.checkout(length)
  try {
    return await read(state)
  } finally {
    await state.close()
  }
}

/** How many blocks of a writer's core were in order; 0 where it was not known, or removed. */
function written(system: SystemView, length: number, writer: Uint8Array): Promise<number> {
  return at(system, length, async (state) => {
    const known = await state.get(writer)
    return known === null || known.isRemoved ? 0 : known.length
  })
}

/** The one device that signs the index, by its writer core; null where there is no such one. */
export function signerOf({ system }: ApplyHost): Uint8Array | null {
  const [signer, ...others] = system.indexers
  return signer === undefined || others.length > 0 ? null : signer.key
}

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
  const signer = signerOf(host)
  if (signer === null) return false
  // Applied anew, after it took effect.
  if (b4a.equals(signer, writer)) return true
  if (!b4a.equals(host.system.core.key, system)) return false
  // Handed over and not moved to a core of the new signer's yet, it would be parted from one that nobody goes on with.
  const [own, ...more] = host.system.core.manifest?.signers ?? []
  if (own === undefined || more.length > 0 || !b4a.equals(coreKeyOf(own.publicKey), signer)) return false
  // Autobase writes the end of the op before anew, which must not lie in what was copied from another signer's core.
  const copied = host.system.core.manifest?.prologue?.length ?? 0
  if (((await endBefore(host.system, length)) ?? 0) < copied) return false
  return host.fork([writer], { key: system, length })
}

async function isLast({ db }: SystemView, seq: number): Promise<boolean> {
  const { key } = await db.getBySeq(seq)
  return key.byteLength < WRITER_BYTES && b4a.equals(key.subarray(-INFO.byteLength), INFO)
}

// Where the op before ended.
async function endBefore(system: SystemView, length: number): Promise<number | null> {
  for (let seq = length - 2; seq >= 1; seq--) if (await isLast(system, seq)) return seq + 1
  return null
}
