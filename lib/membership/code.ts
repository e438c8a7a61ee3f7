import b4a from 'b4a'
import { type DecodedInvite, decodeInvite } from 'blind-pairing-core'
import crypto from 'hypercore-crypto'
import z32 from 'z32'
import { AlbumError } from '../errors.ts'

// An invite's code: z-base-32 of a version byte, 16 bytes that commit to who answers and with what, the invite of
// blind-pairing 2.3.1, and 4 bytes of BLAKE2b over all of it, so that a slip of the finger is told at once.
const VERSION = 1
const COMMITMENT_BYTES = 16
const CHECKSUM_BYTES = 4
const URL_PREFIX = 'hyperalbum://join/'
const [NS_COMMITMENT] = crypto.namespace('hyperalbum/invite', 1) as [Uint8Array]

/** What a code says. */
export interface Code {
  /** The invite as blind-pairing takes it. */
  invite: Uint8Array
  /**
   * What the album's encryption key and the identity of the device that answers must hash to: without it another
   * holder of the code could send a wrong key, or, being a former member, the right one in somebody else's name.
   */
  commitment: Uint8Array
  decoded: DecodedInvite
}

/** What an album's encryption key and the identity of the device that answers an invite hash to in its code. */
export function commitmentOf(encryptionKey: Uint8Array, identity: Uint8Array): Uint8Array {
  return crypto.hash([NS_COMMITMENT, encryptionKey, identity]).subarray(0, COMMITMENT_BYTES)
}

/** The status of a denial (blind-pairing-core 2.10 has those up to 3) where the album takes no more members or devices. */
export const FULL = 4

/** Codes of this first byte set up blind mirrors, and let nobody in: `blindcode.ts`. */
export const BLIND_VERSION = 0x62

function checksum(bytes: Uint8Array): Uint8Array {
  return crypto.hash(bytes).subarray(0, CHECKSUM_BYTES)
}

export function encodeCode(invite: Uint8Array, commitment: Uint8Array): string {
  return encodeText(b4a.concat([b4a.from([VERSION]), commitment, invite]))
}

/** The text of a code. */
export function encodeText(body: Uint8Array): string {
  return z32.encode(b4a.concat([body, checksum(body)]))
}

/** What a code's text says; null where it is not whole. */
export function decodeText(text: string): Uint8Array | null {
  // Mail programs break lines, and QR codes are smaller in capitals.
  const plain = text.replace(/\s+/g, '').toLowerCase()
  try {
    const bytes = z32.decode(plain)
    // z-base-32 pads to whole bytes: the checksum stands at the end of what was encoded.
    const body = bytes.subarray(0, bytes.byteLength - CHECKSUM_BYTES)
    return b4a.equals(bytes.subarray(body.byteLength), checksum(body)) ? body : null
  } catch {
    return null
  }
}

export function urlOf(code: string): string {
  return code === '' ? '' : URL_PREFIX + code
}

/** Reads a code or its link; throws `INVITE_INVALID`. */
export function decodeCode(text: string): Code {
  const plain = String(text).replace(/\s+/g, '').toLowerCase()
  const body = decodeText(plain.startsWith(URL_PREFIX) ? plain.slice(URL_PREFIX.length) : plain)
  const invalid = (cause?: unknown): AlbumError =>
    new AlbumError('INVITE_INVALID', 'This is not a whole invite code: copy all of it', { cause })
  if (body === null || body.byteLength <= 1 + COMMITMENT_BYTES) throw invalid()
  if (body[0] === BLIND_VERSION) {
    throw new AlbumError('INVITE_INVALID', 'This code sets up a blind mirror: nobody joins with it')
  }
  if (body[0] !== VERSION) {
    throw new AlbumError('UPGRADE_REQUIRED', 'This invite was made by a newer version of this program')
  }
  const commitment = body.subarray(1, 1 + COMMITMENT_BYTES)
  const invite = body.subarray(1 + COMMITMENT_BYTES)
  try {
    return { invite, commitment, decoded: decodeInvite(invite) }
  } catch (error) {
    throw invalid(error)
  }
}
