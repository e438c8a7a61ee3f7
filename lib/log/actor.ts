import b4a from 'b4a'
import { AlbumError } from '../errors.ts'
import type { In } from '../schema/codec.ts'
import { MAX_OP_BYTES, type OpType, encodeOp } from '../schema/op.ts'
import type { Cast } from '../view/cast.ts'
import type { Queries } from '../view/queries.ts'
import type { Author } from '../view/rules.ts'
import { type Log, upgradeRequired } from './log.ts'

/** In whose name this device writes: its own member, or one that delegated to it. */
export class Actor {
  readonly #log: Log
  readonly #queries: Queries
  /** Id of the member acted for, or null for the device's own. */
  readonly as: Uint8Array | null

  constructor(log: Log, queries: Queries, as: Uint8Array | null = null) {
    this.#log = log
    this.#queries = queries
    this.as = as
  }

  /** The same device in another member's name. */
  for(member: Uint8Array): Actor {
    return new Actor(this.#log, this.#queries, member)
  }

  /** Who acts, as the reducer will see it; null where this device is not (or no longer) admitted. */
  async author(): Promise<Author | null> {
    return this.authorIn(await this.#queries.cast())
  }

  authorIn(cast: Cast): Author | null {
    const author = this.#log.dismissed ? null : cast.author(this.#log.writer)
    if (author === null || this.as === null || b4a.equals(this.as, author.memberRow.id)) return author
    const other = cast.memberById(b4a.toString(this.as, 'hex'))
    if (other === null || other.row.removed || !other.row.delegates?.includes(author.device)) return null
    return { ...author, member: other.number, memberRow: other.row, delegated: true }
  }

  /** Who acts, or the reason why nobody may: `UPGRADE_REQUIRED`, `REMOVED`, `NOT_WRITABLE` or `FORBIDDEN`. */
  async require(allowed: (author: Author) => boolean, what: string): Promise<Author> {
    // Not only when it comes to the log: a photo's bytes would be on the disk by then, and stay for nobody.
    if (this.#log.upgrade !== null) throw upgradeRequired()
    const cast = await this.#queries.cast()
    const author = this.authorIn(cast)
    if (author === null) {
      const own = cast.deviceByWriter(this.#log.writer)
      if (own === null)
        throw new AlbumError('NOT_WRITABLE', 'This device has not been admitted to the album yet')
      if (own.row.removed || this.#log.dismissed)
        throw new AlbumError('REMOVED', 'This device was removed from the album')
      throw new AlbumError('FORBIDDEN', 'That member has not delegated to this device')
    }
    if (!allowed(author)) {
      throw new AlbumError('FORBIDDEN', `${author.memberRow.name} may not ${what}`)
    }
    return author
  }

  encode<T extends OpType>(type: T, body: In[T]): Uint8Array {
    const op = encodeOp(type, body, { as: this.as })
    if (op.byteLength > MAX_OP_BYTES) throw new AlbumError('BAD_ARGUMENT', `Too much for one ${type} op`)
    return op
  }

  /** Appends one op and resolves when the view shows it. */
  async append<T extends OpType>(type: T, body: In[T]): Promise<void> {
    await this.#log.append([this.encode(type, body)])
  }

  /** Appends several ops as one atomic run. */
  async appendAll(ops: Uint8Array[]): Promise<void> {
    await this.#log.append(ops)
  }
}
