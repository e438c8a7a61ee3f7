import { createHash } from 'crypto'
import b4a from 'b4a'
import type { Pointer } from 'hyperblobs'
import { type Draft, Ends, checkOptions, draftOf } from './drafts.ts'
import type { OwnDrives } from './drives/own.ts'
import { AlbumError, codeOf } from './errors.ts'
import type { Actor } from './log/actor.ts'
import { type AddStatus, type Known, isNew, knownAs, statusOf } from './known.ts'
import { type RandomAccess, openBytes } from './media/file.ts'
import { SNIFF_BYTES, sniffFile } from './media/sniff.ts'
import type { In } from './schema/codec.ts'
import { MAX_PHOTOS, opsOf, pathOf } from './packing.ts'
import type { Session } from './session.ts'
import { type OpenSource, openSource } from './sources.ts'
import { examineOptions, renditionsOf, renditionBytes, writeRenditions } from './renditions.ts'
import type { AddOptions, Examined, KnownStatus, MediaSource, Photo, Signal, Source } from './types.ts'
import { toHex } from './util/hex.ts'
import { abortError, deferred, interruptible } from './util/wait.ts'
import { presentPhoto } from './view/present.ts'
import * as rules from './view/rules.ts'

// A run of files that are written together has so many bytes.
const RUN_BYTES = 16 * 1024 * 1024

// With these the log refused an op before anything was written.
const REFUSALS = ['NOT_WRITABLE', 'INDEX_INCOMPLETE', 'REMOVED']

/** A source that was opened; where it is small, read and hashed too. */
export interface Prepared {
  source: OpenSource
  options: AddOptions
  whole: Whole | null
}

interface Whole {
  id: Uint8Array
  type: number
  bytes: Uint8Array
  /** What it shows and says; null where the album has it, or nobody can say. */
  examined: Examined | null
}

type PreparedWhole = Prepared & { whole: Whole }

export interface Written {
  /** The photo's id. */
  id: Uint8Array
  status: AddStatus
  /** Size of the file. */
  bytes: number
}

/** Adds photos to the album in somebody's name: read, hash, look up, write the bytes, and only then the op. */
export class Adding {
  readonly #session: Session
  readonly #actor: Actor

  constructor(session: Session, actor: Actor) {
    this.#session = session
    this.#actor = actor
  }

  /** Opens a source, and reads and hashes it where it is small. */
  async prepare(source: Source, options: AddOptions): Promise<Prepared> {
    // A copy, before anything is waited for: the caller may go on using its buffer.
    const own = source instanceof Uint8Array ? new Uint8Array(source) : source
    await this.#author()
    await checkOptions(options, this.#session.queries)
    const open = await openSource(own, options.name, (bytes) => this.#bounded(bytes, options.signal))
    const { bytes } = open
    if (bytes === null) return { source: open, options, whole: null }
    if (bytes.byteLength === 0) throw new AlbumError('FILE_EMPTY', 'There are no bytes to add')
    await open.check(bytes.byteLength)
    const type = await typeOf(openBytes(bytes), open.name)
    const id = new Uint8Array(createHash('sha256').update(bytes).digest())
    // Only what is new is decoded; what is added twice at once may be decoded twice.
    const [known] = (await this.#lookUp([{ id, restore: options.restore }])) as [Known]
    if (!isNew(known)) return { source: open, options, whole: { id, type, bytes, examined: null } }
    // A process that decodes reads a file faster than it is sent one.
    const { path } = open
    const examined = await this.#examine(path === null ? { bytes } : { path }, type, open, options)
    await open.check(bytes.byteLength)
    return { source: open, options, whole: { id, type, bytes, examined } }
  }

  /** Writes what was prepared, in order and in one run. Resolves when the album shows the photos. */
  async write(run: Prepared[]): Promise<(Written | Error)[]> {
    const outcomes = new Map<Prepared, Written | Error>()
    const whole = run.filter((one): one is PreparedWhole => one.whole !== null)
    const free = whole.filter((one) => this.#claim(one.whole.id))
    await this.#writeWhole(free, outcomes)
    for (const one of free) this.#release(one.whole.id)
    for (const one of run) {
      if (one.whole === null) outcomes.set(one, await this.#writeStream(one).catch(asError))
    }
    // These bytes were being added by somebody else, or a second time in this run: now the album knows them.
    for (const one of whole.filter((each) => !free.includes(each))) {
      await this.#exclusively(one.whole.id, () => this.#writeWhole([one], outcomes))
    }
    return run.map((one) => outcomes.get(one) as Written | Error)
  }

  /** Photos as the member sees them; null for those that are not there. */
  async photos(ids: Uint8Array[]): Promise<(Photo | null)[]> {
    const { queries } = this.#session
    const found = await queries.rows((rows) => Promise.all(ids.map((id) => rows.photo(id))))
    const cast = await queries.cast()
    const me = this.#actor.authorIn(cast)?.member ?? 0
    return found.map((one) => one && presentPhoto(one.id, one.record, cast, me))
  }

  /** What the album knows of bytes by their hashes, all at one state of it. */
  async known(ids: Uint8Array[]): Promise<KnownStatus[]> {
    const found = await this.#lookUp(ids.map((id) => ({ id, restore: false })))
    return found.map(({ status }) => {
      if (status === 'another') return 'shared'
      // Only asked for when something is to be taken out of the trash.
      return status === 'restore' ? 'trashed' : status
    })
  }

  /** Aborts when the album closes. */
  get closing(): AbortSignal {
    return this.#session.closing
  }

  #author(): Promise<rules.Author> {
    return this.#actor.require(rules.mayContribute, 'add photos')
  }

  #examine(
    source: MediaSource,
    type: number,
    { name, modified }: OpenSource,
    options: AddOptions
  ): Promise<Examined | null> {
    return this.#session.examining.examine(source, type, examineOptions(name, modified, options))
  }

  // ---- one at a time for the same bytes

  #claim(id: Uint8Array): boolean {
    const { adding } = this.#session
    const hex = toHex(id)
    if (adding.has(hex)) return false
    adding.set(hex, deferred())
    return true
  }

  #release(id: Uint8Array): void {
    const { adding } = this.#session
    const hex = toHex(id)
    adding.get(hex)?.resolve()
    adding.delete(hex)
  }

  async #exclusively<T>(id: Uint8Array, task: () => Promise<T>): Promise<T> {
    while (!this.#claim(id)) await this.#session.adding.get(toHex(id))?.promise
    try {
      return await task()
    } finally {
      this.#release(id)
    }
  }

  // ---- what the album knows

  async #lookUp(files: { id: Uint8Array; restore: boolean | undefined }[]): Promise<Known[]> {
    const author = await this.#author()
    return this.#session.queries.rows((rows) =>
      Promise.all(files.map(({ id, restore }) => knownAs(rows, id, author, restore ?? false)))
    )
  }

  /** What becomes of bytes that need not be written; null where they do. */
  async #spared({ id, status }: Known, bytes: number): Promise<Written | null> {
    if (status === 'another' || status === 'new') return null
    if (status !== 'restore') return { id, status, bytes }
    await this.#actor.append('restore', { ids: [id] })
    return { id, status: 'duplicate', bytes }
  }

  // ---- files in memory

  async #writeWhole(files: PreparedWhole[], outcomes: Map<Prepared, Written | Error>): Promise<void> {
    try {
      if (files.length > 0) await this.#writeNew(files, outcomes)
    } catch (error) {
      for (const one of files) if (!outcomes.has(one)) outcomes.set(one, asError(error))
    }
  }

  async #writeNew(files: PreparedWhole[], outcomes: Map<Prepared, Written | Error>): Promise<void> {
    const known = await this.#lookUp(
      files.map(({ whole, options }) => ({ id: whole.id, restore: options.restore }))
    )
    const ends = new Ends(this.#session.queries)
    const fresh: { one: PreparedWhole; photo: Draft; status: AddStatus }[] = []
    for (const [i, one] of files.entries()) {
      const { id, type, bytes, examined } = one.whole
      const { signal } = one.options
      if (signal?.aborted) {
        outcomes.set(one, abortError(signal))
        continue
      }
      const spared = await this.#spared(known[i] as Known, bytes.byteLength)
      if (spared) {
        outcomes.set(one, spared)
        continue
      }
      const { name, modified } = one.source
      const read = async function* (start: number, length: number): AsyncGenerator<Uint8Array> {
        yield bytes.subarray(start, start + length)
      }
      const file = { id, type, size: bytes.byteLength, name, modified, read }
      try {
        const photo = await draftOf(file, one.options, examined, ends)
        fresh.push({ one, photo, status: statusOf(known[i] as Known) })
      } catch (error) {
        // What is wrong with one must not keep out the others.
        outcomes.set(one, asError(error))
      }
    }
    if (fresh.length === 0) return
    const needed = fresh.reduce(
      (sum, { one, photo }) => sum + photo.size + renditionBytes(one.whole.examined),
      0
    )
    await this.#session.storage.room(needed)
    const { drives, number } = await this.#session.drives.get()
    this.#alive()
    const pointers = await drives.write(
      fresh.map(({ one, photo }) => ({ path: pathOf(photo), bytes: one.whole.bytes }))
    )
    const renditions = await this.#writeRenditions(
      drives,
      fresh.map(({ one }) => one.whole)
    )
    const photos = fresh.map(({ photo }, i) => ({
      ...photo,
      ...renditions[i],
      drive: number,
      original: pointers[i] as Pointer
    }))
    await this.#tell(drives, photos)
    for (const { one, status } of fresh) {
      const { id, bytes } = one.whole
      outcomes.set(one, { id, status, bytes: bytes.byteLength })
    }
  }

  /** Tells the album where the bytes of new photos lie. What it refuses to hear of is dropped again. */
  async #tell(drives: OwnDrives, photos: In['photo'][]): Promise<void> {
    try {
      this.#alive()
      await this.#actor.appendAll(opsOf(photos).map((run) => this.#actor.encode('photos', { photos: run })))
    } catch (error) {
      if (REFUSALS.includes(codeOf(error))) {
        await drives.drop(photos.map((photo) => ({ path: pathOf(photo), pointer: photo.original })))
        await drives.dropRenditions(renditionsOf(photos))
      }
      throw error
    }
  }

  // ---- streams

  // Large files are hashed first where they can be read twice, so that a duplicate is not written to be dropped.
  async #writeStream({ source, options }: Prepared): Promise<Written> {
    const { restore } = options
    if (source.repeatable) {
      const { id, size } = await this.#hash(source, options)
      const spared = await this.#exclusively(id, async () => {
        const [known] = (await this.#lookUp([{ id, restore }])) as [Known]
        return this.#spared(known, size)
      })
      if (spared) return spared
    }
    const { drives, number } = await this.#session.drives.get()
    const head = { type: -1 }
    const {
      pointer,
      sha256: id,
      size
    } = await drives.stream(this.#withRoom(this.#checked(source, options, head)))
    let named = false
    try {
      if (size === 0) throw new AlbumError('FILE_EMPTY', 'There are no bytes to add')
      await source.check(size)
      return await this.#exclusively(id, async () => {
        const [known] = (await this.#lookUp([{ id, restore }])) as [Known]
        const spared = await this.#spared(known, size)
        if (spared) return spared
        const { name, modified } = source
        const read = (start: number, length: number): AsyncIterable<Uint8Array> =>
          drives.read(pointer, start, start + length)
        const file = { id, type: head.type, size, name, modified, read }
        const examined = await this.#examineWritten(pointer, drives, head.type, source, options)
        // It was looked at where it lies.
        await source.check(size)
        const photo = await draftOf(file, options, examined, new Ends(this.#session.queries))
        this.#alive()
        await drives.name([{ path: pathOf(photo), blob: pointer }])
        named = true
        const [renditions] = await this.#writeRenditions(drives, [{ id, examined }])
        await this.#tell(drives, [{ ...photo, ...renditions, drive: number, original: pointer }])
        return { id, status: statusOf(known), bytes: size }
      })
    } finally {
      if (!named) await drives.drop([{ path: null, pointer }]).catch(() => {})
    }
  }

  /** Pictures that the disk has no room for can be made another time: the photo is added all the same. */
  #writeRenditions(
    ...[drives, photos]: Parameters<typeof writeRenditions>
  ): ReturnType<typeof writeRenditions> {
    return writeRenditions(drives, photos).catch((error: unknown) => {
      if (codeOf(error) !== 'STORAGE_FULL') throw error
      this.#session.warn(error)
      return photos.map(() => ({}))
    })
  }

  /** Looks at a large file: where it lies, or as it was written. */
  #examineWritten(
    pointer: Pointer,
    drives: OwnDrives,
    type: number,
    source: OpenSource,
    options: AddOptions
  ): Promise<Examined | null> {
    const { path, name, modified } = source
    if (path !== null) return this.#examine({ path }, type, source, options)
    const written = drives.read(pointer)
    const { byteLength } = pointer
    const told = examineOptions(name, modified, options)
    return this.#session.examining.examineStream(written, byteLength, type, told)
  }

  async #hash(source: OpenSource, options: AddOptions): Promise<{ id: Uint8Array; size: number }> {
    const hash = createHash('sha256')
    let size = 0
    for await (const chunk of this.#checked(source, options, { type: -1 })) {
      hash.update(chunk)
      size += chunk.byteLength
    }
    await source.check(size)
    return { id: new Uint8Array(hash.digest()), size }
  }

  /** The source's bytes, refused at once where their beginning is no photo. */
  async *#checked(
    source: OpenSource,
    options: AddOptions,
    found: { type: number }
  ): AsyncGenerator<Uint8Array> {
    let head: Uint8Array | null = b4a.alloc(0)
    for await (const chunk of this.#bounded(source.stream(), options.signal)) {
      if (head === null) {
        yield chunk
        continue
      }
      head = b4a.concat([head, chunk])
      if (head.byteLength < SNIFF_BYTES) continue
      found.type = await typeOf(openBytes(head), source.name)
      yield head
      head = null
    }
    if (head !== null && head.byteLength > 0) {
      found.type = await typeOf(openBytes(head), source.name)
      yield head
    }
  }

  /** The same bytes, ended before the disk is full. */
  async *#withRoom(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let granted = 0
    for await (const chunk of bytes) {
      if (granted < chunk.byteLength) {
        await this.#session.storage.room(RUN_BYTES)
        granted = RUN_BYTES
      }
      granted -= chunk.byteLength
      yield chunk
    }
  }

  /** The same bytes, ended where the album closes or the caller gives up, also where the source has fallen silent. */
  #bounded(bytes: AsyncIterable<Uint8Array>, signal: Signal | undefined): AsyncIterable<Uint8Array> {
    const { closing } = this.#session
    return interruptible(bytes, signal ? [closing, signal] : [closing], () =>
      this.#session.closed ? closedError() : abortError(signal)
    )
  }

  #alive(): void {
    if (this.#session.closed) throw closedError()
  }
}

/** What an addition fails with that had no effect. */
export function notTaken(): AlbumError {
  return new AlbumError('FORBIDDEN', 'The album did not take this photo: your role has changed meanwhile')
}

function closedError(): AlbumError {
  return new AlbumError('CLOSED', 'The album was closed while adding')
}

/** Whether a run of prepared sources is large enough to be written. */
export function isFull(run: Prepared[]): boolean {
  let bytes = 0
  for (const { source } of run) bytes += source.held
  return run.length >= MAX_PHOTOS || bytes >= RUN_BYTES
}

async function typeOf(file: RandomAccess, name: string): Promise<number> {
  const type = await sniffFile(file)
  if (type === -1) {
    throw new AlbumError(
      'UNSUPPORTED_FILE',
      `${name === '' ? 'This' : name} is not a photo or video this album takes`
    )
  }
  return type
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
