import fs from 'fs'
import path from 'path'
import b4a from 'b4a'
import { AlbumError } from './errors.ts'
import type { AddOptions, BlobLike, Source, SourceWithOptions } from './types.ts'
import { fromDisk } from './util/disk.ts'

// Files up to this size are read once, into memory; larger ones are read twice, in flat memory.
const WHOLE_BYTES = 8 * 1024 * 1024
const CHUNK_BYTES = 1024 * 1024

/** Something to add, opened: its bytes in memory, or a way to read them. */
export interface OpenSource {
  name: string
  /** Where it lies, of a file; null of anything else. */
  path: string | null
  /** Milliseconds since 1970, by the file's own time; null where it has none. */
  modified: number | null
  /** All bytes, where they are few. */
  bytes: Uint8Array | null
  /** How many bytes of it are in memory. */
  held: number
  /** A stream of the bytes. */
  stream(): AsyncIterable<Uint8Array>
  /** Whether `stream` may be called again. */
  repeatable: boolean
  /** Throws `FILE_CHANGED` where the file is not any more what was opened. */
  check(size: number): Promise<void>
}

const unchanged = async (): Promise<void> => {}

/** Separates a source from the options that came with it. */
export function withOptions(item: SourceWithOptions): { source: Source; options: AddOptions } {
  if (typeof item === 'object' && item !== null && 'source' in item && !(Symbol.asyncIterator in item)) {
    const { source, ...options } = item
    return { source, options }
  }
  return { source: item as Source, options: {} }
}

/** Ends the reading of a source that the caller gave when it is to stop, whatever the source does. */
type Bounded = (bytes: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>

export async function openSource(
  source: Source,
  name: string | undefined,
  bounded: Bounded
): Promise<OpenSource> {
  if (typeof source === 'string') return openFile(source, name)
  if (source instanceof Uint8Array) return inMemory(source, name ?? '')
  if (isBlob(source)) return openBlob(source, name, bounded)
  if (typeof source === 'object' && source !== null && Symbol.asyncIterator in source) {
    return openStream(bounded(asBytes(source)), name ?? '')
  }
  throw new AlbumError('BAD_ARGUMENT', 'A photo is given as a path, bytes, a Blob or a stream')
}

function inMemory(bytes: Uint8Array, name: string, modified: number | null = null): OpenSource {
  async function* stream(): AsyncGenerator<Uint8Array> {
    yield bytes
  }
  const held = bytes.byteLength
  return { name, path: null, modified, bytes, held, stream, repeatable: true, check: unchanged }
}

async function openFile(file: string, name: string | undefined): Promise<OpenSource> {
  const before = await fromDisk(file, () => fs.promises.stat(file))
  if (!before.isFile()) throw new AlbumError('NOT_A_FILE', `${file} is not a file`)
  if (before.size === 0) throw new AlbumError('FILE_EMPTY', `${file} is empty`)
  const check = async (size: number): Promise<void> => {
    const after = await fromDisk(file, () => fs.promises.stat(file))
    if (size !== before.size || after.size !== before.size || after.mtimeMs !== before.mtimeMs) {
      throw new AlbumError('FILE_CHANGED', `${file} changed while it was read: try again when it is complete`)
    }
  }
  const modified = before.mtimeMs
  const called = name ?? path.basename(file)
  if (before.size <= WHOLE_BYTES) {
    const bytes = await fromDisk(file, () => fs.promises.readFile(file))
    return { ...inMemory(bytes, called, modified), path: file, check }
  }
  const stream = (): AsyncIterable<Uint8Array> => readFile(file)
  return { name: called, path: file, modified, bytes: null, held: 0, stream, repeatable: true, check }
}

async function* readFile(file: string): AsyncGenerator<Uint8Array> {
  const handle = await fromDisk(file, () => fs.promises.open(file, 'r'))
  try {
    for (;;) {
      const chunk = b4a.allocUnsafeSlow(CHUNK_BYTES)
      const { bytesRead } = await fromDisk(file, () => handle.read(chunk, 0, CHUNK_BYTES, null))
      if (bytesRead === 0) return
      yield chunk.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}

function isBlob(source: Source): source is BlobLike {
  return (
    typeof source === 'object' &&
    source !== null &&
    'stream' in source &&
    typeof source.stream === 'function' &&
    'size' in source
  )
}

async function openBlob(blob: BlobLike, name: string | undefined, bounded: Bounded): Promise<OpenSource> {
  const stream = (): AsyncIterable<Uint8Array> => asBytes(blob.stream() as AsyncIterable<Uint8Array>)
  const called = name ?? blob.name ?? ''
  const modified = Number.isFinite(blob.lastModified) ? (blob.lastModified as number) : null
  if (blob.size > WHOLE_BYTES)
    return {
      name: called,
      path: null,
      modified,
      bytes: null,
      held: 0,
      stream,
      repeatable: true,
      check: unchanged
    }
  const chunks: Uint8Array[] = []
  for await (const chunk of bounded(stream())) chunks.push(chunk)
  return inMemory(b4a.concat(chunks), called, modified)
}

/** A stream that is short is read at once; of a long one, what was read is kept for its beginning. */
async function openStream(source: AsyncIterable<Uint8Array>, name: string): Promise<OpenSource> {
  const iterator = source[Symbol.asyncIterator]()
  const head: Uint8Array[] = []
  let held = 0
  while (held <= WHOLE_BYTES) {
    const next = await iterator.next()
    if (next.done) return inMemory(b4a.concat(head), name)
    head.push(next.value)
    held += next.value.byteLength
  }
  async function* stream(): AsyncGenerator<Uint8Array> {
    try {
      for (let chunk = head.shift(); chunk; chunk = head.shift()) yield chunk
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
    } finally {
      await iterator.return?.()
    }
  }
  return { name, path: null, modified: null, bytes: null, held, stream, repeatable: false, check: unchanged }
}

/** A stream that somebody gave: what it yields is bytes, its failures have a code, and leaving it early ends it. */
function asBytes(source: AsyncIterable<Uint8Array> & { destroy?: () => void }): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = source[Symbol.asyncIterator]()
      return {
        async next() {
          const next = await iterator.next().catch((cause: unknown) => {
            throw new AlbumError('FILE_UNREADABLE', 'The stream failed before its end', { cause })
          })
          if (next.done || next.value instanceof Uint8Array) return next
          throw new AlbumError('BAD_ARGUMENT', 'A stream of a photo gives bytes')
        },
        async return() {
          // One of Node that is silent hears of nothing else.
          source.destroy?.()
          await iterator.return?.()
          return { done: true, value: undefined }
        }
      }
    }
  }
}
