import type { Signal } from '../types.ts'

/** What is to be looked at: a file by its path, or the bytes themselves. Large ones are better given by path. */
export type MediaSource = { path: string } | { bytes: Uint8Array }

export interface ExamineOptions {
  /** Ends it with `ABORTED`. */
  signal?: Signal
  /** Ends it with `TIMEOUT` after so many milliseconds, the wait for a free process included. */
  timeout?: number
  /** A video's picture, as JPEG, PNG or WebP, where the caller has one: a browser can make it. */
  frame?: Uint8Array
}

/** What a photo or video shows and says. */
export interface Examined {
  /** What its metadata says: `readFacts` of lib/media/facts.ts. */
  facts: unknown
  /** WebP in sRGB, at most 256 pixels wide and high; null where there is no picture, as of a video without `ffmpeg`. */
  thumbnail: Uint8Array | null
  /** WebP in sRGB, at most 1600 pixels wide and high; null where there is no picture. */
  preview: Uint8Array | null
  /** A thumbhash: some 25 bytes of blurred picture, with its shape; null where there is no picture. */
  placeholder: Uint8Array | null
  /** Pixels of the original as it is seen, its orientation applied; null of a video without a picture. */
  width: number | null
  height: number | null
  /** Some of the file is missing or broken: a part of the picture may be grey. */
  damaged: boolean
}

/**
 * All decoding sits behind this, so that another runtime can bring its own. An engine takes files of strangers: it
 * answers or throws, whatever they hold.
 */
export interface MediaEngine {
  /**
   * Reads a photo or video of a MIME type that `sniff` told. Throws `MEDIA_FAILED` where it cannot be decoded,
   * `UNSUPPORTED_FILE` for a type that is none of the album's, `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `ABORTED`,
   * `TIMEOUT`, `CLOSED`.
   */
  examine(source: MediaSource, type: string, options?: ExamineOptions): Promise<Examined>
  close(): Promise<void>
}
