import path from 'node:path'
import type { Album } from '../album.ts'
import { AlbumError, codeOf } from '../errors.ts'
import type { AddResult, AlbumErrorLike, KnownStatus, Photo, SourceWithOptions } from '../types.ts'
import { runAhead } from '../util/ahead.ts'
import { Amends, asCoded } from './amends.ts'
import { type Beside, Sidecars } from './beside.ts'
import type { ImportEvent, ImportFile, ImportOptions, ImportPhase, PlanReason } from './events.ts'
import { hashBuffer, hashFile } from './hash.ts'
import { type Found, pathOf } from './scan.ts'
import { Shelves } from './shelves.ts'
import type { Tally } from './tally.ts'

// Files read at the same time, and those that are hashed while others are being asked about or added.
const LANES = 8
const AHEAD = 512
// The album is asked about so many at once, or about what has come after so many milliseconds.
const TOGETHER = 256
const PATIENCE = 250

// With these there is something wrong with the album or its disk, and every other file would fail too.
const FATAL = [
  'ABORTED',
  'CLOSED',
  'FORBIDDEN',
  'LOG_FAILED',
  'NOT_WRITABLE',
  'REMOVED',
  'STORAGE_FAILED',
  'STORAGE_FULL',
  'UPGRADE_REQUIRED'
]

/** A file whose bytes were read. */
interface Hashed {
  found: Found
  /** SHA-256, hex; empty where there is an error. */
  id: string
  error: AlbumErrorLike | null
}

/** A file that is to be added. */
interface Wanted extends Hashed {
  reason: PlanReason
}

/** What is given to the album for a file. */
interface Given {
  file: Wanted
  beside: Beside | null
  /** Ids of the collections it is to go into. */
  shelves: string[]
}

/** What one run through files does with them: hash, ask, add. */
export class Round {
  readonly #album: Album
  readonly #root: string
  readonly #options: ImportOptions
  readonly #tally: Tally
  readonly #shelves: Shelves
  readonly #sidecars: Sidecars
  readonly #amends: Amends
  /** Of what a plan says that it would be added, by hash. */
  readonly #planned = new Set<string>()
  readonly #begun = new Set<ImportPhase['phase']>()

  constructor(album: Album, root: string, options: ImportOptions, tally: Tally) {
    this.#album = album
    this.#root = root
    this.#options = options
    this.#tally = tally
    this.#shelves = new Shelves(album)
    this.#sidecars = new Sidecars(root)
    this.#amends = new Amends(album, this.#shelves)
  }

  /** Yields what becomes of each file. Throws where there is no use in going on. */
  async *run(files: readonly Found[]): AsyncGenerator<ImportEvent> {
    const bytes = files.reduce((sum, { size }) => sum + size, 0)
    this.#tally.expect(files.length, bytes)
    this.#begun.clear()
    yield* this.#begin('hash', files.length, bytes)
    const buffers = Array.from({ length: LANES }, hashBuffer)
    const { signal } = this.#options
    const ahead = { lanes: LANES, ahead: AHEAD, together: TOGETHER, wait: PATIENCE, signal }
    try {
      // Who leaves early does not wait until a long video is hashed.
      const hashing = runAhead(files, ahead, (found, lane, stop) =>
        this.#hash(found, buffers[lane] as Buffer, stop)
      )
      for await (const some of hashing) yield* this.#ask(some)
    } finally {
      this.#tally.end()
    }
  }

  *#begin(phase: ImportPhase['phase'], files: number, bytes: number): Generator<ImportPhase> {
    if (this.#begun.has(phase)) return
    this.#begun.add(phase)
    yield { type: 'phase', phase, files, bytes }
  }

  async #hash(found: Found, buffer: Buffer, signal: AbortSignal): Promise<Hashed> {
    try {
      const file = path.join(this.#root, pathOf(found))
      const id = await hashFile(file, buffer, signal, (bytes) => this.#tally.hashed(bytes))
      return { found, id, error: null }
    } catch (error) {
      if (!(error instanceof AlbumError) || FATAL.includes(error.code)) throw error
      return { found, id: '', error }
    }
  }

  async *#ask(some: Hashed[]): AsyncGenerator<ImportEvent> {
    for (const one of some) if (one.error) yield this.#done(one, { status: 'failed', error: one.error })
    const read = some.filter(({ error }) => error === null)
    if (read.length === 0) return
    yield* this.#begin('ask', read.length, bytesOf(read))
    const statuses = await this.#album.known(read.map(({ id }) => id))
    const as = (status: KnownStatus): Hashed[] => read.filter((_, i) => statuses[i] === status)
    for (const one of as('trashed')) yield this.#done(one, { status: 'trashed' })
    const there = as('duplicate')
    const wanted: Wanted[] = read.flatMap((one, i) => {
      const reason = statuses[i]
      return reason === 'new' || reason === 'shared' ? { ...one, reason } : []
    })
    if (this.#options.dryRun) {
      for (const one of there) yield this.#done(one, { status: 'known' })
      for (const one of wanted) yield this.#plan(one)
      return
    }
    yield* this.#known(there.map((file) => ({ file, photo: null })))
    if (wanted.length > 0) {
      yield* this.#begin('add', wanted.length, bytesOf(wanted))
      yield* this.#add(wanted)
    }
  }

  #plan(one: Wanted): ImportFile {
    if (this.#planned.has(one.id)) return this.#done(one, { status: 'known', reason: 'twice' })
    this.#planned.add(one.id)
    return this.#done(one, { status: 'planned', reason: one.reason })
  }

  /** Files that the album has: they go into the collection of their folder, and a sidecar may have come since. */
  async *#known(files: { file: Hashed; photo: Photo | null }[]): AsyncGenerator<ImportFile> {
    const shelves = new Map<string, { file: Hashed; photo: Photo; reason: ImportFile['reason'] }[]>()
    for (const { file, photo } of files) {
      const shelf = this.#shelfOf(file.found)
      const beside = await this.#sidecars.of(file.found)
      const looked = photo ?? (shelf !== null || beside ? await this.#album.get(file.id) : null)
      const outcome = await this.#amends.known(file, looked, beside)
      const { photo: found, error, reason } = outcome
      if (error) yield this.#done(file, { status: 'failed', ...outcome })
      else if (shelf === null || found === null) yield this.#done(file, { status: 'known', ...outcome })
      else shelves.set(shelf, [...(shelves.get(shelf) ?? []), { file, photo: found, reason }])
    }
    for (const [shelf, inside] of shelves) {
      const failed = await this.#shelves.put(
        shelf,
        inside.map(({ photo }) => photo)
      )
      for (const { file, photo, reason } of inside) {
        const error = (failed.get(photo.id) ?? null) as AlbumErrorLike | null
        yield this.#done(file, { status: error ? 'failed' : 'known', photo, error, reason })
      }
    }
  }

  async *#add(files: Wanted[], again = true): AsyncGenerator<ImportFile> {
    const { concurrency, signal } = this.#options
    const given = new Map<SourceWithOptions, Given>()
    const sources = this.#sources(files, given)
    const options = { ...(concurrency !== undefined && { concurrency }), ...(signal && { signal }) }
    const known: { file: Hashed; photo: Photo | null }[] = []
    const homeless: Wanted[] = []
    try {
      for await (const result of this.#album.addAll(sources, options)) {
        const { file, beside, shelves } = given.get(result.source) as Given
        given.delete(result.source)
        if (codeOf(result.error) === 'NOT_FOUND') this.#shelves.forget(shelves)
        if (codeOf(result.error) === 'NOT_FOUND' && again) homeless.push(file)
        else if (result.status === 'duplicate') known.push({ file, photo: result.photo })
        else yield await this.#outcome(file, beside, result)
        if (result.error && FATAL.includes(codeOf(result.error))) throw result.error
      }
    } finally {
      await this.#favourLeft(given)
    }
    // Somebody deleted a collection that these were to go into.
    if (homeless.length > 0) yield* this.#add(homeless, false)
    yield* this.#known(known)
  }

  /** At once, not for many together: who stops here would leave photos that are none of the favourites. */
  async #outcome(file: Wanted, beside: Beside | null, result: AddResult): Promise<ImportFile> {
    const outcome = outcomeOf(result)
    if (outcome.status !== 'added') return this.#done(file, outcome)
    const { photo, error } = await this.#amends.added(outcome.photo, beside)
    // It may have been written anew since it was hashed.
    const isSame = photo === null || photo.files.some(({ sha256 }) => sha256 === file.id)
    const told = isSame ? file : { ...file, id: photo.id }
    return this.#done(told, { status: error ? 'failed' : 'added', photo, error, reason: file.reason })
  }

  /** Where this was stopped, photos were added that nothing was told of: the next import takes them for known. */
  async #favourLeft(given: Map<SourceWithOptions, Given>): Promise<void> {
    try {
      for (const { file, beside } of given.values()) {
        if (beside?.says.favourite) await this.#amends.added(await this.#album.get(file.id), beside)
      }
    } catch {
      // What stopped it is told, and may be that the album is closed.
    }
  }

  async *#sources(files: Wanted[], given: Map<SourceWithOptions, Given>): AsyncGenerator<SourceWithOptions> {
    for (const file of files) {
      const { found } = file
      const beside = await this.#sidecars.of(found)
      const shelf = this.#shelfOf(found)
      const names = [...(shelf === null ? [] : [shelf]), ...(beside?.says.collections ?? [])]
      const shelves = await this.#shelves.ids(names)
      const source: SourceWithOptions = {
        source: path.join(this.#root, pathOf(found)),
        name: found.name,
        collection: shelves,
        ...(beside && { sidecar: beside.bytes })
      }
      given.set(source, { file, beside, shelves })
      yield source
    }
  }

  /** The name of the collection of a file's folder; null where it goes in none. */
  #shelfOf({ folder }: Found): string | null {
    const { path: at, unnamed } = folder
    return this.#options.collections && at !== '' && !unnamed ? at : null
  }

  #done({ found, id }: Hashed, outcome: Partial<ImportFile> & Pick<ImportFile, 'status'>): ImportFile {
    this.#tally.passed(found.size)
    const event: ImportFile = {
      type: 'file',
      path: pathOf(found),
      id: id || null,
      photo: null,
      error: null,
      reason: null,
      ...outcome
    }
    return this.#tally.done(event, found.size)
  }
}

function outcomeOf({ status, photo, error }: AddResult): Pick<ImportFile, 'status' | 'photo' | 'error'> {
  const said = status === 'duplicate' ? 'known' : status
  return { status: said, photo, error: error && asCoded(error) }
}

function bytesOf(files: Hashed[]): number {
  return files.reduce((sum, { found }) => sum + found.size, 0)
}
