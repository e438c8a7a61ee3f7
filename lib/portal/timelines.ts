import type { Album } from '../album.ts'
import type { PhotoQuery } from '../types.ts'
import type { Timeline } from './api.ts'

const MOST = 64

/** How many photos each day has, newest first, as JSON; remembered until the album changes. */
export class Timelines {
  readonly #known: Map<string, Promise<string>> = new Map()

  of(face: Album, query: PhotoQuery): Promise<string> {
    const key = JSON.stringify([query.favourite ? face.me : '', query])
    let text = this.#known.get(key)
    if (!text) {
      text = read(face, query).then((timeline) => JSON.stringify(timeline))
      this.#known.set(key, text)
      text.catch(() => this.#known.delete(key))
      const [oldest] = this.#known.keys()
      if (this.#known.size > MOST && oldest !== undefined) this.#known.delete(oldest)
    }
    return text
  }

  /** What is being read now may be of before the change, too: it is not remembered either. */
  forget(): void {
    this.#known.clear()
  }
}

async function read(face: Album, query: PhotoQuery): Promise<Timeline> {
  const days: Timeline['days'] = []
  if (Object.keys(query).length === 0) {
    for await (const { day, count } of face.timeline()) days.push([day, count])
    return { days: days.reverse() }
  }
  // The index counts days of the whole album only: anything else is counted here, photo by photo.
  for await (const { capturedAt } of face.list({ ...query, reverse: true })) {
    const day = capturedAt.local.slice(0, capturedAt.local.indexOf('T'))
    const last = days.at(-1)
    if (last?.[0] === day) last[1]++
    else days.push([day, 1])
  }
  return { days }
}
