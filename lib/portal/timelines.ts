import type { Album } from '../album.ts'
import type { PhotoQuery } from '../types.ts'
import { Mutex } from '../util/wait.ts'
import type { Timeline } from './api.ts'

const MOST = 64

type Bytes = Uint8Array<ArrayBuffer>

/** How many photos each day has, newest first, as the bytes of JSON; remembered until the album changes. */
export class Timelines {
  readonly #known: Map<string, Promise<Bytes>> = new Map()
  // Counting photo by photo takes a second in a large album: one after the other, whoever asks for how many.
  readonly #counting: Mutex = new Mutex()

  of(face: Album, query: PhotoQuery): Promise<Bytes> {
    const key = JSON.stringify([query.favourite ? face.me : '', query])
    let bytes = this.#known.get(key)
    if (!bytes) {
      const plain = Object.keys(query).length === 0
      const reading = plain ? days(face) : this.#counting.run(() => count(face, query))
      bytes = reading.then((timeline) => new TextEncoder().encode(JSON.stringify(timeline)))
      this.#known.set(key, bytes)
      bytes.catch(() => this.#known.delete(key))
      const [oldest] = this.#known.keys()
      if (this.#known.size > MOST && oldest !== undefined) this.#known.delete(oldest)
    }
    return bytes
  }

  /** What is being read now may be of before the change, too: it is not remembered either. */
  forget(): void {
    this.#known.clear()
  }
}

async function days(face: Album): Promise<Timeline> {
  const all: Timeline['days'] = []
  for await (const { day, count: photos } of face.timeline()) all.push([day, photos])
  return { days: all.reverse() }
}

/** The index counts days of the whole album only: anything else is counted here. */
async function count(face: Album, query: PhotoQuery): Promise<Timeline> {
  const all: Timeline['days'] = []
  for await (const { capturedAt } of face.list({ ...query, reverse: true })) {
    const day = capturedAt.local.slice(0, capturedAt.local.indexOf('T'))
    const last = all.at(-1)
    if (last?.[0] === day) last[1]++
    else all.push([day, 1])
  }
  return { days: all }
}
