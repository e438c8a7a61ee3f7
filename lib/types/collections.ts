import type { Author } from './people.ts'
import type { Ids, Many, Photo, Place } from './photos.ts'

export interface Collection {
  id: string
  name: string
  by: Author
  at: string
  /** Photos in it. */
  count: number
  /** Id of a photo, or null. */
  cover: string | null
}

/** `album.collections`: the albums inside the album. */
export interface Collections {
  create(options: { name: string }): Promise<Collection>
  get(id: string): Promise<Collection | null>
  /** By name. */
  list(): Promise<Collection[]>
  rename(id: string, name: string): Promise<Collection>
  /** The photo that stands for the collection. */
  setCover(id: string, photoId: string): Promise<Collection>
  /** Deletes a collection: whoever made it, or an owner. Its photos stay in the album. */
  delete(id: string): Promise<void>
  /** Puts photos into a collection, in the order given. */
  add<T extends Ids>(id: string, photoIds: T, place?: Place): Promise<Many<T>>
  /** Moves photos that are in the collection to another place in it. */
  move<T extends Ids>(id: string, photoIds: T, place: Place): Promise<Many<T>>
  /** Takes photos out of a collection; they stay in the album. */
  remove<T extends Ids>(id: string, photoIds: T): Promise<Many<T>>
  /** The photos of a collection in its own order. */
  photos(id: string): AsyncGenerator<Photo>
}
