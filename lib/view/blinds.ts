import b4a from 'b4a'
import type { Out } from '../schema/codec.ts'
import { openAllowed } from './allowed.ts'
import { key, range } from './keys.ts'
import type { Pass } from './pass.ts'
import * as rules from './rules.ts'
import { type Author, LIMITS, isName } from './rules.ts'

// What ops do to blind mirrors, and to the lists of whom those let in.

/** Names a blind mirror, so that every device uses it; without a name it is forgotten. */
export async function blind(pass: Pass, author: Author, at: number, body: Out['blind']): Promise<void> {
  if (!rules.mayManage(author)) return
  const row = key.blind(body.key)
  const known = await pass.rows.has(row)
  if (body.name === null) {
    if (known) await pass.rows.delete(row)
    return
  }
  const full = !known && (await pass.rows.count(range.blinds())) >= LIMITS.blindMirrors
  if (full || !isName(body.name)) return
  await pass.rows.put(row, 'blind-row', { name: body.name, by: author.member, at })
}

/**
 * A list of whom blind mirrors let in, signed by its author's device. Which of several is the newest they find out
 * themselves, from who is an owner by the one they have; so those of former owners stay, that led to the next.
 */
export async function allow(pass: Pass, author: Author, body: Out['allow']): Promise<void> {
  if (!rules.mayManage(author)) return
  const list = openAllowed(body.list)
  if (list === null || !b4a.equals(list.issuer, author.deviceRow.identity)) return
  await pass.rows.putBytes(key.allowed(author.device), body.list)
}
