import { Album } from '../../album.ts'
import { AlbumError } from '../../errors.ts'
import { type Context, type Options, oneOf } from '../command.ts'
import { bold, say } from '../said.ts'

export async function create(context: Context, [name = '']: string[], options: Options): Promise<void> {
  const { folder, output } = context
  const album = await Album.create(folder, { name, ...personOf(options), network: false })
  const { id } = album
  await album.close()
  await output.result({ id, name, folder }, say`Made the album ${bold(name)} in ${folder}.`)
  output.note(say`Now add photos (\`hyperalbum add\`), and invite the others (\`hyperalbum invite\`).`)
}

/** Who somebody is, in an album they found or join. */
export function personOf(options: Options): { member: string; device?: string } {
  const member = oneOf(options, 'member')
  const device = oneOf(options, 'device')
  if (!member) throw new AlbumError('BAD_ARGUMENT', 'Say who you are with --member, as in --member Grandma')
  return { member, ...(device !== undefined && { device }) }
}
