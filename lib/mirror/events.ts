import type { Admitted, AlbumErrorLike, NetworkOption, Role, Signal } from '../types.ts'

/** What a mirror tells. */
export type MirrorEvent = MirrorJoining | MirrorOpened | MirrorAdmitted | MirrorHealth | MirrorTrouble

/** It asks to be let in, and waits for whoever made the invite. */
export interface MirrorJoining {
  type: 'joining'
}

/** The album is open, and what is lacking is fetched. */
export interface MirrorOpened {
  type: 'opened'
  id: string
  name: string
}

/** It let somebody in, by an invite that an owner handed to it (`answeredBy`). */
export interface MirrorAdmitted extends Admitted {
  type: 'admitted'
}

/** How it is: told when it changes, and every `interval`. */
export interface MirrorHealth {
  type: 'health'
  /** The album's name. */
  name: string
  /** Null while this device is not admitted. */
  role: Role | null
  /** Photos in the album, without the trash. */
  known: number
  /** Those of which this device holds all that anybody has, and has told the others so. */
  held: number
  /** Whether the photos that were there at the start are still being looked at: `held` and `bytes` are too few. */
  counting: boolean
  /** Of the originals held. */
  bytes: number
  /** Other devices that are connected, as `member, device`. */
  online: string[]
  /** When this mirror last heard of a change, ISO 8601; null where there was none since it was started. */
  changedAt: string | null
  /** Bytes free on the disk, and resident memory of this process. */
  diskFree: number
  memory: number
  /** What keeps it from holding more, as `STORAGE_FULL`; null where nothing does. */
  trouble: string | null
}

/** Something failed. It goes on by itself, and tries again after `retryIn` milliseconds; null where nothing has to be tried. */
export interface MirrorTrouble {
  type: 'trouble'
  error: AlbumErrorLike
  retryIn: number | null
}

export interface MirrorOptions {
  network?: NetworkOption
  /** An invite's code or link: joins with it where the folder has no album yet. */
  code?: string
  /** Names of the member that joins (`Mirror` unless told) and of this device (the host's unless told). */
  member?: string
  device?: string
  /** Milliseconds between two words on its health; 60,000 unless told. */
  interval?: number
  /** Ends it, cleanly and without an error. */
  signal?: Signal
}
