import b4a from 'b4a'
import type Hyperbee from 'hyperbee'
import { encode, tryDecode } from '../schema/codec.ts'
import { isCollection, isHold, photoOf } from './keys.ts'
import { HALF, PURGED, Rows } from './rows.ts'

// More changes than this at once are not told one by one: the reader starts anew.
const MAX_BLOCKS = 20_000

/** Which photos changed since the last look. */
export interface Changed {
  reset: boolean
  /** Ids, and whether each was there before. */
  photos: { id: Uint8Array; existed: boolean }[]
  /** Whether a collection came, went or changed its name. */
  collections: boolean
  /** Whether somebody told what they hold. */
  holds: boolean
  /** Where to go on after this look. */
  cursor: string
}

/**
 * Tells which photos changed between two looks at the view, also across reorders. A Hyperbee's diff streams lose rows
 * there (hyperbee 2.27, measured), so this reads the blocks themselves: each is one row put or deleted. What the
 * blocks above the final length said is remembered, for a reorder replaces them, and what only they said vanishes.
 */
export class Changes {
  #seen: number
  // Photo ids (hex) by the last block that touched them, above the final length.
  readonly #tail = new Map<string, number>()
  readonly #vanishing = new Set<string>()
  // The last block that touched a collection, and whether a rewrite took such a one away.
  #collected = 0
  #uncollected = false
  // The lowest point of a rewrite that came while changes were being read.
  #lowest = Infinity
  // What was seen before is of another view.
  #anew = false

  private constructor(seen: number) {
    this.#seen = seen
  }

  /** Starts at a state of the view, remembering its tail that may still be reordered. */
  static async from(bee: Hyperbee, final: number): Promise<Changes> {
    const changes = new Changes(bee.version)
    await changes.#readTail(bee, Math.max(1, final), bee.version)
    return changes
  }

  /** Starts where a cursor stands; null where the view has been reordered or cut below it since. */
  static async resume(bee: Hyperbee, final: number, cursor: string): Promise<Changes | null> {
    const { length, hash } = readCursor(cursor) ?? { length: Infinity, hash: null }
    if (hash === null || length > bee.version) return null
    if (!b4a.equals(await bee.core.treeHash(length), hash)) return null
    const changes = new Changes(length)
    await changes.#readTail(bee, Math.max(1, Math.min(final, length)), length)
    return changes
  }

  async #readTail(bee: Hyperbee, from: number, to: number): Promise<void> {
    if (to - from > MAX_BLOCKS || to <= from) return
    for await (const block of bee.createHistoryStream({ gte: from, lt: to })) {
      if (isCollection(block.key)) this.#collected = block.seq
      const id = photoOf(block.key)
      if (id) this.#tail.set(b4a.toString(id, 'hex'), block.seq)
    }
  }

  /** The log rewrote the view from `shared` on. */
  rewritten(shared: number): void {
    this.#lowest = Math.min(this.#lowest, shared)
    if (shared >= this.#seen) return
    for (const [id, seq] of this.#tail) if (seq >= shared) this.#vanishing.add(id)
    if (this.#collected > 0 && this.#collected >= shared) this.#uncollected = true
    this.#seen = shared
  }

  /** The view is another one from now on: nobody knows what of it is as before. */
  restart(): void {
    this.#anew = true
  }

  /** What changed up to the state of `bee`. */
  async take(bee: Hyperbee, final: number): Promise<Changed> {
    const from = Math.max(1, this.#seen)
    const version = bee.version
    // Before anything is awaited: a rewrite that comes meanwhile counts.
    this.#lowest = Infinity
    // First: what fails after the changes were taken loses them.
    const cursor = await writeCursor(bee)
    const vanishing = new Set(this.#vanishing)
    if (this.#anew || version - from > MAX_BLOCKS) {
      this.#anew = false
      this.#tail.clear()
      this.#vanishing.clear()
      this.#collected = 0
      this.#uncollected = false
      this.#seen = Math.min(version, this.#lowest)
      return { reset: true, photos: [], collections: true, holds: true, cursor }
    }
    const touched = new Set(vanishing)
    const before = new Rows(bee.checkout(from, { reuseSession: true }))
    const latest = new Map<string, number>()
    let collections = this.#uncollected
    let collected = 0
    let holds = false
    if (version > from) {
      for await (const block of bee.createHistoryStream({ gte: from, lt: version })) {
        if (isHold(block.key)) holds = true
        if (isCollection(block.key)) collected = block.seq
        const id = photoOf(block.key)
        if (id === null) continue
        const hex = b4a.toString(id, 'hex')
        touched.add(hex)
        latest.set(hex, block.seq)
      }
    }
    const photos: Changed['photos'] = []
    for (const hex of touched) {
      const id = b4a.from(hex, 'hex')
      const existed = vanishing.has(hex) || (await isThere(before, id))
      photos.push({ id, existed })
    }
    collections ||= collected > 0
    this.#collected = Math.max(this.#collected, collected)
    this.#uncollected = this.#collected > 0 && this.#collected >= this.#lowest
    for (const hex of vanishing) this.#vanishing.delete(hex)
    for (const [hex, seq] of latest) this.#tail.set(hex, seq)
    for (const [hex, seq] of latest) if (seq >= this.#lowest) this.#vanishing.add(hex)
    this.#seen = Math.min(version, this.#lowest)
    for (const [hex, seq] of this.#tail) if (seq < final) this.#tail.delete(hex)
    if (this.#collected < final) this.#collected = 0
    return { reset: false, photos, collections, holds, cursor }
  }
}

async function isThere(rows: Rows, id: Uint8Array): Promise<boolean> {
  const place = await rows.place(id)
  return place !== null && place.state !== PURGED && place.state !== HALF
}

/** Where a reader of changes stands, as text: the view's length and its hash there. */
export async function writeCursor(bee: Hyperbee): Promise<string> {
  const { version } = bee
  const hash = await bee.core.treeHash(version)
  return b4a.toString(encode('cursor', { length: version, hash }), 'hex')
}

function readCursor(text: string): { length: number; hash: Uint8Array } | null {
  return /^[0-9a-f]+$/.test(text) ? tryDecode('cursor', b4a.from(text, 'hex')) : null
}
