import b4a from 'b4a'
import type { Out } from '../schema/codec.ts'
import { mimeOf } from '../schema/mime.ts'
import { formatLocal, precisionName, sourceName, unpackOffset } from '../schema/time.ts'
import type { CapturedAt, Location, Photo, PhotoFile } from '../types.ts'
import type { Cast } from './cast.ts'
import { giversOf } from './givers.ts'
import type { PhotoRecord } from './rows.ts'
import { primary } from './standing.ts'

// From rows of the view to what the public interface shows.

const MINUTE = 60_000

export function presentCaptured(captured: Out['captured']): CapturedAt {
  const offsetMinutes = unpackOffset(captured.offset)
  const local = formatLocal(captured.local)
  const utc = offsetMinutes === null ? null : new Date(captured.local - offsetMinutes * MINUTE).toISOString()
  const { zone, source, precision } = captured
  return { local, offsetMinutes, zone, utc, source: sourceName(source), precision: precisionName(precision) }
}

function presentLocation(location: Out['location'] | null): Location | null {
  if (location === null) return null
  const { latitude, longitude, altitude } = location
  return {
    latitude: latitude / 1e7,
    longitude: longitude / 1e7,
    altitude: altitude === 0 ? null : (altitude - 1e7) / 100
  }
}

/** What moves: the other half of a Live Photo, or the video inside a Motion Photo. */
function motionOf({
  half,
  embedded
}: PhotoRecord): { sha256: Uint8Array; size: number; type: number } | null {
  return half?.by ? { sha256: half.id, size: half.size, type: half.type } : embedded
}

/** A photo as the member with number `me` sees it. */
export function presentPhoto(id: Uint8Array, record: PhotoRecord, cast: Cast, me: number): Photo {
  const first = primary(record)
  const others = giversOf(record)
  others.delete(first.member)
  const hex = b4a.toString(id, 'hex')
  const type = record.mime ?? mimeOf(record.type)
  const { name, size, trashed } = record
  const favourites = record.favourites ?? []
  const files: PhotoFile[] = [{ role: 'original', sha256: hex, size, type }]
  const motion = motionOf(record)
  if (motion) {
    const sha256 = b4a.toString(motion.sha256, 'hex')
    files.push({ role: 'motion', sha256, size: motion.size, type: mimeOf(motion.type) })
  }
  return {
    id: hex,
    name,
    type,
    size,
    width: record.width || null,
    height: record.height || null,
    duration: record.duration === 0 ? null : record.duration / 1000,
    capturedAt: presentCaptured(record.captured),
    location: presentLocation(record.location),
    camera: record.camera,
    placeholder: record.placeholder,
    files,
    by: cast.person(first.member),
    via: cast.machine(first.device),
    alsoBy: [...others].map((member) => cast.person(member)),
    addedAt: new Date(first.at).toISOString(),
    caption: record.caption ?? '',
    tags: record.tags ?? [],
    favourite: favourites.includes(me),
    favouriteOf: favourites.map((member) => cast.person(member).id),
    collections: (record.collections ?? [])
      .map((placed) => b4a.toString(placed.collection, 'hex'))
      .filter((collection) => cast.collections.has(collection)),
    related: (record.related ?? []).map((one) => b4a.toString(one, 'hex')),
    trashed: trashed && { by: cast.person(trashed.by), at: new Date(trashed.at).toISOString() },
    damaged: record.damaged
  }
}
