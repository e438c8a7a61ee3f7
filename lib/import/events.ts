import type { AlbumErrorLike, Photo, Signal } from '../types.ts'

/** What an import tells. Paths are relative to the folder, with `/`, and as the disk has them: not fit for a terminal. */
export type ImportEvent = ImportPhase | ImportFile | ImportSummary

/** What begins now, and over how much, as far as is known. */
export interface ImportPhase {
  type: 'phase'
  phase: 'scan' | 'hash' | 'ask' | 'add' | 'watch'
  files: number
  bytes: number
}

/**
 * What became of a file, or, with `dryRun`, what would become of it: `planned` is what would be added. Of a folder that
 * cannot be read, or is passed over, there is one event for all that is in it. One that `failed` with a `photo` is in the
 * album, but is not the favourite, or not in the collection, that it was to be.
 */
export interface ImportFile {
  type: 'file'
  path: string
  status: 'added' | 'known' | 'trashed' | 'failed' | 'skipped' | 'planned'
  /** SHA-256 of the bytes, in hex, where they were read to the end. */
  id: string | null
  /** The photo it is in the album, of what was added; of what was known only where it had to be looked at. */
  photo: Photo | null
  error: AlbumErrorLike | null
  reason: SkipReason | PlanReason | KnownReason | null
}

/**
 * Why a file is passed over without a word: its name begins with a dot; what systems and programs lay beside photos, and
 * all but the originals in a library of Apple's; a thumbnail of another file; a sidecar, which is read with its photo; not
 * written to its end; a link to a folder; no file at all; the folder of an album.
 */
export type SkipReason =
  'hidden' | 'system' | 'thumbnail' | 'sidecar' | 'unfinished' | 'link' | 'special' | 'album'

/**
 * Why a file is to be added: nobody has it; others added it, and this device would be one more that has it. And why it
 * is not: another file of this folder has the same bytes.
 */
export type PlanReason = 'new' | 'shared' | 'twice'

/**
 * What became of the sidecar of a photo that was known, where it says something else: `amended`, what it says was taken;
 * `edited`, somebody changed the photo since it was added, and that holds.
 */
export type KnownReason = 'amended' | 'edited'

/** How far it has come. `hashed` is ahead of `bytes`, those of files whose outcome is known. */
export interface ImportProgress {
  files: number
  bytes: number
  hashed: number
  totalFiles: number
  totalBytes: number
}

/** The last event, also where the import ends early: then the error is thrown after it. */
export interface ImportSummary {
  type: 'summary'
  added: number
  known: number
  trashed: number
  planned: number
  /** How many files failed, by the code of the error. */
  failed: Record<string, number>
  skipped: number
  /** Bytes that were added, or would be. */
  bytes: number
}

export interface ImportOptions {
  /** Says what would be done, and changes nothing. */
  dryRun?: boolean
  /** Goes on with what comes into the folder, until the signal aborts. */
  watch?: boolean
  /**
   * Sub-folders become collections of their path, `Summer/Beach`: those of that name where there are some. Not those of an
   * export, which are dates: its sidecars name the collections, and are followed always.
   */
  collections?: boolean
  /** Files that are added at the same time, as of `addAll`. */
  concurrency?: number
  /** Milliseconds between looks at a folder that is watched; 2000 unless told. */
  interval?: number
  signal?: Signal
  /** Told now and then, and at the end. */
  onprogress?: (progress: ImportProgress) => void
}
