import { AlbumError } from '../errors.ts'
import type { JoinRequest } from '../types.ts'
import { sleep } from '../util/wait.ts'
import { isYes } from './choosing.ts'
import type { AlbumContext } from './command.ts'
import { faultOf } from './faults.ts'
import { bold, say } from './said.ts'
import { shortOf } from './telling.ts'

const LOOK = 500
// Who was let in reads the album over the connection that is open then: it takes a few seconds, until they leave.
const GREETING = 2000
const FAREWELL = 15_000

/** A device that was let in. */
interface Arrival {
  memberId: string
  device: string
}

/** Waits until an invite has been used up, and asks about those who need an approval. Throws `ABORTED`. */
export async function admitted(context: AlbumContext, inviteId: string): Promise<void> {
  const { album, output, terminal } = context
  const { signal } = terminal
  const known = new Set((await album.members.list()).flatMap((one) => one.devices.map((device) => device.id)))
  const arrivals: Arrival[] = []
  // A question that nobody answered ends with the waiting.
  const over = new AbortController()
  const until = AbortSignal.any([signal, over.signal])
  const asked = (request: JoinRequest): void => {
    void decide(context, request, until).catch((error: unknown) => output.warn(faultOf(error)))
  }
  album.on('join-request', asked)
  try {
    while (!signal.aborted) {
      const [invite, members] = await Promise.all([album.invites.get(inviteId), album.members.list()])
      for (const member of members) {
        for (const device of member.devices.filter(({ id }) => !known.has(id))) {
          known.add(device.id)
          arrivals.push({ memberId: member.id, device: device.name })
          await output.result(
            { joined: member.name, device: device.name },
            say`${bold(member.name)} has joined, on ${device.name}.`
          )
        }
      }
      const usedUp = invite !== null && invite.uses > 0 && invite.used >= invite.uses
      if (!invite || invite.revoked || usedUp) return await seeOff(context, arrivals)
      await sleep(LOOK, signal)
    }
    throw new AlbumError('ABORTED', 'Stopped')
  } finally {
    over.abort()
    album.off('join-request', asked)
  }
}

/** Stays until those who were let in have left. */
async function seeOff({ album, terminal }: AlbumContext, arrivals: Arrival[]): Promise<void> {
  await sleep(GREETING, terminal.signal)
  for (const since = Date.now(); Date.now() - since < FAREWELL && !terminal.signal.aborted;) {
    const { peers } = await album.status()
    const here = arrivals.some(({ memberId, device }) =>
      peers.some((peer) => peer.memberId === memberId && peer.device === device)
    )
    if (!here) return
    await sleep(LOOK, terminal.signal)
  }
}

/** Asks the person here whether somebody may join. */
async function decide(
  { album, output, terminal }: AlbumContext,
  request: JoinRequest,
  until: AbortSignal
): Promise<void> {
  const { id, name, role, device } = request
  const question = say`${bold(name)} wants to join as ${role}, on ${device}. Let them in? [y/N] `
  const answer = await terminal.ask(terminal.colour ? question.text : question.plain, until)
  if (until.aborted) return
  if (answer === null) {
    const help = say`\`hyperalbum requests approve ${shortOf(id)}\` lets them in`
    return output.warn(say`${name} waits: ${help}.`)
  }
  if (isYes(answer)) await album.invites.approve(id)
  else await album.invites.deny(id)
}
