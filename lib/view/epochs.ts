import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import type { Out } from '../schema/codec.ts'
import { driveStatement } from './identity.ts'
import { key } from './keys.ts'
import type { Pass } from './pass.ts'
import * as rules from './rules.ts'
import { type Author, LIMITS } from './rules.ts'

// What ops do to epochs, and to the drives that devices have in them.

/**
 * Announces the drives of the author's device for an epoch; each drive's own signature says that it is the author's.
 * Whether the album knows the epoch is not asked: an owner's word for it may be undone by the log's order, and what was
 * added meanwhile must not go with it.
 */
export async function device(pass: Pass, author: Author, body: Out['device']): Promise<void> {
  const { epoch, originals, renditions } = body
  const { deviceRow } = author
  const statement = driveStatement(pass.host.key, deviceRow.writer)
  const genuine =
    crypto.verify(statement, body.originalsProof, originals) &&
    crypto.verify(statement, body.renditionsProof, renditions)
  const known = (await pass.rows.hasDrive(originals)) || (await pass.rows.hasDrive(renditions))
  const full = deviceRow.drives >= (await pass.founded()).epochs + LIMITS.undoneEpochs
  if (!genuine || known || full || author.delegated) return
  await pass.rows.mark(key.drive(originals))
  await pass.rows.mark(key.drive(renditions))
  const number = deviceRow.drives + 1
  await pass.rows.put(key.drives(author.device, number), 'drives', { epoch, originals, renditions })
  await pass.putDevice(author.device, { ...deviceRow, drives: number })
}

/**
 * A new epoch, with its media key sealed to devices, or more such boxes for one that is there. It becomes the current
 * one where its author knew the one before and lets nobody in who was removed. One that was begun apart from another
 * is kept all the same, so that what was added in it meanwhile stays readable. That the key of one epoch opens another,
 * everybody who adds may tell.
 */
export async function epoch(pass: Pass, author: Author, body: Out['epoch']): Promise<void> {
  const { commitment, after, sealed, links } = body
  if (!rules.mayContribute(author) || author.delegated) return
  const own = rules.mayManage(author) ? null : await epochsOf(pass, author)
  for (const link of links ?? []) {
    // Whoever only adds leads to what they wrote themselves, from an epoch that there is: more would only be to read.
    const theirs = own === null || own.has(b4a.toString(link.epoch, 'hex'))
    if (link.box.byteLength > LIMITS.name || !theirs) continue
    if (own !== null && !(await pass.rows.hasEpoch(commitment))) continue
    const row = key.link(link.epoch, commitment, author.device)
    // What is there stays: later bytes could only take a key away.
    if (!(await pass.rows.has(row))) await pass.rows.putBytes(row, link.box)
  }
  if (!rules.mayManage(author)) return
  let welcome = true
  for (const { device: writer, box } of sealed ?? []) {
    const device = await pass.rows.deviceNumber(writer)
    const row = device === null ? null : await pass.rows.device(device)
    if (row?.removed) welcome = false
    // One whose admission was undone is nobody's device.
    if (device === null || row === null || row.removed || box.byteLength > LIMITS.name) continue
    const sealedRow = key.sealed(commitment, device, author.device)
    if (!(await pass.rows.has(sealedRow))) await pass.rows.putBytes(sealedRow, box)
  }
  if (await pass.rows.hasEpoch(commitment)) return
  const { epoch: current, epochs } = await pass.founded()
  await pass.rows.mark(key.epoch(commitment))
  pass.setAlbum({ epochs: epochs + 1 })
  const follows = after === null ? current === null : current !== null && b4a.equals(after, current)
  if (follows && welcome) pass.setAlbum({ epoch: commitment, stale: false })
}

/** Epochs, hex, that the author's device has drives of. */
async function epochsOf(pass: Pass, { device, deviceRow }: Author): Promise<Set<string>> {
  const epochs = new Set<string>()
  for (let number = 1; number <= deviceRow.drives; number++) {
    const drives = await pass.rows.drives(device, number)
    if (drives) epochs.add(b4a.toString(drives.epoch, 'hex'))
  }
  return epochs
}
