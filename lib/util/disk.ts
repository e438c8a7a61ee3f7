import path from 'path'
import { AlbumError, codeOf } from '../errors.ts'

// What the file system says, by the codes of this library.

/**
 * A folder's full path. Throws `BAD_ARGUMENT` for what is none: the empty text of a variable that was not set would be the
 * folder that the program happens to run in.
 */
export function folderAt(folder: string): string {
  if (typeof folder === 'string' && folder !== '') return path.resolve(folder)
  throw new AlbumError('BAD_ARGUMENT', 'A folder is given as its path')
}

/** Reads a file, or a folder: throws `FILE_NOT_FOUND` or `FILE_UNREADABLE`. */
export async function fromDisk<T>(path: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new AlbumError('FILE_NOT_FOUND', `There is no file ${path}`, { cause: error })
    }
    throw new AlbumError('FILE_UNREADABLE', `${path} cannot be read`, { cause: error })
  }
}

/** Writes into a folder that is not an album's: throws `STORAGE_FULL` or `STORAGE_FAILED`. */
export async function toDisk<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (['ENOSPC', 'EDQUOT'].includes(codeOf(error))) {
      throw new AlbumError('STORAGE_FULL', 'The disk is full', { cause: error })
    }
    const text = error instanceof Error ? error.message : String(error)
    throw new AlbumError('STORAGE_FAILED', `The folder cannot be written: ${text}`, { cause: error })
  }
}
