import { type AlbumContext, type Options, oneOf } from '../command.ts'
import { confirm, onlyOne } from '../choosing.ts'
import { bold, dim, say } from '../said.ts'
import { millisecondsOf } from '../units.ts'
import { showInvite } from './invite.ts'
import { tellRemoval } from './members.ts'
import { shortOf } from '../telling.ts'

export async function devices({ album, output }: AlbumContext): Promise<void> {
  for (const member of await album.members.list()) {
    for (const device of member.devices) {
      if (device.removed) continue
      const me = device.me ? ' (this one)' : ''
      const line = say`${dim(shortOf(device.id))}  ${bold(device.name)}${me}  of ${member.name}`
      await output.result({ ...device, member: member.name }, line)
    }
  }
}

export async function linkDevice(context: AlbumContext, _: string[], options: Options): Promise<void> {
  const expires = oneOf(options, 'expires')
  const made = await context.album.members.linkDevice(expires ? { expires: millisecondsOf(expires) } : {})
  await showInvite(context, made, options)
}

export async function removeDevice(
  context: AlbumContext,
  [which = '']: string[],
  options: Options
): Promise<void> {
  const { album, output, terminal } = context
  const present = (await album.members.list()).flatMap((member) =>
    member.devices.filter((device) => !device.removed)
  )
  const one = onlyOne(present, which, 'device')
  await confirm(context, say`Remove the device ${bold(one.name)}${one.me ? ', this one' : ''}?`, options)
  const removal = await album.members.removeDevice(one.id, { signal: terminal.signal })
  await output.result({ id: one.id, name: one.name, ...removal }, say`${bold(one.name)} is removed.`)
  await tellRemoval(context, removal)
}
