import b4a from 'b4a'
import Hypercore, { type Manifest } from 'hypercore'
import crypto from 'hypercore-crypto'
import Hyperdrive from 'hyperdrive'
import { type In, type Out, tryDecode } from '../schema/codec.ts'

const [NS_MEMBER, NS_COLLECTION, NS_COMMENT, NS_CANDIDATE, NS_DRIVE, NS_CERTIFICATE, NS_INVITE, NS_REIGN] =
  crypto.namespace('hyperalbum', 8) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array
  ]

const NAMESPACES: Record<'member' | 'collection' | 'comment', Uint8Array> = {
  member: NS_MEMBER,
  collection: NS_COLLECTION,
  comment: NS_COMMENT
}

/** Bytes of the ids of members, collections and comments. */
export const ID_BYTES = 16

/** An id that only the holder of the writer core could have made: nobody can claim another's. */
export function idOf(
  kind: 'member' | 'collection' | 'comment',
  writer: Uint8Array,
  nonce: Uint8Array
): Uint8Array {
  return b4a.from(crypto.hash([NAMESPACES[kind], writer, nonce]).subarray(0, ID_BYTES))
}

// The namespace of a signer that was given none: the fifth of hypercore's capabilities (hypercore 11.37, lib/caps.js).
const DEFAULT_NAMESPACE = crypto.namespace('hypercore', 6)[4] as Uint8Array

// Cores are named by the hash of their manifest (hypercore 11, manifest version 1): the signer's public key is enough
// to compute a core's key, and whoever shows the public key's signature shows that the core is theirs.
function manifestOf(publicKey: Uint8Array): Manifest {
  const signers = [{ signature: 'ed25519', namespace: DEFAULT_NAMESPACE, publicKey }]
  return { version: 1, hash: 'blake2b', allowPatch: false, quorum: 1, signers, prologue: null }
}

/** The key of a core with this one signer. */
export function coreKeyOf(publicKey: Uint8Array): Uint8Array {
  return Hypercore.key(manifestOf(publicKey))
}

/** The key of the blob core of the Hyperdrive with this signer (hyperdrive 13). */
export function blobsKeyOf(publicKey: Uint8Array): Uint8Array {
  return Hyperdrive.getContentKey(manifestOf(publicKey), coreKeyOf(publicKey)) as Uint8Array
}

/** What a drive signs to show that it belongs to a device of an album. */
export function driveStatement(album: Uint8Array, writer: Uint8Array): Uint8Array {
  return crypto.hash([NS_DRIVE, album, writer])
}

/**
 * What an invite's own key signs: which device made it. Without it somebody could copy an invite from the log, come
 * before it in the log's order, and let those who use it in as their own devices.
 */
export function inviteStatement(writer: Uint8Array, invite: Uint8Array): Uint8Array {
  return crypto.hash([NS_INVITE, writer, invite])
}

/** What the device that signs the index signs with its writer core's key: who signs it next, as the how-manieth after the founder's. */
export function reignStatement(album: Uint8Array, reign: number, writer: Uint8Array): Uint8Array {
  return crypto.hash([NS_REIGN, album, b4a.from(String(reign)), writer])
}

/** What an admitting device signs: that the holder of `identity` was admitted to the album, `at` (ms since 1970), by an invite. */
export function certificateStatement(
  album: Uint8Array,
  identity: Uint8Array,
  at: number,
  invite: Uint8Array
): Uint8Array {
  return crypto.hash([NS_CERTIFICATE, album, identity, invite, b4a.from(String(at))])
}

/** What a joiner signs, with its writer core's and its identity's key. */
export function candidateStatement(
  invite: Uint8Array,
  candidate: Omit<In['candidate'], 'writerSignature' | 'identitySignature'>
): Uint8Array {
  const { publicKey, identity, box, nonce, name, device } = candidate
  const texts = [b4a.from(name), b4a.from(device)].flatMap((text) => [crypto.hash(text)])
  return crypto.hash([NS_CANDIDATE, invite, publicKey, identity, box, nonce, ...texts])
}

// By the first schema for ever: a program that knows more fields must take exactly the same candidates for genuine.
const CANDIDATE_SCHEMA = 1

/** The candidate that a receipt's user data describes, or null where it is none or its signatures are wrong. */
export function openCandidate(invite: Uint8Array, userData: Uint8Array): Out['candidate'] | null {
  const candidate = tryDecode('candidate', userData, CANDIDATE_SCHEMA)
  if (candidate === null) return null
  const statement = candidateStatement(invite, candidate)
  const genuine =
    crypto.verify(statement, candidate.writerSignature, candidate.publicKey) &&
    crypto.verify(statement, candidate.identitySignature, candidate.identity)
  return genuine ? candidate : null
}
