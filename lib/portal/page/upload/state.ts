// What is on its way into the album. Small, and apart from what sends: it is part of the first load.
import { Store } from '../store.ts'

export type State =
  | 'waiting'
  | 'reading'
  | 'asking'
  | 'sending'
  | 'paused'
  | 'adding'
  | 'added'
  | 'duplicate'
  | 'trashed'
  | 'failed'
  | 'cancelled'

export interface Item {
  readonly key: number
  readonly file: File
  readonly collection: string
  state: State
  /** Bytes that the portal has. */
  sent: number
  sha256: string | null
  /** The photo that it became, or is. */
  photo: string | null
  /** Why it failed. */
  code: string
}

/** In the order in which they were picked; a new array with each change. */
export const items: Store<readonly Item[]> = new Store<readonly Item[]>([])

const DONE: readonly State[] = ['added', 'duplicate', 'trashed', 'failed', 'cancelled']

export function isDone({ state }: Item): boolean {
  return DONE.includes(state)
}

/** The same file would fail in the same way. */
const FOR_GOOD = ['TOO_LARGE', 'FILE_EMPTY', 'UNSUPPORTED_FILE', 'FORBIDDEN']

export function mayRetry({ state, code }: Item): boolean {
  return state === 'failed' && !FOR_GOOD.includes(code)
}

export interface Sums {
  done: number
  total: number
  bytes: number
  bytesTotal: number
  /** Those that may go better another time. */
  again: number
}

export function sums(all: readonly Item[]): Sums {
  const sum: Sums = { done: 0, total: all.length, bytes: 0, bytesTotal: 0, again: 0 }
  for (const item of all) {
    const done = isDone(item)
    sum.bytesTotal += item.file.size
    sum.bytes += done ? item.file.size : item.sent
    if (done) sum.done++
    if (mayRetry(item)) sum.again++
  }
  return sum
}
