import type { Album } from '../album.ts'

/** The names of an album's collections. */
export class Labels {
  readonly #album: Album
  readonly #names = new Map<string, string>()

  constructor(album: Album) {
    this.#album = album
  }

  /** The names of collections; read anew where one has come meanwhile. */
  async of(ids: readonly string[]): Promise<string[]> {
    if (ids.some((id) => !this.#names.has(id))) {
      for (const { id, name } of await this.#album.collections.list()) this.#names.set(id, name)
    }
    return ids.flatMap((id) => this.#names.get(id) ?? [])
  }
}
