import type { Album } from '../album.ts'
import type { Here, Photo } from '../types.ts'

// Photos that are looked at in one go: between two of them health can be told, and the mirror ended.
const AT_ONCE = 200

/**
 * Which photos this device holds whole, by what it told the others: so that what is counted here is what they count on.
 * Every photo is looked at once at the start, and then those that changed, or were not held when they were looked at last.
 */
export class Inventory {
  readonly #album: Album
  // Bytes of the originals, by photo.
  readonly #held = new Map<string, number>()
  readonly #lacking = new Set<string>()
  readonly #changed = new Set<string>()
  #all: AsyncIterator<Here> | null = null
  #bytes = 0
  #finding = false

  constructor(album: Album) {
    this.#album = album
    this.recount()
  }

  get held(): number {
    return this.#held.size
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Whether photos have not been looked at yet. */
  get counting(): boolean {
    return this.#all !== null || this.#changed.size > 0
  }

  get lacking(): number {
    return this.#lacking.size
  }

  /** Whether most of what was looked at again has come meanwhile: then what follows it probably has, too. */
  get finding(): boolean {
    return this.#finding
  }

  /** Photos were added, changed or deleted. */
  changed(id: string): void {
    this.#changed.add(id)
  }

  /** Begins anew. */
  recount(): void {
    this.#all = this.#album.copies.here()[Symbol.asyncIterator]()
    this.#held.clear()
    this.#lacking.clear()
    this.#bytes = 0
  }

  /** Looks at some photos that were not looked at yet; else again at some of those that are lacking. */
  async look(): Promise<void> {
    try {
      await this.#look()
    } catch (error) {
      // What was taken out to be looked at is counted nowhere.
      this.recount()
      throw error
    }
  }

  async #look(): Promise<void> {
    this.#finding = false
    if (this.#changed.size > 0) {
      for (const id of some(this.#changed)) {
        this.#changed.delete(id)
        await this.#lookAt(id)
      }
    } else if (this.#all !== null) {
      await this.#lookOn(this.#all)
    } else {
      await this.#lookAgain()
    }
  }

  async #lookOn(all: AsyncIterator<Here>): Promise<void> {
    for (let i = 0; i < AT_ONCE; i++) {
      const { done, value } = await all.next()
      // It was begun anew meanwhile.
      if (this.#all !== all) return
      if (done) {
        this.#all = null
        return
      }
      this.#count(value.photo.id, value.photo, value.whole)
    }
  }

  // Photos come in about the order in which they lie here: what is behind the last one that came is next, and stays in
  // front. What has been passed over, or all where none came, goes to the end, so that others get their turn.
  async #lookAgain(): Promise<void> {
    const ids = some(this.#lacking)
    for (const id of ids) await this.#lookAt(id)
    const left = ids.filter((id) => this.#lacking.has(id))
    this.#finding = left.length < ids.length / 2
    const last = ids.findLastIndex((id) => !this.#lacking.has(id))
    for (const id of last === -1 ? left : ids.slice(0, last).filter((one) => this.#lacking.has(one))) {
      this.#lacking.delete(id)
      this.#lacking.add(id)
    }
  }

  async #lookAt(id: string): Promise<void> {
    const shown = await this.#album.get(id)
    // What became a Live Photo's moving half is counted with its still.
    const photo = shown?.id === id ? shown : null
    this.#count(id, photo, photo !== null && (await isHeld(this.#album, id)))
  }

  #count(id: string, photo: Photo | null, whole: boolean): void {
    this.#bytes -= this.#held.get(id) ?? 0
    this.#held.delete(id)
    const there = photo !== null && photo.trashed === null
    if (there && !whole) {
      // Where it is already, it stays in its place.
      this.#lacking.add(id)
      return
    }
    this.#lacking.delete(id)
    if (!there) return
    const bytes = photo.files.reduce((sum, file) => sum + file.size, 0)
    this.#held.set(id, bytes)
    this.#bytes += bytes
  }
}

/** Whether this device holds all variants of a photo that any device holds. */
async function isHeld(album: Album, id: string): Promise<boolean> {
  const copies = await album.copies.of(id)
  const mine = copies.find(({ me }) => me)?.variants ?? []
  return (
    mine.includes('original') && copies.every(({ variants }) => variants.every((one) => mine.includes(one)))
  )
}

function some(ids: Set<string>): string[] {
  const first: string[] = []
  for (const id of ids) {
    if (first.length === AT_ONCE) break
    first.push(id)
  }
  return first
}
