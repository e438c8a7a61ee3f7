import b4a from 'b4a'
import type { Keychain } from '../log/keychain.ts'
import type { Certificate, Verdict } from '../network/gate.ts'
import { decode, encode } from '../schema/codec.ts'
import { Cast } from '../view/cast.ts'
import { OWNER } from '../view/rules.ts'
import type { Admission } from './candidate.ts'

const KEY_BYTES = 32
// How long, in milliseconds, a certificate is taken for a device that the index does not name. A device that was let in
// gets into the index with the first member it meets; one whose admission the log's order undid never does.
const CERTIFICATE_LIFETIME = 30 * 86_400_000

/** Which devices may come in at the gate, by what this device knows of the album; and whether it itself still may. */
export class Circle {
  readonly #keychain: Keychain
  readonly #writer: Uint8Array
  #cast: Cast = Cast.empty
  #certificate: Certificate | null = null
  // Identities of the devices that were in when the index could be read last.
  #last: Uint8Array[] = []
  // Identities of the devices that say that this one was removed.
  readonly #dismissers = new Map<string, Uint8Array>()

  /** `writer` is the key of this device's writer core. */
  constructor(keychain: Keychain, writer: Uint8Array) {
    this.#keychain = keychain
    this.#writer = writer
  }

  /** Reads what it kept; `admission` is that of a device which was just let in. */
  async open(admission: Admission | null): Promise<void> {
    if (admission) {
      const { identity: issuer, certificate, certifiedAt } = admission
      await this.#keychain.put('certificate', '', encode('certificate', { issuer, certificate, certifiedAt }))
    }
    const kept = await this.#keychain.get('certificate')
    this.#certificate = kept && decode('certificate', kept)
    const last = (await this.#keychain.get('circle')) ?? b4a.alloc(0)
    for (let at = 0; at < last.byteLength; at += KEY_BYTES) this.#last.push(last.subarray(at, at + KEY_BYTES))
  }

  /** Who admitted this device, and that device's signature for it; null for the founder. */
  get certificate(): Certificate | null {
    return this.#certificate
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
   * Whether a device may come in; `certified` says which other one vouches for it, and since when (ms since 1970). A
   * device that the index does not name yet comes in on the word of one that it names. Where nothing can be read, since
   * the index is empty or lies with others, it is the device that admitted this one, and those that were in last, who
   * are trusted.
   */
  judge(identity: Uint8Array, certified: { issuer: Uint8Array; at: number } | null): Verdict {
    const issuer = certified && Date.now() - certified.at < CERTIFICATE_LIFETIME ? certified.issuer : null
    if (!this.#cast.founded) {
      const trusted = [...this.#last, ...(this.#certificate ? [this.#certificate.issuer] : [])]
      const known = trusted.some(
        (one) => b4a.equals(one, identity) || (issuer !== null && b4a.equals(one, issuer))
      )
      return known ? 'welcome' : 'stranger'
    }
    const known = this.#cast.deviceByIdentity(identity)
    if (known) return this.#isCurrent(known.row) ? 'welcome' : 'removed'
    const certifier = issuer && this.#cast.deviceByIdentity(issuer)
    return certifier && this.#isCurrent(certifier.row) ? 'welcome' : 'stranger'
  }

  #isCurrent(row: { removed: boolean; member: number }): boolean {
    return !row.removed && this.#cast.members.get(row.member)?.removed === false
  }

  #isIssuer(identity: Uint8Array): boolean {
    return this.#certificate !== null && b4a.equals(this.#certificate.issuer, identity)
  }

  /** Another device says that this one was removed. */
  dismissed(by: Uint8Array): void {
    // Only known ones are remembered, so that they are few.
    if (this.#cast.deviceByIdentity(by) || this.#isIssuer(by)) {
      this.#dismissers.set(b4a.toString(by, 'hex'), by)
    }
  }

  /** Another device lets this one in: what it said before, the log's order has undone. */
  welcomed(by: Uint8Array): void {
    this.#dismissers.delete(b4a.toString(by, 'hex'))
  }

  /**
   * Whether this device was told that it is removed by somebody who could have done so: a device of an owner, or of the
   * same member; or, while nothing is known, by whoever let it in. A removed device is cut off before the log has told
   * it, so it believes this, until it finds out that whoever said so was removed in turn.
   */
  get isDismissed(): boolean {
    if (!this.#cast.founded) return [...this.#dismissers.values()].some((by) => this.#isIssuer(by))
    const own = this.#cast.deviceByWriter(this.#writer)
    return [...this.#dismissers.values()].some((identity) => {
      const row = this.#cast.deviceByIdentity(identity)?.row
      if (!own || !row || !this.#isCurrent(row)) return false
      return row.member === own.row.member || this.#cast.members.get(row.member)?.role === OWNER
    })
  }
}
