import type { Author, Role } from './people.ts'

export interface InviteOptions {
  /** `contributor` unless told. A `mirror` is no person, but a device that is always on: see `runMirror`. */
  role?: Role
  /** Milliseconds from now; seven days unless told. 0: never. */
  expires?: number
  /** How many may join with it; 1 unless told. 0: any number. */
  uses?: number
  /** Whether each joiner waits until someone on this device says `approve`. */
  approval?: boolean
  /**
   * Id of another device that answers it in place of this one, which may then be off: a family mirror. That device gets
   * the power to let people in by this invite, and no other. Not together with `approval`; an invite for an `owner` is
   * answered by owners' devices only.
   */
  answeredBy?: string
}

/** Somebody who was let in by this device. */
export interface Admitted {
  inviteId: string
  member: Author
  device: { id: string; name: string }
}

export interface Invite {
  id: string
  /** What the joiner types, scans or pastes. Whoever has it can ask to join. Empty on devices that did not make it. */
  code: string
  /** The same as a link. */
  url: string
  role: Role
  /** ISO 8601, or null. */
  expiresAt: string | null
  uses: number
  used: number
  approval: boolean
  revoked: boolean
  /** Id of the member whose further device it is for, or null. */
  memberId: string | null
  /** The one device that lets people in by it; null where that was removed, or its maker may invite nobody any more. */
  answeredBy: { id: string; name: string } | null
  /** Whether that device has heard of it. Until then the one that made it has to be online. */
  ready: boolean
}

/** Somebody who waits for an approval. */
export interface JoinRequest {
  id: string
  inviteId: string
  name: string
  device: string
  role: Role
  at: string
}

/** `album.invites`: codes by which others join. */
export interface Invites {
  /**
   * Makes an invite; owners only. Whoever has its `code` can ask to join; this device answers while it is online, or
   * when it comes online within the 20 minutes or so that a request can be found in the DHT. With `answeredBy` another
   * device does, from when it has heard of the invite (`ready`).
   */
  create(options?: InviteOptions): Promise<Invite>
  get(id: string): Promise<Invite | null>
  /** All invites of the album, also those that are used, expired or revoked. */
  list(): Promise<Invite[]>
  /** Nobody can join with it any more. Owners revoke any invite, other members their own. */
  revoke(id: string): Promise<Invite>
  /** Those who wait for an approval by somebody at this device. */
  requests(): Promise<JoinRequest[]>
  approve(id: string): Promise<void>
  deny(id: string): Promise<void>
}
