import type { Album } from '../../album.ts'
import type { Context } from '../command.ts'
import { say } from '../said.ts'
import type { Host, RunHere } from './host.ts'

/** Does something on an open album, lets the commands of others in meanwhile, and closes it when all have ended. */
export async function keepOpen<T>(
  album: Album,
  { folder, output, terminal }: Pick<Context, 'folder' | 'output' | 'terminal'>,
  letIn: RunHere | null,
  work: () => Promise<T>
): Promise<T> {
  try {
    const host = letIn && (await listen(folder, letIn, output))
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

/** A host; null where there can be none, as on a full disk: then other commands have to wait for this one. */
async function listen(folder: string, letIn: RunHere, output: Context['output']): Promise<Host | null> {
  try {
    const { Host } = await import('./host.ts')
    return await Host.listen(folder, letIn)
  } catch (error) {
    output.warn(say`Other commands have to wait for this one: ${String(error)}`)
    return null
  }
}
