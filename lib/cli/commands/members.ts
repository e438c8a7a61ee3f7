import { AlbumError } from '../../errors.ts'
import type { Member, Removal, Role } from '../../types.ts'
import { type AlbumContext, type Options, isSending, oneOf } from '../command.ts'
import { confirm, onlyOne } from '../choosing.ts'
import { bold, dim, say } from '../said.ts'
import { signerOf } from './indexer.ts'

const ROLES = ['owner', 'contributor', 'viewer']

export async function members({ album, output }: AlbumContext, _: string[], options: Options): Promise<void> {
  for (const one of await album.members.list()) {
    if (one.removed && options['all'] !== true) continue
    const devices = one.devices.filter((device) => !device.removed).map((device) => device.name)
    const where = devices.length > 0 ? devices.join(', ') : 'no device'
    const left = one.removed ? say`  ${dim('left')}` : ''
    await output.result(one, say`${bold(one.name)}${one.me ? ' (you)' : ''}  ${one.role}  ${where}${left}`)
  }
}

export async function createMember(
  { album, output }: AlbumContext,
  [name = '']: string[],
  options: Options
): Promise<void> {
  const role = oneOf(options, 'role') as 'contributor' | 'viewer' | undefined
  const made = await album.members.create({ name, ...(role && { role }) })
  await output.result(made, say`Made ${bold(made.name)}, ${made.role}.`)
}

export async function renameMember(
  { album, output }: AlbumContext,
  [who = '', name = '']: string[]
): Promise<void> {
  const one = await memberOf(album, who)
  const renamed = await album.members.rename(one.id, name)
  await output.result(renamed, say`${one.name} is ${bold(renamed.name)} now.`)
}

export async function setRole(
  { album, output }: AlbumContext,
  [who = '', role = '']: string[]
): Promise<void> {
  if (!ROLES.includes(role)) throw new AlbumError('BAD_ARGUMENT', `A role is one of ${ROLES.join(', ')}`)
  const one = await memberOf(album, who)
  const changed = await album.members.setRole(one.id, role as Exclude<Role, 'mirror'>)
  await output.result(changed, say`${bold(changed.name)} is ${changed.role} now.`)
}

export async function removeMember(
  context: AlbumContext,
  [who = '']: string[],
  options: Options
): Promise<void> {
  const { album, output, terminal } = context
  const one = await memberOf(album, who)
  const question = one.me
    ? say`Leave the album? What you added stays.`
    : say`Remove ${bold(one.name)} with all devices? What they added stays, and what they have seen they may keep.`
  await confirm(context, question, options)
  const removal = await album.members.remove(one.id, { signal: terminal.signal })
  await output.result(
    { id: one.id, name: one.name, ...removal },
    say`${one.me ? 'You left' : say`${bold(one.name)} is removed`}.`
  )
  await tellRemoval(context, removal)
}

/** Says what is still to come of a removal. */
export async function tellRemoval(context: AlbumContext, { final }: Removal): Promise<void> {
  if (final) return
  const signer = signerOf(await context.album.indexer.status())
  context.output.note(
    say`${signer} has not confirmed it yet${isSending(context) ? '' : ': the others hear of it while `hyperalbum serve` runs'}.`
  )
}

export async function memberOf(album: AlbumContext['album'], who: string): Promise<Member> {
  const present = (await album.members.list()).filter((one) => !one.removed)
  return onlyOne(present, who, 'member')
}
