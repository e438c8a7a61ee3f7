import type { Album } from '../../album.ts'
import type { Context } from '../command.ts'
import { say } from '../said.ts'
import { Host, type RunHere } from './host.ts'

/** Does something on an open album, lets the commands of others in meanwhile, and closes it when all have ended. */
export async function keepOpen<T>(
  album: Album,
  { folder, output, terminal }: Pick<Context, 'folder' | 'output' | 'terminal'>,
  letIn: RunHere | null,
  work: () => Promise<T>
): Promise<T> {
  try {
    const host = letIn && (await Host.listen(folder, letIn))
    try {
      return await work()
    } finally {
      if (host && host.guests > 0 && !terminal.signal.aborted) {
        output.note(say`Another command still works with this album: waiting for it.`)
      }
      await host?.close(terminal.signal)
    }
  } finally {
    await album.close()
  }
}
