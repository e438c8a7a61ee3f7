import path from 'node:path'
import { AlbumError } from '../../errors.ts'
import type { BlindMirror } from '../../types.ts'
import { type AlbumContext, type Context, type Options, isSending, oneOf } from '../command.ts'
import { confirm, onlyOne } from '../choosing.ts'
import { sizeOf } from '../keeprules.ts'
import { type Said, bold, dim, say, yellow } from '../said.ts'
import { shortOf, untilOf } from '../telling.ts'
import { givenCode } from './join.ts'
import { pathFrom } from '../terminal.ts'
import { bytesOf, millisecondsOf } from '../units.ts'

export async function blinds({ album, output }: AlbumContext): Promise<void> {
  for (const mirror of await album.blindMirrors.list()) {
    await output.result(mirror, say`${dim(shortOf(mirror.id))}  ${bold(mirror.name)}  ${stateOf(mirror)}`)
  }
}

/** How a mirror is, as far as this device knows. */
export function stateOf({ online, current, lacking, bytes, full }: BlindMirror): Said {
  if (!online) return say`not connected`
  const has =
    lacking === 0 ? say`has all that this device added` : say`lacks ${lacking ?? 0} blocks of this device`
  const old = current ? say`` : say`, does not know yet who is in the album`
  return say`online, ${has}, ${bytesOf(bytes ?? 0)}${full ? say`, ${yellow('full')}` : say``}${old}`
}

export async function createBlind(context: AlbumContext, [name]: string[], options: Options): Promise<void> {
  const { album, output, opening, terminal } = context
  const expires = oneOf(options, 'expires')
  const before = new Set((await album.blindMirrors.list()).map(({ id }) => id))
  const made = await album.blindMirrors.create({
    ...(name !== undefined && { name }),
    ...(expires && { expires: millisecondsOf(expires) })
  })
  await output.result(made, [
    say`${bold(made.code)}`,
    say`Good once, ${untilOf(made.expiresAt)}. On the box: hyperalbum blind run FOLDER CODE`
  ])
  if (options['wait'] === false || opening.network === false) return
  if (isSending(context)) return output.note(say`The box can be set up as long as the album is served.`)
  output.note(say`Waiting for the box. Ctrl-C ends it; \`hyperalbum serve\` answers it later.`)
  const mirror = await comes(context, before)
  if (mirror) await output.result(mirror, say`${bold(mirror.name)} holds the album from now on.`)
  else if (terminal.signal.aborted) throw new AlbumError('ABORTED', 'Stopped')
}

/** A mirror that is online and was not there before; null where nobody waits any more. */
async function comes({ album, terminal }: AlbumContext, before: Set<string>): Promise<BlindMirror | null> {
  let wake = (): void => {}
  const onchange = (): void => wake()
  album.on('peers', onchange)
  terminal.signal.addEventListener('abort', onchange)
  try {
    while (!terminal.signal.aborted) {
      const changed = new Promise<void>((resolve) => (wake = resolve))
      const mirror = (await album.blindMirrors.list()).find(({ id, online }) => online && !before.has(id))
      if (mirror) return mirror
      await changed
    }
    return null
  } finally {
    album.off('peers', onchange)
    terminal.signal.removeEventListener('abort', onchange)
  }
}

export async function removeBlind(
  context: AlbumContext,
  [which = '']: string[],
  options: Options
): Promise<void> {
  const { album, output } = context
  const mirror = onlyOne(await album.blindMirrors.list(), which, 'blind mirror')
  await confirm(context, say`Forget the blind mirror ${bold(mirror.name)}?`, options)
  await album.blindMirrors.remove(mirror.id)
  await output.result(mirror, say`No device uses ${bold(mirror.name)} any more; delete its folder there.`)
}

/** Is a blind mirror, in a folder of its own, until it is stopped. */
export async function runBlind(
  context: Context,
  [where = '', code]: string[],
  options: Options
): Promise<void> {
  const { output, terminal, opening } = context
  const max = oneOf(options, 'max')
  if (opening.network === false)
    throw new AlbumError('BAD_ARGUMENT', 'A blind mirror is there for others: not --offline')
  const { blindHealthLine, runBlindMirror } = await import('../../mirror/index.ts')
  const folder = pathFrom(terminal, where)
  const mirror = runBlindMirror(folder, {
    signal: terminal.signal,
    ...(code !== undefined && { code: await givenCode(terminal, code) }),
    ...(max !== undefined && { maxBytes: sizeOf(max) }),
    ...(opening.network && { network: opening.network })
  })
  for await (const event of mirror) {
    if (event.type === 'waiting') {
      await output.result(event, say`Waiting for the device that made the code.`)
    } else if (event.type === 'opened') {
      await output.result(event, [
        say`A blind mirror, in ${path.basename(folder)}. Ctrl-C ends it.`,
        say`Its key: ${event.id}`
      ])
    } else if (event.type === 'health') {
      await output.result(event, say`${blindHealthLine(event)}`)
    } else {
      const { error, retryIn } = event
      const again = retryIn === null ? '' : `; trying again in ${retryIn / 1000} s`
      await output.failure(
        { type: 'trouble', code: error.code, message: error.message, retryIn },
        say`${yellow('Trouble')}: ${error.message}${again}`
      )
    }
  }
}
