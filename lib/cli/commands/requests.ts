import { AlbumError } from '../../errors.ts'
import type { JoinRequest } from '../../types.ts'
import { sleep } from '../../util/wait.ts'
import { type AlbumContext, type Options, oneOf } from '../command.ts'
import { onlyOne } from '../choosing.ts'
import { bold, dim, say } from '../said.ts'
import { millisecondsOf } from '../units.ts'

const FAREWELL = 3000
const SHORT = 8

export async function requests(context: AlbumContext, _: string[], options: Options): Promise<void> {
  const { output } = context
  for (const one of await waiting(context, options)) {
    await output.result(
      one,
      say`${dim(one.id.slice(0, SHORT))}  ${bold(one.name)}  ${one.role}  on ${one.device}`
    )
  }
}

export async function approve(context: AlbumContext, [id = '']: string[], options: Options): Promise<void> {
  const { album, output, terminal } = context
  const one = onlyOne(await waiting(context, options), id, 'request')
  await album.invites.approve(one.id)
  await output.result({ id: one.id, name: one.name }, say`${bold(one.name)} may join.`)
  // They are told over the connection that is open now.
  if (!context.kept) await sleep(FAREWELL, terminal.signal)
}

export async function deny(context: AlbumContext, [id = '']: string[], options: Options): Promise<void> {
  const { album, output } = context
  const one = onlyOne(await waiting(context, options), id, 'request')
  await album.invites.deny(one.id)
  await output.result({ id: one.id, name: one.name }, say`${bold(one.name)} was sent away.`)
}

/** Those who ask; an album that was just opened hears of them only when they are heard on the network. */
async function waiting(
  { album, kept, opening, output, terminal }: AlbumContext,
  options: Options
): Promise<JoinRequest[]> {
  const there = await album.invites.requests()
  if (there.length > 0 || kept || opening.network === false) return there
  const patience = millisecondsOf(oneOf(options, 'wait') ?? '20s')
  output.note(say`Listening for those who want to join ...`)
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      album.off('join-request', done)
      terminal.signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, patience)
    album.on('join-request', done)
    terminal.signal.addEventListener('abort', done)
  })
  if (terminal.signal.aborted) throw new AlbumError('ABORTED', 'Stopped')
  return album.invites.requests()
}
