import type { In, Out } from '../schema/codec.ts'
import { isVideo } from '../schema/mime.ts'
import { MAX_LOCAL, MIN_LOCAL, isOffset } from '../schema/time.ts'
import { type Author, LIMITS, areTags } from './rules.ts'

// What counts as a photo at all: what is not within these bounds has no effect on any device.

type Captured = Out['captured']

export function isCaptured(captured: Captured): boolean {
  const { local, offset, zone } = captured
  return local >= MIN_LOCAL && local <= MAX_LOCAL && isOffset(offset) && (zone?.length ?? 0) <= LIMITS.zone
}

function isPointer(pointer: Out['pointer'], size: number): boolean {
  const { blockOffset, blockLength, byteOffset, byteLength } = pointer
  return (
    byteLength === size &&
    byteOffset + byteLength <= LIMITS.fileBytes &&
    blockLength > 0 &&
    blockLength <= size &&
    blockOffset + blockLength <= LIMITS.blocks
  )
}

function isRendition(pointer: Out['pointer'] | null, most: number): boolean {
  return pointer === null || (pointer.byteLength <= most && isPointer(pointer, pointer.byteLength))
}

// Degrees times 10^7, and centimetres + 10^7: see the schema.
function isLocation(location: Out['location'] | null): boolean {
  if (location === null) return true
  const { latitude, longitude, altitude } = location
  return Math.abs(latitude) <= 90e7 && Math.abs(longitude) <= 180e7 && altitude <= 1e8
}

function isWithin(embedded: Out['embedded'] | null, size: number): boolean {
  if (embedded === null) return true
  return isVideo(embedded.type) && embedded.size > 0 && embedded.start + embedded.size <= size
}

/** Whether a photo that an op carries is one, within all bounds; its drive has to be one of the author's device. */
export function isPhoto(photo: Out['photo'], author: Author): boolean {
  return (
    photo.drive >= 1 &&
    photo.drive <= author.deviceRow.drives &&
    photo.name.length <= LIMITS.fileName &&
    isCaptured(photo.captured) &&
    isPointer(photo.original, photo.size) &&
    isLocation(photo.location) &&
    photo.width <= LIMITS.pixels &&
    photo.height <= LIMITS.pixels &&
    photo.duration <= LIMITS.duration &&
    isRendition(photo.preview, LIMITS.previewBytes) &&
    isRendition(photo.thumbnail, LIMITS.thumbnailBytes) &&
    (photo.caption?.length ?? 0) <= LIMITS.caption &&
    (photo.camera?.length ?? 0) <= LIMITS.name &&
    (photo.mime?.length ?? 0) <= LIMITS.name &&
    (photo.placeholder?.byteLength ?? 0) <= LIMITS.placeholder &&
    (photo.related?.length ?? 0) <= LIMITS.collections &&
    areTags(photo.tags ?? []) &&
    isWithin(photo.embedded, photo.size)
  )
}

export function sameTags(a: string[], b: string[]): boolean {
  return a.length === b.length && a.every((tag, i) => tag === b[i])
}

export function sameCaptured(
  a: Pick<In['captured'], 'local' | 'offset' | 'zone' | 'precision'>,
  b: Captured
): boolean {
  return (
    a.local === b.local && a.offset === b.offset && (a.zone ?? null) === b.zone && a.precision === b.precision
  )
}
