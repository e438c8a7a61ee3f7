import { Album } from '../../album.ts'
import { AlbumError } from '../../errors.ts'
import { type Context, type Options, oneOf } from '../command.ts'
import { bold, say } from '../said.ts'
import type { Terminal } from '../terminal.ts'
import { waitOf } from '../units.ts'
import { personOf } from '../person.ts'

// Longer than any code or link.
const MAX_CODE = 10_000

export async function join(context: Context, [given = '']: string[], options: Options): Promise<void> {
  const { folder, opening, output, terminal } = context
  const code = await givenCode(terminal, given)
  const { signal } = terminal
  const timeout = oneOf(options, 'timeout')
  output.note(say`Asking to be let in. The one who invited you must be online.`)
  const album = await Album.join(folder, code, {
    ...opening,
    ...personOf(options),
    signal,
    ...(timeout && { timeout: waitOf(timeout) })
  })
  try {
    const { id, name } = album
    const { role, photos } = await album.status()
    await output.result(
      { id, name, folder, role, photos },
      say`Joined the album ${bold(name)} in ${folder}, with ${photos} photos.`
    )
  } finally {
    await album.close()
  }
}

/** A code as it is typed: `-` stands for the standard input. */
export async function givenCode(terminal: Terminal, given: string): Promise<string> {
  return given === '-' ? ((await terminal.ask('Code: ')) ?? (await codeFrom(terminal))) : given
}

/** A code given by a pipe is in no list of processes, and in no history of a shell. */
async function codeFrom(terminal: Terminal): Promise<string> {
  let text = ''
  for await (const chunk of terminal.input()) {
    text += Buffer.from(chunk).toString('utf8')
    if (text.length > MAX_CODE) break
    if (text.trimStart().includes('\n')) break
  }
  const code = text.trim().split(/\s/)[0] ?? ''
  if (!code) throw new AlbumError('INVITE_INVALID', 'No code came by the standard input')
  return code
}
