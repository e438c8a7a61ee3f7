import { captureDate } from '../media/facts/captured.ts'
import type { Sidecar } from '../media/facts/sidecars.ts'
import type { Album } from '../album.ts'
import { AlbumError } from '../errors.ts'
import type { AlbumErrorLike, DateInput, DateSource, Photo, PhotoPatch } from '../types.ts'
import type { Beside } from './beside.ts'
import type { ImportFile } from './events.ts'
import type { Found } from './scan.ts'
import { MAX_COLLECTIONS, type Shelves } from './shelves.ts'

// Whose date a sidecar does not change: what people said holds. Takeout knows less than the file.
const SAID: readonly DateSource[] = ['member', 'caller']
const KNOWN: readonly DateSource[] = [...SAID, 'metadata']

type Outcome = Pick<ImportFile, 'photo' | 'error' | 'reason'>

/** What sidecars say of photos that are in the album. */
export class Amends {
  readonly #album: Album
  readonly #shelves: Shelves
  /** Photos of this run that no sidecar made a favourite yet. */
  readonly #added = new Set<string>()
  /** Photos of this run that a sidecar changed later, and how many changes they had then. */
  readonly #amended = new Map<string, number>()

  constructor(album: Album, shelves: Shelves) {
    this.#album = album
    this.#shelves = shelves
  }

  /** Of a photo that was just added; at once, since who stops here would leave photos that are none of the favourites. */
  async added(photo: Photo | null, beside: Beside | null): Promise<Outcome> {
    if (photo === null) return { photo, error: null, reason: null }
    if (beside?.says.favourite) return this.#edit(photo, { favourite: true })
    this.#added.add(photo.id)
    return { photo, error: null, reason: null }
  }

  /** Of a photo that was known: the sidecar may have come since. What somebody changed since it was added holds. */
  async known(
    { found, id }: { found: Found; id: string },
    photo: Photo | null,
    beside: Beside | null
  ): Promise<Outcome> {
    const same = { photo, error: null, reason: null }
    // What moves of a Live Photo is no photo by itself, and what others added too is not this device's alone.
    if (photo === null || beside === null || photo.id !== id || photo.alsoBy.length > 0) return same
    const { says } = beside
    const patch = amendsOf(photo, says)
    const differs = Object.keys(patch).length > 0
    if (!differs && !found.late) return same
    const changes = (await this.#album.history(id)).length
    if (changes !== (this.#amended.get(id) ?? 0)) return { ...same, reason: differs ? 'edited' : null }
    // A favourite that somebody took away stays so: a photo becomes one only in the run that added it, and once.
    if (found.late && says.favourite && this.#added.delete(id)) patch.favourite = true
    const outcome = await this.#edit(photo, patch)
    if (outcome.error || outcome.photo === null) return outcome
    if (differs) this.#amended.set(id, (await this.#album.history(id)).length)
    for (const name of says.collections.slice(0, MAX_COLLECTIONS)) {
      const error = (await this.#shelves.put(name, [outcome.photo])).get(id)
      if (error) return { ...outcome, error: asCoded(error) }
    }
    const amended = Object.keys(patch).length > 0 || says.collections.length > 0
    return { ...outcome, reason: amended ? 'amended' : null }
  }

  async #edit(photo: Photo, patch: PhotoPatch): Promise<Outcome> {
    if (Object.keys(patch).length === 0) return { photo, error: null, reason: null }
    const [result] = await this.#album.edit([photo.id], patch)
    const error = result?.error ? asCoded(result.error) : null
    return { photo: result?.photo ?? photo, error, reason: null }
  }
}

/** What a sidecar says of a photo that the photo does not: caption, tags, date. Empty where it is all the same. */
export function amendsOf(photo: Photo, says: Sidecar): PhotoPatch {
  const { caption, tags } = says
  const capturedAt = dateOf(photo, says)
  return {
    ...(caption !== '' && caption !== photo.caption && { caption }),
    ...(tags.length > 0 && !sameTexts(tags, photo.tags) && { tags }),
    ...(capturedAt !== null && { capturedAt })
  }
}

function sameTexts(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one) => others.includes(one))
}

function dateOf({ capturedAt, location }: Photo, { kind, dates }: Sidecar): DateInput | null {
  if ((kind === 'takeout' ? KNOWN : SAID).includes(capturedAt.source)) return null
  const latitude = location?.latitude ?? dates.latitude ?? null
  const longitude = location?.longitude ?? dates.longitude ?? null
  const found = captureDate({ ...dates, latitude, longitude })
  if (found === null || found.weak) return null
  const { offset: offsetMinutes, precision, zone } = found
  const local = new Date(found.local).toISOString().slice(0, -1)
  const same =
    local === capturedAt.local &&
    offsetMinutes === capturedAt.offsetMinutes &&
    precision === capturedAt.precision
  return same ? null : { local, offsetMinutes, precision, zone }
}

/** Every failure has a code; one without is none of ours. */
export function asCoded(error: Error): AlbumErrorLike {
  if (error instanceof AlbumError) return error
  return new AlbumError('FILE_UNREADABLE', error.message, { cause: error })
}
