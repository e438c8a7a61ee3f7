import type { AlbumErrorLike } from './failure.ts'
import type { Author } from './people.ts'
import type { Photo, Variant } from './photos.ts'
import type { Signal, Wait } from './waiting.ts'

/** A device that holds something of a photo. */
export interface Copy {
  member: Author
  device: { id: string; name: string }
  /** Whether it is this device. */
  me: boolean
  /** What it holds whole; of a Live Photo, `original` stands for both files. */
  variants: Variant[]
  /** When it last said so, ISO 8601: devices say it again once a day, while they are online. */
  lastConfirmed: string
  /** Whether it is connected now; this device always is. */
  online: boolean
}

/** A photo, and what this device has of it. */
export interface Here {
  photo: Photo
  /** Whether it holds the original whole, and every other variant that any device holds, by what it told the others. */
  whole: boolean
}

/** A photo of which fewer devices hold the original than are promised. */
export interface LackingCopies {
  photo: Photo
  /** How many devices hold the original whole. */
  copies: number
  promised: number
  /** Names of their members. */
  holders: string[]
}

/** What became of the wish to let go of a photo's original on this device. */
export interface FreeResult {
  id: string
  /**
   * `freed`: it is not on this disk (any more). `waiting`: the album has not decided finally; the bytes go by themselves
   * once it has. `kept`: `error` says why.
   */
  status: 'freed' | 'waiting' | 'kept'
  /** How many bytes of it that were on this disk are gone, or go once the album has decided; 0 where it is kept. */
  bytes: number
  /** `COPIES_LACKING` with the members that hold it, or `NOT_FOUND`; null where it is not kept. */
  error: AlbumErrorLike | null
}

/** `album.copies`: where the bytes are. */
export interface Copies {
  /**
   * The devices that hold something of a photo by their receipts, or gave it, without those that were removed; none where
   * there is no such photo.
   */
  of(id: string): Promise<Copy[]>
  /**
   * All photos, newest first, and whether this device holds each whole: for counting, where `of` for each reads the index
   * again and again.
   *
   *     let lacking = 0
   *     for await (const { whole } of album.copies.here()) if (!whole) lacking++
   *
   * Throws `ABORTED` where the signal aborts meanwhile, and `INDEX_INCOMPLETE` as all that is read.
   */
  here(options?: { signal?: Signal }): AsyncIterable<Here>
  /** How many devices are to hold each original: what an owner promised last, 2 where nobody did. */
  promised(): Promise<number>
  /**
   * Promises that so many devices (1 to 100) hold each original: `health` goes by it, and `free` keeps what fewer others
   * hold. Throws `FORBIDDEN` for who is no owner, `BAD_ARGUMENT`.
   */
  promise(copies: number): Promise<void>
  /**
   * Photos, newest first, of which fewer devices hold the original than are promised. Reads the whole index; throws
   * `ABORTED` where the signal aborts meanwhile.
   */
  health(options?: { signal?: Signal }): AsyncIterable<LackingCopies>
  /**
   * Drops the originals of photos from this device, where as many *other* devices hold them as are promised; thumbnails
   * and previews stay, and what is looked at is fetched again. The album's log decides, so that two devices which free at
   * the same time do not count on each other. Waits for that (10 s unless `timeout`, in ms, says otherwise), and tells
   * what came of each. Throws `BAD_ARGUMENT`, `ABORTED`, `CLOSED`, `REMOVED`, `NOT_WRITABLE`, and `FORBIDDEN` where the
   * album is used in another member's name.
   */
  free(ids: readonly string[], options?: Wait): Promise<FreeResult[]>
}
