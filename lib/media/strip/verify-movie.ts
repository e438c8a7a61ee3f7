import { ALL_FORMATS, CustomSource, Input } from 'mediabunny'
import type { RandomAccess } from '../file.ts'
import { left } from './left.ts'

/** Throws where mediabunny finds a tag, or finds no track to play. */
export async function checkMovie(file: RandomAccess): Promise<void> {
  const source = new CustomSource({
    getSize: () => file.size,
    read: (start, end) => file.read(start, end - start)
  })
  using input = new Input({ source, formats: ALL_FORMATS })
  const tags = await input.getMetadataTags()
  const raw = Object.keys(tags.raw ?? {})
  const names = [...Object.keys(tags).filter((name) => name !== 'raw'), ...raw]
  if (names.length > 0) throw left(`the tag ${names[0]}`)
}
