import b4a from 'b4a'
import Autobase from 'autobase'
import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import type { KeyPair } from 'hypercore'
import crypto from 'hypercore-crypto'
import Hyperbee from 'hyperbee'
import sodium from 'sodium-universal'

const [NS_KEYCHAIN] = crypto.namespace('hyperalbum/keychain', 1) as [Uint8Array]

/** A device's own keys in an album: who it is, what seals for it opens, and the core it writes. */
export interface DeviceKeys {
  /** Shown at the gate and on certificates (Ed25519). */
  identity: KeyPair
  /** Seals for this device are opened with it (X25519). */
  box: KeyPair
  /** The writer core's signer (Ed25519). */
  writer: KeyPair
  /** The writer core's key. */
  writerKey: Uint8Array
}

/** Derives a device's keys from its store, and from the log's; they are the same at every opening. */
export async function deviceKeys(store: Corestore, logStore: Corestore): Promise<DeviceKeys> {
  const identity = await store.createKeyPair('hyperalbum/identity')
  const seed = (await store.createKeyPair('hyperalbum/box')).secretKey.subarray(0, 32)
  const box = {
    publicKey: b4a.alloc(sodium.crypto_box_PUBLICKEYBYTES),
    secretKey: b4a.alloc(sodium.crypto_box_SECRETKEYBYTES)
  }
  sodium.crypto_box_seed_keypair(box.publicKey, box.secretKey, seed)
  const local = writerCore(logStore)
  await local.ready()
  const writer = local.keyPair as KeyPair
  const writerKey = local.key
  await local.close()
  return { identity, box, writer, writerKey }
}

/** The core that a device writes, opened to be written. */
export function writerCore(logStore: Corestore): Hypercore {
  return Autobase.getLocalCore(logStore.session({ namespace: logStore.ns }))
}

/** Seals bytes so that only the holder of a box key can open them. */
export function seal(message: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const cipher = b4a.alloc(message.byteLength + sodium.crypto_box_SEALBYTES)
  sodium.crypto_box_seal(cipher, message, publicKey)
  return cipher
}

/** Opens what was sealed for this box key pair; null where it was not. */
export function unseal(cipher: Uint8Array, box: KeyPair): Uint8Array | null {
  if (cipher.byteLength < sodium.crypto_box_SEALBYTES) return null
  const message = b4a.alloc(cipher.byteLength - sodium.crypto_box_SEALBYTES)
  return sodium.crypto_box_seal_open(message, cipher, box.publicKey, box.secretKey) ? message : null
}

/** What a device keeps for itself beside the album: epoch keys, invites it made, who asked. Encrypted at rest. */
export class Keychain {
  readonly #bee: Hyperbee

  constructor(store: Corestore, encryptionKey: Uint8Array) {
    const core = store.get({
      name: 'keychain',
      encryptionKey: crypto.hash([NS_KEYCHAIN, encryptionKey]),
      active: false
    })
    this.#bee = new Hyperbee(core, { extension: false, keyEncoding: 'binary', valueEncoding: 'binary' })
  }

  async get(kind: string, id = ''): Promise<Uint8Array | null> {
    return (await this.#bee.get(b4a.from(`${kind}/${id}`)))?.value ?? null
  }

  async put(kind: string, id: string, value: Uint8Array): Promise<void> {
    await this.#bee.put(b4a.from(`${kind}/${id}`), value)
  }

  async delete(kind: string, id: string): Promise<void> {
    await this.#bee.del(b4a.from(`${kind}/${id}`))
  }

  async list(kind: string): Promise<{ id: string; value: Uint8Array }[]> {
    const rows: { id: string; value: Uint8Array }[] = []
    // '0' is the character after '/'.
    for await (const row of this.#bee.createReadStream({
      gt: b4a.from(`${kind}/`),
      lt: b4a.from(`${kind}0`)
    })) {
      rows.push({ id: b4a.toString(row.key).slice(kind.length + 1), value: row.value })
    }
    return rows
  }

  async close(): Promise<void> {
    await this.#bee.close()
  }
}
