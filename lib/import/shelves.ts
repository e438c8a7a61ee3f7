import type { Album } from '../album.ts'
import { codeOf } from '../errors.ts'
import type { Photo } from '../types.ts'
import { clippedText } from '../util/text.ts'
import { Mutex } from '../util/wait.ts'

// As long as a name in an album may be, and as many as a photo may be in.
const MAX_NAME = 200
export const MAX_COLLECTIONS = 100

// Two imports at once would both make the same collection.
const making = new WeakMap<Album, Mutex>()

/** The collections of an album by their names; made when the first photo goes into one. */
export class Shelves {
  readonly #album: Album
  readonly #known = new Map<string, string>()

  constructor(album: Album) {
    this.#album = album
  }

  /** The id of the collection of this name; null for a name that says nothing. */
  async id(name: string): Promise<string | null> {
    const clean = cleanName(name)
    if (clean === '') return null
    const known = this.#known.get(clean)
    if (known !== undefined) return known
    const mutex = making.get(this.#album) ?? new Mutex()
    making.set(this.#album, mutex)
    return mutex.run(async () => {
      const there = (await this.#album.collections.list()).find((one) => one.name === clean)
      const { id } = there ?? (await this.#album.collections.create({ name: clean }))
      this.#known.set(clean, id)
      return id
    })
  }

  async ids(names: readonly string[]): Promise<string[]> {
    const ids = new Set<string>()
    for (const name of names.slice(0, MAX_COLLECTIONS)) {
      const id = await this.id(name)
      if (id !== null) ids.add(id)
    }
    return [...ids]
  }

  /** Collections that are not there any more: those of their names are looked for, or made, anew. */
  forget(ids: readonly string[]): void {
    for (const [name, id] of this.#known) if (ids.includes(id)) this.#known.delete(name)
  }

  /** Puts photos that the album has into a collection, but for those that are in it. Resolves to why some are not. */
  async put(name: string, photos: readonly Photo[], again = true): Promise<Map<string, Error>> {
    const failed = new Map<string, Error>()
    const id = await this.id(name)
    if (id === null) return failed
    const outside = [...new Set(photos.filter((one) => !one.collections.includes(id)).map((one) => one.id))]
    if (outside.length === 0) return failed
    try {
      for (const { id: photo, error } of await this.#album.collections.add(id, outside)) {
        if (error) failed.set(photo, error)
      }
    } catch (error) {
      if (codeOf(error) !== 'NOT_FOUND') throw error
      this.forget([id])
      if (again) return this.put(name, photos, false)
      for (const photo of outside) failed.set(photo, error as Error)
    }
    return failed
  }
}

function cleanName(name: string): string {
  const plain = name.replaceAll(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, ' ').trim()
  return clippedText(plain, MAX_NAME).trim()
}
