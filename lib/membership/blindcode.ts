import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import { AlbumError } from '../errors.ts'
import { BLIND_VERSION, decodeText, encodeText } from './code.ts'

// A code for a blind mirror: z-base-32 of a version byte, a secret, the identity of the device that made it, the key that
// device is found under where it is another, and a checksum.
const SECRET_BYTES = 16
const KEY_BYTES = 32
const [NS_ID, NS_PROOF] = crypto.namespace('hyperalbum/blind-code', 2) as [Uint8Array, Uint8Array]

/** Over this protocol, under the code's id, a box shows the secret to the device that made the code. */
export const SETUP = 'hyperalbum/blind-setup/1'

/** What a code for a blind mirror says. */
export interface BlindCode {
  secret: Uint8Array
  /** Signs the first list of whom the mirror lets in. */
  identity: Uint8Array
  /** Where that device is found. */
  address: Uint8Array
}

export function newSecret(): Uint8Array {
  return crypto.randomBytes(SECRET_BYTES)
}

/** What a code is known by to those who do not have it. */
export function blindCodeId(secret: Uint8Array): Uint8Array {
  return crypto.hash([NS_ID, secret])
}

/** Shows that somebody has the secret, on this connection only. */
export function proofOf(secret: Uint8Array, handshake: Uint8Array): Uint8Array {
  return crypto.hash([NS_PROOF, secret, handshake])
}

export function encodeBlindCode({ secret, identity, address }: BlindCode): string {
  const elsewhere = b4a.equals(identity, address) ? [] : [address]
  return encodeText(b4a.concat([b4a.from([BLIND_VERSION]), secret, identity, ...elsewhere]))
}

/** Throws `INVITE_INVALID`. */
export function decodeBlindCode(text: string): BlindCode {
  const body = decodeText(String(text))
  const invalid = (message: string): AlbumError => new AlbumError('INVITE_INVALID', message)
  if (body === null) throw invalid('This is not a whole code for a blind mirror: copy all of it')
  if (body[0] !== BLIND_VERSION) {
    throw invalid('This code is for people: one for a blind mirror is made with `album.blindMirrors.create`')
  }
  const keys = body.subarray(1 + SECRET_BYTES)
  if (keys.byteLength !== KEY_BYTES && keys.byteLength !== 2 * KEY_BYTES) {
    throw invalid('This code was made by another version of this program')
  }
  const secret = body.subarray(1, 1 + SECRET_BYTES)
  const identity = keys.subarray(0, KEY_BYTES)
  return { secret, identity, address: keys.byteLength > KEY_BYTES ? keys.subarray(KEY_BYTES) : identity }
}
