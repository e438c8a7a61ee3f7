import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { AlbumError } from '../errors.ts'
import { SNIFF_BYTES, sniff } from '../media/sniff.ts'
import type { Signal } from '../types.ts'
import { fromDisk } from '../util/disk.ts'
import { abortError } from '../util/wait.ts'

const CHUNK_BYTES = 1024 * 1024

// A pipe that was put in the place of a file would be waited for.
const FLAGS = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0)

/** A buffer to hash files with, one after another. */
export function hashBuffer(): Buffer {
  return Buffer.allocUnsafeSlow(CHUNK_BYTES)
}

/**
 * The SHA-256 of a file, in hex. What is no photo or video by its first bytes is not read to its end:
 * `UNSUPPORTED_FILE`. Throws `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `FILE_EMPTY`, `ABORTED`.
 */
export async function hashFile(
  file: string,
  buffer: Buffer,
  signal: Signal | undefined,
  onbytes: (bytes: number) => void
): Promise<string> {
  const handle = await fromDisk(file, () => fs.promises.open(file, FLAGS))
  try {
    const hash = createHash('sha256')
    for (let size = 0; ;) {
      if (signal?.aborted) throw abortError(signal)
      const { bytesRead } = await fromDisk(file, () => handle.read(buffer, 0, CHUNK_BYTES, null))
      if (size === 0) check(file, buffer.subarray(0, bytesRead))
      hash.update(buffer.subarray(0, bytesRead))
      size += bytesRead
      onbytes(bytesRead)
      // A file gives all that is asked for until its end.
      if (bytesRead < CHUNK_BYTES) return hash.digest('hex')
    }
  } finally {
    await handle.close()
  }
}

function check(file: string, head: Uint8Array): void {
  if (head.byteLength === 0) throw new AlbumError('FILE_EMPTY', `${file} is empty`)
  if (sniff(head.subarray(0, SNIFF_BYTES)) === -1) {
    throw new AlbumError('UNSUPPORTED_FILE', `${file} is not a photo or video this album takes`)
  }
}
