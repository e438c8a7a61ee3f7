import { AlbumError } from '../../errors.ts'
import type { RandomAccess } from '../file.ts'
import { type Captured, type DateTags, captureDate } from './captured.ts'
import { isImage, readImage } from './image.ts'
import type { Motion } from './motion.ts'
import type { Position } from './position.ts'
import { type Sidecar, readSidecar } from './sidecars.ts'
import { readVideo } from './video.ts'

/** What a photo or video tells of itself, and what lies beside it of it. */
export interface Facts {
  /** Pixels as seen, orientation applied; null where not known. */
  width: number | null
  height: number | null
  /** Seconds, of a video; null where not known. */
  duration: number | null
  captured: Captured | null
  /** What `captured` was chosen from. */
  dates: DateTags
  /** Degrees (WGS 84) and metres. */
  location: Position | null
  /** Make and model, the make said once. */
  camera: string | null
  /** Apple's identifier, which the still and the video of a Live Photo have in common. */
  contentId: string | null
  /** The video inside a Motion Photo: bytes of the file. */
  motion: Motion | null
  /** What the sidecar says that was given, its caption and tags too; null where none was, or it says nothing. */
  sidecar: Sidecar | null
  /** Whether something of the file is missing or not as it says. Decoding may find more. */
  damaged: boolean
}

/** What is known of a file besides its bytes. */
export interface Beside {
  /** Its name. */
  name?: string | null
  /** The older of its birth and modification: milliseconds since 1970. */
  modified?: number | null
  /** The bytes of an XMP or Takeout sidecar. */
  sidecar?: Uint8Array | null
}

// What a file tells that is damaged all over.
const NOTHING = {
  dates: {} as DateTags,
  position: null as Position | null,
  make: null as string | null,
  model: null as string | null,
  width: null,
  height: null,
  duration: null,
  contentId: null,
  motion: null,
  damaged: true
}

const VIDEOS = ['video/mp4', 'video/quicktime']
const MAX_CAMERA = 200

/**
 * Reads the facts of a photo or video of a MIME type, as `sniffFile` tells it. Of a damaged file it gives what it
 * finds. Reads little of a large file, and only ever throws `UNSUPPORTED_FILE` and what reading the file throws.
 *
 * @param now milliseconds since 1970; no photo is younger.
 */
export async function readFacts(
  file: RandomAccess,
  type: string,
  beside: Beside = {},
  now: number = Date.now()
): Promise<Facts> {
  const video = VIDEOS.includes(type)
  if (!video && !isImage(type)) throw new AlbumError('UNSUPPORTED_FILE', `${type} has no facts to read`)
  const safe = keepingErrors(file)
  const found = await (video ? readVideo(safe) : readImage(safe, type)).catch(() => NOTHING)
  // Readers of metadata take any error for one of the metadata.
  if (safe.error !== null) throw safe.error
  const { position, make, model, dates: own, ...facts } = { ...NOTHING, ...found }
  const sidecar = beside.sidecar ? readSidecar(beside.sidecar) : null
  const location = placeOf(position, sidecar)
  const dates = { ...own, ...sidecar?.dates, ...datesOf(beside), ...degreesOf(location) }
  return {
    ...facts,
    dates,
    captured: captureDate(dates, now),
    location,
    camera: cameraOf(make, model),
    sidecar
  }
}

/** The facts of a file that nothing can be read of: its name and time may still tell when it was taken. */
export function noFacts(beside: Beside = {}, now: number = Date.now()): Facts {
  const { position: location, make, model, ...facts } = NOTHING
  const dates = datesOf(beside)
  const captured = captureDate(dates, now)
  return { ...facts, dates, captured, location, camera: cameraOf(make, model), sidecar: null }
}

function datesOf({ name = null, modified = null }: Beside): DateTags {
  return { name, file: modified }
}

/** As with dates, an XMP sidecar knows better than the file, and Takeout only where the file knows nothing. */
function placeOf(own: Position | null, sidecar: Sidecar | null): Position | null {
  const beside = sidecar?.position ?? null
  return sidecar?.kind === 'xmp' ? (beside ?? own) : (own ?? beside)
}

function degreesOf(position: Position | null): Pick<DateTags, 'latitude' | 'longitude'> {
  return { latitude: position?.latitude ?? null, longitude: position?.longitude ?? null }
}

/** A file whose first failure is remembered. */
function keepingErrors(file: RandomAccess): RandomAccess & { error: unknown } {
  const safe = {
    size: file.size,
    error: null as unknown,
    async read(start: number, length: number): Promise<Uint8Array> {
      try {
        return await file.read(start, length)
      } catch (error) {
        safe.error ??= error
        throw error
      }
    }
  }
  return safe
}

/** `NIKON CORPORATION`, `NIKON D5000` is a `NIKON D5000`; `Apple`, `iPhone 8` an `Apple iPhone 8`. */
export function cameraOf(make: string | null, model: string | null): string | null {
  const [maker, name] = [clean(make), clean(model)]
  const first = name.split(' ')[0]?.toLowerCase() ?? ''
  const said = first !== '' && maker.toLowerCase().split(' ').includes(first)
  const camera = said || maker === '' ? name : `${maker} ${name}`
  return camera.trim().slice(0, MAX_CAMERA) || null
}

function clean(text: string | null): string {
  return (text ?? '').replace(/[\s\0]+/g, ' ').trim()
}
