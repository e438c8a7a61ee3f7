import type { AlbumErrorLike } from './failure.ts'
import type { Variant } from './photos.ts'
import type { Progress, Wait } from './waiting.ts'

export interface ReadOptions extends Wait {
  variant?: Variant
  /** First byte, from 0. */
  start?: number
  /** Last byte, inclusive. */
  end?: number
  /**
   * The original without what tells of its owner: place, serial numbers, maker notes, embedded thumbnails, the video of
   * a Motion Photo. Nothing is encoded anew. `start` and `end` are then of what is given. JPEG, PNG, WebP, HEIC, AVIF,
   * MP4 and MOV; of others `UNSUPPORTED_FILE`, and `STRIP_FAILED` where it cannot be done for sure.
   */
  strip?: boolean
}

/** Bytes of a photo: iterate it with `for await`, or `pipe` it into a Node stream. */
export interface PhotoStream extends AsyncIterable<Uint8Array> {
  pipe<T>(destination: T): T
  on(event: 'data', listener: (chunk: Uint8Array) => void): this
  on(event: 'error', listener: (error: Error) => void): this
  on(event: 'end' | 'close', listener: () => void): this
  destroy(error?: Error | null): void
}

/** What `repair` came to. */
export interface RepairResult {
  /** Photos that have thumbnails and previews now. */
  repaired: number
  /** Those that cannot be shown, and why. */
  failed: { id: string; error: Error }[]
}

export interface DownloadOptions extends Wait {
  variants?: Variant[]
  onprogress?: (progress: Progress) => void
}

/** What a download fetched; `missing` are photos that nobody reachable holds. */
export interface DownloadResult {
  files: number
  bytes: number
  missing: { id: string; error: AlbumErrorLike }[]
}
