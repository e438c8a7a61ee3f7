// Photos one after another, as a viewer steps through them: a timeline, or a collection in its own order.
import type { Cell } from '../api.ts'
import { Store } from './store.ts'

export interface Sequence {
  readonly total: number
  /** The photo at this place, null where it is not loaded yet. */
  at(index: number): Cell | null
  /** Loads what is at this place. */
  ensure(index: number): Promise<Cell | null>
  /** Its place among what is loaded; -1 where it is not there. */
  indexOf(id: string): number
  /** Its place, loading what is needed to know it; -1 where it is not in the sequence. */
  find(id: string): Promise<number>
  /** Changes with every change of what is there. */
  readonly version: Store<number>
}

/** The sequence of the screen that is shown: what a viewer opened over it steps through. */
export const looking: Store<Sequence | null> = new Store<Sequence | null>(null)
