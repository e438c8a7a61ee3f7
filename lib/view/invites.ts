import { verifyReceipt } from 'blind-pairing-core'
import crypto from 'hypercore-crypto'
import type { Out } from '../schema/codec.ts'
import { MAX_LOCAL } from '../schema/time.ts'
import { coreKeyOf, idOf, inviteStatement, openCandidate } from './identity.ts'
import { key } from './keys.ts'
import { addDevice, addMember, countDevices } from './members.ts'
import type { Pass } from './pass.ts'
import * as rules from './rules.ts'
import { type Author, LIMITS, MIRROR, isName } from './rules.ts'

// What ops do to invites, and who is let in by them.

export async function invite(pass: Pass, author: Author, at: number, body: Out['invite']): Promise<void> {
  // For another device of one's own: every member. For another person: owners.
  if (author.delegated || (!body.own && !rules.mayManage(author))) return
  if (body.role > MIRROR || (await pass.rows.invite(body.id)) !== null) return
  const { publicKey, expires, uses, approval, own } = body
  const statement = inviteStatement(author.deviceRow.writer, body.id)
  if (expires > MAX_LOCAL || !crypto.verify(statement, body.proof, publicKey)) return
  const role = own ? author.memberRow.role : body.role
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
    revoked: false
  }
  await pass.rows.put(key.invite(body.id), 'invite-row', row)
}

export async function revokeInvite(pass: Pass, author: Author, body: Out['revoke-invite']): Promise<void> {
  const row = await pass.rows.invite(body.id)
  if (row === null || (row.device !== author.device && !rules.mayManage(author))) return
  await pass.rows.put(key.invite(body.id), 'invite-row', { ...row, revoked: true })
}

/** Why an invite admits nobody any more, or null. */
export function closedBecause(row: Out['invite-row'], at: number): 'revoked' | 'used' | 'expired' | null {
  if (row.revoked) return 'revoked'
  if (row.uses > 0 && row.used >= row.uses) return 'used'
  return row.expires > 0 && at > row.expires ? 'expired' : null
}

export async function admit(pass: Pass, author: Author, at: number, body: Out['admit']): Promise<void> {
  const row = await pass.rows.invite(body.invite)
  // Only the device that made an invite answers it: two that answered apart would both use up its one place.
  if (row === null || row.device !== author.device || author.delegated) return
  if (closedBecause(row, at) !== null || (!row.own && !rules.mayManage(author))) return
  const userData = openReceipt(body.receipt, row.publicKey)
  const candidate = userData && openCandidate(body.invite, userData)
  if (!candidate || !isName(candidate.name) || !isName(candidate.device)) return
  const writer = coreKeyOf(candidate.publicKey)
  const album = await pass.founded()
  if ((await pass.rows.deviceNumber(writer)) !== null) return
  if (album.devices >= LIMITS.devices || album.members >= LIMITS.members) return
  if (row.own && (await countDevices(pass, author.member)) >= LIMITS.devicesOfMember) return

  const member = row.own
    ? author.member
    : await addMember(pass, idOf('member', writer, candidate.nonce), candidate.name, row.role, at)
  await addDevice(pass, member, writer, candidate, at)
  await pass.rows.put(key.invite(body.invite), 'invite-row', { ...row, used: row.used + 1 })
  await pass.host.addWriter(writer, { indexer: false })
}

function openReceipt(receipt: Uint8Array, publicKey: Uint8Array): Uint8Array | null {
  try {
    return verifyReceipt(receipt, publicKey)
  } catch {
    return null
  }
}
