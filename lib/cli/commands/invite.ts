import { AlbumError } from '../../errors.ts'
import type { Invite, InviteOptions } from '../../types.ts'
import { type AlbumContext, type Options, isSending, oneOf } from '../command.ts'
import { admitted } from '../admitting.ts'
import { deviceOf, onlyOne } from '../choosing.ts'
import { bold, dim, say } from '../said.ts'
import { millisecondsOf, wholeOf } from '../units.ts'
import { showCode } from '../qr.ts'
import { sleep } from '../../util/wait.ts'
import { shortOf, untilOf, usedOf } from '../telling.ts'

// Milliseconds.
const LOOK = 500

export async function invite(context: AlbumContext, _: string[], options: Options): Promise<void> {
  const role = oneOf(options, 'role') as InviteOptions['role']
  const expires = oneOf(options, 'expires')
  const uses = oneOf(options, 'uses')
  const answerer = oneOf(options, 'answeredBy')
  const made = await context.album.invites.create({
    ...(role && { role }),
    ...(expires && { expires: millisecondsOf(expires) }),
    ...(uses && { uses: wholeOf(uses, 0) }),
    ...(options['approval'] === true && { approval: true }),
    ...(answerer && { answeredBy: (await deviceOf(context.album, answerer)).id })
  })
  await showInvite(context, made, options)
}

/** Shows an invite, and stays online until it has been used, or until whoever else is to answer it can. */
export async function showInvite(context: AlbumContext, made: Invite, options: Options): Promise<void> {
  const { output } = context
  await output.result(made, showCode(context.terminal, made))
  if (!made.ready) return handOver(context, made, options)
  if (options['wait'] === false || context.opening.network === false) return
  if (isSending(context)) return output.note(say`They can join as long as the album is served.`)
  output.note(say`Waiting for them to join. Ctrl-C ends it; \`hyperalbum serve\` lets them in later.`)
  const other = await mirrorFor(context, made)
  if (other) output.note(say`Made with --answered-by ${other}, this computer may be off meanwhile.`)
  await admitted(context, made.id)
}

/** The name of a mirror that could answer an invite in this device's place. */
async function mirrorFor(
  { album }: AlbumContext,
  { role, approval, memberId }: Invite
): Promise<string | null> {
  if (role === 'owner' || approval || memberId !== null) return null
  const mirror = (await album.members.list()).find((one) => one.role === 'mirror' && !one.removed)
  return mirror?.devices.find(({ removed }) => !removed)?.name ?? null
}

async function handOver(context: AlbumContext, made: Invite, options: Options): Promise<void> {
  const { album, output, opening, terminal } = context
  const { id, answeredBy } = made
  const who = answeredBy?.name ?? ''
  if (options['wait'] === false || opening.network === false || isSending(context)) {
    return output.note(
      say`They can join as soon as ${bold(who)} has heard of it: this computer has to be online until then.`
    )
  }
  output.note(
    say`Waiting for ${bold(who)} to hear of it. Ctrl-C ends it; it hears of it the next time both are online.`
  )
  for (let now: Invite | null = made; now !== null && !now.ready; now = await album.invites.get(id)) {
    await sleep(LOOK, terminal.signal)
    if (terminal.signal.aborted) throw new AlbumError('ABORTED', 'Stopped')
  }
  output.note(say`${bold(who)} lets them in from now on: this computer may be off.`)
}

export async function listInvites({ album, output }: AlbumContext): Promise<void> {
  for (const one of await album.invites.list()) {
    const { code: _code, url: _url, ...told } = one
    await output.result(
      told,
      say`${dim(shortOf(one.id))}  ${one.role}  ${one.revoked ? 'revoked' : untilOf(one.expiresAt)}  ${usedOf(one)}${answererOf(one)}`
    )
  }
}

function answererOf({ answeredBy, ready }: Invite): string {
  if (answeredBy === null) return '  nobody answers it'
  return `  answered by ${answeredBy.name}${ready ? '' : ' (when it has heard of it)'}`
}

export async function revokeInvite({ album, output }: AlbumContext, [id = '']: string[]): Promise<void> {
  const one = onlyOne(await album.invites.list(), id, 'invite')
  if (one.revoked) throw new AlbumError('BAD_ARGUMENT', 'It was revoked already')
  const { code: _code, url: _url, ...told } = await album.invites.revoke(one.id)
  await output.result(told, say`Revoked ${shortOf(one.id)}: nobody else joins with it.`)
}
