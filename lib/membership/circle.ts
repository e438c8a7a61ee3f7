import b4a from 'b4a'
import type { Keychain } from '../log/keychain.ts'
import { Cast } from '../view/cast.ts'
import type { Admission } from './candidate.ts'

const KEY_BYTES = 32

/** Which devices may come in at the gate, by what this device knows of the album. */
export class Circle {
  readonly #keychain: Keychain
  #cast: Cast = Cast.empty
  #issuer: Uint8Array | null = null
  #certificate: Uint8Array | null = null
  // Identities of the devices that were in when the index could be read last.
  #last: Uint8Array[] = []

  constructor(keychain: Keychain) {
    this.#keychain = keychain
  }

  /** Reads what it kept; `admission` is that of a device which was just let in. */
  async open(admission: Admission | null): Promise<void> {
    if (admission) {
      await this.#keychain.put('admission', 'issuer', admission.identity)
      await this.#keychain.put('admission', 'certificate', admission.certificate)
    }
    this.#issuer = await this.#keychain.get('admission', 'issuer')
    this.#certificate = await this.#keychain.get('admission', 'certificate')
    const last = (await this.#keychain.get('circle')) ?? b4a.alloc(0)
    for (let at = 0; at < last.byteLength; at += KEY_BYTES) this.#last.push(last.subarray(at, at + KEY_BYTES))
  }

  /** Who admitted this device, and that device's signature for it; null for the founder. */
  get certificate(): { issuer: Uint8Array; certificate: Uint8Array } | null {
    const [issuer, certificate] = [this.#issuer, this.#certificate]
    return issuer && certificate ? { issuer, certificate } : null
  }

  /** Goes by this state of the index from now on. */
  async follow(cast: Cast): Promise<void> {
    this.#cast = cast
    const current = [...cast.devices.values()]
      .filter((row) => this.#isCurrent(row))
      .map((row) => row.identity)
    const before = b4a.concat(this.#last)
    this.#last = current
    if (!b4a.equals(before, b4a.concat(current))) await this.#keychain.put('circle', '', b4a.concat(current))
  }

  /**
   * Whether a device may come in; `issuer` is one that certified it, or null. A device that the index does not name yet
   * comes in on the word of one that it names. Where nothing can be read, since the index is empty or lies with others,
   * it is the device that admitted this one, and those that were in last, who are trusted.
   */
  judge(identity: Uint8Array, issuer: Uint8Array | null): boolean {
    if (!this.#cast.founded) {
      const trusted = [...this.#last, ...(this.#issuer ? [this.#issuer] : [])]
      return trusted.some((one) => b4a.equals(one, identity) || (issuer !== null && b4a.equals(one, issuer)))
    }
    const known = this.#cast.deviceByIdentity(identity)
    if (known) return this.#isCurrent(known.row)
    const certifier = issuer && this.#cast.deviceByIdentity(issuer)
    return certifier ? this.#isCurrent(certifier.row) : false
  }

  #isCurrent(row: { removed: boolean; member: number }): boolean {
    return !row.removed && this.#cast.members.get(row.member)?.removed === false
  }
}
