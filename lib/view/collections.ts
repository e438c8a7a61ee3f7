import b4a from 'b4a'
import type { Out } from '../schema/codec.ts'
import { idOf } from './identity.ts'
import { key } from './keys.ts'
import type { Pass } from './pass.ts'
import { isPosition } from './position.ts'
import * as rules from './rules.ts'
import { type Author, LIMITS, isName } from './rules.ts'
import { change } from './standing.ts'

// What ops do to collections. Deleting one deletes its row alone: its index rows lead nowhere and its id is never
// used again, so that a collection of 50,000 photos goes in one step.

export async function collection(
  pass: Pass,
  author: Author,
  writer: Uint8Array,
  at: number,
  body: Out['collection']
): Promise<void> {
  if (!rules.mayContribute(author)) return
  if (body.id === null) {
    if (body.nonce === null || !isName(body.name)) return
    const id = idOf('collection', writer, body.nonce)
    if ((await pass.rows.collection(id)) !== null || (await pass.rows.wasDeleted(id))) return
    await pass.rows.put(key.collection(id), 'collection-row', { name: body.name, by: author.member, at })
    return
  }
  const row = await pass.rows.collection(body.id)
  if (row === null) return
  if (body.remove) {
    if (!rules.mayDeleteCollection(author, row.by)) return
    await pass.rows.delete(key.collection(body.id))
    await pass.rows.mark(key.deleted(body.id))
    return
  }
  const name = isName(body.name) ? body.name : row.name
  const cover = body.cover ?? row.cover
  await pass.rows.put(key.collection(body.id), 'collection-row', { ...row, name, cover })
}

/** Adds photos to a collection, moves those that are in it, or takes them out. */
export async function collect(pass: Pass, author: Author, body: Out['collect']): Promise<void> {
  const positions = body.positions ?? []
  if (!rules.mayContribute(author) || body.ids.length > LIMITS.ids) return
  if (!body.remove && positions.length !== body.ids.length) return
  if ((await pass.rows.collection(body.collection)) === null) return
  for (const [i, id] of body.ids.entries()) {
    // One that cannot stand there must not keep out the others.
    if (!body.remove && !isPosition(positions[i] as string)) continue
    const standing = await pass.rows.photo(id)
    if (standing === null) continue
    const had = standing.record.collections ?? []
    const others = had.filter((one) => !b4a.equals(one.collection, body.collection))
    const placed = { collection: body.collection, position: positions[i] as string }
    const collections = body.remove ? others : [...others, placed]
    if (collections.length > LIMITS.collections || (body.remove && others.length === had.length)) continue
    await change(pass, standing.id, standing, { collections: collections.length === 0 ? null : collections })
  }
}
