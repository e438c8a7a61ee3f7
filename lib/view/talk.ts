import type { Out } from '../schema/codec.ts'
import { idOf } from './identity.ts'
import { key } from './keys.ts'
import type { Pass } from './pass.ts'
import * as rules from './rules.ts'
import { type Author, LIMITS } from './rules.ts'

// What members say beside photos (comments, reactions), what devices say they hold, and what later features store.

export async function comment(
  pass: Pass,
  author: Author,
  writer: Uint8Array,
  at: number,
  body: Out['comment']
): Promise<void> {
  if (!rules.maySpeak(author)) return
  const text = body.text ?? ''
  if (text.length > LIMITS.comment) return
  if (body.id === null) {
    if (body.photo === null || body.nonce === null || text === '') return
    const photo = await pass.rows.photo(body.photo)
    if (photo === null) return
    const id = idOf('comment', writer, body.nonce)
    if ((await pass.rows.commentKey(id)) !== null) return
    const row = key.comment(photo.id, at, id)
    await pass.rows.put(row, 'comment-row', { member: author.member, at, text, reply: body.reply })
    await pass.rows.putBytes(key.commentId(id), row)
    return
  }
  const row = await pass.rows.commentKey(body.id)
  const found = row === null ? null : await pass.rows.comment(row)
  if (row === null || found === null || !body.remove) return
  if (found.member === author.member || rules.isOwner(author)) await pass.rows.delete(row)
}

export async function react(pass: Pass, author: Author, body: Out['react']): Promise<void> {
  const reaction = body.reaction ?? ''
  if (!rules.maySpeak(author) || reaction.length > LIMITS.tag) return
  const photo = await pass.rows.photo(body.photo)
  if (photo === null) return
  const row = key.reaction(photo.id, author.member)
  if (reaction === '') await pass.rows.delete(row)
  else await pass.rows.putBytes(row, new TextEncoder().encode(reaction))
}

/** A receipt: which blocks of another device's drive this device holds. The newest says all. */
export async function hold(pass: Pass, author: Author, at: number, body: Out['hold']): Promise<void> {
  const ranges = body.ranges ?? []
  const device = await pass.rows.deviceNumber(body.device)
  if (device === null || ranges.length > LIMITS.ranges || author.delegated) return
  const row = key.hold(device, body.drive, body.renditions, author.device)
  if (ranges.length === 0) await pass.rows.delete(row)
  else await pass.rows.put(row, 'hold-row', { ranges, at })
}

export async function ext(pass: Pass, author: Author, at: number, body: Out['ext']): Promise<void> {
  if (body.name.length === 0 || body.name.length > LIMITS.name) return
  await pass.rows.put(key.ext(body.name, author.device), 'ext-row', {
    device: author.device,
    at,
    data: body.data
  })
}
