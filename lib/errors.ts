/**
 * Every code an `AlbumError` can carry. Codes are stable: programs may branch on them, messages are for people.
 */
export type AlbumErrorCode =
  | 'ABORTED'
  | 'ALBUM_EXISTS'
  | 'ALBUM_FULL'
  | 'BAD_ARGUMENT'
  | 'CLOSED'
  | 'COPIES_LACKING'
  | 'FILE_CHANGED'
  | 'FILE_EMPTY'
  | 'FILE_NOT_FOUND'
  | 'FILE_UNREADABLE'
  | 'FORBIDDEN'
  | 'INDEX_INCOMPLETE'
  | 'INDEXER_AWAY'
  | 'INVITE_EXPIRED'
  | 'INVITE_INVALID'
  | 'INVITE_REJECTED'
  | 'INVITE_USED'
  | 'JOIN_PENDING'
  | 'KIT_INVALID'
  | 'KIT_PASSPHRASE'
  | 'KIT_USED'
  | 'LOG_FAILED'
  | 'MEDIA_FAILED'
  | 'NOT_A_FILE'
  | 'NOT_AN_ALBUM'
  | 'NOT_FOUND'
  | 'NOT_WRITABLE'
  | 'PHOTO_CORRUPT'
  | 'PHOTO_UNAVAILABLE'
  | 'RECOVERY_PENDING'
  | 'REMOVED'
  | 'STORAGE_FAILED'
  | 'STORAGE_FULL'
  | 'STORAGE_LOCKED'
  | 'STORAGE_MOVED'
  | 'STRIP_FAILED'
  | 'TIMEOUT'
  | 'UNSUPPORTED_FILE'
  | 'UNSUPPORTED_PLATFORM'
  | 'UPGRADE_REQUIRED'

/** What an error knows beyond its code and message. */
export interface AlbumErrorDetails {
  cause?: unknown
  /** Names of the members that hold what could not be had (`PHOTO_UNAVAILABLE`), or let go of (`COPIES_LACKING`). */
  holders?: string[]
}

/** The one error class of this package; `code` says what happened. */
export class AlbumError extends Error {
  readonly code: AlbumErrorCode
  /** Names of the members that hold it, where the code is `PHOTO_UNAVAILABLE` or `COPIES_LACKING`; empty otherwise. */
  readonly holders: string[]

  constructor(code: AlbumErrorCode, message: string, details: AlbumErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'AlbumError'
    this.code = code
    this.holders = details.holders ?? []
  }
}

/** The `code` of any thrown value, if it has one: Node's, RocksDB's and hypercore's errors do. */
export function codeOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') {
    return error.code
  }
  return ''
}

/** An error of the storage below, told apart by its text, since RocksDB's errors carry no code for these cases. */
export function storageError(error: unknown): AlbumError {
  if (error instanceof AlbumError) return error
  const chain = causesOf(error)
  const says = (code: string, words: RegExp): boolean =>
    chain.some((one) => codeOf(one) === code || (one instanceof Error && words.test(one.message)))
  if (says('ELOCKED', /\block(ed)?\b/i)) {
    return new AlbumError('STORAGE_LOCKED', 'Another process has this album open', { cause: error })
  }
  if (says('ENOSPC', /no space left|disk full/i)) {
    const message = 'The disk is full: make room, and open the album again'
    return new AlbumError('STORAGE_FULL', message, { cause: error })
  }
  // Two of one device would write two histories of its cores (device-file 2, by the file's attributes and inode).
  if (says('DEVICE_FILE', /device file/i)) {
    const message =
      'This folder was copied or moved from another disk, or comes from a backup; a device lies in one place: join the album anew, in another folder'
    return new AlbumError('STORAGE_MOVED', message, { cause: error })
  }
  const text = error instanceof Error ? error.message : String(error)
  return new AlbumError('STORAGE_FAILED', `The storage failed: ${text}`, { cause: error })
}

function causesOf(error: unknown): unknown[] {
  const chain: unknown[] = []
  for (let one = error; one && chain.length < 10; one = one instanceof Error ? one.cause : null)
    chain.push(one)
  return chain
}
