import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import { AlbumError } from '../errors.ts'
import type { Actor } from '../log/actor.ts'
import type { Log } from '../log/log.ts'
import type {
  Device,
  Invite,
  InviteOptions,
  Member,
  Members as Public,
  Removal,
  Role,
  Wait
} from '../types.ts'
import { fromHex, toHex } from '../util/hex.ts'
import { keptText } from '../util/text.ts'
import type { Cast } from '../view/cast.ts'
import { ID_BYTES, idOf } from '../view/identity.ts'
import type { Queries } from '../view/queries.ts'
import type { DeviceRow } from '../view/rows.ts'
import {
  LIMITS,
  OWNER,
  ROLES,
  isName,
  mayActFor,
  mayGovern,
  mayManage,
  mayRemoveDevice,
  mayRename
} from '../view/rules.ts'
import type { Epochs } from './epochs.ts'
import { untilFinal } from './final.ts'
import type { Invites } from './invites.ts'

const KEY_BYTES = 32

interface Parts {
  log: Log
  queries: Queries
  actor: Actor
  epochs: Epochs
  invites: Invites
}

/** Checks a name that a person gives to something. */
export function checkName(name: unknown, what: string): string {
  const clean = typeof name === 'string' ? keptText(name.trim()) : ''
  if (!isName(clean))
    throw new AlbumError('BAD_ARGUMENT', `${what} is a text of 1 to ${LIMITS.name} characters`)
  return clean
}

/** `album.members`; see the interface for what each does. */
export class Members implements Public {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async list(): Promise<Member[]> {
    const cast = await this.#parts.queries.cast()
    return [...cast.members.keys()].map((number) => this.#present(cast, number))
  }

  async get(id: string): Promise<Member | null> {
    const cast = await this.#parts.queries.cast()
    const found = cast.memberById(id)
    return found && this.#present(cast, found.number)
  }

  async me(): Promise<Member | null> {
    const cast = await this.#parts.queries.cast()
    const author = this.#parts.actor.authorIn(cast)
    return author && this.#present(cast, author.member)
  }

  #present(cast: Cast, number: number): Member {
    const row = cast.members.get(number)
    if (!row) throw new AlbumError('NOT_FOUND', 'There is no such member')
    const me = this.#parts.actor.authorIn(cast)?.member === number
    const devices: Device[] = []
    for (const device of cast.devices.values()) {
      if (device.member !== number) continue
      const id = toHex(device.writer)
      const mine = b4a.equals(device.writer, this.#parts.log.writer)
      devices.push({ id, name: device.name, memberId: toHex(row.id), me: mine, removed: device.removed })
    }
    const role = ROLES[row.role] ?? 'viewer'
    const joinedAt = new Date(row.at).toISOString()
    return { id: toHex(row.id), name: row.name, role, me, devices, joinedAt, removed: row.removed }
  }

  async create(options: { name: string; role?: Exclude<Role, 'owner' | 'mirror'> }): Promise<Member> {
    const { role = 'contributor' } = options
    const name = checkName(options.name, 'A name')
    if (role !== 'contributor' && role !== 'viewer') {
      throw new AlbumError('BAD_ARGUMENT', 'A member without a device is a contributor or viewer')
    }
    const { actor, log } = this.#parts
    await actor.require(mayManage, 'add members')
    const nonce = crypto.randomBytes(ID_BYTES)
    await actor.append('member', { nonce, name, role: ROLES.indexOf(role) })
    return this.#after(toHex(idOf('member', log.writer, nonce)))
  }

  async #after(id: string): Promise<Member> {
    const member = await this.get(id)
    if (member === null) throw new AlbumError('NOT_FOUND', 'There is no such member')
    return member
  }

  async rename(id: string, name: string): Promise<Member> {
    const clean = checkName(name, 'A name')
    const { target } = await this.#target(id)
    const { actor } = this.#parts
    await actor.require((author) => mayRename(author, target.number), 'change that name')
    await actor.append('member', { id: target.row.id, name: clean })
    return this.#after(id)
  }

  async #target(id: string): Promise<{ cast: Cast; target: NonNullable<ReturnType<Cast['memberById']>> }> {
    const cast = await this.#parts.queries.cast()
    const target = cast.memberById(id)
    if (target === null || target.row.removed) throw new AlbumError('NOT_FOUND', 'There is no such member')
    return { cast, target }
  }

  async setRole(id: string, role: Exclude<Role, 'mirror'>): Promise<Member> {
    if (!['owner', 'contributor', 'viewer'].includes(role)) {
      throw new AlbumError('BAD_ARGUMENT', 'role is owner, contributor or viewer')
    }
    const { cast, target } = await this.#target(id)
    const { actor } = this.#parts
    await actor.require((one) => mayGovern(one, target.number, target.row), 'change that role')
    if (role !== 'owner') refuseLastOwner(cast, target.number)
    await actor.append('set-role', { member: target.row.id, role: ROLES.indexOf(role) })
    return this.#after(id)
  }

  async remove(id: string, wait: Wait = {}): Promise<Removal> {
    const { cast, target } = await this.#target(id)
    const { actor, epochs } = this.#parts
    const author = await actor.require(
      (one) => mayActFor(one, target.number, target.row),
      'remove that member'
    )
    refuseLastOwner(cast, target.number)
    const ops = [actor.encode('remove', { member: target.row.id })]
    if (mayManage(author) && author.member !== target.number) {
      const next = await epochs.next((_device, member) => member === target.number)
      ops.push(actor.encode('epoch', next))
    }
    await actor.appendAll(ops)
    if ((await this.get(id))?.removed === false) throw notRemoved()
    return untilFinal(this.#parts.log, wait)
  }

  async removeDevice(deviceId: string, wait: Wait = {}): Promise<Removal> {
    const writer = fromHex(deviceId, KEY_BYTES)
    const { actor, queries, epochs } = this.#parts
    const cast = await queries.cast()
    const device = writer && cast.deviceByWriter(writer)
    const owner = device && cast.members.get(device.row.member)
    if (!device || !owner || device.row.removed) throw new AlbumError('NOT_FOUND', 'There is no such device')
    refuseInKit(device.row)
    const author = await actor.require(
      (one) => mayRemoveDevice(one, device.number, device.row, owner, cast.album),
      'remove that device'
    )
    refuseLastOwner(cast, null, device.number)
    const ops = [actor.encode('remove', { device: device.row.writer })]
    if (mayManage(author) && author.device !== device.number) {
      ops.push(actor.encode('epoch', await epochs.next((number) => number === device.number)))
    }
    await actor.appendAll(ops)
    if (!(await queries.cast()).devices.get(device.number)?.removed) throw notRemoved()
    return untilFinal(this.#parts.log, wait)
  }

  linkDevice(options: Pick<InviteOptions, 'expires'> = {}): Promise<Invite> {
    return this.#parts.invites.createForDevice(options)
  }

  async delegate(memberId: string, deviceId?: string, options: { revoke?: boolean } = {}): Promise<void> {
    const { actor, log } = this.#parts
    const device = deviceId === undefined ? log.writer : fromHex(deviceId, KEY_BYTES)
    const { cast, target } = await this.#target(memberId)
    if (!device || cast.deviceByWriter(device) === null)
      throw new AlbumError('NOT_FOUND', 'There is no such device')
    await actor.require((one) => mayActFor(one, target.number, target.row), 'delegate for that member')
    await actor.append('delegate', { member: target.row.id, device, revoke: options.revoke ?? false })
  }
}

function notRemoved(): AlbumError {
  return new AlbumError('FORBIDDEN', 'The album did not take this: you cannot remove whom you may not')
}

/** Throws for a device of a recovery kit: without any one of them the kit would look as good as before, and not be. */
function refuseInKit({ name, asleep, kit }: DeviceRow): void {
  if (!asleep || kit === null) return
  const message = `${name} lies in a recovery kit, which is removed as a whole: \`hyperalbum kit remove\`, or \`recovery.remove\``
  throw new AlbumError('FORBIDDEN', message)
}

/** Throws where no owner would be left who can act, without a member or without one device. */
function refuseLastOwner(cast: Cast, member: number | null, device: number | null = null): void {
  // An owner without a device can do nothing, and one in a recovery kit does nothing until it is used.
  const devices = [...cast.devices].filter(
    ([number, row]) => !row.removed && !row.asleep && number !== device
  )
  const owners = devices.filter(([, row]) => cast.members.get(row.member)?.role === OWNER)
  if (owners.every(([, row]) => row.member === member)) {
    throw new AlbumError('FORBIDDEN', 'An album has an owner: make somebody else one first')
  }
}
