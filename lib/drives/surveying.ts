import type { KeepRules } from '../types.ts'
import { toHex } from '../util/hex.ts'
import type { Cast } from '../view/cast.ts'
import type { Found, Queries } from '../view/queries.ts'
import type { Author } from '../view/rules.ts'
import type { BlobSource, Blobs } from './blobs.ts'
import { Choice, type Kept, budgetOf, mayDrop } from './choosing.ts'
import type { Unwanted } from './dropping.ts'
import { type PhotoBlob, blobsOf } from './sources.ts'
import { KEPT } from './wishes.ts'

interface Parts {
  queries: Queries
  blobs: Blobs
}

/** Whose rules, of whom. */
export interface Household {
  rules: KeepRules
  cast: Cast
  author: Author | null
}

/** What a look at photos came to: what the rules let go, and what they want. */
export class Survey {
  readonly unwanted: Unwanted[] = []
  readonly #parts: Parts
  readonly #household: Household
  readonly #choice: Choice
  // Of variants with a budget: the photos that it was filled with, and the bytes that are still free of it.
  readonly #within = new Map<Kept, Set<string>>()
  readonly #room = new Map<Kept, number>()
  #short = false

  constructor(parts: Parts, household: Household) {
    this.#parts = parts
    this.#household = household
    this.#choice = new Choice(household.rules, household.author?.member ?? -1)
    for (const variant of KEPT) {
      const budget = budgetOf(household.rules[variant])
      if (budget === null) continue
      this.#within.set(variant, new Set())
      this.#room.set(variant, budget)
    }
  }

  /** Whether something that is wanted has to wait until something else has been dropped. */
  get short(): boolean {
    return this.#short
  }

  /** Looks at photos: with a budget at all of them, in the order in which it is to be filled. */
  async see(photos: AsyncIterable<Found>): Promise<void> {
    const variants = KEPT.filter((variant) => mayDrop(this.#household.rules[variant]))
    if (variants.length === 0) return
    for await (const photo of photos) for (const variant of variants) await this.#see(photo, variant)
  }

  async #see(photo: Found, variant: Kept): Promise<void> {
    const { author } = this.#household
    const blobs = await this.#blobsOf(photo, variant)
    const others = blobs.map(({ sources }) => sources.filter(({ device }) => device !== author?.device))
    const hex = toHex(photo.id)
    const here: BlobSource[] = []
    let held = 0
    for (const source of others.flat()) {
      const bytes = await this.#parts.blobs.bytesHere(source)
      if (bytes > 0) here.push(source)
      held += bytes
    }
    const verdict = this.#choice.verdict(variant, photo.record, this.#bytesOf(blobs))
    if (verdict === 'keep') this.#within.get(variant)?.add(hex)
    const room = this.#room.get(variant)
    if (room !== undefined) this.#room.set(variant, room - held)
    if (verdict !== 'drop') return
    for (const source of here) {
      const sha256 = blobs.find((blob) => blob.sources.includes(source))?.sha256 ?? photo.id
      this.unwanted.push({ photo: hex, file: toHex(sha256), variant, source })
    }
  }

  /** The variants of a photo to fetch: of those with a budget, for as much as is free of it now. */
  async wanted(photo: Found): Promise<Kept[]> {
    const wanted: Kept[] = []
    for (const variant of KEPT) {
      const room = this.#room.get(variant)
      if (room === undefined) {
        if (this.#choice.wants(variant, photo.record) === 'keep') wanted.push(variant)
      } else if (this.#within.get(variant)?.has(toHex(photo.id))) {
        if (await this.#fits(photo, variant)) wanted.push(variant)
        else this.#short = true
      }
    }
    return wanted
  }

  async #fits(photo: Found, variant: Kept): Promise<boolean> {
    const blobs = await this.#blobsOf(photo, variant)
    const { sources } = { sources: blobs.flatMap((blob) => blob.sources) }
    let here = 0
    for (const source of sources) here += await this.#parts.blobs.bytesHere(source)
    const lacking = Math.max(0, this.#bytesOf(blobs) - here)
    const room = this.#room.get(variant) ?? 0
    if (lacking > room) return false
    this.#room.set(variant, room - lacking)
    return true
  }

  // What was added at this device is here anyway.
  #bytesOf(blobs: PhotoBlob[]): number {
    const own = this.#household.author?.device
    const sizes = blobs
      .filter(({ sources }) => !sources.some(({ device }) => device === own))
      .map(({ sources }) => Math.max(0, ...sources.map(({ pointer }) => pointer.byteLength)))
    return sizes.reduce((sum, size) => sum + size, 0)
  }

  #blobsOf({ id, record }: Found, variant: Kept): Promise<PhotoBlob[]> {
    const { cast } = this.#household
    return this.#parts.queries.rows((rows) => blobsOf(rows, id, record, cast, variant))
  }
}
