import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import type { Actor } from '../log/actor.ts'
import { Rounds } from '../util/rounds.ts'
import { isClosing, sleep } from '../util/wait.ts'
import type { Cast } from '../view/cast.ts'
import type { Changes } from '../view/changes.ts'
import { Holdings } from '../view/holdings.ts'
import { EVERYTHING } from '../view/indexes.ts'
import type { Found } from '../view/queries.ts'
import { LIVE } from '../view/rows.ts'
import type { Watchers } from '../view/watchers.ts'
import { type FetchParts, fetchPhotos } from './fetching.ts'

// Milliseconds after opening until it looks at all photos, and between two looks at what has changed.
const FIRST_LOOK = 5000
const SETTLE = 2000
// A device that is not among the first leaves it to them for so long, in milliseconds; the one after it for twice that.
const TURN = 600_000
// What others lack may not fill this disk.
const SPARE_BYTES = 5_000_000_000
const NEVER = 2 ** 31 - 1

interface Parts extends FetchParts {
  actor: Actor
  watchers: Pick<Watchers, 'open' | 'take' | 'close'>
  warn(error: unknown): void
}

/**
 * Keeps an owner's promise: of what too few devices hold, those that have room fetch the original by themselves. Which of
 * them begins, a hash of the photo and the device says to all alike, so that not all fetch it.
 */
export class Upkeep {
  readonly #parts: Parts
  readonly #rounds: Rounds
  // Photos of which too few devices hold the original, and since when this device knows it (ms since 1970).
  readonly #lacking = new Map<string, number>()
  #changes: Changes | null = null
  // What was promised and who could hold it, when it looked at all photos; null where it has to look at them anew.
  #looked: string | null = null
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(parts: Parts) {
    this.#parts = parts
    this.#rounds = new Rounds(
      () => this.#round(),
      (error) => {
        if (!isClosing(error)) parts.warn(error)
      }
    )
  }

  /** Something changed, or somebody came. */
  wake(): void {
    this.#rounds.wake()
  }

  async #round(): Promise<void> {
    const { queries, watchers, closing, log } = this.#parts
    await sleep(this.#changes === null ? FIRST_LOOK : SETTLE, closing)
    const cast = await queries.cast()
    if (closing.aborted || !log.whole || cast.album.promise === 0) return
    this.#changes ??= (await watchers.open()).reader
    const changed = await watchers.take(this.#changes)
    const present = [...cast.devices].filter(([, { removed }]) => !removed).map(([number]) => number)
    const state = JSON.stringify([cast.album.promise, present])
    const all = changed.reset || state !== this.#looked
    // What ends in between begins anew.
    this.#looked = null
    const ids = new Set([...changed.photos.map(({ id }) => b4a.toString(id, 'hex')), ...this.#lacking.keys()])
    if (all) await this.#lookAtAll(cast)
    else await this.#lookAt([...ids], cast)
    this.#looked = state
    await this.#fetch(cast)
  }

  async #lookAtAll(cast: Cast): Promise<void> {
    const before = new Map(this.#lacking)
    this.#lacking.clear()
    for await (const found of this.#parts.queries.pages(EVERYTHING)) await this.#note(found, cast, before)
  }

  async #lookAt(ids: string[], cast: Cast): Promise<void> {
    const before = new Map(this.#lacking)
    this.#lacking.clear()
    for (const id of ids) await this.#note(await this.#found(id), cast, before)
  }

  async #found(id: string): Promise<Found[]> {
    const bytes = b4a.from(id, 'hex')
    const found = await this.#parts.queries.rows((rows) => rows.exact(bytes))
    return found?.place.state === LIVE ? [{ id: bytes, record: found.record }] : []
  }

  async #note(photos: Found[], cast: Cast, before: Map<string, number>): Promise<void> {
    await this.#parts.queries.rows(async (rows) => {
      const holdings = new Holdings(rows)
      for (const photo of photos) {
        const holders = await holdings.ofPhoto(photo)
        if (holders.size >= cast.album.promise) continue
        const id = b4a.toString(photo.id, 'hex')
        this.#lacking.set(id, before.get(id) ?? Date.now())
      }
    })
  }

  async #fetch(cast: Cast): Promise<void> {
    const { actor, closing } = this.#parts
    const me = actor.authorIn(cast)
    if (me === null) return
    let next = NEVER
    const wanted: Found[] = []
    for (const [id, since] of this.#lacking) {
      const [photo] = await this.#found(id)
      if (!photo) continue
      const wait = (await this.#turnOf(photo, cast, me.device)) + since - Date.now()
      if (wait > 0) next = Math.min(next, wait)
      else wanted.push(photo)
    }
    clearTimeout(this.#timer)
    // Others may come to it meanwhile, or not.
    if (next < NEVER) this.#timer = setTimeout(() => this.wake(), next)
    if (wanted.length === 0) return
    const room = (bytes: number): Promise<void> => this.#parts.storage.room(bytes + SPARE_BYTES)
    async function* fitting(): AsyncGenerator<Found> {
      for (const photo of wanted) {
        const fits = await room(photo.record.size).then(
          () => true,
          () => false
        )
        if (fits) yield photo
      }
    }
    const options = {
      variants: ['original' as const],
      background: true,
      again: true,
      timeout: 0,
      signal: closing
    }
    await fetchPhotos(this.#parts, fitting(), options)
  }

  /** How long this device waits, in milliseconds, until it fetches a photo; for ever where it holds it. */
  async #turnOf(photo: Found, cast: Cast, me: number): Promise<number> {
    const { queries } = this.#parts
    const holders = await queries.rows((rows) => new Holdings(rows).ofPhoto(photo))
    if (holders.has(me)) return NEVER
    const others = [...cast.devices].filter(([number, { removed }]) => !removed && !holders.has(number))
    const order = others.map(([number, { writer }]) => ({
      number,
      place: b4a.toString(crypto.hash([photo.id, writer]), 'hex')
    }))
    order.sort((a, b) => (a.place < b.place ? -1 : 1))
    const rank = order.findIndex(({ number }) => number === me)
    return Math.max(0, rank + 1 - (cast.album.promise - holders.size)) * TURN
  }

  async end(): Promise<void> {
    clearTimeout(this.#timer)
    if (this.#changes) this.#parts.watchers.close(this.#changes)
    await this.#rounds.end()
  }
}
