import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import { codeOf } from '../errors.ts'
import type { Actor } from '../log/actor.ts'
import type { Signal } from '../types.ts'
import { toHex } from '../util/hex.ts'
import { Rounds } from '../util/rounds.ts'
import { isClosing, manyWaitOn, sleep } from '../util/wait.ts'
import type { Cast } from '../view/cast.ts'
import type { Changes } from '../view/changes.ts'
import { EVERYTHING } from '../view/indexes.ts'
import type { Found } from '../view/queries.ts'
import { LIVE } from '../view/rows.ts'
import type { Watchers } from '../view/watchers.ts'
import { budgetOf } from './choosing.ts'
import { type FetchParts, fetchPhotos } from './fetching.ts'
import type { Wishes } from './wishes.ts'

// Milliseconds after opening until it looks at all photos, and between two looks at what has changed.
const FIRST_LOOK = 5000
const SETTLE = 2000
// A device that is not among the first leaves it to them for so long, in milliseconds; the one after it for twice that.
const TURN = 600_000
// What others lack may not fill this disk.
const SPARE_BYTES = 5_000_000_000
// Timers count no further.
const LONGEST = 2 ** 31 - 1

interface Parts extends FetchParts {
  actor: Actor
  wishes: Pick<Wishes, 'rules'>
  watchers: Pick<Watchers, 'open' | 'take' | 'close'>
  warn(error: unknown): void
}

/** A photo of which too few devices hold the original. */
interface Lacking {
  /** Since when this device knows it (ms since 1970), and how long after that it leaves the photo to others. */
  since: number
  wait: number
}

/**
 * Keeps an owner's promise: of what too few devices hold, those that have room fetch the original by themselves. Which of
 * them begins, a hash of the photo and the device says to all alike, so that not all fetch it.
 */
export class Upkeep {
  readonly #parts: Parts
  readonly #rounds: Rounds
  readonly #lacking = new Map<string, Lacking>()
  #changes: Changes | null = null
  // What was promised and who could hold it, when it looked at all photos; null where it has to look at them anew.
  #looked: string | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #paused = false
  // Ends what is under way.
  #stop = manyWaitOn()

  constructor(parts: Parts) {
    this.#parts = parts
    this.#rounds = new Rounds(
      () => this.#round(),
      (error) => {
        if (!isClosing(error) && codeOf(error) !== 'ABORTED') parts.warn(error)
      }
    )
    parts.closing.addEventListener('abort', () => this.#stop.abort())
  }

  /** Something changed, or somebody came. */
  wake(): void {
    if (!this.#paused) this.#rounds.wake()
  }

  pause(): void {
    this.#paused = true
    this.#stop.abort()
  }

  resume(): void {
    this.#paused = false
    this.wake()
  }

  async #round(): Promise<void> {
    const { queries, watchers, actor, closing, log, wishes } = this.#parts
    if (closing.aborted || this.#paused) return
    if (this.#stop.signal.aborted) this.#stop = manyWaitOn()
    const { signal } = this.#stop
    await sleep(this.#changes === null ? FIRST_LOOK : SETTLE, signal)
    const cast = await queries.cast()
    const me = actor.authorIn(cast)
    if (signal.aborted || !log.whole || cast.album.promise === 0 || me === null) return
    // What the rules would drop again, or have no room for, is left to others.
    const { original } = await wishes.rules()
    if (original === 'none' || budgetOf(original) !== null) return
    this.#changes ??= (await watchers.open()).reader
    const changed = await watchers.take(this.#changes)
    const present = [...cast.devices].filter(([, { removed }]) => !removed).map(([number]) => number)
    const state = JSON.stringify([cast.album.promise, present])
    const all = changed.reset || state !== this.#looked
    // What ends in between begins anew.
    this.#looked = null
    const some = new Set([...changed.photos.map(({ id }) => toHex(id)), ...this.#lacking.keys()])
    await this.#look(all ? queries.pages(EVERYTHING) : this.#pagesOf(some), cast, me.device)
    this.#looked = state
    await this.#fetch(signal)
  }

  /** Looks of which of these photos too few devices hold the original: of no others it is remembered. */
  async #look(pages: AsyncIterable<Found[]>, cast: Cast, me: number): Promise<void> {
    const before = new Map(this.#lacking)
    this.#lacking.clear()
    for await (const photos of pages) {
      await this.#parts.queries.holdings(async (holdings) => {
        for (const photo of photos) {
          const holders = await holdings.ofPhoto(photo)
          if (holders.size >= cast.album.promise) continue
          const id = toHex(photo.id)
          const since = before.get(id)?.since ?? Date.now()
          this.#lacking.set(id, { since, wait: waitOf(photo, holders, cast, me) })
        }
      })
    }
  }

  async *#pagesOf(ids: Iterable<string>): AsyncGenerator<Found[]> {
    for (const id of ids) {
      const bytes = b4a.from(id, 'hex')
      const found = await this.#parts.queries.rows((rows) => rows.exact(bytes))
      if (found?.place.state === LIVE) yield [found]
    }
  }

  /** Fetches what is this device's turn, and comes again for what will be. */
  async #fetch(signal: Signal): Promise<void> {
    const now = Date.now()
    const due = [...this.#lacking].map(([id, { since, wait }]) => ({ id, left: since + wait - now }))
    const next = Math.min(...due.map(({ left }) => (left > 0 ? left : Infinity)))
    clearTimeout(this.#timer)
    // Others may come to it meanwhile, or not.
    if (next < Infinity) this.#timer = setTimeout(() => this.wake(), Math.min(next, LONGEST))
    const ours = due.filter(({ left }) => left <= 0).map(({ id }) => id)
    if (ours.length === 0) return
    const options = { variants: ['original' as const], background: true, again: true, timeout: 0, signal }
    await fetchPhotos(this.#parts, this.#fitting(ours), options)
  }

  async *#fitting(ids: string[]): AsyncGenerator<Found> {
    for await (const [photo] of this.#pagesOf(ids)) {
      if (photo && (await this.#hasRoom(photo.record.size))) yield photo
    }
  }

  #hasRoom(bytes: number): Promise<boolean> {
    return this.#parts.storage.room(bytes + SPARE_BYTES).then(
      () => true,
      () => false
    )
  }

  async end(): Promise<void> {
    clearTimeout(this.#timer)
    if (this.#changes) this.#parts.watchers.close(this.#changes)
    await this.#rounds.end()
  }
}

/** How long a device leaves a photo to others, in milliseconds; for ever where it holds it. */
function waitOf(photo: Found, holders: Map<number, number>, { album, devices }: Cast, me: number): number {
  if (holders.has(me)) return Infinity
  const others = [...devices].filter(([number, { removed }]) => !removed && !holders.has(number))
  const order = others
    .map(([number, { writer }]) => ({ number, place: toHex(crypto.hash([photo.id, writer])) }))
    .sort((a, b) => (a.place < b.place ? -1 : 1))
  const rank = order.findIndex(({ number }) => number === me)
  return Math.max(0, rank + 1 - (album.promise - holders.size)) * TURN
}
