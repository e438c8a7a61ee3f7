import path from 'node:path'
import { AlbumError } from '../errors.ts'
import type { LinkOptions } from './portal.ts'
import { hashOf, newId, newSecret } from './secrets.ts'
import { Table } from './table.ts'

const DAY = 86_400_000
const WEEK = 7 * DAY
const MONTH = 30 * DAY
const MOST_LINKS = 1000
const MOST_MILLISECONDS = 100 * 365 * DAY

/** A link as it lies on the disk: the secret itself nowhere. */
export interface LinkRow {
  id: string
  hash: string
  memberId: string
  /** Id of the member who made it; null where it was made at the device. */
  by: string | null
  createdAt: number
  expiresAt: number | null
  uses: number
  used: number
  /** When it was last used, or null. */
  usedAt: number | null
  revoked: boolean
}

/** The links that let people in. */
export class LinkBook {
  readonly #table: Table<LinkRow>

  private constructor(table: Table<LinkRow>) {
    this.#table = table
  }

  static async open(folder: string): Promise<LinkBook> {
    return new LinkBook(await Table.open<LinkRow>(path.join(folder, 'links.json')))
  }

  /** `inUse` are the links by which somebody is in: they are not forgotten. */
  async create(
    options: LinkOptions,
    by: string | null,
    inUse: ReadonlySet<string>
  ): Promise<{ row: LinkRow; secret: string }> {
    const { memberId, uses = 1, expires = WEEK } = options
    if (!Number.isSafeInteger(uses) || uses < 0) {
      throw new AlbumError('BAD_ARGUMENT', 'uses is a whole number, 0 for any')
    }
    if (!(expires >= 0 && expires <= MOST_MILLISECONDS)) {
      throw new AlbumError('BAD_ARGUMENT', 'expires is milliseconds from now, 0 for never')
    }
    this.#forget(inUse)
    if (this.#table.list().filter(isOpen).length >= MOST_LINKS)
      throw new AlbumError('BAD_ARGUMENT', 'There are too many links')
    const secret = newSecret()
    const now = Date.now()
    const expiresAt = expires === 0 ? null : now + expires
    const hash = hashOf(secret) as string
    const used = { uses, used: 0, usedAt: null, revoked: false }
    const row = { id: newId(), hash, memberId, by, createdAt: now, expiresAt, ...used }
    this.#table.put(row)
    await this.#table.save()
    return { row, secret }
  }

  /** Uses a link once; null where it is unknown, expired, revoked or used up, which looks all the same. */
  async redeem(secret: string): Promise<LinkRow | null> {
    const hash = hashOf(secret)
    const row = hash === null ? undefined : this.#table.list().find((one) => one.hash === hash)
    if (!row || !isOpen(row)) return null
    // At once: two who come together must not both pass.
    row.used++
    row.usedAt = Date.now()
    try {
      await this.#table.save()
    } catch (error) {
      row.used--
      throw error
    }
    return row
  }

  /** Undoes a use by which nobody came in. */
  async giveBack(row: LinkRow): Promise<void> {
    row.used--
    await this.#table.save()
  }

  get(id: string): LinkRow | null {
    return this.#table.get(id)
  }

  list(): LinkRow[] {
    return this.#table.list()
  }

  /** At once; throws `NOT_FOUND`, and where it could not be written down. */
  async revoke(id: string): Promise<void> {
    const row = this.#table.get(id)
    if (row === null) throw new AlbumError('NOT_FOUND', 'There is no such link')
    row.revoked = true
    await this.#table.save()
  }

  // Links that let nobody in any more are listed for a while, so that it can be seen that they do not.
  #forget(inUse: ReadonlySet<string>): void {
    const dead = this.#table.list().filter((row) => !isOpen(row) && !inUse.has(row.id))
    const surplus = new Set(dead.slice(0, Math.max(0, dead.length - MOST_LINKS)))
    for (const row of dead) if (surplus.has(row) || isOld(row)) this.#table.drop(row.id)
  }
}

function isOld({ revoked, createdAt, usedAt, expiresAt }: LinkRow): boolean {
  const now = Date.now()
  if (revoked) return createdAt < now - WEEK
  return Math.max(createdAt, usedAt ?? 0, Math.min(expiresAt ?? 0, now)) < now - MONTH
}

function isOpen({ revoked, expiresAt, uses, used }: LinkRow): boolean {
  return !revoked && (expiresAt === null || expiresAt > Date.now()) && (uses === 0 || used < uses)
}
