import net from 'node:net'
import { AlbumError } from '../../errors.ts'
import type { Terminal } from '../terminal.ts'
import { readAddress } from './address.ts'
import { type Answer, type Question, Wire } from './wire.ts'

/** A process that has the album open, and takes commands. */
export interface Visit {
  /**
   * Runs a command line there as if it were run here; answers its exit code, or null where it was not begun, since the
   * process is about to end.
   */
  run(argv: string[], terminal: Terminal): Promise<number | null>
}

/** Does something with the process that says that it has this album open; null where none answers. */
export async function visit<T>(folder: string, task: (there: Visit) => Promise<T>): Promise<T | null> {
  const address = await readAddress(folder)
  if (!address) return null
  const socket = net.connect(address.path)
  const open = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
  })
  if (!open) return null
  try {
    return await task({ run: (argv, terminal) => runThere(socket, address.token, argv, terminal) })
  } finally {
    socket.destroy()
  }
}

function runThere(
  socket: net.Socket,
  token: string,
  argv: string[],
  terminal: Terminal
): Promise<number | null> {
  const { cwd, columns, colour, signal } = terminal
  const wire = new Wire<Question, Answer>(socket)
  let input: AsyncIterator<Uint8Array> | null = null
  return new Promise((resolve, reject) => {
    let begun = false
    let exit: number | null = null
    const leave = (): void => void socket.destroy()
    signal.addEventListener('abort', leave)
    socket.on('error', () => {})
    socket.on('close', () => {
      signal.removeEventListener('abort', leave)
      if (signal.aborted) return reject(new AlbumError('ABORTED', 'Stopped', { cause: signal.reason }))
      if (exit !== null || !begun) return resolve(exit)
      reject(new AlbumError('CLOSED', 'The process that has the album open ended: run it again'))
    })
    wire.listen(async (answer) => {
      if ('begun' in answer) begun = true
      else if ('out' in answer) await terminal.out(answer.out)
      else if ('bytes' in answer) await terminal.out(Buffer.from(answer.bytes, 'base64'))
      else if ('err' in answer) terminal.err(answer.err)
      else if ('exit' in answer) exit = answer.exit
      else if ('ask' in answer) {
        const asked = answer.hidden ? terminal.askHidden(answer.ask) : terminal.ask(answer.ask)
        await wire.send({ answer: await asked })
      } else {
        input ??= terminal.input()[Symbol.asyncIterator]()
        const next = await input.next()
        await wire.send({ input: next.done ? null : Buffer.from(next.value).toString('base64') })
      }
    })
    if (signal.aborted) leave()
    void wire.send({ run: { token, argv, cwd, columns, colour } })
  })
}
