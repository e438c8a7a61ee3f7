import b4a from 'b4a'
import type { AlbumErrorLike, DownloadResult, Progress, Variant } from '../types.ts'
import { AlbumError, codeOf } from '../errors.ts'
import type { Log } from '../log/log.ts'
import type { Storage } from '../log/storage.ts'
import { bounded, isClosing } from '../util/wait.ts'
import type { Cast } from '../view/cast.ts'
import type { Found, Queries } from '../view/queries.ts'
import { PURGED } from '../view/rows.ts'
import type { Blobs, Patience } from './blobs.ts'
import type { Receipts } from './receipts.ts'
import { type PhotoBlob, blobsOf } from './sources.ts'

// Photos fetched at the same time.
const PARALLEL = 4
// How long, in milliseconds, who asked for photos waits until the others have been told that they are here.
const TELLING = 3000

/** What fetching stands on. */
export interface FetchParts {
  log: Log
  storage: Storage
  queries: Queries
  blobs: Blobs
  receipts: Receipts
  closing: AbortSignal
}

/** What fetching takes. */
export interface FetchOptions extends Patience {
  /** Of all photos, or of each. */
  variants: Variant[] | ((photo: Found) => Promise<Variant[]>)
  /** Also, in the background, what this device let go of. */
  again?: boolean
  /** Photos fetched at the same time, asked again before each. */
  parallel?: (() => number) | undefined
  onprogress?: ((progress: Progress) => void) | undefined
}

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
    // It is waited for below; and by nobody where there is no next photo, since the album is being closed.
    task.catch(() => {})
    running.add(task)
    while (running.size >= (options.parallel?.() ?? PARALLEL)) await Promise.race(running)
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
  const photo = { id, record }
  const variants = Array.isArray(options.variants) ? options.variants : await options.variants(photo)
  for (const blob of await wantedBlobs(parts, photo, cast, { ...options, variants })) {
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
  { variants, background, again }: Pick<FetchOptions, 'background' | 'again'> & { variants: Variant[] }
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
  { blobs, receipts, queries, storage }: FetchParts,
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
    const instead = others.filter((other) => other !== source)
    const patience = { ...options, instead, ...(source !== first && { timeout: 0 }) }
    const fetched = await blobs.fetch(source, sha256, patience).catch((error: unknown) => {
      if (codeOf(error) !== 'STORAGE_FULL') throw error
      full = error
      return null
    })
    if (fetched?.right && (await isPurged(queries, sha256 ?? id))) {
      // What is dropped once for a purge is not looked at again: this came after, or may have.
      await storage.owe()
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
