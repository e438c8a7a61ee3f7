// What a process of the pool and its parent say to each other.
import { AlbumError, type AlbumErrorCode } from '../../errors.ts'
import type { Examined } from '../engine.ts'
import type { Beside } from '../facts/facts.ts'
import type { MediaSource } from '../file.ts'

/** One photo or video to look at. */
export interface Job {
  source: MediaSource
  /** MIME type, as `sniffFile` told. */
  type: string
  /** What is known of it besides its bytes. */
  beside: Beside
  /** Whether pictures are to be made of it, too. */
  renditions: boolean
  /** A video's picture. */
  frame: Uint8Array | null
}

/** To the child: a job, and after how many milliseconds it is to end itself. */
export interface Task {
  job: Job
  limit: number
}

/** To the parent, once: it can be given jobs. One that ends before it says so has no file to blame. */
export const READY = 'ready'

/** To the parent: what came of the job. */
export interface Reply {
  result: Examined | null
  /** Where there is no result: why. */
  error: { code: AlbumErrorCode; message: string } | null
  /** The child may hold what a failed job left behind, and is better replaced. */
  tainted: boolean
  /** Bytes of memory that the child holds (its resident set). */
  memory: number
}

/** The process ended in the middle of a job, or was killed: another one may be able to say something. */
export class ProcessEnded extends AlbumError {
  constructor(message: string) {
    super('MEDIA_FAILED', message)
  }
}
