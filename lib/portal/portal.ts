// The public types of the portal: they name nothing of the packages it stands on.
import type { Link, LinkMade } from './api.ts'

/** Bounds of what is sent. One member has at most a quarter of what all have. What is idle makes way at a bound. */
export interface UploadLimits {
  /** The largest file. */
  uploadBytes: number
  /** Unfinished uploads of one session. */
  uploads: number
  /** And of all. */
  uploadsOfAll: number
  /** Bytes of unfinished uploads, as they were announced. */
  uploadBytesOfAll: number
}

/** A link to be made. */
export interface LinkOptions {
  memberId: string
  /** How many may come in with it: 1 unless told, 0 for any number. */
  uses?: number | undefined
  /** Milliseconds from now: seven days unless told, 0 for never. */
  expires?: number | undefined
}

export interface PortalOptions extends Partial<UploadLimits> {
  /** Where links, sessions and uploads lie, the last for an hour after they were added; one portal at a time. */
  folder: string
  /** Names under which it is reached, besides loopback and this machine's own addresses. */
  hosts?: readonly string[]
  /** The folder of a page built elsewhere; the portal's own unless told, `null` for none. */
  page?: string | null
  /** What went wrong without anybody's fault who asked. */
  onerror?: (error: unknown) => void
}

/** An album for browsers: a `Request` in, a `Response` out. */
export interface Portal {
  /** Answers a request; `address` is the asking machine's, for the limits on tries. */
  fetch(request: Request, from?: { address?: string }): Promise<Response>
  /** What lets people in. */
  links: {
    /**
     * Makes a link for a member, whose secret is told once. Throws `NOT_FOUND`, `BAD_ARGUMENT`, and `FORBIDDEN` where
     * this device may not act for that member.
     */
    create(options: LinkOptions): Promise<LinkMade>
    list(): Promise<Link[]>
    /**
     * Nobody comes in with it any more, and who did is out, also where it throws `STORAGE_FULL` or `STORAGE_FAILED`: then
     * a restart may not know of it. Throws `NOT_FOUND`.
     */
    revoke(id: string): Promise<void>
  }
  /** Where it is reached, for links: `listenPortal` sets it. */
  origins: string[]
  /** Ends what is open and writes what is not written; the album stays open. */
  close(): Promise<void>
}
