import { AlbumError } from '../../errors.ts'

/** The error of a stripped file in which something private was found. */
export function left(what: string): AlbumError {
  return new AlbumError('STRIP_FAILED', `The stripped file would still hold ${what}`)
}
