import { verifyReceipt } from 'blind-pairing-core'
import crypto from 'hypercore-crypto'
import type { Out } from '../schema/codec.ts'
import { MAX_LOCAL } from '../schema/time.ts'
import { coreKeyOf, idOf, inviteStatement, openCandidate } from './identity.ts'
import { key } from './keys.ts'
import { addDevice, addMember, countDevices } from './members.ts'
import type { Pass } from './pass.ts'
import type { AlbumRow, Rows } from './rows.ts'
import * as rules from './rules.ts'
import { type Author, LIMITS, MIRROR, isName } from './rules.ts'

// A seed of 32 bytes in a sealed box of libsodium.
const SEALED_SEED_BYTES = 80

// What ops do to invites, and who is let in by them.

export async function invite(pass: Pass, author: Author, at: number, body: Out['invite']): Promise<void> {
  // For another device of one's own: every member. For another person: owners.
  if (author.delegated || (!body.own && !rules.mayManage(author))) return
  if (body.role > MIRROR || (await pass.rows.invite(body.id)) !== null) return
  const { publicKey, expires, uses, approval, own } = body
  const statement = inviteStatement(author.deviceRow.writer, body.id)
  if (expires > MAX_LOCAL || !crypto.verify(statement, body.proof, publicKey)) return
  const role = own ? author.memberRow.role : body.role
  const answerer = body.answerer === null ? null : await answererFor(pass, author, body)
  if (body.answerer !== null && answerer === null) return
  const row = {
    publicKey,
    role,
    device: author.device,
    at,
    expires,
    uses,
    approval,
    own,
    used: 0,
    revoked: false,
    answerer: answerer ?? 0,
    ready: answerer === null
  }
  await pass.rows.put(key.invite(body.id), 'invite-row', row)
  if (answerer !== null && body.seed !== null)
    await pass.rows.putBytes(key.handed(answerer, body.id), body.seed)
}

/** The number of another device that answers an invite from now on; null where it may not, or gets no seed to do so. */
async function answererFor(pass: Pass, author: Author, body: Out['invite']): Promise<number | null> {
  // Further devices of a member are let in by that member alone; and whoever approves has to be there anyway.
  if (body.own || body.approval || body.answerer === null) return null
  const answerer = await pass.author(body.answerer)
  if (answerer === null || answerer.device === author.device) return null
  const sealed = body.seed?.byteLength === SEALED_SEED_BYTES
  return sealed && rules.mayAnswer(answerer.memberRow, body.role) ? answerer.device : null
}

/** The one device that answers an invite, by its number: two that answered apart would both use up its one place. */
export function answererOf(row: Out['invite-row']): number {
  return row.answerer || row.device
}

export async function revokeInvite(pass: Pass, author: Author, body: Out['revoke-invite']): Promise<void> {
  const row = await pass.rows.invite(body.id)
  if (row === null || (row.device !== author.device && !rules.mayManage(author))) return
  await pass.rows.put(key.invite(body.id), 'invite-row', { ...row, revoked: true })
}

/** The device to which an invite was handed has heard of it: its maker's may be off now. */
export async function answer(pass: Pass, author: Author, body: Out['answer']): Promise<void> {
  const row = await pass.rows.invite(body.invite)
  if (row === null || row.ready || author.delegated || answererOf(row) !== author.device) return
  await pass.rows.put(key.invite(body.invite), 'invite-row', { ...row, ready: true })
}

/** Why an invite admits nobody any more, or null. */
export function closedBecause(row: Out['invite-row'], at: number): 'revoked' | 'used' | 'expired' | null {
  if (row.revoked) return 'revoked'
  if (row.uses > 0 && row.used >= row.uses) return 'used'
  return row.expires > 0 && at > row.expires ? 'expired' : null
}

/** What is read to tell whether somebody is let in: the reducer's pass, and a state of the index, have it. */
export interface Standing {
  rows: Rows
  author(writer: Uint8Array): Promise<Author | null>
  founded(): Promise<AlbumRow>
}

/** Why an `admit` has no effect. */
export type Refusal = 'revoked' | 'used' | 'expired' | 'full' | 'known' | 'rejected'

/** Whom an `admit` lets in. */
interface Admissible {
  row: Out['invite-row']
  candidate: Out['candidate']
  writer: Uint8Array
}

/**
 * Whom an `admit` by this author, at this time, would let in, or why nobody. The reducer goes by it, and whoever answers
 * before it writes one: whoever has a code may ask again and again.
 */
export async function admissible(
  view: Standing,
  author: Author,
  at: number,
  { invite: id, receipt }: Out['admit']
): Promise<Admissible | Refusal> {
  const row = await view.rows.invite(id)
  if (row === null || answererOf(row) !== author.device || author.delegated) return 'rejected'
  const closed = closedBecause(row, at)
  if (closed !== null) return closed
  if (!(await isGranted(view, author, row))) return 'rejected'
  const userData = openReceipt(receipt, row.publicKey)
  const candidate = userData && openCandidate(id, userData)
  if (!candidate || !isName(candidate.name) || !isName(candidate.device)) return 'rejected'
  const writer = coreKeyOf(candidate.publicKey)
  const album = await view.founded()
  if ((await view.rows.deviceNumber(writer)) !== null) return 'known'
  if (album.devices >= LIMITS.devices || album.members >= LIMITS.members) return 'full'
  if (row.own && (await countDevices(view, author.member)) >= LIMITS.devicesOfMember) return 'full'
  return { row, candidate, writer }
}

export async function admit(pass: Pass, author: Author, at: number, body: Out['admit']): Promise<void> {
  const found = await admissible(pass, author, at, body)
  if (typeof found === 'string') return
  const { row, candidate, writer } = found
  const member = row.own
    ? author.member
    : await addMember(pass, idOf('member', writer, candidate.nonce), candidate.name, row.role, at)
  await addDevice(pass, member, writer, candidate, at)
  await pass.rows.put(key.invite(body.invite), 'invite-row', { ...row, used: row.used + 1 })
  await pass.host.addWriter(writer, { indexer: false })
}

/** Whether those who stand behind an invite still may: whoever made it, and whoever answers it. */
async function isGranted(view: Standing, author: Author, row: Out['invite-row']): Promise<boolean> {
  if (row.own) return true
  const device = await view.rows.device(row.device)
  const maker = device && (await view.author(device.writer))
  return maker !== null && rules.mayManage(maker) && rules.mayAnswer(author.memberRow, row.role)
}

function openReceipt(receipt: Uint8Array, publicKey: Uint8Array): Uint8Array | null {
  try {
    return verifyReceipt(receipt, publicKey)
  } catch {
    return null
  }
}
