import { AlbumError } from '../errors.ts'
import type { Photo, Signal } from '../types.ts'
import { runAhead } from '../util/ahead.ts'
import { abortError } from '../util/wait.ts'
import type { ExportEvent, ExportFile } from './events.ts'
import { Labels } from './labels.ts'
import { namesAt, placeOf } from './names.ts'
import { sidecarOf } from './sidecar.ts'
import type { Tally } from './tally.ts'
import { type Outcome, type Parts, type Prepared, Writing } from './writing.ts'

// Photos that are seen to together, and of these, those that are written at the same time.
const TOGETHER = 64
const AHEAD = { lanes: 4, ahead: TOGETHER, together: 1, wait: 0 }

// With these every other photo would fail too.
const FATAL = ['ABORTED', 'CLOSED', 'STORAGE_FULL']

/** Writes photos until something ends it for all of them. */
export class Run {
  readonly #parts: Parts
  readonly #tally: Tally
  readonly #labels: Labels
  /** What ended it. */
  #ended: Error | null = null

  constructor(parts: Parts, tally: Tally) {
    this.#parts = parts
    this.#tally = tally
    this.#labels = new Labels(parts.album)
  }

  /** Yields what becomes of each photo; throws what ended it, after all that is written was told. */
  async *write(photos: AsyncIterable<Photo>): AsyncGenerator<ExportEvent> {
    const { signal } = this.#parts
    const writing = new Writing(this.#parts)
    for await (const group of groups(photos)) {
      const prepared: (readonly [Photo, Prepared | Error])[] = []
      for (const photo of group) prepared.push([photo, await this.#prepare(photo, writing)])
      // Who leaves early does not wait until long videos are written.
      const results = runAhead(prepared, { ...AHEAD, signal }, ([photo, one], _lane, stop) =>
        this.#result(photo, one, stop)
      )
      for await (const [result] of results) if (result) yield this.#tally.done(...result)
      if (this.#ended) throw this.#ended
    }
  }

  async #prepare(photo: Photo, writing: Writing): Promise<Prepared | Error> {
    const { signal } = this.#parts
    if (signal.aborted) return abortError(signal)
    return writing.prepare(photo).catch((error: Error) => error)
  }

  /** What is told of a photo, and the bytes written of it; null where it was not begun, or was what ended it. */
  async #result(
    photo: Photo,
    prepared: Prepared | Error,
    signal: Signal
  ): Promise<[ExportFile, number] | null> {
    if (signal.aborted) this.#ended ??= abortError(signal)
    if (this.#ended) return null
    const event: ExportFile = { type: 'file', path: '', status: 'there', photo, error: null, reason: null }
    try {
      if (prepared instanceof Error) throw prepared
      const { path, bytes, kept } = await this.#write(prepared, signal)
      const reason = kept ? 'sidecar kept' : null
      return [{ ...event, path, reason, status: bytes > 0 ? 'written' : 'there' }, bytes]
    } catch (error) {
      if (!(error instanceof AlbumError) || (await this.#ends(error))) {
        this.#ended ??= error as Error
        return null
      }
      const path = prepared instanceof Error ? firstPath(photo) : prepared.at
      return [{ ...event, path, status: 'failed', error }, 0]
    }
  }

  async #write(prepared: Prepared, signal: Signal): Promise<Outcome> {
    const { strip } = this.#parts
    const { photo } = prepared
    const collections = await this.#labels.of(photo.collections)
    return new Writing({ ...this.#parts, signal }).write(prepared, sidecarOf({ photo, collections, strip }))
  }

  /** Whether every other photo would fail with this too: as where the disk is full, or was unplugged. */
  async #ends({ code }: AlbumError): Promise<boolean> {
    return FATAL.includes(code) || (code === 'STORAGE_FAILED' && !(await this.#parts.target.isThere()))
  }
}

function firstPath(photo: Photo): string {
  const place = placeOf(photo, undefined)
  return `${place.folder}/${namesAt(place, 1).original}`
}

async function* groups(photos: AsyncIterable<Photo>): AsyncGenerator<Photo[]> {
  let group: Photo[] = []
  for await (const photo of photos) {
    if (group.push(photo) < TOGETHER) continue
    yield group
    group = []
  }
  yield group
}
