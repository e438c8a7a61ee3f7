import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import sodium from 'sodium-universal'
import { AlbumError } from '../errors.ts'
import { type In, type Out, encode, tryDecode } from '../schema/codec.ts'

// A recovery kit is a text, which mail programs and editors may break into other lines: a few words for who finds it, and
// between two lines, in base64, a version byte, what Argon2id is to cost, its salt, the nonce and ciphertext of
// XChaCha20-Poly1305, and 16 bytes of BLAKE2b over all of it, by which a damaged file is told from a wrong passphrase.
const VERSION = 1
const BEGIN = '-----BEGIN HYPERALBUM RECOVERY KIT-----'
const END = '-----END HYPERALBUM RECOVERY KIT-----'
const WORDS = `This is the recovery kit of a family's photo album, made with hyperalbum. With its
passphrase, and any device or blind mirror that still has the album, it brings the
album back where all else is lost:

    npx hyperalbum kit restore THIS-FILE

Whoever has this file and the passphrase has the album: keep them in two places.
`
const LINE = 64
const COST_BYTES = 3
const { crypto_pwhash_SALTBYTES: SALT_BYTES } = sodium
const NONCE_BYTES = sodium.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
const MAC_BYTES = sodium.crypto_aead_xchacha20poly1305_ietf_ABYTES
const CHECKSUM_BYTES = 16
const HEAD_BYTES = 1 + COST_BYTES + SALT_BYTES
const LEAST_BYTES = HEAD_BYTES + NONCE_BYTES + MAC_BYTES + CHECKSUM_BYTES
// Of an album of 5000 devices it has 300 KB.
const MAX_FILE_BYTES = 1024 * 1024
const MiB = 1024 * 1024

/** What it costs to try a passphrase. */
export interface Cost {
  passes: number
  /** In MiB. */
  memory: number
}

// A second or so on a laptop.
const COST: Cost = { passes: 4, memory: 256 }
// A file that asks for more is a forged one.
const MOST: Cost = { passes: 16, memory: 1024 }
const LEAST_MEMORY = 8
const LEAST_LENGTH = 12

/** What a recovery kit has in it. */
export type Kit = Out['kit']

/**
 * A passphrase as all keyboards give it, with single spaces: it is typed again after years. Throws `BAD_ARGUMENT` for one
 * that is soon guessed.
 */
export function checkPassphrase(passphrase: string): string {
  const clean = cleanOf(passphrase)
  if (clean.length < LEAST_LENGTH) {
    throw new AlbumError(
      'BAD_ARGUMENT',
      `A passphrase has at least ${LEAST_LENGTH} characters: take five words or more`
    )
  }
  return clean
}

function cleanOf(passphrase: unknown): string {
  return typeof passphrase === 'string' ? passphrase.normalize('NFKC').trim().replace(/\s+/g, ' ') : ''
}

/** Seals a kit; `cost` is that of trying passphrases. */
export async function sealKit(kit: In['kit'], passphrase: string, cost: Cost = COST): Promise<Uint8Array> {
  const clean = checkPassphrase(passphrase)
  const { passes, memory } = cost
  const salt = crypto.randomBytes(SALT_BYTES)
  const head = b4a.concat([b4a.from([VERSION, passes, memory >> 8, memory & 255]), salt])
  const nonce = crypto.randomBytes(NONCE_BYTES)
  const message = encode('kit', kit)
  const cipher = b4a.alloc(message.byteLength + MAC_BYTES)
  const key = await keyOf(clean, salt, cost)
  sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(cipher, message, head, null, nonce, key)
  const body = b4a.concat([head, nonce, cipher])
  const sealed = b4a.toString(b4a.concat([body, checksumOf(body)]), 'base64')
  const lines = sealed.match(new RegExp(`.{1,${LINE}}`, 'g')) ?? []
  return b4a.from([WORDS, BEGIN, ...lines, END, ''].join('\n'))
}

/**
 * Opens a kit. Throws `KIT_INVALID` for what is none, or damaged, `KIT_PASSPHRASE`, and `UPGRADE_REQUIRED` for one of a
 * later version.
 */
export async function openKit(file: Uint8Array, passphrase: string): Promise<Kit> {
  const bytes = sealedIn(file)
  const body = bytes.subarray(0, bytes.byteLength - CHECKSUM_BYTES)
  if (!b4a.equals(checksumOf(body), bytes.subarray(body.byteLength))) throw damaged()
  if (body[0] !== VERSION) {
    throw new AlbumError('UPGRADE_REQUIRED', 'This recovery kit was made by a newer version of this program')
  }
  const [, passes = 0, high = 0, low = 0] = body
  const cost = { passes, memory: high * 256 + low }
  if (passes < 1 || passes > MOST.passes || cost.memory < LEAST_MEMORY || cost.memory > MOST.memory) {
    throw new AlbumError('KIT_INVALID', 'Nobody made this recovery kit with this program')
  }
  const head = body.subarray(0, HEAD_BYTES)
  const nonce = body.subarray(HEAD_BYTES, HEAD_BYTES + NONCE_BYTES)
  const cipher = body.subarray(HEAD_BYTES + NONCE_BYTES)
  const key = await keyOf(cleanOf(passphrase), head.subarray(1 + COST_BYTES), cost)
  const message = b4a.alloc(cipher.byteLength - MAC_BYTES)
  try {
    sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(message, null, cipher, head, nonce, key)
  } catch {
    throw new AlbumError('KIT_PASSPHRASE', 'This is not the passphrase of this recovery kit')
  }
  const kit = tryDecode('kit', message)
  if (kit === null) throw damaged()
  return kit
}

function sealedIn(file: Uint8Array): Uint8Array {
  if (!(file instanceof Uint8Array)) throw new AlbumError('BAD_ARGUMENT', 'A recovery kit is bytes')
  const text = file.byteLength > MAX_FILE_BYTES ? '' : b4a.toString(b4a.from(file), 'latin1')
  const start = text.indexOf(BEGIN)
  const end = text.indexOf(END, start)
  if (start === -1) throw new AlbumError('KIT_INVALID', 'This is not a recovery kit')
  if (end === -1) throw damaged()
  const base64 = text.slice(start + BEGIN.length, end).replace(/\s+/g, '')
  const bytes = b4a.from(base64, 'base64')
  if (b4a.toString(bytes, 'base64') !== base64 || bytes.byteLength < LEAST_BYTES) throw damaged()
  return bytes
}

function damaged(): AlbumError {
  return new AlbumError('KIT_INVALID', 'This recovery kit is damaged: try another copy of the file')
}

function checksumOf(bytes: Uint8Array): Uint8Array {
  return crypto.hash(bytes).subarray(0, CHECKSUM_BYTES)
}

async function keyOf(passphrase: string, salt: Uint8Array, { passes, memory }: Cost): Promise<Uint8Array> {
  const key = b4a.alloc(sodium.crypto_aead_xchacha20poly1305_ietf_KEYBYTES)
  const algorithm = sodium.crypto_pwhash_ALG_ARGON2ID13
  try {
    await sodium.crypto_pwhash_async(key, b4a.from(passphrase), salt, passes, memory * MiB, algorithm)
  } catch (error) {
    const message = `A recovery kit takes ${memory} MB of memory, which this computer does not have free`
    throw new AlbumError('UNSUPPORTED_PLATFORM', message, { cause: error })
  }
  return key
}
