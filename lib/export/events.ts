import type { AlbumErrorLike, Photo, PhotoQuery, Signal } from '../types.ts'

/** What an export tells. Paths are relative to the folder, with `/`, and hold no control characters. */
export type ExportEvent = ExportFile | ExportSummary

/** What became of a photo. */
export interface ExportFile {
  type: 'file'
  /** Where it lies; where it would have been, of one that failed. */
  path: string
  status: 'written' | 'there' | 'failed'
  photo: Photo
  error: AlbumErrorLike | null
  /**
   * `sidecar kept`: what the album says is not in the sidecar, since somebody else wrote or changed that. Said once,
   * until the album says something else.
   */
  reason: 'sidecar kept' | null
}

/** How far it has come: photos, and bytes of their originals. */
export interface ExportProgress {
  files: number
  bytes: number
  totalFiles: number
  totalBytes: number
}

/** The last event, also where the export ends early: then the error is thrown after it. */
export interface ExportSummary {
  type: 'summary'
  written: number
  there: number
  /** How many photos failed, by the code of the error. */
  failed: Record<string, number>
  /** Bytes that were written. */
  bytes: number
}

export interface ExportOptions {
  /** Which photos; all that are not in the trash unless told. */
  query?: PhotoQuery
  /** Without what tells of the owner: see `read`. What cannot be stripped is not written. */
  strip?: boolean
  signal?: Signal
  /** Milliseconds that a photo may take. */
  timeout?: number
  /** Told now and then, and at the end. */
  onprogress?: (progress: ExportProgress) => void
}
