export { Album } from './lib/album.ts'
export { AlbumError, type AlbumErrorCode } from './lib/errors.ts'
export type * from './lib/types.ts'
