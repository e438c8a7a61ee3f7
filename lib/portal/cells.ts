import type { ListQuery, Photo, PhotoResult } from '../types.ts'
import { AlbumError } from '../errors.ts'
import { told } from './answers.ts'
import type { Cell, PhotoJson, PhotoResults } from './api.ts'
import { isHash } from './body.ts'

/** What a timeline shows of a photo. */
export function cellOf(photo: Photo): Cell {
  const { id, type, width, height, duration, placeholder, capturedAt, files, favourite, by, name, caption } =
    photo
  return {
    id,
    type: type.startsWith('video/') ? 'video' : 'image',
    width,
    height,
    duration,
    placeholder: placeholder && Buffer.from(placeholder).toString('base64'),
    local: capturedAt.local,
    live: files.some(({ role }) => role === 'motion'),
    favourite,
    thumbnail: placeholder !== null,
    by,
    name,
    caption
  }
}

export function photoJson(photo: Photo): PhotoJson {
  const { placeholder, ...rest } = photo
  return { ...rest, placeholder: placeholder && Buffer.from(placeholder).toString('base64') }
}

export function resultsJson(results: PhotoResult[]): PhotoResults {
  return {
    results: results.map(({ id, status, photo, error }) => ({
      id,
      status,
      cell: photo && cellOf(photo),
      trashed: (photo?.trashed ?? null) !== null,
      error: error && told(error)
    }))
  }
}

/** Where a page ends, as text. */
export function placeAfter({ id, local }: Pick<Cell, 'id' | 'local'>): string {
  return `${local}_${id}`
}

/** The place that a text says: `after` of a query. */
export function parsePlace(text: string): NonNullable<ListQuery['after']> {
  const [local = '', id] = text.split('_')
  if (!isHash(id)) throw new AlbumError('BAD_ARGUMENT', '`after` is the `next` of a page')
  const capturedAt = { local, offsetMinutes: null, zone: null, utc: null } as const
  return { id, capturedAt: { ...capturedAt, source: 'member', precision: 'second' } }
}
