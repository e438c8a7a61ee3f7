// Ops as a modified program would write them: any body, by any device, with whatever it has keys for.
import { createHash } from 'node:crypto'
import { createInvite, createReceipt } from 'blind-pairing-core'
import type { CreatedInvite } from 'blind-pairing-core'
import type { KeyPair } from 'hypercore'
import crypto from 'hypercore-crypto'
import type { DeviceKeys } from '../lib/log/keychain.ts'
import { type In, encode } from '../lib/schema/codec.ts'
import { type OpOptions, type OpType, encodeOp } from '../lib/schema/op.ts'
import { candidateStatement, coreKeyOf, driveStatement, idOf, inviteStatement } from '../lib/view/identity.ts'

export { idOf }

/** A device with all its keys. */
export interface Forger {
  keys: DeviceKeys
  /** Signers of its drives. */
  originals: KeyPair
  renditions: KeyPair
}

export function random(bytes: number): Uint8Array {
  return crypto.randomBytes(bytes)
}

export function forger(keys?: DeviceKeys): Forger {
  const writer = crypto.keyPair()
  const made = { identity: crypto.keyPair(), box: crypto.keyPair(), writer }
  return {
    keys: keys ?? { ...made, writerKey: coreKeyOf(writer.publicKey) },
    originals: crypto.keyPair(),
    renditions: crypto.keyPair()
  }
}

export function op<T extends OpType>(type: T, body: In[T], options: OpOptions = {}): Uint8Array {
  return encodeOp(type, body, { at: 1_700_000_000_000, ...options })
}

export function foundBody(device: Forger, member: string): In['found'] {
  const { writer, identity, box } = device.keys
  const keys = { publicKey: writer.publicKey, identity: identity.publicKey, box: box.publicKey }
  return { name: 'Our family', member, device: `${member}'s device`, nonce: random(16), ...keys }
}

function epochKey(number: number): Uint8Array {
  return crypto.hash(Buffer.from(`epoch ${number}`))
}

/** What commits to the key of the epoch `epochBody(number)`. */
export function epochId(number: number): Uint8Array {
  return crypto.hash(epochKey(number))
}

/** An epoch after the one of the number before. */
export function epochBody(
  number: number,
  sealedTo: Uint8Array[],
  key: Uint8Array = epochKey(number)
): In['epoch'] {
  const sealed = sealedTo.map((device) => ({ device, box: random(80) }))
  const after = number === 1 ? null : epochId(number - 1)
  return { commitment: crypto.hash(key), after, sealed }
}

export interface Invitation extends CreatedInvite {
  body: In['invite']
}

/** An invite as `device` makes it. */
export function invitation(
  album: Uint8Array,
  device: Forger,
  changes: Partial<In['invite']> = {}
): Invitation {
  const created = createInvite(album)
  const { id, publicKey, seed } = created
  const proof = crypto.sign(inviteStatement(device.keys.writerKey, id), crypto.keyPair(seed).secretKey)
  const body = { id, publicKey, proof, role: 1, expires: 0, uses: 0, approval: false, own: false, ...changes }
  return { ...created, body }
}

/** What somebody with the invite's code shows to be let in. */
export function receipt(
  invite: Invitation,
  device: Forger,
  name: string,
  changes: Partial<In['candidate']> = {}
): Uint8Array {
  const { writer, identity, box } = device.keys
  const candidate = {
    publicKey: writer.publicKey,
    identity: identity.publicKey,
    box: box.publicKey,
    nonce: random(16),
    name,
    device: `${name}'s device`
  }
  const statement = candidateStatement(invite.id, candidate)
  const userData = encode('candidate', {
    ...candidate,
    writerSignature: crypto.sign(statement, writer.secretKey),
    identitySignature: crypto.sign(statement, identity.secretKey),
    ...changes
  })
  return createReceipt(invite.invite, userData).receipt
}

/** Announces drives; `signers` sign in place of the drives themselves. */
export function drivesBody(
  album: Uint8Array,
  device: Forger,
  epoch = 1,
  signers: { originals: KeyPair; renditions: KeyPair } = device
): In['device'] {
  const statement = driveStatement(album, device.keys.writerKey)
  return {
    epoch: epochId(epoch),
    originals: device.originals.publicKey,
    renditions: device.renditions.publicKey,
    originalsProof: crypto.sign(statement, signers.originals.secretKey),
    renditionsProof: crypto.sign(statement, signers.renditions.secretKey)
  }
}

export const DAY = 86_400_000
export const NEW_YEAR: number = Date.UTC(2024, 0, 1)

/** The id of the photo `photo(seed)`. */
export function photoId(seed: number | string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(String(seed)).digest())
}

/** A photo that nobody took; the same seed gives the same one. */
export function photo(seed: number | string, changes: Partial<In['photo']> = {}): In['photo'] {
  const size = 1000
  return {
    id: photoId(seed),
    name: `IMG_${seed}.jpg`,
    type: 1,
    size,
    captured: { local: NEW_YEAR, source: 4, precision: 0 },
    drive: 1,
    original: { blockOffset: 0, blockLength: 1, byteOffset: 0, byteLength: size },
    ...changes
  }
}
