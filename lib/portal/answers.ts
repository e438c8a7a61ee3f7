import { AlbumError, codeOf } from '../errors.ts'
import type { ApiError } from './api.ts'

/** An error of the portal's own, with the status it is answered with. */
export class PortalError extends Error {
  readonly status: number
  readonly code: string
  /** Seconds. */
  readonly retryAfter: number | null

  constructor(status: number, code: string, message: string, retryAfter: number | null = null) {
    super(message)
    this.name = 'PortalError'
    this.status = status
    this.code = code
    this.retryAfter = retryAfter
  }
}

const STATUS: Record<string, number> = {
  // Nobody reads that answer any more.
  ABORTED: 503,
  BAD_ARGUMENT: 400,
  FILE_EMPTY: 400,
  FORBIDDEN: 403,
  REMOVED: 403,
  NOT_FOUND: 404,
  COPIES_LACKING: 409,
  ALBUM_FULL: 409,
  INVITE_EXPIRED: 409,
  INVITE_INVALID: 409,
  INVITE_REJECTED: 409,
  INVITE_USED: 409,
  UPGRADE_REQUIRED: 409,
  UNSUPPORTED_FILE: 415,
  MEDIA_FAILED: 422,
  STRIP_FAILED: 422,
  PHOTO_CORRUPT: 502,
  CLOSED: 503,
  INDEX_INCOMPLETE: 503,
  NOT_WRITABLE: 503,
  PHOTO_UNAVAILABLE: 503,
  TIMEOUT: 504,
  STORAGE_FULL: 507
}
const RETRY_SECONDS = 30

/** What is said of an error: of one that nobody foresaw, nothing that could tell of this machine. */
export function told(error: unknown): ApiError['error'] {
  if (error instanceof AlbumError) {
    const { code, message, holders } = error
    // These say paths, and what the file system said.
    if (/^(STORAGE|LOG)_/.test(code)) return { code, message: SHORT[code] ?? 'The disk of this album failed' }
    if (/^(FILE_|NOT_A_FILE)/.test(code))
      return { code, message: SHORT[code] ?? 'The file could not be read' }
    return { code, message, ...(holders.length > 0 && { holders }) }
  }
  if (error instanceof PortalError) return { code: error.code, message: error.message }
  return { code: 'INTERNAL', message: 'Something went wrong on the device of this album' }
}

const SHORT: Record<string, string> = {
  STORAGE_FULL: 'The disk of this album is almost full',
  FILE_EMPTY: 'The file is empty'
}

/** Whether an error is one that we tell of by its own name. */
export function isForeseen(error: unknown): boolean {
  return error instanceof PortalError || (error instanceof AlbumError && codeOf(error) in STATUS)
}

/** The answer that an error is. */
export function errorAnswer(error: unknown): Response {
  const status = error instanceof PortalError ? error.status : (STATUS[codeOf(error)] ?? 500)
  const headers = new Headers({ 'content-type': 'application/json' })
  const retry = error instanceof PortalError ? error.retryAfter : status === 503 ? RETRY_SECONDS : null
  if (retry !== null) headers.set('retry-after', String(retry))
  const body: ApiError = { error: told(error) }
  return new Response(JSON.stringify(body), { status, headers })
}

/** The same bytes for everything that needs a session, whether it exists or not. */
export function noSession(): Response {
  return errorAnswer(new PortalError(401, 'NO_SESSION', 'Open the album by your link'))
}

export function notFound(): PortalError {
  return new PortalError(404, 'NOT_FOUND', 'There is nothing here')
}
