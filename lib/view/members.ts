import b4a from 'b4a'
import type { Out } from '../schema/codec.ts'
import { coreKeyOf, idOf } from './identity.ts'
import { key } from './keys.ts'
import type { Pass } from './pass.ts'
import type { AlbumRow, DeviceRow, MemberRow } from './rows.ts'
import * as rules from './rules.ts'
import { type Author, LIMITS, MIRROR, OWNER, isName } from './rules.ts'

// What ops do to the album itself, its members and their devices.

/** The first op of an album: its founder, who is the first owner, and the founder's device, which is the indexer. */
export async function found(
  pass: Pass,
  writer: Uint8Array,
  op: Out['op'],
  body: Out['found']
): Promise<void> {
  const genuine = b4a.equals(writer, pass.host.key) && b4a.equals(writer, coreKeyOf(body.publicKey))
  if (!genuine || !isName(body.name) || !isName(body.member) || !isName(body.device)) return
  pass.setAlbum({
    name: body.name,
    version: op.version,
    at: op.at,
    epoch: null,
    epochs: 0,
    members: 0,
    devices: 0,
    photos: 0,
    indexer: 1
  })
  const member = await addMember(pass, idOf('member', writer, body.nonce), body.member, OWNER, op.at)
  await addDevice(pass, member, writer, body, op.at)
}

/** Adds a member; gives its number. */
export async function addMember(
  pass: Pass,
  id: Uint8Array,
  name: string,
  role: number,
  at: number
): Promise<number> {
  const number = (await pass.founded()).members + 1
  pass.setAlbum({ members: number })
  await pass.putMember(number, { id, name, role, at, removed: false, delegates: null })
  await pass.rows.put(key.memberId(id), 'count', { count: number })
  return number
}

export async function addDevice(
  pass: Pass,
  member: number,
  writer: Uint8Array,
  who: { identity: Uint8Array; box: Uint8Array; device: string },
  at: number
): Promise<void> {
  const number = (await pass.founded()).devices + 1
  pass.setAlbum({ devices: number })
  const { identity, box, device: name } = who
  const row = {
    writer,
    identity,
    box,
    member,
    name,
    at,
    removed: false,
    supports: 0,
    drives: 0,
    takeovers: 0,
    system: null,
    asleep: false,
    kit: null
  }
  await pass.putDevice(number, row)
  await pass.rows.put(key.writer(writer), 'count', { count: number })
}

export async function hello(pass: Pass, author: Author, body: Out['hello']): Promise<void> {
  const { deviceRow } = author
  const { takeovers: now, takenBy, rival } = await pass.founded()
  const name = isName(body.name) ? body.name : deviceRow.name
  const { supports } = body
  const system = body.system ?? deviceRow.system
  // Only a new device is put into a recovery kit, and only an owner's: any other would stand in the list before those that
  // are in there, and the kit could not be removed.
  const isNew = deviceRow.supports === 0
  const asleep = body.asleep && (isNew || deviceRow.asleep)
  const kit = isNew && rules.mayManage(author) ? body.kit : deviceRow.kit
  // Two may have taken over apart from each other: who followed the other one has yet to follow this one.
  const writer = (await pass.rows.device(takenBy))?.writer ?? null
  const follows = body.takeovers === now && isSame(body.takenBy, writer)
  const takeovers = follows ? now : deviceRow.takeovers
  // It has no index of its own, whatever it claimed.
  if (follows && author.device === rival) pass.setAlbum({ rival: 0 })
  const same =
    supports === deviceRow.supports &&
    takeovers === deviceRow.takeovers &&
    asleep === deviceRow.asleep &&
    isSame(kit, deviceRow.kit) &&
    isSame(system, deviceRow.system)
  if (name === deviceRow.name && same) return
  await pass.putDevice(author.device, { ...deviceRow, supports, name, takeovers, system, asleep, kit })
}

function isSame(one: Uint8Array | null, other: Uint8Array | null): boolean {
  return one === null || other === null ? one === other : b4a.equals(one, other)
}

export async function rename(pass: Pass, author: Author, body: Out['rename']): Promise<void> {
  if (rules.mayManage(author) && isName(body.name)) pass.setAlbum({ name: body.name })
}

/** Makes a person without a device, or renames a member. */
export async function member(
  pass: Pass,
  author: Author,
  writer: Uint8Array,
  at: number,
  body: Out['member']
): Promise<void> {
  if (!isName(body.name) || author.delegated) return
  if (body.id === null) {
    if (!rules.mayManage(author) || body.nonce === null || body.role > MIRROR || body.role === OWNER) return
    const id = idOf('member', writer, body.nonce)
    if ((await pass.rows.memberNumber(id)) !== null) return
    if ((await pass.founded()).members >= LIMITS.members) return
    await addMember(pass, id, body.name, body.role, at)
    return
  }
  const target = await memberById(pass, body.id)
  if (target === null || !rules.mayRename(author, target.number)) return
  await pass.putMember(target.number, { ...target.row, name: body.name })
}

interface Target {
  number: number
  row: MemberRow
}

async function memberById(pass: Pass, id: Uint8Array): Promise<Target | null> {
  const number = await pass.rows.memberNumber(id)
  const row = number === null ? null : await pass.rows.member(number)
  return number === null || row === null || row.removed ? null : { number, row }
}

/** Lets a device act in a member's name, or no longer. */
export async function delegate(pass: Pass, author: Author, body: Out['delegate']): Promise<void> {
  const target = await memberById(pass, body.member)
  const device = await pass.rows.deviceNumber(body.device)
  if (target === null || device === null) return
  if (!rules.mayActFor(author, target.number, target.row)) return
  const others = (target.row.delegates ?? []).filter((one) => one !== device)
  const delegates = body.revoke ? others : [...others, device].sort((a, b) => a - b)
  await pass.putMember(target.number, { ...target.row, delegates: delegates.length === 0 ? null : delegates })
}

/** How many owners can act, which takes a device outside of a recovery kit, if this device or member were not there. */
export async function otherOwners(
  pass: Pass,
  without: { member?: number; device?: number }
): Promise<number> {
  const { devices } = await pass.founded()
  const owners = new Set<number>()
  for (let number = 1; number <= devices; number++) {
    const row = await pass.rows.device(number)
    if (row === null || row.removed || row.asleep) continue
    if (number === without.device || row.member === without.member) continue
    const member = await pass.rows.member(row.member)
    if (member?.role === OWNER && !member.removed) owners.add(row.member)
  }
  return owners.size
}

/** An album keeps an owner. */
async function isLastOwner(pass: Pass, { number, row }: Target): Promise<boolean> {
  return row.role === OWNER && (await otherOwners(pass, { member: number })) === 0
}

export async function setRole(pass: Pass, author: Author, body: Out['set-role']): Promise<void> {
  const target = await memberById(pass, body.member)
  if (target === null || body.role > MIRROR) return
  if (!rules.mayGovern(author, target.number, target.row)) return
  if (body.role !== OWNER && (await isLastOwner(pass, target))) return
  await pass.putMember(target.number, { ...target.row, role: body.role })
}

async function devicesOf(pass: Pass, member: number): Promise<{ number: number; row: DeviceRow }[]> {
  const { devices } = await pass.founded()
  const found: { number: number; row: DeviceRow }[] = []
  for (let number = 1; number <= devices; number++) {
    const row = await pass.rows.device(number)
    if (row !== null && !row.removed && row.member === member) found.push({ number, row })
  }
  return found
}

/** How many devices a member ever had: one member must not use up the album's. */
export async function countDevices(
  view: { rows: Pick<Pass['rows'], 'device'>; founded(): Promise<AlbumRow> },
  member: number
): Promise<number> {
  const { devices } = await view.founded()
  let count = 0
  for (let number = 1; number <= devices; number++) {
    if ((await view.rows.device(number))?.member === member) count++
  }
  return count
}

// Nobody would be left to sign the index: its device leaves the log when an heir takes over, and says nothing until then.
async function dropDevice(pass: Pass, number: number, row: DeviceRow): Promise<void> {
  await pass.putDevice(number, { ...row, removed: true })
  if (pass.host.removeable(row.writer)) await pass.host.removeWriter(row.writer)
}

/** Removes a device, or a member with all devices. What they added stays. */
export async function remove(pass: Pass, author: Author, body: Out['remove']): Promise<void> {
  if (author.delegated) return
  if (body.device !== null) {
    const number = await pass.rows.deviceNumber(body.device)
    const row = number === null ? null : await pass.rows.device(number)
    const owner = row === null ? null : await pass.rows.member(row.member)
    if (number === null || row === null || owner === null || row.removed) return
    if (!rules.mayRemoveDevice(author, number, row, owner, await pass.founded())) return
    if (owner.role === OWNER && (await otherOwners(pass, { device: number })) === 0) return
    await dropDevice(pass, number, row)
  } else if (body.member !== null) {
    const target = await memberById(pass, body.member)
    if (target === null) return
    if (!rules.mayActFor(author, target.number, target.row) || (await isLastOwner(pass, target))) return
    const devices = await devicesOf(pass, target.number)
    for (const { number, row } of devices) await dropDevice(pass, number, row)
    await pass.putMember(target.number, { ...target.row, removed: true, delegates: null })
  } else {
    return
  }
  // Until an owner starts a new epoch, what is added is still readable to those who left.
  pass.setAlbum({ stale: true })
}

export async function promise(pass: Pass, author: Author, body: Out['promise']): Promise<void> {
  if (rules.mayManage(author)) pass.setAlbum({ promise: body.copies })
}
