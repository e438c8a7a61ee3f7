import { AlbumError } from '../../errors.ts'
import type { LinkMade } from '../../portal/api.ts'
import type { Portal } from '../../portal/portal.ts'
import { onlyOne } from '../choosing.ts'
import { type AlbumContext, type Options, oneOf } from '../command.ts'
import { qrOf } from '../qr.ts'
import { type Said, bold, dim, say } from '../said.ts'
import type { Terminal } from '../terminal.ts'
import { shortOf, timesOf, untilOf, usedOf } from '../telling.ts'
import { millisecondsOf, wholeOf } from '../units.ts'
import { memberOf } from './members.ts'

export async function links(context: AlbumContext): Promise<void> {
  for (const one of await portalOf(context).links.list()) {
    const inside = one.sessions.length > 0 ? `, ${one.sessions.length} inside` : ''
    await context.output.result(
      one,
      say`${dim(shortOf(one.id))}  ${bold(one.member.name)}  ${one.revoked ? 'revoked' : untilOf(one.expiresAt)}  ${usedOf(one)}${inside}`
    )
  }
}

export async function createLink(
  context: AlbumContext,
  [who = '']: string[],
  options: Options
): Promise<void> {
  const { album, output, terminal } = context
  const member = await memberOf(album, who)
  const uses = oneOf(options, 'uses')
  const expires = oneOf(options, 'expires')
  const made = await portalOf(context).links.create({
    memberId: member.id,
    ...(uses && { uses: wholeOf(uses, 0) }),
    ...(expires && { expires: millisecondsOf(expires) })
  })
  await output.result(made, showLink(terminal, made, member.name))
}

export async function revokeLink(context: AlbumContext, [id = '']: string[]): Promise<void> {
  const portal = portalOf(context)
  const one = onlyOne(await portal.links.list(), id, 'link')
  await portal.links.revoke(one.id)
  await context.output.result(
    { id: one.id, revoked: true },
    say`Revoked ${shortOf(one.id)}: nobody comes in with it.`
  )
}

/** A link with its QR code: one for each address at which the portal is reached. */
export function showLink(terminal: Terminal, { link, urls }: LinkMade, name: string): Said[] {
  const [first = ''] = urls
  return [
    ...qrOf(terminal, first),
    ...urls.map((url) => say`${bold(url)}`),
    say`Opens the album ${timesOf(link.uses)}, in the name of ${name}.`
  ]
}

function portalOf({ portal }: AlbumContext): Portal {
  if (portal) return portal
  throw new AlbumError('BAD_ARGUMENT', 'Links lead to the portal: start it with `hyperalbum serve` first')
}
