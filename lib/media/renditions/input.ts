import fs from 'node:fs'
import { AlbumError, codeOf } from '../../errors.ts'
import type { MediaSource } from '../engine.ts'

/** A file or bytes, read at any place. */
export interface Input {
  source: MediaSource
  /** Bytes. */
  size: number
  /** So many bytes from there; fewer at the end. */
  read(position: number, length: number): Promise<Uint8Array>
  close(): Promise<void>
}

export async function openInput(source: MediaSource): Promise<Input> {
  if ('bytes' in source) {
    const { bytes } = source
    return {
      source,
      size: bytes.byteLength,
      read: async (position, length) => bytes.subarray(position, position + length),
      close: async () => {}
    }
  }
  const { path } = source
  const handle = await fs.promises.open(path, 'r').catch((error: unknown) => {
    throw unreadable(path, error)
  })
  const { size } = await handle.stat()
  return {
    source,
    size,
    async read(position, length) {
      const room = new Uint8Array(Math.max(0, Math.min(length, size - position)))
      const { bytesRead } = await handle.read(room, 0, room.byteLength, position).catch((error: unknown) => {
        throw unreadable(path, error)
      })
      return room.subarray(0, bytesRead)
    },
    close: () => handle.close()
  }
}

function unreadable(path: string, error: unknown): AlbumError {
  const missing = ['ENOENT', 'ENOTDIR'].includes(codeOf(error))
  return missing
    ? new AlbumError('FILE_NOT_FOUND', `There is no file ${path}`, { cause: error })
    : new AlbumError('FILE_UNREADABLE', `${path} cannot be read`, { cause: error })
}
