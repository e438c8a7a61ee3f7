import type { Album } from '../album.ts'
import type { PhotoQuery } from '../types.ts'
import { Mutex, abortError } from '../util/wait.ts'
import { PortalError } from './answers.ts'
import type { Timeline } from './api.ts'
import { Shared } from './shared.ts'

const MOST = 64
const MOST_WAITING = 2
const RETRY_SECONDS = 2

type Bytes = Uint8Array<ArrayBuffer>

/** Who asks: a session, until it has gone elsewhere. */
export interface Asker {
  session: string
  signal: AbortSignal
}

/**
 * How many photos each day has, newest first, as the bytes of JSON; remembered until the album's photos change.
 *
 * Of the whole album, of members and of types the index knows it. With other conditions photos are read for it, which takes
 * seconds at 100,000 of them: so one is counted after the other, and only while somebody still waits for it.
 */
export class Timelines {
  readonly #known: Map<string, Shared<Bytes>> = new Map()
  readonly #counting: Mutex = new Mutex()
  readonly #waiting: Map<string, number> = new Map()
  /** Of the album’s photos, from before anything of what is known was read. */
  #revision = 0

  async of(face: Album, query: PhotoQuery, { session, signal }: Asker): Promise<Bytes> {
    // Asked each time: the album's events come after what they tell of can be read, and in any order.
    const revision = await face.photosRevision()
    if (revision !== this.#revision) this.#known.clear()
    this.#revision = revision
    const key = JSON.stringify([query.favourite ? face.me : '', query])
    const known = this.#known.get(key)
    if (known?.done) return known.wait(signal)
    const waiting = this.#waiting.get(session) ?? 0
    if (waiting >= MOST_WAITING && !isCounted(query)) {
      const message = 'What you asked for before is still being counted'
      throw new PortalError(429, 'TOO_MANY_REQUESTS', message, RETRY_SECONDS)
    }
    this.#waiting.set(session, waiting + 1)
    try {
      // Who goes elsewhere waits no more, so that the next they ask for is not refused.
      return await (known ?? this.#read(key, face, query)).wait(signal)
    } finally {
      const left = (this.#waiting.get(session) ?? 1) - 1
      if (left > 0) this.#waiting.set(session, left)
      else this.#waiting.delete(session)
    }
  }

  #read(key: string, face: Album, query: PhotoQuery): Shared<Bytes> {
    const reading = new Shared(async (stop) => {
      const read = (): Promise<Timeline> => days(face, query, stop)
      const timeline = await (isCounted(query) ? read() : this.#counting.run(read))
      return new TextEncoder().encode(JSON.stringify(timeline))
    })
    reading.ondrop = () => {
      if (this.#known.get(key) === reading) this.#known.delete(key)
    }
    this.#known.set(key, reading)
    const [oldest] = this.#known.keys()
    if (this.#known.size > MOST && oldest !== undefined) this.#known.delete(oldest)
    return reading
  }
}

/** Whether the index counts by what is asked for. */
function isCounted(query: PhotoQuery): boolean {
  return Object.keys(query).every((condition) => condition === 'member' || condition === 'type')
}

async function days(face: Album, query: PhotoQuery, signal: AbortSignal): Promise<Timeline> {
  if (signal.aborted) throw abortError(signal)
  const all: Timeline['days'] = []
  for await (const { day, count } of face.timeline(query, { signal })) all.push([day, count])
  return { days: all.reverse() }
}
