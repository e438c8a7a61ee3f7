import b4a from 'b4a'
import type EventEmitter from 'events'
import type { AlbumEvents, KeepRules, Variant } from '../types.ts'
import { codeOf } from '../errors.ts'
import type { Actor } from '../log/actor.ts'
import type { Log } from '../log/log.ts'
import type { Storage } from '../log/storage.ts'
import { toHex } from '../util/hex.ts'
import { Rounds } from '../util/rounds.ts'
import { isClosing, manyWaitOn, sleep } from '../util/wait.ts'
import type { Changes } from '../view/changes.ts'
import { EVERYTHING } from '../view/indexes.ts'
import type { Found, Queries } from '../view/queries.ts'
import type { Watchers } from '../view/watchers.ts'
import type { BlobSource, Blobs } from './blobs.ts'
import { haveBudget, haveDays, mayDrop } from './choosing.ts'
import { Dropping } from './dropping.ts'
import { type FetchOptions, fetchPhotos } from './fetching.ts'
import type { Looks } from './looks.ts'
import type { Receipts } from './receipts.ts'
import { type Household, Survey } from './surveying.ts'
import { KEPT, type Wishes } from './wishes.ts'

// Photos fetched at the same time, and while somebody reads one.
const PARALLEL = 4
const BESIDE = 1
// Milliseconds after opening until the background begins, and after somebody came until it looks what they have.
const FIRST_PASS = 1000
const GREETING = 2000
const LOOK_AGAIN = 3000
const DAY = 86_400_000
// A look at all photos is followed by a rest of so many times as long, in milliseconds at most.
const REST = 10
const MAX_REST = 60_000

interface Parts {
  log: Log
  storage: Storage
  actor: Actor
  queries: Queries
  blobs: Blobs
  receipts: Receipts
  wishes: Wishes
  looks: Looks
  events: Pick<EventEmitter<AlbumEvents>, 'emit'>
  watchers: Pick<Watchers, 'open' | 'take' | 'close'>
  closing: AbortSignal
  warn(error: unknown): void
}

/** In the background, fetches what this device is to keep, and drops what it is not. */
export class Keeper {
  readonly #parts: Parts
  readonly #passes: Rounds
  readonly #dropping: Dropping
  #changes: Changes | null = null
  // As of the last pass.
  #rules: KeepRules | null = null
  #whole = false
  #short = false
  #retry = false
  #met = 0
  #rest = 0
  #looking = false
  #paused = false
  #tomorrow: ReturnType<typeof setTimeout> | null = null
  // Ends what is under way.
  #stop = manyWaitOn()
  // Ids of photos that nobody reachable had, tried again when somebody comes; and of those that somebody has read.
  #missing: string[] = []
  readonly #looked = new Set<string>()

  constructor(parts: Parts) {
    this.#parts = parts
    this.#dropping = new Dropping(parts)
    this.#passes = new Rounds(
      () => this.#pass(),
      (error) => {
        if (!isClosing(error) && codeOf(error) !== 'ABORTED') parts.warn(error)
      }
    )
    parts.closing.addEventListener('abort', () => this.#stop.abort())
  }

  /** Something may be there to fetch; with `peers`, also what nobody had before. */
  wake(options: { peers?: boolean } = {}): void {
    if (options.peers) {
      this.#retry = true
      this.#met = Date.now()
    }
    if (!this.#paused) this.#passes.wake()
  }

  /** The rules are others: all photos are looked at by them. */
  changed(): void {
    this.#stop.abort()
    this.#whole = false
    this.#rest = 0
    this.wake()
  }

  /** Somebody has read a photo, which brought its bytes here. */
  looked(id: string, variant: Variant): void {
    if (this.#rules === null || !mayDrop(this.#rules[variant === 'motion' ? 'original' : variant])) return
    this.#looked.add(id)
    this.wake()
  }

  /** Blobs that are about to be dropped. */
  leaving(): BlobSource[] {
    return this.#dropping.leaving()
  }

  get paused(): boolean {
    return this.#paused
  }

  pause(): void {
    this.#paused = true
    this.#stop.abort()
  }

  resume(): void {
    this.#paused = false
    this.wake()
  }

  // The first pass looks at all photos, others at what changed since. How far it came is remembered over restarts, so
  // that opening a large album reads no more than what is new.
  async #pass(): Promise<void> {
    const { log, wishes, watchers, closing } = this.#parts
    // Whoever opens an album wants to see its first page.
    if (this.#changes === null) await sleep(FIRST_PASS, closing)
    if (!log.whole || closing.aborted || this.#paused) return
    if (this.#stop.signal.aborted) this.#stop = manyWaitOn()
    const stop = this.#stop.signal
    await sleep(this.#rest, stop)
    if (stop.aborted) return
    const rules = (this.#rules = await wishes.rules())
    if (KEPT.every((variant) => rules[variant] === 'asked')) return this.#dropping.expect([], null)
    const changes = (this.#changes ??= await this.#start(rules))
    const changed = await watchers.take(changes)
    if (changed.holds && this.#missing.length > 0) this.#lookAgainSoon()
    const again = this.#retry ? this.#missing : []
    const some = new Set([...changed.photos.map(({ id }) => toHex(id)), ...again, ...this.#looked])
    this.#retry = false
    this.#looked.clear()
    const all = changed.reset || !this.#whole || (haveBudget(rules) && some.size > 0)
    // What fails is begun anew: what changed is told once.
    if (all || some.size > 0) {
      this.#whole = false
      await this.#keep(rules, all ? null : some, stop)
      this.#whole = true
    } else if ((await this.#dropping.run(stop)) > 0 && this.#short) {
      this.#whole = false
      this.wake()
    }
    await this.#remember(rules, changed.cursor)
  }

  /** Goes through some photos, or all. */
  async #keep(rules: KeepRules, some: Set<string> | null, stop: AbortSignal): Promise<void> {
    const { queries, actor } = this.#parts
    const cast = await queries.cast()
    const household = { rules, cast, author: actor.authorIn(cast) }
    let survey = await this.#survey(household, some)
    this.#dropping.expect(survey.unwanted, some)
    const dropped = await this.#dropping.run(stop)
    if (dropped > 0 && haveBudget(rules)) survey = await this.#survey(household, some)
    const photos = this.#urgentFirst(some ? this.#found(some) : this.#inOrder(household))
    const { missing } = await fetchPhotos(this.#parts, photos, this.#options(survey, stop))
    this.#short = survey.short
    const tried = some ? [...some] : this.#missing
    const tooLarge = missing.find(
      ({ id, error }) => error.code === 'STORAGE_FULL' && !this.#missing.includes(id)
    )
    if (tooLarge) this.#parts.warn(tooLarge.error)
    const left = this.#missing.filter((id) => !tried.includes(id))
    this.#missing = [...new Set([...left, ...missing.map(({ id }) => id)])]
  }

  // What is marked as done is not looked at again: the others must have been told.
  async #remember(rules: KeepRules, cursor: string): Promise<void> {
    const { receipts, wishes } = this.#parts
    if (haveDays(rules)) this.#lookTomorrow()
    if (this.#missing.length > 0 || this.#short || this.#dropping.waits) return
    if (await receipts.publish().catch(() => false)) await wishes.reached(rules, cursor)
  }

  async #survey(household: Household, some: Set<string> | null): Promise<Survey> {
    const begun = Date.now()
    const survey = new Survey(this.#parts, household)
    await survey.see(some ? this.#found(some) : this.#everything(household))
    this.#rest = some ? 0 : Math.min(MAX_REST, REST * (Date.now() - begun))
    return survey
  }

  // Somebody holds more than before: perhaps what was missing.
  #lookAgainSoon(): void {
    if (this.#looking) return
    this.#looking = true
    void sleep(LOOK_AGAIN, this.#parts.closing).then(() => {
      this.#looking = false
      this.wake({ peers: true })
    })
  }

  #lookTomorrow(): void {
    this.#tomorrow ??= setTimeout(() => {
      this.#tomorrow = null
      this.#whole = false
      this.wake()
    }, DAY)
    this.#tomorrow.unref?.()
  }

  // An album has many photos whose holders are away: nobody is waited for once it is clear who is there.
  #options(survey: Survey, signal: AbortSignal): FetchOptions {
    const { looks, events } = this.#parts
    const met = (): number => this.#met
    return {
      variants: (photo) => survey.wanted(photo),
      parallel: () => (looks.any ? BESIDE : PARALLEL),
      signal,
      background: true,
      onprogress: (progress) => events.emit('progress', { ...progress, background: true }),
      get timeout() {
        return Math.max(0, met() + GREETING - Date.now())
      }
    }
  }

  async #start(rules: KeepRules): Promise<Changes> {
    const { wishes, watchers } = this.#parts
    // Time goes by, and a budget is of all.
    const mark = haveBudget(rules) || haveDays(rules) ? null : await wishes.mark()
    const { reader, resumed } = await watchers.open(mark ?? undefined)
    if (resumed) this.#whole = true
    return reader
  }

  /** What people look at comes in between. */
  async *#urgentFirst(photos: AsyncIterable<Found>): AsyncGenerator<Found> {
    const { looks } = this.#parts
    for await (const photo of photos) {
      for (let id = looks.take(); id !== null; id = looks.take()) yield* this.#found([id])
      yield photo
    }
  }

  /** All photos in the order in which they are wanted. */
  async *#inOrder({ rules, author }: Household): AsyncGenerator<Found> {
    const { queries } = this.#parts
    const member = author && haveBudget(rules) ? author.member : null
    if (member !== null) yield* queries.list({ ...EVERYTHING, favouriteOf: member })
    for await (const photo of queries.list(EVERYTHING)) {
      if (member === null || !photo.record.favourites?.includes(member)) yield photo
    }
  }

  async *#everything(household: Household): AsyncGenerator<Found> {
    yield* this.#inOrder(household)
    yield* this.#parts.queries.list({ ...EVERYTHING, trashed: true })
  }

  async *#found(ids: Iterable<string>): AsyncGenerator<Found> {
    for (const hex of ids) {
      const id = b4a.from(hex, 'hex')
      const shown = await this.#parts.queries.rows((rows) => rows.photo(id))
      if (shown) yield { id: shown.id, record: shown.record }
    }
  }

  async close(): Promise<void> {
    if (this.#tomorrow) clearTimeout(this.#tomorrow)
    if (this.#changes) this.#parts.watchers.close(this.#changes)
    await this.#passes.end()
  }
}
