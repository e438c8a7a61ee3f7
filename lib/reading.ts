import { createHash } from 'crypto'
import b4a from 'b4a'
import type { BlobSource } from './drives/blobs.ts'
import { blobsOf } from './drives/sources.ts'
import { AlbumError, codeOf } from './errors.ts'
import type { Session } from './session.ts'
import type { ReadOptions, Variant } from './types.ts'
import { fromHex, toHex } from './util/hex.ts'
import { isClosing } from './util/wait.ts'
import type { Rows, Shown } from './view/rows.ts'

const HASH_BYTES = 32

/** A photo's bytes, checked at the end where all of an original has come. */
export async function* readBytes(
  session: Session,
  id: string,
  options: ReadOptions
): AsyncGenerator<Uint8Array> {
  const { variant = 'original' } = options
  const bytes = fromHex(id, HASH_BYTES)
  const found = bytes && (await session.queries.rows((rows) => fileIn(rows, bytes, variant)))
  if (!found) throw new AlbumError('NOT_FOUND', `There is no photo ${id}`)
  const end = session.looks.begin(toHex(found.record.still ?? found.id), variant)
  try {
    yield* readFound(session, found, options)
  } finally {
    end()
  }
}

async function* readFound(session: Session, found: Shown, options: ReadOptions): AsyncGenerator<Uint8Array> {
  const { variant = 'original', start = 0 } = options
  const { queries, blobs, receipts } = session
  const cast = await queries.cast()
  const [blob] = await queries.rows((rows) => blobsOf(rows, found.id, found.record, cast, variant))
  if (!blob || blob.sources.length === 0) throw new AlbumError('NOT_FOUND', `This photo has no ${variant}`)
  const { sha256, sources: all, part } = blob

  let cause: unknown
  const trusted = sha256 ? await blobs.trusted(all, sha256) : all
  if (trusted.length === 0) throw new AlbumError('PHOTO_CORRUPT', 'All that there was is not this photo')
  const base = part?.start ?? 0
  for (const { size: stored, sources } of bySize(trusted)) {
    const size = part?.size ?? stored
    const end = options.end === undefined ? size : options.end + 1
    if (![start, end].every(Number.isSafeInteger) || start < 0 || start >= end || end > size) {
      throw new AlbumError('BAD_ARGUMENT', `A range lies within 0 and ${size - 1}`)
    }
    const whole = start === 0 && end === size
    let begun = false
    try {
      for await (const chunk of readChecked(
        session,
        sources,
        { start: base + start, end: base + end },
        whole ? (part?.sha256 ?? sha256) : null,
        options
      )) {
        begun = true
        yield chunk
      }
      return
    } catch (error) {
      if (session.closed && (isClosing(error) || codeOf(error) === 'ABORTED')) {
        throw new AlbumError('CLOSED', 'The album was closed while reading', { cause: error })
      }
      // Somebody gave wrong bytes: the next read takes another's.
      if (codeOf(error) === 'PHOTO_CORRUPT' && sha256) {
        for (const source of sources) if (await blobs.has(source)) await blobs.check(source, sha256)
      }
      if (codeOf(error) !== 'PHOTO_UNAVAILABLE') throw error
      cause = error
      if (begun) break
    }
  }
  const holders = await receipts.holderNames(all, cast)
  const names = holders.length === 0 ? 'nobody' : holders.join(', ')
  const message = `Nobody who can be reached has this photo; it is held by ${names}`
  throw new AlbumError('PHOTO_UNAVAILABLE', message, { holders, cause })
}

/** A file is read by its own hash; what moves of a photo, by either file's. */
export function fileIn(rows: Rows, id: Uint8Array, variant: Variant): Promise<Shown | null> {
  return variant === 'motion' ? rows.photo(id) : rows.exact(id)
}

/** Sources of one size go on for each other; those of another size hold other bytes. */
function bySize(sources: BlobSource[]): { size: number; sources: BlobSource[] }[] {
  const sizes = [...new Set(sources.map(({ pointer }) => pointer.byteLength))]
  return sizes.map((size) => ({
    size,
    sources: sources.filter(({ pointer }) => pointer.byteLength === size)
  }))
}

async function* readChecked(
  { blobs }: Session,
  sources: BlobSource[],
  range: { start: number; end: number },
  sha256: Uint8Array | null,
  { signal, timeout }: ReadOptions
): AsyncGenerator<Uint8Array> {
  const hash = sha256 && createHash('sha256')
  for await (const chunk of blobs.read(sources, range, { signal, timeout })) {
    hash?.update(chunk)
    yield chunk
  }
  if (hash && sha256 && !b4a.equals(new Uint8Array(hash.digest()), sha256)) {
    throw new AlbumError('PHOTO_CORRUPT', 'The bytes that came are not this photo')
  }
}
