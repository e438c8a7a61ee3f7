import path from 'node:path'
import { AlbumError } from '../errors.ts'
import type { LinkOptions } from './portal.ts'
import { hashOf, newId, newSecret } from './secrets.ts'
import { Table } from './table.ts'

const WEEK = 7 * 86_400_000
const MOST_LINKS = 1000
const MOST_MILLISECONDS = 100 * 365 * 86_400_000

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

  async create(options: LinkOptions, by: string | null): Promise<{ row: LinkRow; secret: string }> {
    const { memberId, uses = 1, expires = WEEK } = options
    if (!Number.isSafeInteger(uses) || uses < 0) {
      throw new AlbumError('BAD_ARGUMENT', 'uses is a whole number, 0 for any')
    }
    if (!(expires >= 0 && expires <= MOST_MILLISECONDS)) {
      throw new AlbumError('BAD_ARGUMENT', 'expires is milliseconds from now, 0 for never')
    }
    this.#forget()
    if (this.#table.size >= MOST_LINKS) throw new AlbumError('BAD_ARGUMENT', 'There are too many links')
    const secret = newSecret()
    const now = Date.now()
    const expiresAt = expires === 0 ? null : now + expires
    const hash = hashOf(secret) as string
    const row = { id: newId(), hash, memberId, by, createdAt: now, expiresAt, uses, used: 0, revoked: false }
    this.#table.put(row)
    await this.#table.save()
    return { row, secret }
  }

  /** Uses a link once; null where it is unknown, expired, revoked or used up, which looks all the same. */
  async redeem(secret: string): Promise<LinkRow | null> {
    const hash = hashOf(secret)
    const row = hash === null ? undefined : this.#table.list().find((one) => one.hash === hash)
    if (!row || !isOpen(row)) return null
    row.used++
    await this.#table.save()
    return row
  }

  get(id: string): LinkRow | null {
    return this.#table.get(id)
  }

  list(): LinkRow[] {
    return this.#table.list()
  }

  async revoke(id: string): Promise<void> {
    const row = this.#table.get(id)
    if (row === null) throw new AlbumError('NOT_FOUND', 'There is no such link')
    row.revoked = true
    await this.#table.save()
  }

  // Revoked links are listed for a week, so that it can be seen that they are.
  #forget(): void {
    for (const row of this.#table.list()) {
      if (row.revoked && row.createdAt < Date.now() - WEEK) this.#table.drop(row.id)
    }
  }
}

function isOpen({ revoked, expiresAt, uses, used }: LinkRow): boolean {
  return !revoked && (expiresAt === null || expiresAt > Date.now()) && (uses === 0 || used < uses)
}
