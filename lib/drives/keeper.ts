import b4a from 'b4a'
import type { AlbumErrorLike, DownloadResult, Progress, Variant } from '../types.ts'
import { AlbumError, codeOf } from '../errors.ts'
import type { Keychain } from '../log/keychain.ts'
import type { Log } from '../log/log.ts'
import type { Storage } from '../log/storage.ts'
import { Rounds } from '../util/rounds.ts'
import { bounded, isClosing, sleep } from '../util/wait.ts'
import type { Cast } from '../view/cast.ts'
import type { Changes } from '../view/changes.ts'
import { EVERYTHING } from '../view/indexes.ts'
import type { Found, Queries } from '../view/queries.ts'
import { PURGED } from '../view/rows.ts'
import type { Watchers } from '../view/watchers.ts'
import type { Blobs, Patience } from './blobs.ts'
import type { Receipts } from './receipts.ts'
import { type PhotoBlob, blobsOf } from './sources.ts'

// Photos fetched at the same time; milliseconds after opening until the background begins, and after somebody came until
// it looks what they have.
const PARALLEL = 4
const FIRST_PASS = 1000
const GREETING = 2000
const LOOK_AGAIN = 3000
// How long, in milliseconds, who asked for photos waits until the others have been told that they are here.
const TELLING = 3000
// Where the keychain keeps how far the background has come.
const MARK = 'kept'

interface Parts {
  log: Log
  storage: Storage
  keychain: Keychain
  queries: Queries
  blobs: Blobs
  receipts: Receipts
  watchers: Pick<Watchers, 'open' | 'take' | 'close'>
  closing: AbortSignal
  warn(error: unknown): void
}

/** What fetching takes. */
export interface FetchOptions extends Patience {
  variants: Variant[]
  /** Also, in the background, what this device let go of. */
  again?: boolean
  onprogress?: ((progress: Progress) => void) | undefined
}

/** Fetches photos to this device: what somebody asks for, and in the background what the device is to keep. */
export class Keeper {
  readonly #parts: Parts
  readonly #variants: Variant[]
  readonly #passes: Rounds
  #changes: Changes | null = null
  #whole = false
  #retry = false
  #met = 0
  #looking = false
  // Ids of photos that nobody reachable had, tried again when somebody comes.
  #missing: string[] = []

  constructor(parts: Parts, variants: Variant[]) {
    this.#parts = parts
    this.#variants = variants
    this.#passes = new Rounds(
      () => this.#pass(),
      (error) => {
        if (!isClosing(error) && codeOf(error) !== 'ABORTED') parts.warn(error)
      }
    )
  }

  /** Something may be there to fetch; with `peers`, also what nobody had before. */
  wake(options: { peers?: boolean } = {}): void {
    if (options.peers) {
      this.#retry = true
      this.#met = Date.now()
    }
    if (this.#variants.length > 0) this.#passes.wake()
  }

  // The first pass looks at all photos, others at what changed since. How far it came is remembered over restarts, so
  // that opening a large album reads no more than what is new.
  async #pass(): Promise<void> {
    const { queries, keychain, log, watchers, receipts, closing } = this.#parts
    // Whoever opens an album wants to see its first page.
    if (this.#changes === null) await sleep(FIRST_PASS, closing)
    if (!log.whole || closing.aborted) return
    const changes = (this.#changes ??= await this.#start())
    const changed = await watchers.take(changes)
    if (changed.holds && this.#missing.length > 0) this.#lookAgainSoon()
    const all = changed.reset || !this.#whole
    const again = this.#retry ? this.#missing.map((id) => b4a.from(id, 'hex')) : []
    this.#retry = false
    const some = [...changed.photos.map(({ id }) => id), ...again]
    if (!all && some.length === 0) return
    const photos = all ? queries.list(EVERYTHING) : this.#found(some)
    // What fails is begun anew: what changed is told once.
    this.#whole = false
    const { missing } = await fetchPhotos(this.#parts, photos, this.#options())
    this.#whole = true
    const tried = all ? this.#missing : some.map((id) => b4a.toString(id, 'hex'))
    const tooLarge = missing.find(
      ({ id, error }) => error.code === 'STORAGE_FULL' && !this.#missing.includes(id)
    )
    if (tooLarge) this.#parts.warn(tooLarge.error)
    const left = this.#missing.filter((id) => !tried.includes(id))
    this.#missing = [...new Set([...left, ...missing.map(({ id }) => id)])]
    // What is marked as done is not looked at again: the others must have been told.
    const done = this.#missing.length === 0 && (await receipts.publish().catch(() => false))
    if (done) await keychain.put(MARK, this.#variants.join(), b4a.from(changed.cursor))
  }

  // Somebody holds more than before: perhaps what was missing.
  #lookAgainSoon(): void {
    if (this.#looking) return
    this.#looking = true
    void sleep(LOOK_AGAIN, this.#parts.closing).then(() => {
      this.#looking = false
      this.wake({ peers: true })
    })
  }

  // An album has many photos whose holders are away: nobody is waited for once it is clear who is there.
  #options(): FetchOptions {
    const met = (): number => this.#met
    return {
      variants: this.#variants,
      signal: this.#parts.closing,
      background: true,
      get timeout() {
        return Math.max(0, met() + GREETING - Date.now())
      }
    }
  }

  async #start(): Promise<Changes> {
    const { keychain, watchers } = this.#parts
    const mark = await keychain.get(MARK, this.#variants.join())
    const { reader, resumed } = await watchers.open(mark ? b4a.toString(mark) : undefined)
    if (resumed) this.#whole = true
    return reader
  }

  async *#found(ids: Uint8Array[]): AsyncGenerator<Found> {
    for (const id of ids) {
      const standing = await this.#parts.queries.rows((rows) => rows.record(id))
      if (standing && standing.record.trashed === null) yield { id, record: standing.record }
    }
  }

  async close(): Promise<void> {
    if (this.#changes) this.#parts.watchers.close(this.#changes)
    await this.#passes.end()
  }
}

/** What fetching stands on. */
export type FetchParts = Pick<Parts, 'log' | 'storage' | 'queries' | 'blobs' | 'receipts' | 'closing'>

// What a run of fetches has come to; `full` ends it, `dropped` says that the disk has something to give back.
interface Run extends DownloadResult {
  full: AlbumError | null
  dropped: boolean
}

/** Fetches variants of photos to this disk and checks originals against their hash. */
export async function fetchPhotos(
  parts: FetchParts,
  photos: AsyncIterable<Found>,
  options: FetchOptions
): Promise<DownloadResult> {
  const run: Run = { files: 0, bytes: 0, missing: [], full: null, dropped: false }
  const cast = await parts.queries.cast()
  const running = new Set<Promise<void>>()
  for await (const photo of photos) {
    if (options.signal?.aborted || parts.closing.aborted || run.full) break
    const task = fetchPhoto(parts, photo, cast, options, run).finally(() => running.delete(task))
    running.add(task)
    if (running.size >= PARALLEL) await Promise.race(running)
  }
  await Promise.all(running)
  if (parts.closing.aborted) throw new AlbumError('CLOSED', 'The album was closed while downloading')
  if (options.signal?.aborted) throw new AlbumError('ABORTED', 'The download was aborted')
  // What is not written down is checked again another time.
  await parts.blobs.remember().catch(() => {})
  if (run.dropped) {
    // An open state of the view would keep it.
    parts.queries.invalidate()
    await parts.storage.compact().catch(() => {})
  }
  await tell(parts, options)
  if (run.full) throw run.full
  const { files, bytes, missing } = run
  return { files, bytes, missing }
}

// Whoever closes the album after a download has told of it. Where it cannot be told now, it is told later.
async function tell({ receipts }: FetchParts, { signal }: FetchOptions): Promise<void> {
  const telling = receipts.publish()
  const wait = { timeout: TELLING, ...(signal && { signal }) }
  await bounded(telling, wait, 'Telling what is here').catch(() => {})
}

async function fetchPhoto(
  parts: FetchParts,
  { id, record }: Found,
  cast: Cast,
  options: FetchOptions,
  run: Run
): Promise<void> {
  for (const blob of await wantedBlobs(parts, { id, record }, cast, options)) {
    const { sources } = blob
    if (sources.length === 0) continue
    try {
      const bytes = await fetchBlob(parts, id, blob, options, run)
      if (bytes > 0) run.files++
      run.bytes += bytes
      if (bytes > 0) options.onprogress?.({ files: run.files, bytes: run.bytes, total: null })
    } catch (error) {
      if (parts.closing.aborted || isClosing(error) || codeOf(error) === 'ABORTED') return
      const known =
        error instanceof AlbumError
          ? error
          : new AlbumError('PHOTO_UNAVAILABLE', String(error), { cause: error })
      // One that does not fit keeps none of the others from coming, but where nothing fits any more.
      const full = known.code === 'STORAGE_FULL' && (await isFull(parts.storage))
      if (full) {
        run.full = known
        return
      }
      const holders = await parts.receipts.holderNames(sources, cast).catch(() => [])
      const told: AlbumErrorLike =
        known.code === 'PHOTO_UNAVAILABLE' ? new AlbumError(known.code, known.message, { holders }) : known
      run.missing.push({ id: b4a.toString(id, 'hex'), error: told })
    }
  }
}

/** The blobs that the wanted variants of a photo stand for; in the background none that this device let go of. */
async function wantedBlobs(
  { queries, log }: FetchParts,
  { id, record }: Found,
  cast: Cast,
  { variants, background, again }: FetchOptions
): Promise<PhotoBlob[]> {
  const own = background && !again ? (cast.deviceByWriter(log.writer)?.number ?? 0) : 0
  return queries.rows(async (rows) => {
    const blobs: PhotoBlob[] = []
    for (const variant of variants) {
      for (const blob of await blobsOf(rows, id, record, cast, variant)) {
        const freed = own > 0 && blob.sha256 !== null && (await rows.leave(own, blob.sha256))?.granted
        if (!freed) blobs.push(blob)
      }
    }
    return blobs
  })
}

async function isPurged(queries: Queries, id: Uint8Array): Promise<boolean> {
  return (await queries.rows((rows) => rows.place(id)))?.state === PURGED
}

function isFull(storage: Storage): Promise<boolean> {
  return storage.room(0).then(
    () => false,
    () => true
  )
}

/** Resolves to the bytes fetched, 0 where they were there. */
async function fetchBlob(
  { blobs, receipts, queries }: FetchParts,
  id: Uint8Array,
  { sha256, sources }: PhotoBlob,
  options: FetchOptions,
  run: Run
): Promise<number> {
  const trusted = sha256 ? await blobs.trusted(sources, sha256) : sources
  for (const source of trusted) {
    if (!(await blobs.holds(source, sha256))) continue
    receipts.arrived(source)
    return 0
  }
  // Somebody's bytes may not be what their name says, or not fit: another's are tried.
  const others = sha256 ? await blobs.trusted(trusted, sha256) : trusted
  let corrupt = others.length < sources.length
  let full: unknown = null
  const first = await blobs.choose(others, 0, options)
  for (const source of first ? [first, ...others.filter((one) => one !== first)] : []) {
    const patience = source === first ? options : { ...options, timeout: 0 }
    const fetched = await blobs.fetch(source, sha256, patience).catch((error: unknown) => {
      if (codeOf(error) !== 'STORAGE_FULL') throw error
      full = error
      return null
    })
    if (fetched?.right && (await isPurged(queries, sha256 ?? id))) {
      // What is dropped once for a purge is not looked at again: this came after, or may have.
      await blobs.clear(source, fetched.brought)
      run.dropped = true
      return 0
    }
    if (fetched?.right) {
      receipts.arrived(source)
      return source.pointer.byteLength
    }
    corrupt ||= fetched !== null
  }
  if (full !== null) throw full
  throw corrupt
    ? new AlbumError('PHOTO_CORRUPT', 'The bytes that others gave are not this photo')
    : new AlbumError('PHOTO_UNAVAILABLE', 'Nobody who can be reached has this photo')
}
