/** An error with a code, as `AlbumError` is. */
export interface AlbumErrorLike extends Error {
  readonly code: string
}
