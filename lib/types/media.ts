import type { CapturedAt, DateSource, Location } from './photos.ts'
import type { Wait } from './waiting.ts'

/** Reserved for the media engine; `null` for none. */
export type MediaOption = MediaEngine | null

/** A file by its path, or the bytes themselves. Large ones are better given by path. */
export type MediaSource = { path: string } | { bytes: Uint8Array }

/** What an engine is told beside the file. A `timeout` counts the wait for its turn, too. */
export interface ExamineOptions extends Wait {
  /** False for the facts alone, which take milliseconds. */
  renditions?: boolean
  /** A video's picture, as JPEG, PNG or WebP, where the caller has one: a browser can make it. */
  frame?: Uint8Array
  /** The file's name, for the date in it: nothing is read out of a path that is not said to be the name. */
  name?: string
  /** The older of the file's birth and modification, in milliseconds since 1970: a weak date. */
  modified?: number | null
  /** What lies beside the file: the bytes of an XMP sidecar, or of the JSON of Google Takeout. */
  sidecar?: Uint8Array
}

/** What a photo or video says of itself. */
export interface MediaFacts {
  /** Pixels as seen, orientation applied; null where not known. */
  width: number | null
  height: number | null
  /** Seconds; null where not known, and of photos. */
  duration: number | null
  /** Wall time as milliseconds since 1970 that the clock's digits would mean in UTC; `offset` in minutes east of UTC. */
  captured: {
    local: number
    offset: number | null
    zone: string | null
    source: DateSource
    precision: CapturedAt['precision']
  } | null
  location: Location | null
  camera: string | null
  /** What the still and the video of a Live Photo have in common, as Apple writes it; null or left out where there is none. */
  contentId?: string | null
  /** The MP4 inside a Motion Photo: bytes of the file; null or left out where there is none. */
  motion?: { start: number; length: number } | null
  /** What the sidecar says in words. */
  sidecar: { caption: string | null; tags: string[] | null } | null
}

/** What a photo or video shows and says. */
export interface Examined {
  /** What could be read of it. Its size in pixels is that of the decoded picture where the metadata has none. */
  facts: MediaFacts
  /** WebP in sRGB, at most 256 pixels wide and high; null where there is no picture, as of a video without `ffmpeg`. */
  thumbnail: Uint8Array | null
  /** WebP in sRGB, at most 1600 pixels wide and high; null where there is no picture. */
  preview: Uint8Array | null
  /** A thumbhash: some 25 bytes of blurred picture, with its shape; grey for a video without a picture, null for a photo. */
  placeholder: Uint8Array | null
  /**
   * Some of the picture is missing or broken: a part may be grey, or there is none. Of a video, and where nothing was to
   * be decoded, what its facts say of damage.
   */
  damaged: boolean
  /** Why a photo has no renditions; null where it has, or none were to be made. */
  failure: string | null
}

/**
 * What understands photos and videos: on Node it is there without asking, another runtime brings its own. An engine
 * takes files of strangers: it answers or throws, whatever they hold.
 */
export interface MediaEngine {
  /**
   * Reads a photo or video of a MIME type. Of one that cannot be decoded, and of one that nothing can be read of, it
   * answers with what there is and a `failure`. Throws `MEDIA_FAILED` where nothing at all can be said, as when no
   * process starts, `UNSUPPORTED_FILE` for a type that is none of the album's, `FILE_NOT_FOUND`, `NOT_A_FILE`,
   * `FILE_UNREADABLE`, `ABORTED`, `TIMEOUT`, `CLOSED`.
   */
  examine(source: MediaSource, type: string, options?: ExamineOptions): Promise<Examined>
  /** Ends its processes. Whoever waits gets `CLOSED`. */
  close(): Promise<void>
}
