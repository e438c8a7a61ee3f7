import fs from 'fs'
import b4a from 'b4a'
import { AlbumError } from '../errors.ts'
import type { MediaSource } from '../types.ts'
import { fromDisk } from '../util/disk.ts'

export type { MediaSource } from '../types.ts'

/** A file of which any part can be read. */
export interface RandomAccess {
  /** Bytes in all. */
  readonly size: number
  /** Bytes from `start` on; fewer than `length` only where the file ends. */
  read(start: number, length: number): Promise<Uint8Array>
}

/** To be closed after use. */
export interface OpenFile extends RandomAccess {
  close(): Promise<void>
}

export function openBytes(bytes: Uint8Array): RandomAccess {
  return {
    size: bytes.byteLength,
    async read(start, length) {
      return bytes.subarray(Math.max(0, start), Math.max(0, start + length))
    }
  }
}

export async function openSource(source: MediaSource): Promise<OpenFile> {
  if ('path' in source) return openPath(source.path)
  return { ...openBytes(source.bytes), close: async () => {} }
}

/** Throws `FILE_NOT_FOUND`, `NOT_A_FILE` or `FILE_UNREADABLE`. */
export async function openPath(path: string): Promise<OpenFile> {
  const handle = await fromDisk(path, () => fs.promises.open(path, 'r'))
  try {
    const stat = await fromDisk(path, () => handle.stat())
    if (!stat.isFile()) throw new AlbumError('NOT_A_FILE', `${path} is not a file`)
    return {
      size: stat.size,
      read: (start, length) => fromDisk(path, () => readFully(handle, stat.size, start, length)),
      close: () => handle.close()
    }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** A part of a file, as a file of its own. */
export function openPart(file: RandomAccess, start: number, end: number): RandomAccess {
  const size = Math.max(0, Math.min(end, file.size) - start)
  return {
    size,
    async read(from, length) {
      const bounded = Math.min(length, size - from)
      return bounded > 0 ? file.read(start + from, bounded) : b4a.alloc(0)
    }
  }
}

async function readFully(
  handle: fs.promises.FileHandle,
  size: number,
  start: number,
  length: number
): Promise<Uint8Array> {
  // What is said of lengths inside a file may be a lie: nothing is allocated for bytes that are not there.
  const bytes = b4a.allocUnsafeSlow(Math.max(0, Math.min(length, size - start)))
  let filled = 0
  while (filled < bytes.byteLength) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.byteLength - filled, start + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}
