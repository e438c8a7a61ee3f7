import b4a from 'b4a'
import { createInvite } from 'blind-pairing-core'
import crypto from 'hypercore-crypto'
import { AlbumError } from '../errors.ts'
import type { Actor } from '../log/actor.ts'
import { type DeviceKeys, type Keychain, seal } from '../log/keychain.ts'
import type { Log } from '../log/log.ts'
import { type Out, decode } from '../schema/codec.ts'
import type { Invite, InviteOptions, JoinRequest, Invites as Public } from '../types.ts'
import { fromHex } from '../util/hex.ts'
import { inviteStatement } from '../view/identity.ts'
import { answererOf } from '../view/invites.ts'
import { parse, range } from '../view/keys.ts'
import type { Queries } from '../view/queries.ts'
import type { DeviceRow } from '../view/rows.ts'
import { ROLES, type RoleName, mayAnswer, mayManage, maySpeak } from '../view/rules.ts'
import { commitmentOf, encodeCode, urlOf } from './code.ts'
import type { Doorkeeper } from './doorkeeper.ts'

const KEY_BYTES = 32
const WEEK = 7 * 86_400_000
// A code says in 32 bits at which second it expires (blind-pairing-core 2.10). Of a later one it would say another
// time, such as 1990, and the joiner would not even ask. Milliseconds since 1970, in the year 2106.
const LAST_EXPIRY = 0xffffffff * 1000

interface Parts {
  log: Log
  queries: Queries
  keychain: Keychain
  keys: DeviceKeys
  actor: Actor
  doorkeeper: Doorkeeper | null
}

/** `album.invites`; see the interface for what each does. */
export class Invites implements Public {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async create(options: InviteOptions = {}): Promise<Invite> {
    const { role = 'contributor' } = options
    if (!ROLES.includes(role)) {
      throw new AlbumError('BAD_ARGUMENT', `role is one of ${ROLES.join(', ')}`)
    }
    await this.#parts.actor.require(mayManage, 'invite people')
    return this.#make(role, options, false, await this.#answererOf(role, options))
  }

  /** The other device that is to answer; null for this one. */
  async #answererOf(role: RoleName, { answeredBy, approval }: InviteOptions): Promise<DeviceRow | null> {
    if (answeredBy === undefined) return null
    const { queries, log } = this.#parts
    const cast = await queries.cast()
    const writer = fromHex(answeredBy, KEY_BYTES)
    const answerer = writer && cast.author(writer)
    if (!answerer) throw new AlbumError('NOT_FOUND', 'There is no such device')
    if (b4a.equals(writer, log.writer)) return null
    if (approval) {
      throw new AlbumError(
        'BAD_ARGUMENT',
        'Who approves has to be there: only this device can ask for approval'
      )
    }
    if (!mayAnswer(answerer.memberRow, ROLES.indexOf(role))) {
      throw new AlbumError('FORBIDDEN', 'An invite for an owner is answered by an owner’s device only')
    }
    return answerer.deviceRow
  }

  /** Makes an invite for another device of the member asking: `members.linkDevice()`. */
  async createForDevice(options: Pick<InviteOptions, 'expires'> = {}): Promise<Invite> {
    const author = await this.#parts.actor.require((one) => maySpeak(one) && !one.delegated, 'link a device')
    return this.#make(ROLES[author.memberRow.role] ?? 'viewer', options, true, null)
  }

  async #make(
    role: RoleName,
    options: InviteOptions,
    own: boolean,
    answerer: DeviceRow | null
  ): Promise<Invite> {
    const { expires = WEEK, uses = 1, approval = false } = options
    const until = expires === 0 ? 0 : Date.now() + Math.ceil(expires)
    if (typeof expires !== 'number' || !(expires >= 0) || until > LAST_EXPIRY) {
      throw new AlbumError(
        'BAD_ARGUMENT',
        'expires is milliseconds from now, 0 for never, up to the year 2106'
      )
    }
    if (!Number.isSafeInteger(uses) || uses < 0) {
      throw new AlbumError('BAD_ARGUMENT', 'uses is a whole number, 0 for any')
    }
    const { log, keychain, keys, actor, doorkeeper } = this.#parts
    const { id, invite, seed, publicKey } = createInvite(log.key, { expires: until })
    const hex = b4a.toString(id, 'hex')
    const commitment = commitmentOf(log.encryptionKey, answerer?.identity ?? keys.identity.publicKey)
    const code = encodeCode(invite, commitment)
    // By the seed this device answers its own invites, also after a restart. In the log it stands sealed only.
    await keychain.put('invite-seed', hex, seed)
    await keychain.put('invite-code', hex, b4a.from(code))
    const number = ROLES.indexOf(role)
    const proof = crypto.sign(inviteStatement(log.writer, id), crypto.keyPair(seed).secretKey)
    await actor.append('invite', {
      id,
      publicKey,
      proof,
      role: number,
      expires: until,
      uses,
      approval,
      own,
      commitment,
      ...(answerer && { answerer: answerer.writer, seed: sealedFor(seed, answerer) })
    })
    await doorkeeper?.answer()
    const made = await this.get(hex)
    if (made === null) throw new AlbumError('FORBIDDEN', 'The album did not take this invite')
    return made
  }

  async get(id: string): Promise<Invite | null> {
    const bytes = idBytes(id)
    const row = bytes && (await this.#parts.queries.rows((rows) => rows.invite(bytes)))
    return row ? this.#present(id, row) : null
  }

  async list(): Promise<Invite[]> {
    const rows = await this.#parts.queries.at(async (bee) => {
      const found: { id: string; row: Out['invite-row'] }[] = []
      for await (const node of bee.createReadStream(range.invites())) {
        found.push({ id: b4a.toString(parse.id(node.key), 'hex'), row: decode('invite-row', node.value) })
      }
      return found
    })
    return Promise.all(rows.map(({ id, row }) => this.#present(id, row)))
  }

  /** Whether this device has made an invite. A closed one is answered too: somebody may not know that it is. */
  async hasMade(): Promise<boolean> {
    return (await this.#parts.keychain.list('invite-seed')).length > 0
  }

  async #present(id: string, row: Out['invite-row']): Promise<Invite> {
    const code = await this.#parts.keychain.get('invite-code', id)
    const cast = await this.#parts.queries.cast()
    const device = cast.devices.get(row.device)
    const answerer = answererOf(row)
    const text = code === null ? '' : b4a.toString(code)
    return {
      id,
      code: text,
      url: urlOf(text),
      role: ROLES[row.role] ?? 'viewer',
      expiresAt: row.expires === 0 ? null : new Date(row.expires).toISOString(),
      uses: row.uses,
      used: row.used,
      approval: row.approval,
      revoked: row.revoked,
      memberId: row.own && device ? cast.person(device.member).id : null,
      answeredBy: cast.isCurrent(answerer) && cast.backs(row) ? cast.machine(answerer) : null,
      ready: row.ready
    }
  }

  async revoke(id: string): Promise<Invite> {
    const bytes = idBytes(id)
    if (bytes === null || (await this.get(id)) === null)
      throw new AlbumError('NOT_FOUND', 'There is no such invite')
    await this.#parts.actor.require((author) => !author.delegated, 'revoke an invite')
    await this.#parts.actor.append('revoke-invite', { id: bytes })
    const invite = (await this.get(id)) as Invite
    if (!invite.revoked) throw new AlbumError('FORBIDDEN', 'Only owners revoke the invites of others')
    return invite
  }

  async requests(): Promise<JoinRequest[]> {
    return (await this.#parts.doorkeeper?.requests()) ?? []
  }

  async approve(id: string): Promise<void> {
    if (!(await this.#parts.doorkeeper?.approve(id)))
      throw new AlbumError('NOT_FOUND', 'Nobody waits under this id')
  }

  async deny(id: string): Promise<void> {
    if (!(await this.#parts.doorkeeper?.deny(id)))
      throw new AlbumError('NOT_FOUND', 'Nobody waits under this id')
  }
}

function sealedFor(seed: Uint8Array, { box, name }: DeviceRow): Uint8Array {
  try {
    return seal(seed, box)
  } catch (error) {
    throw new AlbumError('FORBIDDEN', `${name} has no key that anything can be sealed to`, { cause: error })
  }
}

function idBytes(id: string): Uint8Array | null {
  return /^[0-9a-f]{64}$/.test(id) ? b4a.from(id, 'hex') : null
}
