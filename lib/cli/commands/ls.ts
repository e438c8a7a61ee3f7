import type { Photo } from '../../types.ts'
import { lineOf } from '../choosing.ts'
import { type AlbumContext, type Options, oneOf } from '../command.ts'
import { selectionOf } from '../selection.ts'
import { wholeOf } from '../units.ts'

export async function ls(
  { album, output, terminal }: AlbumContext,
  _: string[],
  options: Options
): Promise<void> {
  const limit = oneOf(options, 'limit')
  const photos = album.list({
    ...(await selectionOf(album, options)),
    ...(options['reverse'] === true && { reverse: true }),
    ...(limit && { limit: wholeOf(limit, 1) })
  })
  for await (const photo of photos) {
    if (terminal.signal.aborted) return
    await output.result(plainOf(photo), lineOf(photo))
  }
}

/** A photo as JSON has it: the placeholder in base64. */
export function plainOf(photo: Photo): object {
  const { placeholder, ...rest } = photo
  return { ...rest, placeholder: placeholder && Buffer.from(placeholder).toString('base64') }
}
