import type { Signal } from '../types.ts'
import type { Facts } from './facts/facts.ts'
import type { MediaSource } from './file.ts'

export interface ExamineOptions {
  /** Ends it with `ABORTED`. */
  signal?: Signal
  /** Ends it with `TIMEOUT` after so many milliseconds, the wait for a free process included. */
  timeout?: number
  /** False for the facts alone, which take milliseconds. */
  renditions?: boolean
  /** A video's picture, as JPEG, PNG or WebP, where the caller has one: a browser can make it. */
  frame?: Uint8Array
  /** The file's name, for the date in it: nothing is read out of a path that is not said to be the name. */
  name?: string
  /** The older of the file's birth and modification, in milliseconds since 1970: a weak date. */
  modified?: number | null
  /** What lies beside the file (see `sidecarsFor`): the bytes of an XMP sidecar, or of the JSON of Google Takeout. */
  sidecar?: Uint8Array
}

/** What a photo or video shows and says. */
export interface Examined {
  /** What could be read of it. Its size in pixels is that of the decoded picture where the metadata has none. */
  facts: Facts
  /** WebP in sRGB, at most 256 pixels wide and high; null where there is no picture, as of a video without `ffmpeg`. */
  thumbnail: Uint8Array | null
  /** WebP in sRGB, at most 1600 pixels wide and high; null where there is no picture. */
  preview: Uint8Array | null
  /** A thumbhash: some 25 bytes of blurred picture, with its shape; null where there is no picture. */
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
 * All decoding sits behind this, so that another runtime can bring its own. An engine takes files of strangers: it
 * answers or throws, whatever they hold.
 */
export interface MediaEngine {
  /**
   * Reads a photo or video of a MIME type that `sniffFile` told. Of one that cannot be decoded, and of one that nothing
   * can be read of, it answers with what there is and a `failure`. Throws `MEDIA_FAILED` where nothing at all can be
   * said, as when no process starts, `UNSUPPORTED_FILE` for a type that is none of the album's, `FILE_NOT_FOUND`,
   * `NOT_A_FILE`, `FILE_UNREADABLE`, `ABORTED`, `TIMEOUT`, `CLOSED`.
   */
  examine(source: MediaSource, type: string, options?: ExamineOptions): Promise<Examined>
  /** Ends its processes. Whoever waits gets `CLOSED`. */
  close(): Promise<void>
}
