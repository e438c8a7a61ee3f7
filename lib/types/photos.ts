import type { Author } from './people.ts'

/** Which bytes of a photo: the file as it was added, or a smaller rendition of it. */
export type Variant = 'original' | 'preview' | 'thumbnail' | 'motion'

/**
 * Where a capture date comes from, best first: `sidecar` is a file beside the photo, `gps` the time of the satellites;
 * `file` and `added` are weak.
 */
export type DateSource = 'member' | 'caller' | 'sidecar' | 'metadata' | 'gps' | 'name' | 'file' | 'added'

/** When a photo was taken. Photos are sorted by `local`, the wall clock's time where it was taken. */
export interface CapturedAt {
  /** Wall time, `YYYY-MM-DDTHH:mm:ss.sss`. */
  local: string
  /** Minutes east of UTC, or null where nobody knows. */
  offsetMinutes: number | null
  /** IANA zone name, or null. */
  zone: string | null
  /** The instant in ISO 8601, where the offset is known. */
  utc: string | null
  source: DateSource
  precision: 'second' | 'day' | 'year'
}

/** A date as a caller may give it: a `Date` (an instant, kept with offset 0), an ISO string, or the parts. */
export type DateInput =
  | Date
  | string
  | {
      local: string
      offsetMinutes?: number | null
      zone?: string | null
      precision?: CapturedAt['precision']
    }

/** Where a photo was taken: degrees (WGS 84) and metres. */
export interface Location {
  latitude: number
  longitude: number
  altitude: number | null
}

/** A file of a photo: a Live Photo has two. */
export interface PhotoFile {
  role: 'original' | 'motion' | 'sidecar'
  /** SHA-256 of the bytes, hex. */
  sha256: string
  /** Bytes. */
  size: number
  /** MIME type. */
  type: string
}

/** One photo or video of the album. */
export interface Photo {
  /** SHA-256 of the original's bytes, hex. */
  id: string
  /** The file's name when it was added. */
  name: string
  /** MIME type of the original, from its bytes. */
  type: string
  /** Bytes of the original. */
  size: number
  /** Pixels as seen; null where not known. */
  width: number | null
  height: number | null
  /** Seconds, for videos. */
  duration: number | null
  capturedAt: CapturedAt
  location: Location | null
  camera: string | null
  /** A thumbhash, about 21 bytes. */
  placeholder: Uint8Array | null
  files: PhotoFile[]
  /** Who added it first. */
  by: Author
  /** The device it was added with. */
  via: { id: string; name: string }
  /** Other members who added the same bytes. */
  alsoBy: Author[]
  /** ISO 8601, by the clock of the device that added it. */
  addedAt: string
  caption: string
  tags: string[]
  /** Whether the member asking marked it as a favourite. */
  favourite: boolean
  /** Ids of the members who did. */
  favouriteOf: string[]
  /** Ids of the collections it is in. */
  collections: string[]
  /** Ids of photos that belong to this one. */
  related: string[]
  trashed: { by: Author; at: string } | null
  /** Some of the picture is missing or broken; the original is kept as it came. */
  damaged: boolean
}

/** Which photos: all conditions hold together. Dates are wall time, `from` inclusive, `to` exclusive. */
export interface PhotoQuery {
  from?: string | Date
  to?: string | Date
  /** Id of a member. */
  member?: string
  /** A MIME type, or `image` or `video`. */
  type?: string
  tag?: string
  /** Id of a collection. */
  collection?: string
  /** Marked as a favourite by the member asking. */
  favourite?: boolean
  /** The trash instead of the album. */
  trashed?: boolean
}

export interface ListQuery extends PhotoQuery {
  /** Newest first. */
  reverse?: boolean
  limit?: number
  /** Goes on after this photo: the last one of the page before. */
  after?: Pick<Photo, 'id' | 'capturedAt'>
}

/** What members can change about a photo. */
export interface PhotoPatch {
  caption?: string
  tags?: string[]
  capturedAt?: DateInput
  /** For the member asking. */
  favourite?: boolean
}

/** What became of one photo of many. */
export interface PhotoResult {
  id: string
  status: 'done' | 'failed'
  photo: Photo | null
  error: Error | null
}

/** One change to a photo, as `history` tells it, oldest first. To bring `before` back, `edit` with it. */
export interface HistoryEntry {
  field: 'caption' | 'tags' | 'capturedAt'
  before: string | string[] | CapturedAt
  after: string | string[] | CapturedAt
  by: Author
  at: string
}

/** One id, or many. */
export type Ids = string | readonly string[]

/** What acting on photos resolves to: with one id that photo, with many a result for each. */
export type Many<T extends Ids> = T extends string ? Photo : PhotoResult[]

/** Where photos go in a collection: at the end unless told; before or after a photo that is in it. */
export interface Place {
  before?: string
  after?: string
}
