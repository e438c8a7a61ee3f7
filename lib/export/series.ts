import type { Signal } from '../types.ts'
import { Mutex } from '../util/wait.ts'
import { type Names, type Place, fold, namesAt } from './names.ts'
import type { Target } from './target.ts'

/** Files that differ in their number alone: `name.jpg`, `name (2).jpg`. Each is looked at once, however many they are. */
export class Series {
  readonly place: Place
  readonly #target: Target
  /** Folded names that are taken in the folder. */
  readonly #taken: Set<string>
  readonly #looking = new Mutex()
  /** Those that were there, by their size, and their hashes as far as they were asked for. */
  readonly #there = new Map<number, string[]>()
  readonly #hashes = new Map<string, string | null>()
  /** The first number that was not looked at, and the first that may be free. */
  #unseen = 1
  #free = 1

  private constructor(target: Target, place: Place, taken: Set<string>) {
    this.#target = target
    this.place = place
    this.#taken = taken
  }

  static async at(target: Target, place: Place): Promise<Series> {
    return new Series(target, place, await target.taken(place.folder))
  }

  /** A file with these bytes, of an export whose ledger is lost or that was killed before it wrote that down. */
  same(size: number, sha256: string, signal: Signal): Promise<string | null> {
    return this.#looking.run(async () => {
      await this.#look()
      for (const at of this.#there.get(size) ?? []) {
        const known = this.#hashes.get(at)
        const hash = known === undefined ? await this.#target.hashOf(at, signal) : known
        this.#hashes.set(at, hash)
        if (hash === sha256) return at
      }
      return null
    })
  }

  /** The first name where nothing is that would be beside it; from now on it is taken. */
  claim(): string {
    for (;;) {
      const names = namesAt(this.place, this.#free++)
      const all = foldedOf(names)
      if (all.some((name) => this.#taken.has(name))) continue
      for (const name of all) this.#taken.add(name)
      return this.#pathOf(names)
    }
  }

  async #look(): Promise<void> {
    for (; ; this.#unseen++) {
      const names = namesAt(this.place, this.#unseen)
      if (foldedOf(names).every((name) => !this.#taken.has(name))) return
      const at = this.#pathOf(names)
      const size = await this.#target.sizeOf(at)
      if (size === null) continue
      const there = this.#there.get(size)
      if (there) there.push(at)
      else this.#there.set(size, [at])
    }
  }

  #pathOf({ original }: Names): string {
    return `${this.place.folder}/${original}`
  }
}

function foldedOf({ original, motion, sidecar }: Names): string[] {
  return [original, sidecar, ...(motion === null ? [] : [motion])].map(fold)
}
