import { AlbumError } from '../../errors.ts'
import type { JoinRequest } from '../../types.ts'
import { sleep } from '../../util/wait.ts'
import { type AlbumContext, type Options, oneOf } from '../command.ts'
import { onlyOne } from '../choosing.ts'
import { bold, dim, say } from '../said.ts'
import { waitOf } from '../units.ts'
import { shortOf } from '../telling.ts'

const FAREWELL = 3000

export async function requests(context: AlbumContext, _: string[], options: Options): Promise<void> {
  const { output } = context
  for (const one of await waiting(context, options)) {
    await output.result(one, say`${dim(shortOf(one.id))}  ${bold(one.name)}  ${one.role}  on ${one.device}`)
  }
}

export async function approve(context: AlbumContext, [id = '']: string[], options: Options): Promise<void> {
  const { album, output, terminal } = context
  const one = onlyOne(await waiting(context, options, id.toLowerCase()), id, 'request')
  await album.invites.approve(one.id)
  await output.result({ id: one.id, name: one.name }, say`${bold(one.name)} may join.`)
  // They are told over the connection that is open now.
  if (!context.served) await sleep(FAREWELL, terminal.signal)
}

export async function deny(context: AlbumContext, [id = '']: string[], options: Options): Promise<void> {
  const { album, output } = context
  const one = onlyOne(await waiting(context, options, id.toLowerCase()), id, 'request')
  await album.invites.deny(one.id)
  await output.result({ id: one.id, name: one.name }, say`${bold(one.name)} was sent away.`)
}

/**
 * Those who ask; an album that was just opened hears of them only when they are heard on the network: it waits until the
 * one that is meant does, or anybody.
 */
async function waiting(
  { album, opening, output, served, terminal }: AlbumContext,
  options: Options,
  meant = ''
): Promise<JoinRequest[]> {
  const there = await album.invites.requests()
  if (served || opening.network === false || there.some(({ id }) => id.startsWith(meant))) return there
  const patience = waitOf(oneOf(options, 'wait') ?? '20s')
  output.note(say`Listening for those who want to join ...`)
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      album.off('join-request', asked)
      terminal.signal.removeEventListener('abort', done)
      resolve()
    }
    const asked = ({ id }: JoinRequest): void => {
      if (id.startsWith(meant)) done()
    }
    const timer = patience === 0 ? undefined : setTimeout(done, patience)
    album.on('join-request', asked)
    terminal.signal.addEventListener('abort', done)
  })
  if (terminal.signal.aborted) throw new AlbumError('ABORTED', 'Stopped')
  return album.invites.requests()
}
