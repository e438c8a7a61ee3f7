import b4a from 'b4a'
import type { ApplyHost, ApplyNode } from 'autobase'
import type Hyperbee from 'hyperbee'
import { type Out, tryDecode } from '../schema/codec.ts'
import { OP, decodeOp } from '../schema/op.ts'
import { found } from './members.ts'
import { Pass } from './pass.ts'
import { mayManage } from './rules.ts'
import type { Reducer } from './reducer.ts'
import { reducers } from './versions.ts'

/**
 * Autobase's `apply` (7.28): brings a run of ops, in the log's order, into the view. One batch a call, read through and
 * flushed once. The envelope, the founding and the raising of the version are the same in every album version.
 */
export async function apply(nodes: ApplyNode[], bee: Hyperbee, host: ApplyHost): Promise<void> {
  const batch = bee.batch({ update: false })
  try {
    const pass = new Pass(bee, batch, host)
    for (const node of nodes) await applyNode(pass, node)
    await pass.finish()
    await batch.flush()
  } finally {
    await batch.close()
  }
}

async function applyNode(pass: Pass, node: ApplyNode): Promise<void> {
  const op = decodeOp(node.value)
  if (op === null) return
  const writer = node.from.key
  const album = await pass.album()
  if (album === null) {
    // Only the founder's core, whose key is the album's, is heard before there is an album.
    if (op.type !== OP.found || !b4a.equals(writer, pass.host.key)) return
    const { schema } = follow(pass, op.version)
    const body = tryDecode('found', op.body, schema)
    if (body !== null) await found(pass, writer, op, body)
    return
  }
  const reducer = follow(pass, album.version)
  // Ops of a higher version are ignored by all alike, by programs that know them too.
  if (op.version > album.version) return
  if (op.type === OP['raise-version']) await raise(pass, writer, op)
  else await reducer.apply(pass, writer, op)
}

/** The rules of an album version; a program that does not know them stops here, whatever brought it there. */
function follow(pass: Pass, version: number): Reducer {
  const reducer = reducers.get(version)
  if (reducer === undefined) {
    pass.host.interrupt(`upgrade-required ${version}`)
    // Autobase's does not return.
    throw new Error('Interrupted')
  }
  pass.rows.schema = reducer.schema
  return reducer
}

// Read by the first schema in all versions.
const RAISE_SCHEMA = 1

async function raise(pass: Pass, writer: Uint8Array, op: Out['op']): Promise<void> {
  const body = tryDecode('raise-version', op.body, RAISE_SCHEMA)
  const author = op.as === null ? await pass.author(writer) : null
  const album = await pass.album()
  if (body === null || author === null || album === null || !mayManage(author)) return
  if (body.version <= album.version) return
  follow(pass, body.version)
  pass.setAlbum({ version: body.version })
}
