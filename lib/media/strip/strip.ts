import { AlbumError } from '../../errors.ts'
import type { RandomAccess } from '../file.ts'
import { stripIso } from './iso.ts'
import { stripJpeg } from './jpeg.ts'
import type { Patch } from './patch.ts'
import { stripPng } from './png.ts'
import { verify } from './verify.ts'
import { stripWebp } from './webp.ts'

/**
 * The same photo or video without what it tells besides: places, times, serial numbers, maker notes, names, small
 * images inside, Motion Photo videos. Pixels, frames, sound and colour profile are the same bytes, and it is the
 * same way up. It is read again and checked before anybody gets it; `STRIP_FAILED` where it is broken or would still
 * tell something, `UNSUPPORTED_FILE` for types that this cannot be done to.
 */
export async function strip(file: RandomAccess, type: string): Promise<Patch> {
  const patch = await take(file, type)
  await verify(patch, type)
  return patch
}

async function take(file: RandomAccess, type: string): Promise<Patch> {
  switch (type) {
    case 'image/jpeg':
      return stripJpeg(file)
    case 'image/png':
      return stripPng(file)
    case 'image/webp':
      return stripWebp(file)
    case 'image/heic':
    case 'image/heif':
    case 'image/avif':
      return stripIso(file, true)
    case 'video/mp4':
    case 'video/quicktime':
      return stripIso(file, false)
    default:
      throw new AlbumError('UNSUPPORTED_FILE', `A file of type ${type} cannot be given without its metadata`)
  }
}
