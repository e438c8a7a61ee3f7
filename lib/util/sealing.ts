import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import sodium from 'sodium-universal'

/** Encrypts bytes under a 32-byte key, with a random nonce in front (XSalsa20-Poly1305). */
export function encryptWith(message: Uint8Array, secret: Uint8Array): Uint8Array {
  const nonce = crypto.randomBytes(sodium.crypto_secretbox_NONCEBYTES)
  const cipher = b4a.alloc(message.byteLength + sodium.crypto_secretbox_MACBYTES)
  sodium.crypto_secretbox_easy(cipher, message, nonce, secret)
  return b4a.concat([nonce, cipher])
}

/** Undoes `encryptWith`; null where the key is another. */
export function decryptWith(sealed: Uint8Array, secret: Uint8Array): Uint8Array | null {
  const nonce = sealed.subarray(0, sodium.crypto_secretbox_NONCEBYTES)
  const cipher = sealed.subarray(nonce.byteLength)
  if (cipher.byteLength < sodium.crypto_secretbox_MACBYTES) return null
  const message = b4a.alloc(cipher.byteLength - sodium.crypto_secretbox_MACBYTES)
  return sodium.crypto_secretbox_open_easy(message, cipher, nonce, secret) ? message : null
}
