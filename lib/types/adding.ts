import type { DateInput, Photo } from './photos.ts'
import type { Progress, Wait } from './waiting.ts'

/** The part of a `Blob` or `File` that is used. */
export interface BlobLike {
  readonly size: number
  readonly name?: string
  readonly lastModified?: number
  stream(): AsyncIterable<Uint8Array> | { getReader(): unknown }
}

/** A photo to add: a path, its bytes, a Blob or File, or a stream of bytes. */
export type Source = string | Uint8Array | BlobLike | AsyncIterable<Uint8Array>

/** A file as `add` takes it from `addAll`: a source, or a source with options of its own. */
export type SourceWithOptions = Source | ({ source: Source } & Omit<AddOptions, keyof Wait>)

/** What a caller can say of a photo when adding it. */
export interface AddOptions extends Wait {
  /** The file's name; taken from the path or File otherwise. */
  name?: string
  capturedAt?: DateInput
  caption?: string
  tags?: string[]
  /** Id of a collection, or several. */
  collection?: string | string[]
  /** Takes a trashed photo out of the trash instead of answering `trashed`. */
  restore?: boolean
  /** The bytes of the file's XMP sidecar, or of its JSON in a Google Takeout: date, place, caption and tags in them. */
  sidecar?: Uint8Array
  /** A video's picture (JPEG, PNG or WebP): a browser can make one. */
  frame?: Uint8Array
}

/** What became of one source given to `addAll`. */
export interface AddResult {
  source: SourceWithOptions
  status: 'added' | 'duplicate' | 'trashed' | 'failed'
  photo: Photo | null
  error: Error | null
}

/**
 * What the album knows of a file's bytes: nothing (`new`); that others added them (`shared`: adding them makes this
 * device one more that has them); that this device did (`duplicate`); that they are in the trash, or were deleted for good.
 */
export type KnownStatus = 'new' | 'shared' | 'duplicate' | 'trashed'

export interface AddAllOptions extends AddOptions {
  /** Files read, hashed and decoded at the same time; two for each core unless told, and at least 4. */
  concurrency?: number
  onprogress?: (progress: Progress) => void
}
