import type { RandomAccess } from '../file.ts'
import { openMovie } from '../mediabunny.ts'
import { left } from './left.ts'

/** Throws where mediabunny finds a tag, or finds no track to play. */
export async function checkMovie(file: RandomAccess): Promise<void> {
  const movie = await openMovie(file)
  try {
    const { raw = {}, ...tags } = await movie.getMetadataTags()
    const [name] = [...Object.keys(tags), ...Object.keys(raw)]
    if (name !== undefined) throw left(`the tag ${name}`)
  } finally {
    movie.dispose()
  }
}
