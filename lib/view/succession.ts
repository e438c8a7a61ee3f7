import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import type { Out } from '../schema/codec.ts'
import { fork, signedAt, signerOf } from './fork.ts'
import { FOUNDER } from './handings.ts'
import { coreKeyOf, reignStatement } from './identity.ts'
import { key } from './keys.ts'
import { otherOwners } from './members.ts'
import type { Pass } from './pass.ts'
import type { AlbumRow, DeviceRow, MemberRow, Rows } from './rows.ts'
import * as rules from './rules.ts'
import { type Author, CONTRIBUTOR, LIMITS, OWNER, VIEWER } from './rules.ts'

// Which device signs the index, and which is the next. There is one at a time, so that there is one order of the log.

/** Who is who, as far as the order of heirs goes by it. */
interface People {
  album: AlbumRow
  devices: ReadonlyMap<number, DeviceRow>
  members: ReadonlyMap<number, MemberRow>
}

/** Whether a device could sign the index: one that never wrote would end the program of everybody (autobase 7.28). */
export function maySign(device: DeviceRow | null | undefined, member: MemberRow | null | undefined): boolean {
  if (!device || !member || device.removed || member.removed) return false
  return device.supports > 0 && member.role !== VIEWER
}

/**
 * The devices that may take over the index, by their numbers: the first may. First whom it was to be handed to, then those
 * whom an owner named, then owners' devices and then contributors', as they were admitted. One in a recovery kit comes last:
 * nobody may know where the kit is.
 */
export function heirsOf({ album, devices, members }: People): number[] {
  const able = [...devices].filter(([number, row]) => {
    return number !== album.indexer && maySign(row, members.get(row.member))
  })
  const named = (album.heirs ?? []).map(
    (writer) => able.find(([, row]) => b4a.equals(row.writer, writer))?.[0]
  )
  const inRole = (role: number): number[] =>
    able.flatMap(([number, row]) => (!row.asleep && members.get(row.member)?.role === role ? [number] : []))
  const asleep = able.flatMap(([number, row]) => (row.asleep ? [number] : []))
  const isAble = (number: number | undefined): number is number => able.some(([one]) => one === number)
  const line = [album.successor, ...named, ...inRole(OWNER), ...inRole(CONTRIBUTOR), ...asleep]
  return [...new Set(line.filter(isAble))]
}

export async function heirs(pass: Pass, author: Author, body: Out['heirs']): Promise<void> {
  if (rules.mayManage(author) && body.devices.length <= LIMITS.heirs) pass.setAlbum({ heirs: body.devices })
}

/**
 * Hands the index over. An owner says to which device; the one that signs it then does so, with its proof: what follows in
 * the order it signs no more.
 */
export async function handOver(
  pass: Pass,
  author: Author,
  writer: Uint8Array,
  body: Out['hand-over']
): Promise<void> {
  const album = await pass.founded()
  const isRival = author.device === album.rival
  const current = await pass.rows.device(album.indexer)
  const isOfThis = body.reign === album.reign && current !== null && b4a.equals(body.signer, current.writer)
  if (author.delegated || (!isOfThis && !isRival)) return
  const device = await pass.rows.deviceNumber(body.device)
  const row = device === null ? null : await pass.rows.device(device)
  const member = row && (await pass.rows.member(row.member))
  if (device === null || row === null || !maySign(row, member)) return
  const { publicKey, proof, system } = body
  if (!publicKey || !proof) {
    // Named to the device that signs already, it takes the wish back.
    if (isOfThis && rules.mayManage(author))
      pass.setAlbum({ successor: device === album.indexer ? 0 : device })
    return
  }
  const statement = reignStatement(pass.host.key, body.reign + 1, row.writer)
  if (!b4a.equals(coreKeyOf(publicKey), writer) || !crypto.verify(statement, proof, publicKey)) return
  // The index that is to be followed went on to another: its own ends there.
  if (isRival) return pass.setAlbum({ rival: device })
  const signer = signerOf(pass.host)
  if (author.device !== album.indexer || album.successor !== device) return
  if (signer === null || !b4a.equals(signer, writer)) return
  await pass.host.addWriter(row.writer, { indexer: true })
  await pass.host.addWriter(writer, { indexer: false })
  await reign(pass, device, { publicKey, proof, system })
}

/**
 * An heir takes over the index, where the device that signs it is lost: the first in the line, or an owner, who could name
 * itself first. All that was not final is put in order anew. Nothing tells a lost device from one that is away: that is for
 * people to say. Who may is read in the index as it was where it was signed last, which nobody can put in another order: by
 * what came later some would follow and others not.
 */
export async function takeOver(pass: Pass, author: Author, body: Out['take-over']): Promise<void> {
  const album = await pass.founded()
  if (author.delegated) return
  if (body.reign < album.reign) return contest(pass, author, body)
  if (body.reign !== album.reign || author.device === album.indexer) return
  const before = await pass.rows.device(album.indexer)
  const { writer } = author.deviceRow
  if (before === null || !(await mayTakeOver(pass, before, author, body))) return
  if (!(await fork(pass.host, writer, body.system, body.length))) return
  // Until it signs no more it cannot leave the log.
  if (before.removed && pass.host.removeable(before.writer)) await pass.host.removeWriter(before.writer)
  const isNamed = album.heirs?.some((one) => b4a.equals(one, writer)) === true
  const raised = isNamed && (await otherOwners(pass, { device: album.indexer })) === 0
  if (raised) await pass.putMember(author.member, { ...author.memberRow, role: OWNER })
  pass.setAlbum({ takeovers: album.takeovers + 1, displaced: album.indexer, takenBy: author.device })
  await reign(pass, author.device, { system: body.system, length: body.length, raised })
}

async function mayTakeOver(
  pass: Pass,
  before: DeviceRow,
  { device, deviceRow: { writer } }: Author,
  body: Out['take-over']
): Promise<boolean> {
  const length = await signedAt(pass.host, body.length, before.writer, writer)
  if (length === null) return false
  const people = await peopleAt(pass.past(length))
  const row = people?.devices.get(device)
  const member = row && people?.members.get(row.member)
  if (!people || !row || !member || row.removed || member.removed || people.album.reign !== body.reign)
    return false
  return member.role === OWNER || heirsOf(people)[0] === device
}

/**
 * Two went on from the same device's index, apart from each other, each with one that those around it follow: owners who
 * put themselves first, one whom the others had removed, or one to whom it was handed. On both sides the same of the two is
 * followed, however often the index has gone on from there, which has to be said to the devices of the other side: what is
 * signed cannot be put in order anew.
 */
async function contest(pass: Pass, author: Author, body: Out['take-over']): Promise<void> {
  const { rival } = await pass.founded()
  const row = await pass.rows.reign(body.reign + 1)
  if (!row?.system || !b4a.equals(row.system, body.system) || row.device === author.device) return
  const isAhead = row.proof ? isEntitled(pass, author, body) : comesBefore(pass, author, body, row)
  if ((await isAhead) && (rival === 0 || author.device < rival)) pass.setAlbum({ rival: author.device })
}

/**
 * Of two who took over an owner is followed; of two owners who is longer in the album; and of two heirs who are none who
 * went on from less, since the other one has that as well to judge it by.
 */
async function comesBefore(
  pass: Pass,
  author: Author,
  body: Out['take-over'],
  { device, length, raised }: Out['reign-row']
): Promise<boolean> {
  const other = await pass.rows.device(device)
  const member = other && (await pass.rows.member(other.member))
  if (!other || !member) return false
  // Made an owner by taking over, it is none to the other side.
  const isOwner = member.role === OWNER && !raised
  if (rules.isOwner(author)) return other.removed || !isOwner || author.device < device
  const isShorter = body.length < length || (body.length === length && author.device < device)
  return !isOwner && isShorter && isEntitled(pass, author, body)
}

/** Whether an author could have taken over in a reign that is past: it is followed before one to whom it was handed. */
async function isEntitled(pass: Pass, author: Author, body: Out['take-over']): Promise<boolean> {
  const before = await pass.rows.device((await pass.rows.reign(body.reign))?.device ?? FOUNDER)
  if (before === null || !maySign(author.deviceRow, author.memberRow)) return false
  return mayTakeOver(pass, before, author, body)
}

async function reign(
  pass: Pass,
  device: number,
  shown: Partial<Omit<Out['reign-row'], 'device'>>
): Promise<void> {
  const { indexer, reign: before, rival } = await pass.founded()
  const number = before + 1
  pass.setAlbum({ indexer: device, reign: number, successor: 0, rival: rival === device ? 0 : rival })
  await pass.rows.put(key.reign(number), 'reign-row', { device, ...shown })
  // Its core ends here: nobody is to go back to that one.
  const last = await pass.rows.device(indexer)
  if (last?.system) await pass.putDevice(indexer, { ...last, system: null })
}

async function peopleAt(rows: Rows): Promise<People | null> {
  const album = await rows.album()
  if (album === null) return null
  const devices = new Map<number, DeviceRow>()
  const members = new Map<number, MemberRow>()
  for (let number = 1; number <= album.devices; number++) {
    const row = await rows.device(number)
    if (row !== null) devices.set(number, row)
  }
  for (let number = 1; number <= album.members; number++) {
    const row = await rows.member(number)
    if (row !== null) members.set(number, row)
  }
  return { album, devices, members }
}
