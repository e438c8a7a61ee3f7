import type { Album } from '../album.ts'
import { AlbumError } from '../errors.ts'
import type { Author } from '../types.ts'
import type { Link, LinkMade } from './api.ts'
import type { LinkBook, LinkRow } from './links.ts'
import type { LinkOptions } from './portal.ts'
import type { SessionRow, Sessions } from './sessions.ts'

interface Parts {
  album: Album
  links: LinkBook
  sessions: Sessions
  /** Where visitors reach this portal. */
  origins: () => string[]
}

/** How people come in: links, and the sessions that they become. */
export class Access {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /**
   * Makes a link by which somebody comes in, in a member's name; an owner's device is made to act for that member where
   * it does not yet. Throws `NOT_FOUND`, `FORBIDDEN`, `BAD_ARGUMENT`.
   */
  async create(options: LinkOptions, by: string | null, origin?: string): Promise<LinkMade> {
    const { album, links } = this.#parts
    const member = await album.members.get(options.memberId)
    if (member === null || member.removed) throw new AlbumError('NOT_FOUND', 'There is no such member')
    if (member.role === 'mirror')
      throw new AlbumError('BAD_ARGUMENT', 'A mirror is no person who could come in')
    await this.#delegate(member)
    const { row, secret } = await links.create(
      options,
      by,
      new Set(this.#parts.sessions.list().map(({ linkId }) => linkId))
    )
    const origins = new Set([...this.#parts.origins(), ...(origin === undefined ? [] : [origin])])
    const urls = [...origins].map((one) => `${one}/#join=${secret}`)
    return { link: await this.#present(row), secret, urls }
  }

  async #delegate(member: Author): Promise<void> {
    const { album } = this.#parts
    if (member.id === album.me || (await album.as(member.id).members.me()) !== null) return
    try {
      await album.members.delegate(member.id)
    } catch (cause) {
      if (!(cause instanceof AlbumError) || cause.code !== 'FORBIDDEN') throw cause
      const message = `This device may not act for ${member.name}: they, or an owner, have to let it (delegate)`
      throw new AlbumError('FORBIDDEN', message, { cause })
    }
  }

  /** A session for whoever has the secret of a link that is still good; null otherwise. */
  async redeem(secret: string, secure: boolean): Promise<{ session: SessionRow; secret: string } | null> {
    const { links, sessions } = this.#parts
    const row = await links.redeem(secret)
    // Also where it was revoked while its use was written down.
    if (row === null || row.revoked) return null
    try {
      return await sessions.create(row, secure)
    } catch (error) {
      await links.giveBack(row).catch(() => {})
      throw error
    }
  }

  /** All links, or a member's, newest first. */
  async list(memberId: string | null = null, you: string | null = null): Promise<Link[]> {
    const rows = this.#parts.links.list().filter((row) => memberId === null || row.memberId === memberId)
    return Promise.all(rows.reverse().map((row) => this.#present(row, you)))
  }

  /** How many links still let a member in, or have. */
  linksOf(memberId: string): number {
    return this.#parts.links.list().filter((row) => row.memberId === memberId && !row.revoked).length
  }

  memberOf(linkId: string): string | null {
    return this.#parts.links.get(linkId)?.memberId ?? null
  }

  /**
   * Nobody comes in with it any more, and those who did are out. Throws `NOT_FOUND`; where it throws because the disk
   * fails, they are out, too, but may be in again after a restart.
   */
  async revoke(id: string): Promise<void> {
    const { links, sessions } = this.#parts
    const ids = sessions.ofLink(id).map((session) => session.id)
    const written = await Promise.allSettled([links.revoke(id), sessions.end(...ids)])
    for (const one of written) if (one.status === 'rejected') throw one.reason
  }

  async #present(row: LinkRow, you: string | null = null): Promise<Link> {
    const { id, createdAt, expiresAt, uses, used, revoked } = row
    const sessions = this.#parts.sessions.ofLink(id).map((session) => ({
      id: session.id,
      createdAt: new Date(session.createdAt).toISOString(),
      lastSeenAt: new Date(session.seenAt).toISOString(),
      you: session.id === you
    }))
    return {
      id,
      member: await this.#author(row.memberId),
      by: row.by === null ? null : await this.#author(row.by),
      createdAt: new Date(createdAt).toISOString(),
      expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
      uses,
      used,
      revoked,
      sessions
    }
  }

  async #author(id: string): Promise<Author> {
    const member = await this.#parts.album.members.get(id)
    return { id, name: member?.name ?? '' }
  }
}
