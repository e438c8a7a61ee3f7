/** A fetch under way. */
export interface Fetch {
  /** Whether nothing else of its core was fetched or counted as held since it began: then all it brought is its own. */
  alone: boolean
}

/** Fetches under way, by core. What one of them brought may be dropped again only where no other goes by it. */
export class Fetches {
  readonly #under = new Map<string, Set<Fetch>>()

  begin(core: string): Fetch {
    this.touch(core)
    const under = this.#under.get(core) ?? new Set()
    const fetch = { alone: under.size === 0 }
    this.#under.set(core, under.add(fetch))
    return fetch
  }

  /** Somebody goes by what lies of this core on the disk. */
  touch(core: string): void {
    for (const fetch of this.#under.get(core) ?? []) fetch.alone = false
  }

  end(core: string, fetch: Fetch): void {
    const under = this.#under.get(core)
    under?.delete(fetch)
    if (under?.size === 0) this.#under.delete(core)
  }
}
