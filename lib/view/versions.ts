import { reducer } from './reducer.ts'
import type { Reducer } from './reducer.ts'

/**
 * The reducers by album version. All that ever were stay: an album is at the version that its owners raised it to, and
 * every program applies that version's rules, or two programs would disagree about the same log for ever.
 */
export const reducers: ReadonlyMap<number, Reducer> = new Map([[1, reducer]])

/** The newest album version that this program can follow. */
export const SUPPORTED_VERSION: number = Math.max(...reducers.keys())
