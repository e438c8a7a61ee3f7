import type { Photo } from './photos.ts'
import type { Signal } from './waiting.ts'

/** Something that happened to a photo. `reset` says: read the album anew, too much has changed to tell each. */
export interface Change {
  type: 'added' | 'changed' | 'trashed' | 'removed' | 'reset'
  /** The photo's id; empty with `reset`. */
  id: string
  photo: Photo | null
  /** Where to go on: give it to `watch({ since })` later, also after a restart. */
  cursor: string
}

export interface WatchOptions {
  /** The cursor of a change that was seen; without it, from now on. */
  since?: string
  signal?: Signal
}
