import { createHash } from 'node:crypto'
import path from 'node:path'
import type { Album } from '../album.ts'
import { codeOf } from '../errors.ts'
import type { CapturedAt, Photo, PhotoFile, PhotoStream, Signal } from '../types.ts'
import { toDisk } from '../util/disk.ts'
import type { Entry, Ledger } from './ledger.ts'
import { type Place, fold, namesAt, placeOf } from './names.ts'
import { Series } from './series.ts'
import { isUntouched } from './sidecar.ts'
import type { Draft, Target } from './target.ts'

/** What became of a photo. */
export interface Outcome {
  path: string
  /** Bytes that were written; none where all was there. */
  bytes: number
  /** Whether the sidecar is somebody else's. */
  kept: boolean
}

export interface Parts {
  album: Album
  target: Target
  ledger: Ledger
  strip: boolean
  signal: Signal
  timeout: number | undefined
}

/** A file that is in its place now. */
interface Placed {
  path: string
  size: number
  /** Bytes that were written for it. */
  bytes: number
}

interface Beside {
  /** Of what it is to say, hex. */
  sha256: string
  bytes: number
  kept: boolean
}

/** A photo that is to be written, and where. */
export interface Prepared {
  photo: Photo
  /** What moves of it. */
  half: PhotoFile | null
  had: Entry | null
  /** The file that is there already. */
  there: Placed | null
  /** Where it is, or is to be. */
  at: string
  /** What it is numbered among; null where it is there. */
  series: Series | null
}

/** Writes photos into a folder: each with a sidecar and what moves of it beside it. */
export class Writing {
  readonly #parts: Parts
  readonly #series = new Map<string, Series>()
  #folder = ''

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /**
   * Finds out what is there of a photo, and sees to its names; one after another, so that those of one second are numbered
   * in their order.
   */
  async prepare(photo: Photo): Promise<Prepared> {
    const { target, strip, signal } = this.#parts
    const half = photo.files.find(({ role }) => role === 'motion') ?? null
    const had = await this.#had(photo.id)
    if (had !== null) {
      await target.taken(path.posix.dirname(had.path))
      return { photo, half, had, there: { ...had, bytes: 0 }, at: had.path, series: null }
    }
    const series = await this.#seriesAt(placeOf(photo, half?.type))
    const same = strip ? null : await series.same(photo.size, photo.id, signal)
    if (same === null) return { photo, half, had, there: null, at: series.claim(), series }
    return { photo, half, had, there: { path: same, size: photo.size, bytes: 0 }, at: same, series: null }
  }

  /** Writes what is not there of a photo. */
  async write({ photo, half, had, there, at, series }: Prepared, sidecar: string): Promise<Outcome> {
    const { ledger, strip } = this.#parts
    const original = there ?? (await this.#original(photo, series as Series, at))
    const beside = await this.#sidecar(`${original.path}.xmp`, sidecar, had?.sidecar ?? null)
    let [motion, failure]: [Placed | null, unknown] = [null, null]
    try {
      motion = half && (await this.#motion(photo, half, original.path, had?.motion ?? null))
    } catch (error) {
      // The still is whole, and need not be written again.
      failure = error
    }
    const bytes = original.bytes + beside.bytes + (motion?.bytes ?? 0)
    if (had === null || bytes > 0 || beside.sha256 !== had.sidecar) {
      const moving = motion && { path: motion.path, size: motion.size }
      const { path: placed, size } = original
      const entry = { id: photo.id, strip, path: placed, size, motion: moving, sidecar: beside.sha256 }
      await toDisk(() => ledger.add(entry))
    }
    if (failure !== null) throw failure
    return { path: original.path, bytes, kept: beside.kept }
  }

  /** What an export wrote of a photo, where that is still there. */
  async #had(id: string): Promise<Entry | null> {
    const { ledger, target, strip } = this.#parts
    const entry = ledger.find(id, strip)
    return entry && (await target.sizeOf(entry.path)) === entry.size ? entry : null
  }

  /** Photos come in the order of their dates: what was numbered in the folder before is not asked for again. */
  async #seriesAt(place: Place): Promise<Series> {
    if (this.#folder !== place.folder) this.#series.clear()
    this.#folder = place.folder
    const key = JSON.stringify(place)
    const series = this.#series.get(key) ?? (await Series.at(this.#parts.target, place))
    this.#series.set(key, series)
    return series
  }

  async #original(photo: Photo, series: Series, at: string): Promise<Placed> {
    const { target, strip, signal } = this.#parts
    const draft = await target.draft(series.place.folder, this.#read(photo.id), timesOf(photo.capturedAt))
    try {
      // Only now is known what is left of it.
      const same = strip ? await series.same(draft.size, draft.sha256, signal) : null
      if (same !== null) return { path: same, size: draft.size, bytes: 0 }
      let placed = await this.#settle(draft, at)
      while (placed === null) placed = await this.#settle(draft, series.claim())
      return placed
    } finally {
      await target.drop(draft)
    }
  }

  /** Gives a draft a name; null where something else has it. Another export may be writing the same. */
  async #settle(draft: Draft, at: string): Promise<Placed | null> {
    const { target, signal } = this.#parts
    const { size, sha256 } = draft
    if (await target.name(draft, at)) return { path: at, size, bytes: size }
    const same = (await target.sizeOf(at)) === size && (await target.hashOf(at, signal)) === sha256
    return same ? { path: at, size, bytes: 0 } : null
  }

  /** Writes a sidecar, also anew where it was an export that wrote it; what somebody else wrote there stays. */
  async #sidecar(at: string, text: string, had: string | null): Promise<Beside> {
    const { target } = this.#parts
    const bytes = Buffer.from(text)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const size = await target.sizeOf(at)
    const same = { sha256, bytes: 0, kept: false }
    if (size !== null && had === sha256) return same
    const there = size === null ? null : await target.hashOf(at)
    if (there === sha256) return same
    // A ledger may be lost, or be older than the sidecar.
    const ours = there === null || there === had || isUntouched((await target.textOf(at)) ?? '')
    if (!ours) return { ...same, kept: true }
    const draft = await target.draft(path.posix.dirname(at), [bytes], null)
    try {
      if (there !== null) await target.replace(draft, at)
      else if (!(await target.name(draft, at))) return { ...same, kept: true }
      return { ...same, bytes: bytes.byteLength }
    } finally {
      await target.drop(draft)
    }
  }

  /** Writes the moving half of a Live Photo beside its still. The video of a Motion Photo lies in the still itself. */
  async #motion(photo: Photo, half: PhotoFile, still: string, had: Entry['motion']): Promise<Placed | null> {
    const { target, strip, signal } = this.#parts
    if (had && (await target.sizeOf(had.path)) === had.size) return { ...had, bytes: 0 }
    const folder = path.posix.dirname(still)
    const { name: stem } = path.posix.parse(still)
    const extension = placeOf(photo, half.type).motion as string
    const taken = await target.taken(folder)
    const place = { folder, stem, extension, motion: null }
    if (!strip) {
      const series = await Series.at(target, place)
      const same = await series.same(half.size, half.sha256, signal)
      if (same !== null) return { path: same, size: half.size, bytes: 0 }
    }
    let draft: Draft
    try {
      draft = await target.draft(folder, this.#read(half.sha256), timesOf(photo.capturedAt))
    } catch (error) {
      // The still lies in the album, and half of it by itself does not.
      if (codeOf(error) === 'NOT_FOUND') return null
      throw error
    }
    try {
      return await this.#beside(draft, place, taken)
    } finally {
      await target.drop(draft)
    }
  }

  async #beside(draft: Draft, place: Place, taken: Set<string>): Promise<Placed> {
    for (let number = 1; ; number++) {
      const { original } = namesAt(place, number)
      taken.add(fold(original))
      const placed = await this.#settle(draft, `${place.folder}/${original}`)
      if (placed) return placed
    }
  }

  #read(id: string): PhotoStream {
    const { album, strip, signal, timeout } = this.#parts
    return album.read(id, { strip, signal, ...(timeout !== undefined && { timeout }) })
  }
}

/** The instant where it is known, else what the clock on the wall here would mean. */
function timesOf({ utc, local }: CapturedAt): Date {
  return new Date(utc ?? local)
}
