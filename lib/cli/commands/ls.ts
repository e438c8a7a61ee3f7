import { type AlbumContext, type Options, oneOf } from '../command.ts'
import { selectionOf } from '../selection.ts'
import { wholeOf } from '../units.ts'
import { lineOf, plainOf } from '../telling.ts'

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
