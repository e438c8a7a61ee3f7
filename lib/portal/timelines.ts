import type { Album } from '../album.ts'
import { AlbumError } from '../errors.ts'
import type { PhotoQuery } from '../types.ts'
import { Mutex, bounded } from '../util/wait.ts'
import { PortalError } from './answers.ts'
import type { Timeline } from './api.ts'

const MOST = 64
const MOST_WAITING = 2
const RETRY_SECONDS = 2

type Bytes = Uint8Array<ArrayBuffer>

/** Who asks: a session, until it has gone elsewhere. */
export interface Asker {
  session: string
  signal: AbortSignal
}

interface Reading {
  bytes: Promise<Bytes>
  askers: AbortSignal[]
  done: boolean
}

/**
 * How many photos each day has, newest first, as the bytes of JSON; remembered until the album changes.
 *
 * The whole album's the index knows. With a condition every photo that meets it is read, which takes seconds at 100,000
 * photos: so one is counted after the other, only while somebody still waits for it, and the page shows that it waits.
 */
export class Timelines {
  readonly #known: Map<string, Reading> = new Map()
  readonly #counting: Mutex = new Mutex()
  readonly #waiting: Map<string, number> = new Map()

  async of(face: Album, query: PhotoQuery, asker: Asker): Promise<Bytes> {
    const key = JSON.stringify([query.favourite ? face.me : '', query])
    if (this.#known.get(key)?.done || isPlain(query)) return this.#reading(key, face, query, asker).bytes
    const waiting = this.#waiting.get(asker.session) ?? 0
    if (waiting >= MOST_WAITING) {
      const message = 'What you asked for before is still being counted'
      throw new PortalError(429, 'TOO_MANY_REQUESTS', message, RETRY_SECONDS)
    }
    this.#waiting.set(asker.session, waiting + 1)
    try {
      // Who goes elsewhere waits no more, so that the next they ask for is not refused.
      return await bounded(this.#reading(key, face, query, asker).bytes, { signal: asker.signal }, 'Counting')
    } finally {
      const left = (this.#waiting.get(asker.session) ?? 1) - 1
      if (left > 0) this.#waiting.set(asker.session, left)
      else this.#waiting.delete(asker.session)
    }
  }

  #reading(key: string, face: Album, query: PhotoQuery, { signal }: Asker): Reading {
    const known = this.#known.get(key)
    if (known) {
      if (!known.done) known.askers.push(signal)
      return known
    }
    const askers = [signal]
    const forget = (): void => {
      if (this.#known.get(key) === reading) this.#known.delete(key)
    }
    const isLeft = (): boolean => {
      const left = askers.every(({ aborted }) => aborted)
      // At once: whoever asks from now on begins anew.
      if (left) forget()
      return left
    }
    const counted = isPlain(query) ? days(face) : this.#counting.run(() => count(face, query, isLeft))
    const bytes = counted.then((timeline) => new TextEncoder().encode(JSON.stringify(timeline)))
    const reading: Reading = { bytes, askers, done: false }
    bytes.then(() => {
      reading.done = true
      askers.length = 0
    }, forget)
    this.#known.set(key, reading)
    const [oldest] = this.#known.keys()
    if (this.#known.size > MOST && oldest !== undefined) this.#known.delete(oldest)
    return reading
  }

  /** What is being read now may be of before the change, too: it is not remembered either. */
  forget(): void {
    this.#known.clear()
  }
}

function isPlain(query: PhotoQuery): boolean {
  return Object.keys(query).length === 0
}

async function days(face: Album): Promise<Timeline> {
  const all: Timeline['days'] = []
  for await (const { day, count: photos } of face.timeline()) all.push([day, photos])
  return { days: all.reverse() }
}

/** The index counts days of the whole album only: anything else is counted here, until nobody waits for it. */
async function count(face: Album, query: PhotoQuery, isLeft: () => boolean): Promise<Timeline> {
  const all: Timeline['days'] = []
  const gone = (): AlbumError => new AlbumError('ABORTED', 'Nobody waits for that any more')
  if (isLeft()) throw gone()
  for await (const { capturedAt } of face.list({ ...query, reverse: true })) {
    if (isLeft()) throw gone()
    const day = capturedAt.local.slice(0, capturedAt.local.indexOf('T'))
    const last = all.at(-1)
    if (last?.[0] === day) last[1]++
    else all.push([day, 1])
  }
  return { days: all }
}
