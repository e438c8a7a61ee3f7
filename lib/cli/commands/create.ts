import { Album } from '../../album.ts'
import type { Context, Options } from '../command.ts'
import { bold, say } from '../said.ts'
import { personOf } from '../person.ts'

export async function create(context: Context, [name = '']: string[], options: Options): Promise<void> {
  const { folder, output } = context
  const album = await Album.create(folder, { name, ...personOf(options), network: false })
  const { id } = album
  await album.close()
  await output.result({ id, name, folder }, say`Made the album ${bold(name)} in ${folder}.`)
  output.note(say`Now add photos (\`hyperalbum add\`), and invite the others (\`hyperalbum invite\`).`)
}
