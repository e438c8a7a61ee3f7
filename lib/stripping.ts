import b4a from 'b4a'
import { AlbumError } from './errors.ts'
import { type RandomAccess, openBytes } from './media/file.ts'
import { fileIn, readBytes } from './reading.ts'
import type { Session } from './session.ts'
import type { ReadOptions } from './types.ts'
import { fromHex, toHex } from './util/hex.ts'
import { mimeOf } from './schema/mime.ts'

// Files up to this size are read whole, and so checked against their hash; of larger ones only what is asked for.
const WHOLE_BYTES = 32 * 1024 * 1024
const CHUNK_BYTES = 64 * 1024
const HASH_BYTES = 32

/** An original without what tells of its owner. */
export async function* readStripped(
  session: Session,
  id: string,
  options: ReadOptions
): AsyncGenerator<Uint8Array> {
  const { variant = 'original', start = 0, end, strip: _strip, ...wait } = options
  const bytes = fromHex(id, HASH_BYTES)
  const found = bytes && (await session.queries.rows((rows) => fileIn(rows, bytes, variant)))
  if (!found) throw new AlbumError('NOT_FOUND', `There is no photo ${id}`)
  if (variant === 'motion' && found.record.half?.by) {
    yield* readStripped(session, toHex(found.record.half.id), { ...options, variant: 'original' })
    return
  }
  if (variant !== 'original') {
    throw new AlbumError('BAD_ARGUMENT', 'Only originals tell of their owner, and the video of a Live Photo')
  }
  const { size, type, mime } = found.record
  const file =
    size <= WHOLE_BYTES
      ? openBytes(b4a.concat(await collect(readBytes(session, id, wait))))
      : partsOf(session, id, size, wait)
  // Loaded where somebody asks: a program that starts has much to read already.
  const { strip } = await import('./media/strip/strip.ts')
  const patch = await strip(file, mime ?? mimeOf(type))
  const last = end === undefined ? patch.size : end + 1
  if (![start, last].every(Number.isSafeInteger) || start < 0 || start >= last || last > patch.size) {
    throw new AlbumError('BAD_ARGUMENT', `A range lies within 0 and ${patch.size - 1}`)
  }
  for (let at = start; at < last; at += CHUNK_BYTES) yield patch.read(at, Math.min(CHUNK_BYTES, last - at))
}

function partsOf(session: Session, id: string, size: number, wait: ReadOptions): RandomAccess {
  return {
    size,
    async read(start, length) {
      const end = Math.min(start + length, size) - 1
      if (end < start) return b4a.alloc(0)
      return b4a.concat(await collect(readBytes(session, id, { ...wait, start, end })))
    }
  }
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return all
}
