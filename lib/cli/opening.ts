import { Album } from '../album.ts'
import { codeOf } from '../errors.ts'
import { sleep } from '../util/wait.ts'
import type { Context } from './command.ts'
import { type Visit, visit } from './host/visit.ts'

// How long another command, which has the album open for a moment, may take to end or to listen.
const LOCKED_PATIENCE = 20_000
const LOCKED_PAUSE = 100

/** Opens an album; or, where another process that takes commands has it open, answers what comes of asking that one. */
export async function openAlbum<T>(
  { folder, opening, terminal }: Pick<Context, 'folder' | 'opening' | 'terminal'>,
  elsewhere: (there: Visit) => Promise<T | null>
): Promise<Album | T> {
  for (const since = Date.now(); ;) {
    const answer = await visit(folder, elsewhere)
    if (answer !== null) return answer
    try {
      return await Album.open(folder, opening)
    } catch (error) {
      const late = Date.now() - since > LOCKED_PATIENCE || terminal.signal.aborted
      if (codeOf(error) !== 'STORAGE_LOCKED' || late) throw error
      await sleep(LOCKED_PAUSE, terminal.signal)
    }
  }
}
