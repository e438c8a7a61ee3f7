import { AlbumError, type AlbumErrorCode, codeOf } from '../errors.ts'
import { type Said, bold, red, say } from './said.ts'

/** What a process ends with. The README lists them; they are stable. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  album: 3,
  locked: 4,
  forbidden: 5,
  later: 6,
  storage: 7,
  interrupted: 130,
  pipe: 141
} as const

/** What a process ends with for an error, and what the person can do about it. */
const ANSWERS: Partial<Record<AlbumErrorCode, [exit: number, help: string]>> = {
  BAD_ARGUMENT: [EXIT.usage, ''],
  NOT_AN_ALBUM: [EXIT.album, 'Make one with `hyperalbum create`, or join one with `hyperalbum join`'],
  ALBUM_EXISTS: [EXIT.album, 'Use it, or choose another folder with --album'],
  JOIN_PENDING: [EXIT.later, 'Run the same `hyperalbum join` again while the one who invited is online'],
  RECOVERY_PENDING: [EXIT.later, 'Run the same `hyperalbum kit restore` again'],
  KIT_INVALID: [EXIT.failed, ''],
  KIT_PASSPHRASE: [EXIT.forbidden, ''],
  KIT_USED: [EXIT.forbidden, ''],
  STORAGE_LOCKED: [EXIT.locked, 'End the other program that uses it first'],
  STORAGE_FULL: [EXIT.storage, 'Make room on the disk, and run it again: nothing was lost'],
  STORAGE_MOVED: [
    EXIT.storage,
    'On a device that is in: `hyperalbum devices link`, and join here in another folder'
  ],
  STORAGE_FAILED: [EXIT.storage, ''],
  FORBIDDEN: [EXIT.forbidden, ''],
  NOT_WRITABLE: [EXIT.forbidden, 'Try again in a moment, with `hyperalbum serve` running'],
  REMOVED: [EXIT.forbidden, 'Ask an owner for a new invite, and join in another folder'],
  INVITE_INVALID: [EXIT.forbidden, ''],
  INVITE_EXPIRED: [EXIT.forbidden, ''],
  INVITE_USED: [EXIT.forbidden, ''],
  INVITE_REJECTED: [EXIT.forbidden, 'Ask an owner'],
  ALBUM_FULL: [EXIT.forbidden, ''],
  COPIES_LACKING: [EXIT.later, ''],
  PHOTO_UNAVAILABLE: [EXIT.later, 'Try again when one of these devices is online'],
  INDEX_INCOMPLETE: [EXIT.later, 'Run `hyperalbum serve` until another device has been online'],
  TIMEOUT: [EXIT.later, ''],
  UPGRADE_REQUIRED: [EXIT.failed, 'Install the newest hyperalbum'],
  CLOSED: [EXIT.failed, '']
}

/** An error in one line, with what to do. */
export function faultOf(error: unknown): Said {
  const code = codeOf(error)
  const text = error instanceof Error ? error.message : String(error)
  const help = error instanceof AlbumError ? ANSWERS[error.code]?.[1] : ''
  const named = code && !(error instanceof AlbumError) && !text.includes(code) ? `${text} (${code})` : text
  return help ? say`${red(bold('Error'))}: ${named}. ${help}.` : say`${red(bold('Error'))}: ${named}.`
}

/** What a process ends with for an error. */
export function exitOf(error: unknown): number {
  return exitOfCode(codeOf(error))
}

function exitOfCode(code: string): number {
  return ANSWERS[code as AlbumErrorCode]?.[0] ?? EXIT.failed
}

/** What a process ends with where some of many failed with these codes: what they have in common. */
export function exitOfCodes(codes: Iterable<string>): number {
  const [first = EXIT.done, ...others] = new Set([...codes].map(exitOfCode))
  return others.length > 0 ? EXIT.failed : first
}

/** An error as JSON has it. */
export function errorOf(error: Error | null): { code: string; message: string } | null {
  return error && { code: codeOf(error), message: error.message }
}
