import { type AlbumContext } from '../command.ts'
import { bold, say } from '../said.ts'
import { counted } from '../telling.ts'
import { wholeOf } from '../units.ts'

export async function promise({ album, output }: AlbumContext, [copies]: string[]): Promise<void> {
  if (copies !== undefined) await album.copies.promise(wholeOf(copies, 1))
  const promised = await album.copies.promised()
  await output.result({ promised }, say`Each original is to be on ${bold(counted(promised, 'device'))}.`)
}
