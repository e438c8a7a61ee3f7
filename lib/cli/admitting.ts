import { AlbumError } from '../errors.ts'
import type { JoinRequest } from '../types.ts'
import { sleep } from '../util/wait.ts'
import type { AlbumContext } from './command.ts'
import { faultOf } from './faults.ts'
import { bold, say } from './said.ts'

const LOOK = 500
// Who was let in reads the album over the connection that is open then: it takes a few seconds, until they leave.
const GREETING = 2000
const FAREWELL = 15_000

/** Waits until an invite has been used up, and asks about those who need an approval. Throws `ABORTED`. */
export async function admitted(context: AlbumContext, inviteId: string): Promise<void> {
  const { album, output, terminal } = context
  const { signal } = terminal
  const known = new Set((await album.members.list()).flatMap((one) => one.devices.map((device) => device.id)))
  const asked = (request: JoinRequest): void => {
    void decide(context, request).catch((error: unknown) => output.warn(faultOf(error)))
  }
  album.on('join-request', asked)
  try {
    while (!signal.aborted) {
      const [invite, members] = await Promise.all([album.invites.get(inviteId), album.members.list()])
      for (const member of members) {
        for (const device of member.devices.filter(({ id }) => !known.has(id))) {
          known.add(device.id)
          await output.result(
            { joined: member.name, device: device.name },
            say`${bold(member.name)} has joined, on ${device.name}.`
          )
        }
      }
      if (!invite || invite.revoked || (invite.uses > 0 && invite.used >= invite.uses))
        return await seeOff(context)
      await sleep(LOOK, signal)
    }
    throw new AlbumError('ABORTED', 'Stopped')
  } finally {
    album.off('join-request', asked)
  }
}

/** Stays for those who were just let in. */
async function seeOff({ album, terminal }: AlbumContext): Promise<void> {
  await sleep(GREETING, terminal.signal)
  for (const since = Date.now(); Date.now() - since < FAREWELL && !terminal.signal.aborted;) {
    if ((await album.status()).peers.length === 0) return
    await sleep(LOOK, terminal.signal)
  }
}

/** Asks the person here whether somebody may join. */
async function decide({ album, output, terminal }: AlbumContext, request: JoinRequest): Promise<void> {
  const question = say`${bold(request.name)} wants to join as ${request.role}, on ${request.device}. Let them in? [y/N] `
  const answer = await terminal.ask(terminal.colour ? question.text : question.plain)
  if (answer === null) {
    return output.warn(
      say`${request.name} waits: \`hyperalbum requests approve ${request.id.slice(0, 8)}\` lets them in.`
    )
  }
  if (/^\s*y(es)?\s*$/i.test(answer)) await album.invites.approve(request.id)
  else await album.invites.deny(request.id)
}
