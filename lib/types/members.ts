import type { Invite, InviteOptions } from './invites.ts'
import type { Member, Removal, Role } from './people.ts'
import type { Wait } from './waiting.ts'

/** `album.members`: people and their devices. */
export interface Members {
  /** Everybody who is or was a member, in order of admission; those who left have `removed` set. */
  list(): Promise<Member[]>
  get(id: string): Promise<Member | null>
  /** The member in whose name this album is used; null while joining is not finished. */
  me(): Promise<Member | null>
  /** Makes a person without a device, who comes through somebody's portal; owners only. */
  create(options: { name: string; role?: 'contributor' | 'viewer' }): Promise<Member>
  /** Renames oneself, or, as an owner, anybody. */
  rename(id: string, name: string): Promise<Member>
  /** Changes what a member may do; owners only, and an owner only of those admitted later. */
  setRole(id: string, role: Exclude<Role, 'mirror'>): Promise<Member>
  /**
   * Removes a member with all devices; owners, or a member who leaves. What they added stays. What is added from now
   * on is encrypted with a key that they do not get; what was readable to them stays readable. Resolves when written;
   * `final` says whether the device that signs the index has confirmed it within `timeout` (5 s unless told, or at once where nobody is connected).
   */
  remove(id: string, wait?: Wait): Promise<Removal>
  /** An invite for another device of the member asking. */
  linkDevice(options?: Pick<InviteOptions, 'expires'>): Promise<Invite>
  /** Removes one device, as `remove` does a member: one's own, or, as an owner, anybody's. */
  removeDevice(deviceId: string, wait?: Wait): Promise<Removal>
  /**
   * Lets a device (this one unless told) act in a member's name: `album.as(memberId)`. The member does it, or an
   * owner; with `revoke` it ends.
   */
  delegate(memberId: string, deviceId?: string, options?: { revoke?: boolean }): Promise<void>
}
