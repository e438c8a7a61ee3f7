import { AlbumError } from '../../errors.ts'
import type { Invite, InviteOptions } from '../../types.ts'
import { type AlbumContext, type Options, isSending, oneOf } from '../command.ts'
import { admitted } from '../admitting.ts'
import { onlyOne } from '../choosing.ts'
import { dim, say } from '../said.ts'
import { millisecondsOf, wholeOf } from '../units.ts'
import { showCode } from '../qr.ts'
import { shortOf, untilOf, usedOf } from '../telling.ts'

export async function invite(context: AlbumContext, _: string[], options: Options): Promise<void> {
  const role = oneOf(options, 'role') as InviteOptions['role']
  const expires = oneOf(options, 'expires')
  const uses = oneOf(options, 'uses')
  const made = await context.album.invites.create({
    ...(role && { role }),
    ...(expires && { expires: millisecondsOf(expires) }),
    ...(uses && { uses: wholeOf(uses, 0) }),
    ...(options['approval'] === true && { approval: true })
  })
  await showInvite(context, made, options)
}

/** Shows an invite, and stays online until it has been used. */
export async function showInvite(context: AlbumContext, made: Invite, options: Options): Promise<void> {
  const { output } = context
  await output.result(made, showCode(context.terminal, made))
  if (options['wait'] === false || context.opening.network === false) return
  if (isSending(context)) return output.note(say`They can join as long as the album is served.`)
  output.note(say`Waiting for them to join. Ctrl-C ends it; \`hyperalbum serve\` lets them in later.`)
  await admitted(context, made.id)
}

export async function listInvites({ album, output }: AlbumContext): Promise<void> {
  for (const one of await album.invites.list()) {
    const { code: _code, url: _url, ...told } = one
    await output.result(
      told,
      say`${dim(shortOf(one.id))}  ${one.role}  ${one.revoked ? 'revoked' : untilOf(one.expiresAt)}  ${usedOf(one)}`
    )
  }
}

export async function revokeInvite({ album, output }: AlbumContext, [id = '']: string[]): Promise<void> {
  const one = onlyOne(await album.invites.list(), id, 'invite')
  if (one.revoked) throw new AlbumError('BAD_ARGUMENT', 'It was revoked already')
  const { code: _code, url: _url, ...told } = await album.invites.revoke(one.id)
  await output.result(told, say`Revoked ${shortOf(one.id)}: nobody else joins with it.`)
}
