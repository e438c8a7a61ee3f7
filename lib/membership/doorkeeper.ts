import b4a from 'b4a'
import BlindPairing, { type Member } from 'blind-pairing'
import type { MemberRequest } from 'blind-pairing-core'
import crypto from 'hypercore-crypto'
import { AlbumError } from '../errors.ts'
import { Actor } from '../log/actor.ts'
import { type DeviceKeys, type Keychain, seal, unseal } from '../log/keychain.ts'
import type { Log } from '../log/log.ts'
import { type Out, decode, encode } from '../schema/codec.ts'
import type { Admitted, JoinRequest } from '../types.ts'
import { Mutex, isClosing } from '../util/wait.ts'
import type { Cast } from '../view/cast.ts'
import { certificateStatement, coreKeyOf, openCandidate } from '../view/identity.ts'
import { handingsTo } from '../view/handings.ts'
import { type Refusal, admissible, answererOf, closedBecause } from '../view/invites.ts'
import type { Queries } from '../view/queries.ts'
import type { DeviceRow } from '../view/rows.ts'
import { type Author, ROLES } from '../view/rules.ts'
import { FULL } from './code.ts'
import type { Epochs } from './epochs.ts'

// Statuses of a denial, blind-pairing-core 2.10; and one that only this library knows.
const REJECTED = 1
const STATUS: Record<Refusal, number> = {
  revoked: REJECTED,
  rejected: REJECTED,
  known: REJECTED,
  used: 2,
  expired: 3,
  full: FULL
}

const MAX_WAITING = 100

/** What a doorkeeper works with. */
export interface Door {
  log: Log
  queries: Queries
  keychain: Keychain
  keys: DeviceKeys
  epochs: Epochs
  onrequest(request: JoinRequest): void
  onadmitted(admitted: Admitted): void
  onwarning(error: Error): void
}

/**
 * Answers those who ask to join with an invite that this device made, or that was handed to it. One candidate after the other, so that two who
 * race for a one-use invite are told apart; what must hold whoever answers is enforced by the reducer.
 */
export class Doorkeeper {
  readonly #door: Door
  readonly #pairing: BlindPairing
  readonly #actor: Actor
  readonly #turns = new Mutex()
  readonly #answering = new Mutex()
  // Invites of others, hex, that this device answers; and those of which their makers know that it does.
  readonly #handed = new Set<string>()
  readonly #acknowledged = new Set<string>()
  #member: Member | null = null
  #closed = false

  constructor(pairing: BlindPairing, door: Door) {
    this.#pairing = pairing
    this.#door = door
    this.#actor = new Actor(door.log, door.queries)
  }

  /** Starts answering; again, so that those who wait ask once more (a decision was made about them). */
  answer(): Promise<void> {
    return this.#answering.run(() => this.#answer())
  }

  /** Answers what others have handed to this device, from when it is known here; whether there is something new. */
  async attend(): Promise<boolean> {
    const { queries, log } = this.#door
    const device = (await queries.cast()).deviceByWriter(log.writer)
    const handed = device ? await queries.rows((rows) => rows.handed(device.number)) : []
    const all = handed.map((id) => b4a.toString(id, 'hex'))
    if (all.every((id) => this.#handed.has(id))) return false
    // Anew: those who asked before it was known here were not answered.
    await this.answer()
    for (const id of all) this.#handed.add(id)
    return true
  }

  /** Tells those who handed invites to this device that it has heard of them. */
  async acknowledge(): Promise<void> {
    for (const hex of this.#handed) {
      if (this.#acknowledged.has(hex)) continue
      const invite = b4a.from(hex, 'hex')
      const row = await this.#door.queries.rows((rows) => rows.invite(invite))
      // Not of one whose seed was sealed to somebody else: it could answer nobody.
      if (row && !row.ready && (await this.#seedOf(invite, row)))
        await this.#actor.append('answer', { invite })
      this.#acknowledged.add(hex)
    }
  }

  async #answer(): Promise<void> {
    await this.#member?.close()
    if (this.#closed) return
    const member = this.#pairing.addMember({
      discoveryKey: this.#door.log.discoveryKey,
      // Must neither throw nor wait for a person, or that candidate never pairs (blind-pairing 2.3, measured).
      onadd: (request) =>
        this.#turns.run(() => this.#meet(request)).catch((error: Error) => this.#warn(error))
    })
    // Garbage from anybody who knows the topic throws in there and would take the process along.
    const inner = member._addRequest.bind(member)
    member._addRequest = async (bytes) => inner(bytes).catch(() => null)
    this.#member = member
  }

  #warn(error: Error): void {
    if (!this.#closed && !isClosing(error)) this.#door.onwarning(error)
  }

  async #meet(request: MemberRequest): Promise<void> {
    const { keychain, queries } = this.#door
    const row = await queries.rows((rows) => rows.invite(request.inviteId))
    const seed = row && (await this.#seedOf(request.inviteId, row))
    if (row === null || seed === null) return
    const signer = crypto.keyPair(seed)
    const candidate = openCandidate(request.inviteId, request.open(signer.publicKey))
    const cast = await queries.cast()
    const author = this.#actor.authorIn(cast)
    // Whoever was removed has no say in who comes in.
    if (author === null) return
    const answerer = answererOf(row)
    if (answerer !== author.device) {
      // Handed over: the code names the other device, and once that is gone nobody lets anybody in.
      if (!cast.isCurrent(answerer)) request.deny({ status: REJECTED })
      return
    }
    if (candidate === null) return request.deny({ status: REJECTED })

    // Admitted already, and the answer was lost: give it again.
    const writer = coreKeyOf(candidate.publicKey)
    const known = cast.deviceByWriter(writer)
    if (known) {
      await this.#confirmKnown(known.row, request, candidate, signer)
      return
    }

    const id = b4a.toString(writer, 'hex')
    const admit = { invite: request.inviteId, receipt: request.receipt }
    // Nothing is written that would not count: whoever has the code may ask again and again.
    const refusal = await this.#refusalOf(admit)
    if (refusal !== null) return request.deny({ status: STATUS[refusal] })
    if ((await keychain.get('denied', id)) !== null) return request.deny({ status: REJECTED })
    if (row.approval) return this.#remember(id, request, candidate)

    await this.#actor.append('admit', admit)
    // Another device may have admitted the same writer meanwhile.
    const after = await queries.cast()
    const admitted = after.deviceByWriter(writer)
    if (admitted) {
      if (await this.#confirmKnown(admitted.row, request, candidate, signer))
        this.#tell(request.inviteId, after, admitted)
      return
    }
    request.deny({ status: STATUS[(await this.#refusalOf(admit)) ?? 'rejected'] })
  }

  /** Why the album would let nobody in by this, as it stands here; null where it would. */
  async #refusalOf(admit: Out['admit']): Promise<Refusal | null> {
    const { queries, log } = this.#door
    const cast = await queries.cast()
    const author = cast.author(log.writer)
    if (author === null) return 'rejected'
    const found = await queries.rows((rows) => {
      const founded = (): Promise<Cast['album']> => Promise.resolve(cast.album)
      const by = (writer: Uint8Array): Promise<Author | null> => Promise.resolve(cast.author(writer))
      return admissible({ rows, founded, author: by }, author, Date.now(), admit)
    })
    return typeof found === 'string' ? found : null
  }

  /** The seed of an invite that this device made, or that was handed to it; null where it has none. */
  async #seedOf(id: Uint8Array, row: Out['invite-row']): Promise<Uint8Array | null> {
    const { keychain, keys, log, queries } = this.#door
    const own = await keychain.get('invite-seed', b4a.toString(id, 'hex'))
    if (own) return own
    const device = (await queries.cast()).deviceByWriter(log.writer)
    const sealed = device && (await queries.rows((rows) => rows.handedSeed(device.number, id)))
    const seed = sealed && unseal(sealed, keys.box)
    return seed && b4a.equals(crypto.keyPair(seed).publicKey, row.publicKey) ? seed : null
  }

  #tell(invite: Uint8Array, cast: Cast, { number, row }: { number: number; row: DeviceRow }): void {
    const inviteId = b4a.toString(invite, 'hex')
    this.#door.onadmitted({ inviteId, member: cast.person(row.member), device: cast.machine(number) })
  }

  /** Whether it was let in; a wrong one is refused. */
  async #confirmKnown(
    row: DeviceRow,
    request: MemberRequest,
    candidate: Out['candidate'],
    signer: { secretKey: Uint8Array }
  ): Promise<boolean> {
    // A member that came with an identity of which the album knows nothing could not be removed any more.
    const same = b4a.equals(row.identity, candidate.identity) && b4a.equals(row.box, candidate.box)
    if (row.removed || !same) {
      request.deny({ status: REJECTED })
      return false
    }
    await this.#confirm(request, candidate, signer)
    return true
  }

  async #remember(id: string, request: MemberRequest, candidate: Out['candidate']): Promise<void> {
    const { keychain } = this.#door
    if ((await keychain.get('request', id)) !== null) return
    // One who has a code and keeps asking under other names must not fill the disk, nor keep others from asking.
    if ((await this.#waitingFor(request.inviteId)) >= MAX_WAITING) return
    const { name, device } = candidate
    const row = { invite: request.inviteId, request: request.receipt, name, device, at: Date.now() }
    await keychain.put('request', id, encode('request-row', row))
    for (const waiting of await this.requests()) if (waiting.id === id) this.#door.onrequest(waiting)
  }

  // The album's keys go sealed to the joiner's box key: a leaked code alone must not open the mailbox's answer.
  async #confirm(
    request: MemberRequest,
    candidate: Out['candidate'],
    signer: { secretKey: Uint8Array }
  ): Promise<void> {
    const { log, queries, epochs, keys } = this.#door
    const { album } = await queries.cast()
    const epochKey = album.epoch && (await epochs.key(album.epoch))
    if (!epochKey) throw new Error('This device has not got the media key of the current epoch')
    const certifiedAt = Date.now()
    const statement = certificateStatement(log.key, candidate.identity, certifiedAt, request.inviteId)
    const admission = encode('admission', {
      encryptionKey: log.encryptionKey,
      ...(await this.#finished()),
      epochKey,
      identity: keys.identity.publicKey,
      certifiedAt,
      invite: request.inviteId,
      certificate: crypto.sign(statement, keys.identity.secretKey)
    })
    const data = seal(admission, candidate.box)
    request.confirm({ key: log.key, additional: { data, signature: crypto.sign(data, signer.secretKey) } })
  }

  /** Where the finished index lies, for a joiner who can see that it was signed by whom it should be. */
  async #finished(): Promise<Pick<Out['admission'], 'system' | 'handings'>> {
    const { log, queries } = this.#door
    const { album } = await queries.cast()
    const handings = await queries.rows((rows) => handingsTo(rows, album))
    return handings === null ? { system: null, handings: null } : { system: log.system, handings }
  }

  /** How many wait for approval with this invite; what waits with one that is closed is forgotten. */
  async #waitingFor(inviteId: Uint8Array): Promise<number> {
    const { keychain, queries } = this.#door
    let count = 0
    for (const { id, value } of await keychain.list('request')) {
      const { invite } = decode('request-row', value)
      const row = await queries.rows((view) => view.invite(invite))
      if (row === null || closedBecause(row, Date.now()) !== null) await keychain.delete('request', id)
      else if (b4a.equals(invite, inviteId)) count++
    }
    return count
  }

  /** Those who wait for somebody's approval on this device. */
  async requests(): Promise<JoinRequest[]> {
    const rows = await this.#door.keychain.list('request')
    const waiting: JoinRequest[] = []
    for (const { id, value } of rows) {
      const row = decode('request-row', value)
      const invite = await this.#door.queries.rows((view) => view.invite(row.invite))
      if (invite === null || closedBecause(invite, Date.now()) !== null) continue
      const role = ROLES[invite.role] ?? 'viewer'
      const { name, device, at } = row
      const inviteId = b4a.toString(row.invite, 'hex')
      waiting.push({ id, inviteId, name, device, role, at: new Date(at).toISOString() })
    }
    return waiting
  }

  /** Admits somebody who waits; false where nobody of that id does. Throws `INVITE_USED`, `ALBUM_FULL`. */
  async approve(id: string): Promise<boolean> {
    const { keychain, queries } = this.#door
    const value = await keychain.get('request', id)
    if (value === null) return false
    const { invite, request: receipt } = decode('request-row', value)
    const refusal = await this.#turns.run(async () => {
      const found = await this.#refusalOf({ invite, receipt })
      if (found === null) await this.#actor.append('admit', { invite, receipt })
      return found
    })
    await keychain.delete('request', id)
    await this.answer()
    if (refusal === 'full') throw new AlbumError('ALBUM_FULL', 'The album takes no more members or devices')
    const cast = await queries.cast()
    const admitted = cast.deviceByWriter(b4a.from(id, 'hex'))
    if (admitted) {
      this.#tell(invite, cast, admitted)
      return true
    }
    throw new AlbumError('INVITE_USED', 'The invite that this person has lets nobody in any more')
  }

  async deny(id: string): Promise<boolean> {
    const { keychain } = this.#door
    if ((await keychain.get('request', id)) === null) return false
    await keychain.put('denied', id, b4a.from([1]))
    await keychain.delete('request', id)
    await this.answer()
    return true
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#answering.run(async () => this.#member?.close())
  }
}
