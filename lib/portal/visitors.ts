import type { Album } from '../album.ts'
import type { Member } from '../types.ts'
import type { SessionRow, Sessions } from './sessions.ts'

/** Who asks: a session, and the album in the name of its member. */
export interface Visitor {
  session: SessionRow
  member: Member
  /** The album as this member sees and changes it; it holds everybody to their role. */
  face: Album
  /** Whether it is the member whose device this is. */
  host: boolean
  /** Adding, editing, collections. */
  contributes: boolean
  /** Members, invites and everybody's links: owners, and those only where it is their own device (as in the album). */
  manages: boolean
}

/** From cookies to members. */
export class Visitors {
  readonly #album: Album
  readonly #sessions: Sessions
  readonly #faces: Map<string, Album> = new Map()

  constructor(album: Album, sessions: Sessions) {
    this.#album = album
    this.#sessions = sessions
  }

  /** The album in a member's name. */
  face(memberId: string): Album {
    if (memberId === this.#album.me) return this.#album
    let face = this.#faces.get(memberId)
    if (!face) {
      face = this.#album.as(memberId)
      this.#faces.set(memberId, face)
    }
    return face
  }

  /** Whether this device may act for a member. */
  async actsFor(memberId: string): Promise<boolean> {
    return (await this.face(memberId).members.me()) !== null
  }

  /** Who has this cookie; null for nobody, or somebody who is not a member any more. */
  async of(cookie: string | undefined): Promise<Visitor | null> {
    const session = this.#sessions.find(cookie)
    return session && this.#visitor(session)
  }

  /** Ends the sessions of those who were removed, or whom this device may not act for any more. */
  async sweep(): Promise<void> {
    const checked = await Promise.allSettled(this.#sessions.list().map((one) => this.#visitor(one)))
    for (const one of checked) if (one.status === 'rejected') throw one.reason
  }

  /**
   * Whether the album says that its member was removed, or that this device may not act for them any more: then they
   * have to have a new link. Where it says nothing of them, or this device itself is out, that may change again.
   */
  async #isOver({ memberId }: SessionRow): Promise<boolean> {
    const known = await this.#album.members.get(memberId)
    if (known === null || !this.#album.writable) return false
    return known.removed || memberId !== this.#album.me
  }

  async #visitor(session: SessionRow): Promise<Visitor | null> {
    const face = this.face(session.memberId)
    const member = await face.members.me()
    if (member === null) {
      if (await this.#isOver(session)) await this.#sessions.end(session.id)
      return null
    }
    const host = face === this.#album
    const contributes = member.role === 'owner' || member.role === 'contributor'
    return { session, member, face, host, contributes, manages: host && member.role === 'owner' }
  }
}
