import { AlbumError } from '../../errors.ts'
import type { RandomAccess } from '../file.ts'
import { checkBoxes } from './verify-boxes.ts'
import { checkChunks } from './verify-chunks.ts'
import { checkTags, checkWords } from './verify-image.ts'
import { checkMovie } from './verify-movie.ts'

/**
 * Reads a stripped file anew and throws `STRIP_FAILED` where anything private is left. Nothing of the stripping is
 * used for it: it knows only what a file of this type may hold, and asks exifreader and mediabunny what they see.
 */
export async function verify(file: RandomAccess, type: string): Promise<void> {
  try {
    switch (type) {
      case 'image/jpeg':
      case 'image/png':
      case 'image/webp':
        await checkChunks(file, type)
        await checkWords(file)
        await checkTags(file)
        break
      case 'image/heic':
      case 'image/heif':
      case 'image/avif':
        await checkBoxes(file, true)
        await checkWords(file)
        await checkTags(file)
        break
      case 'video/mp4':
      case 'video/quicktime':
        await checkBoxes(file, false)
        await checkMovie(file)
        break
      default:
        throw new AlbumError('UNSUPPORTED_FILE', `What ${type} holds besides the image cannot be checked`)
    }
  } catch (error) {
    if (error instanceof AlbumError) throw error
    const text = error instanceof Error ? error.message : String(error)
    throw new AlbumError('STRIP_FAILED', `The stripped file cannot be checked: ${text}`, { cause: error })
  }
}
