import { AlbumError } from '../errors.ts'
import { type Options, oneOf } from './command.ts'

/** Who somebody is, in an album they found or join. */
export function personOf(options: Options): { member: string; device?: string } {
  const member = oneOf(options, 'member')
  const device = oneOf(options, 'device')
  if (!member) throw new AlbumError('BAD_ARGUMENT', 'Say who you are with --member, as in --member Grandma')
  return { member, ...(device !== undefined && { device }) }
}
