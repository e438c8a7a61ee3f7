import type { Admitted, JoinRequest } from './invites.ts'
import type { Role } from './people.ts'
import type { Progress } from './waiting.ts'
import type { Change } from './watching.ts'

/** What `album.status()` tells. */
export interface Status {
  id: string
  name: string
  /** Null for a device that was removed, or is not admitted yet. */
  role: Role | null
  writable: boolean
  /** Whether a network is in use and not suspended. */
  online: boolean
  /** Members' devices connected now. */
  peers: { memberId: string; member: string; device: string }[]
  /** Blind mirrors connected now, by name: `album.blindMirrors` says what they hold. */
  blindMirrors: string[]
  photos: number
  /** Bytes of this disk that what others added takes, about, and whether fetching more is paused. */
  kept: { originals: number; renditions: number; paused: boolean }
  /** Blocks of the index, and how many of them can never be reordered. */
  index: { length: number; final: number; whole: boolean }
  /**
   * Somebody was removed, and no owner's device has begun a new epoch yet: what is added now could still be read by
   * them.
   */
  removalPending: boolean
  /** The album's version, and the newest this program can follow. */
  version: { album: number; supported: number }
}

/** Events of an album. There is no authority in them: ask the album. */
export interface AlbumEvents {
  /** The album changed, by this device or another. */
  update: [changes: Change[]]
  writable: [writable: boolean]
  members: []
  peers: []
  progress: [progress: Progress]
  /** Something went wrong in the background. */
  warning: [error: Error]
  'join-request': [request: JoinRequest]
  /** This device let somebody in. */
  admitted: [admitted: Admitted]
  /** An owner raised the album to a version that this program cannot follow; it can still read. */
  'upgrade-required': [version: number]
  close: []
}

/** What is called when an event comes. */
export type Listener<E extends keyof AlbumEvents> = (...args: AlbumEvents[E]) => void
