import b4a from 'b4a'
import type { KeyPair } from 'hypercore'
import crypto from 'hypercore-crypto'
import { type Out, encode, tryDecode } from '../schema/codec.ts'
import type { Cast } from './cast.ts'
import { LIMITS, OWNER } from './rules.ts'

// Whom blind mirrors let in. They cannot read the album, so that an owner's device signs a list for them.

const [NS_ALLOWED] = crypto.namespace('hyperalbum/allowed', 1) as [Uint8Array]
const KEY_BYTES = 32

/** Devices by their identities, and how new the list is: it counts changes that are final, and all. */
export interface Allowed {
  final: number
  changes: number
  owners: Uint8Array[]
  others: Uint8Array[]
}

/** A list whose signature is right, by whom it is, and its bytes. */
export interface SignedAllowed extends Allowed {
  issuer: Uint8Array
  bytes: Uint8Array
}

/** The devices of an album at a state of its index; `final` is the state that can never be reordered. */
export function allowedIn(cast: Cast, final: Cast): Allowed {
  const owners: Uint8Array[] = []
  const others: Uint8Array[] = []
  for (const { identity, member, removed } of cast.devices.values()) {
    const row = cast.members.get(member)
    if (removed || !row || row.removed) continue
    const list = row.role === OWNER ? owners : others
    list.push(identity)
  }
  for (const list of [owners, others]) list.sort(b4a.compare)
  return { final: changesIn(final), changes: changesIn(cast), owners, others }
}

// What comes is counted and what goes: of two states of one log the later has the higher number.
function changesIn({ devices }: Cast): number {
  let changes = devices.size
  for (const { removed } of devices.values()) if (removed) changes++
  return changes
}

/**
 * Whether a list is newer than another. Two owners apart both count on from what they know, and one that was removed may
 * have counted far: what is final decides first, since all agree on it.
 */
export function isNewer(
  one: Pick<Allowed, 'final' | 'changes'>,
  than: Pick<Allowed, 'final' | 'changes'>
): boolean {
  return one.final > than.final || (one.final === than.final && one.changes > than.changes)
}

/** Whether two lists let in the same devices in the same roles. */
export function areSame(one: Allowed, other: Allowed): boolean {
  const text = ({ owners, others }: Allowed): string => toText(owners) + '/' + toText(others)
  return text(one) === text(other)
}

function toText(keys: Uint8Array[]): string {
  return b4a.toString(b4a.concat(keys), 'hex')
}

export function includes(keys: Uint8Array[], key: Uint8Array): boolean {
  return keys.some((one) => b4a.equals(one, key))
}

export function signAllowed(list: Allowed, identity: KeyPair): Uint8Array {
  const allowed = encode('allowed', list)
  const signature = crypto.sign(statement(allowed), identity.secretKey)
  return encode('signed-allowed', { allowed, issuer: identity.publicKey, signature })
}

function statement(allowed: Uint8Array): Uint8Array {
  return crypto.hash([NS_ALLOWED, allowed])
}

/** Bytes that no list has more of. */
export const MAX_LIST_BYTES: number = (LIMITS.devices + 8) * KEY_BYTES

// By the first schema for ever: programs of all versions must take the same lists for genuine.
const SCHEMA = 1

/** The list that these bytes are; null where they are none, or the signature is wrong. */
export function openAllowed(bytes: Uint8Array): SignedAllowed | null {
  if (bytes.byteLength > MAX_LIST_BYTES) return null
  const signed = tryDecode('signed-allowed', bytes, SCHEMA)
  const list: Out['allowed'] | null = signed && tryDecode('allowed', signed.allowed, SCHEMA)
  if (!signed || !list || list.owners.length + list.others.length > LIMITS.devices) return null
  if (!crypto.verify(statement(signed.allowed), signed.signature, signed.issuer)) return null
  const { final, changes, owners, others } = list
  return { final, changes, owners, others, issuer: signed.issuer, bytes }
}
