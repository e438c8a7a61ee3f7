import type { Album } from '../album.ts'
import { AlbumError } from '../errors.ts'
import type { Author } from '../types.ts'
import type { Link, LinkMade } from './api.ts'
import { isLoopback } from './guard.ts'
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
  /** Called after links were made, used or revoked. */
  onchange: () => void = () => {}

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
    this.onchange()
    const urls = this.#origins(origin).map((one) => `${one}/#join=${secret}`)
    return { link: await this.#present(row), secret, urls }
  }

  /** Where a link leads; first where its maker is, unless that is at this machine itself: a phone is not. */
  #origins(origin: string | undefined): string[] {
    const all = this.#parts.origins()
    if (origin === undefined) return all
    return [...new Set(isLoopback(new URL(origin).hostname) ? [...all, origin] : [origin, ...all])]
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

  /**
   * A session for whoever has the secret of a link that is still good; null otherwise. `former` is the one that they
   * have: who comes by the same link again has used it once.
   */
  async redeem(
    secret: string,
    secure: boolean,
    former: SessionRow | null
  ): Promise<{ session: SessionRow; secret: string } | null> {
    const { links, sessions } = this.#parts
    const row = await links.redeem(secret)
    // Also where it was revoked while its use was written down.
    if (row === null || row.revoked) return null
    try {
      const made = await sessions.create(row, secure)
      if (former?.linkId === row.id) await links.giveBack(row).catch(() => {})
      this.onchange()
      return made
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
    this.onchange()
    for (const one of written) if (one.status === 'rejected') throw one.reason
  }

  /** Ends the links of those who were removed; where this device itself is out, that may change again. */
  async sweep(): Promise<void> {
    const { album, links } = this.#parts
    for (const { id, memberId, revoked } of links.list()) {
      if (revoked || !album.writable) continue
      if ((await album.members.get(memberId))?.removed) await this.revoke(id)
    }
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
