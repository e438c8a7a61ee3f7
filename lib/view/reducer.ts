import b4a from 'b4a'
import { type OpType, opName } from '../schema/op.ts'
import { type Out, type StructName, tryDecode } from '../schema/codec.ts'
import * as blinds from './blinds.ts'
import * as collections from './collections.ts'
import * as epochs from './epochs.ts'
import * as invites from './invites.ts'
import * as members from './members.ts'
import type { Pass } from './pass.ts'
import * as photos from './photos.ts'
import { release } from './release.ts'
import type { Author } from './rules.ts'
import * as succession from './succession.ts'
import * as talk from './talk.ts'

// The reducer of album version 1: what each op does to the view. It is pure and total, and it never throws for what an
// op says: what is malformed or not allowed has no effect, on every device alike. It reads ops by the encodings of
// schema version 1, so that fields which are appended later stay invisible to it.
const SCHEMA_VERSION = 1

/** The rules of an album version. */
export interface Reducer {
  /** The schema version by which it reads ops and writes rows. */
  schema: number
  /** Applies one op whose envelope has been read; `writer` is the key of the core it stood in. */
  apply(pass: Pass, writer: Uint8Array, op: Out['op']): Promise<void>
}

interface Context {
  pass: Pass
  author: Author
  writer: Uint8Array
  at: number
}

type Handler<T extends OpType> = (context: Context, body: Out[T & StructName]) => Promise<void>

const handlers: { [T in OpType]?: Handler<T> } = {
  hello: ({ pass, author }, body) => members.hello(pass, author, body),
  rename: ({ pass, author }, body) => members.rename(pass, author, body),
  invite: ({ pass, author, at }, body) => invites.invite(pass, author, at, body),
  'revoke-invite': ({ pass, author }, body) => invites.revokeInvite(pass, author, body),
  answer: ({ pass, author }, body) => invites.answer(pass, author, body),
  admit: ({ pass, author, at }, body) => invites.admit(pass, author, at, body),
  member: ({ pass, author, writer, at }, body) => members.member(pass, author, writer, at, body),
  delegate: ({ pass, author }, body) => members.delegate(pass, author, body),
  'set-role': ({ pass, author }, body) => members.setRole(pass, author, body),
  remove: ({ pass, author }, body) => members.remove(pass, author, body),
  device: ({ pass, author }, body) => epochs.device(pass, author, body),
  epoch: ({ pass, author }, body) => epochs.epoch(pass, author, body),
  promise: ({ pass, author }, body) => members.promise(pass, author, body),
  heirs: ({ pass, author }, body) => succession.heirs(pass, author, body),
  'hand-over': ({ pass, author, writer }, body) => succession.handOver(pass, author, writer, body),
  'take-over': ({ pass, author }, body) => succession.takeOver(pass, author, body),
  blind: ({ pass, author, at }, body) => blinds.blind(pass, author, at, body),
  allow: ({ pass, author }, body) => blinds.allow(pass, author, body),
  photos: ({ pass, author, at }, body) => photos.photos(pass, author, at, body),
  edit: ({ pass, author, at }, body) => photos.edit(pass, author, at, body),
  favourite: ({ pass, author }, body) => photos.favourite(pass, author, body),
  withdraw: ({ pass, author, at }, body) => photos.withdraw(pass, author, at, body),
  trash: ({ pass, author, at }, body) => photos.trash(pass, author, at, body),
  restore: ({ pass, author }, body) => photos.restore(pass, author, body),
  purge: ({ pass, author, at }, body) => photos.purge(pass, author, at, body),
  collection: ({ pass, author, writer, at }, body) => collections.collection(pass, author, writer, at, body),
  collect: ({ pass, author }, body) => collections.collect(pass, author, body),
  comment: ({ pass, author, writer, at }, body) => talk.comment(pass, author, writer, at, body),
  react: ({ pass, author }, body) => talk.react(pass, author, body),
  hold: ({ pass, author, at }, body) => talk.hold(pass, author, at, body),
  release: ({ pass, author }, body) => release(pass, author, body),
  ext: ({ pass, author, at }, body) => talk.ext(pass, author, at, body)
}

/** The member in whose name an op is: the device's own, or one that delegated to the device; null where neither. */
async function authorOf(pass: Pass, writer: Uint8Array, as: Uint8Array | null): Promise<Author | null> {
  const author = await pass.author(writer)
  if (author === null || as === null || b4a.equals(as, author.memberRow.id)) return author
  const member = await pass.rows.memberNumber(as)
  const memberRow = member === null ? null : await pass.rows.member(member)
  if (member === null || memberRow === null || memberRow.removed) return null
  if (!memberRow.delegates?.includes(author.device)) return null
  return { ...author, member, memberRow, delegated: true }
}

export const reducer: Reducer = {
  schema: SCHEMA_VERSION,
  async apply(pass, writer, op) {
    const type = opName(op.type)
    if (type === null) return
    const handler = handlers[type] as Handler<OpType> | undefined
    const body = handler && tryDecode(type, op.body, SCHEMA_VERSION)
    const author = body ? await authorOf(pass, writer, op.as) : null
    if (handler && body && author) await handler({ pass, author, writer, at: op.at }, body)
  }
}
