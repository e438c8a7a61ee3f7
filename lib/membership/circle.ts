import b4a from 'b4a'
import type { Keychain } from '../log/keychain.ts'
import type { Certificate, Certified, Verdict } from '../network/gate.ts'
import { decode, encode } from '../schema/codec.ts'
import { Cast } from '../view/cast.ts'
import { answererOf, closedBecause } from '../view/invites.ts'
import type { InviteRow } from '../view/rows.ts'
import { OWNER } from '../view/rules.ts'
import type { Admission } from './candidate.ts'

const KEY_BYTES = 32
// How long, in milliseconds, a certificate is taken for a device that the index does not name. A device that was let in
// gets into the index with the first member it meets; one whose admission the log's order undid never does.
const CERTIFICATE_LIFETIME = 30 * 86_400_000
// Devices of which it is remembered how they came.
const MOST_ARRIVALS = 1000

/** Which devices may come in at the gate, by what this device knows of the album; and whether it itself still may. */
export class Circle {
  readonly #keychain: Keychain
  readonly #writer: Uint8Array
  #cast: Cast = Cast.empty
  #certificate: Certificate | null = null
  // Identities of the devices that were in when the index could be read last.
  #last: Uint8Array[] = []
  readonly #inviteOf: (id: Uint8Array) => Promise<InviteRow | null>
  // By which invites those who are here came, by their identities, hex; and what the index says of each.
  readonly #arrivals = new Map<string, { invite: Uint8Array; row: InviteRow | null }>()
  // Identities of the devices that say that this one was removed.
  readonly #dismissers = new Map<string, Uint8Array>()

  /** `writer` is the key of this device's writer core; `inviteOf` reads an invite in the index. */
  constructor(
    keychain: Keychain,
    writer: Uint8Array,
    inviteOf: (id: Uint8Array) => Promise<InviteRow | null>
  ) {
    this.#keychain = keychain
    this.#writer = writer
    this.#inviteOf = inviteOf
  }

  /** Reads what it kept; `admission` is that of a device which was just let in. */
  async open(admission: Admission | null): Promise<void> {
    if (admission) {
      const { identity: issuer, certificate, certifiedAt, invite } = admission
      const kept = encode('certificate', { issuer, certificate, certifiedAt, invite })
      await this.#keychain.put('certificate', '', kept)
    }
    const kept = await this.#keychain.get('certificate')
    this.#certificate = kept && decode('certificate', kept)
    const last = (await this.#keychain.get('circle')) ?? b4a.alloc(0)
    for (let at = 0; at < last.byteLength; at += KEY_BYTES) this.#last.push(last.subarray(at, at + KEY_BYTES))
  }

  /** Trusts these devices, by their identities, while nothing can be read: to be called before `open`. */
  async remember(identities: Uint8Array[]): Promise<void> {
    await this.#keychain.put('circle', '', b4a.concat(identities))
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

  /** Reads up on the invite by which somebody came, so that they can be judged. */
  async consult(identity: Uint8Array, { issuer, invite }: Certified): Promise<void> {
    // Anybody can sign for themselves: nothing is remembered on the word of whom the index does not name.
    if (this.#cast.deviceByIdentity(issuer) === null) return
    const hex = b4a.toString(identity, 'hex')
    const [oldest] = this.#arrivals.keys()
    if (oldest !== undefined && this.#arrivals.size >= MOST_ARRIVALS) this.#arrivals.delete(oldest)
    this.#arrivals.set(hex, { invite, row: null })
    // Where the index lies with others, it is read when they are there.
    await this.#readUp(hex, invite).catch(() => {})
  }

  /** Reads up again on those whom the index does not name, or not any more; whether there are any. */
  async reread(): Promise<boolean> {
    for (const [hex, { invite }] of this.#arrivals) await this.#readUp(hex, invite)
    return [...this.#arrivals.values()].some(({ row }) => row !== null)
  }

  async #readUp(hex: string, invite: Uint8Array): Promise<void> {
    const isNamed = this.#cast.deviceByIdentity(b4a.from(hex, 'hex')) !== null
    this.#arrivals.set(hex, { invite, row: isNamed ? null : await this.#inviteOf(invite) })
  }

  /**
   * Whether a device may come in; `certified` says which other one vouches for it. A device that the index does not
   * name yet comes in on the word of one that it names, unless the invite by which it came admits nobody any more, so
   * that the log's order has undone its admission. Where nothing can be read, since the index is empty or lies with
   * others, it is the device that admitted this one, and those that were in last, who are trusted.
   */
  judge(identity: Uint8Array, certified: Certified | null): Verdict {
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
    if (!certifier) return 'stranger'
    // Who was let in by a device that had been removed, or by an invite that had been revoked, learns it from nobody else.
    if (!this.#isCurrent(certifier.row)) return 'removed'
    const came = this.#arrivals.get(b4a.toString(identity, 'hex'))
    const row = came && certified && b4a.equals(came.invite, certified.invite) ? came.row : null
    return row === null || this.#admits(row, certifier.number) ? 'welcome' : 'removed'
  }

  /** Whether a device can have let somebody in by an invite, as the reducer sees it. */
  #admits(invite: InviteRow, device: number): boolean {
    // One that has expired meanwhile is no reason: a lost answer is given again long after an admission.
    return answererOf(invite) === device && closedBecause(invite, 0) === null && this.#cast.backs(invite)
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
