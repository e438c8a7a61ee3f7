import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import { decryptWith, encryptWith } from '../util/sealing.ts'

// What a device says to all in its home's network, in a packet of which only those in the album can read anything:
//
//   24 bytes  a random nonce, another one in each packet
//   16 bytes  the authenticator (Poly1305): who has the album's key knows by it that the packet is of their album
//   71 bytes  sealed with a key that is derived from the album's (XSalsa20): the version, the device's IPv4 address and
//             TCP port, its identity, and the key to greet it with, which is a new one each time that it opens the album

const VERSION = 1
const [ADDRESS, PORT, IDENTITY, KEY, END] = [1, 5, 7, 39, 71] as const
const [NS_BEACON] = crypto.namespace('hyperalbum/beacon', 1) as [Uint8Array]

/** Others are not even looked at. */
export const PACKET_BYTES: number = 24 + 16 + END

export interface Beacon {
  /** The device's IPv4 address, as a number. */
  address: number
  /** Where it listens (TCP). */
  port: number
  identity: Uint8Array
  /** What its end of a connection proves to have: nobody who cannot read this can begin one. */
  key: Uint8Array
}

/** What seals the beacons of an album, whose own key is given. */
export function beaconSecret(albumKey: Uint8Array): Uint8Array {
  return crypto.hash([NS_BEACON, albumKey])
}

export function sealBeacon(beacon: Beacon, secret: Uint8Array): Uint8Array {
  const plain = b4a.alloc(END)
  const view = new DataView(plain.buffer, plain.byteOffset)
  view.setUint8(0, VERSION)
  view.setUint32(ADDRESS, beacon.address)
  view.setUint16(PORT, beacon.port)
  plain.set(beacon.identity, IDENTITY)
  plain.set(beacon.key, KEY)
  return encryptWith(plain, secret)
}

/** Null where the packet is of another album, or of nobody. */
export function openBeacon(packet: Uint8Array, secret: Uint8Array): Beacon | null {
  const plain = packet.byteLength === PACKET_BYTES ? decryptWith(packet, secret) : null
  if (plain === null || plain[0] !== VERSION) return null
  const view = new DataView(plain.buffer, plain.byteOffset)
  return {
    address: view.getUint32(ADDRESS),
    port: view.getUint16(PORT),
    identity: plain.subarray(IDENTITY, KEY),
    key: plain.subarray(KEY, END)
  }
}
