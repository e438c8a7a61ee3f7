// What a process of the pool and its parent say to each other.
import type { AlbumErrorCode } from '../../errors.ts'
import type { Examined, MediaSource } from '../engine.ts'

/** One photo or video to look at. */
export interface Job {
  source: MediaSource
  /** MIME type, as `sniff` told. */
  type: string
  /** A video's picture. */
  frame: Uint8Array | null
}

/** To the child: a job, and after how many milliseconds it is to end itself. */
export interface Task {
  job: Job
  limit: number
}

/** To the parent: what came of the job. */
export interface Reply {
  result: Examined | null
  failure: { code: AlbumErrorCode; message: string } | null
  /** The child may hold what a failed job left behind, and is better replaced. */
  tainted: boolean
  /** Bytes of memory that the child holds (its resident set). */
  memory: number
}
