import { exportFolder } from '../../export/index.ts'
import type { AlbumContext, Options } from '../command.ts'
import { EXIT, errorOf, exitOfCodes } from '../faults.ts'
import { type Said, dim, green, join, red, say, yellow } from '../said.ts'
import { selectionOf } from '../selection.ts'
import { pathFrom } from '../terminal.ts'
import { bytesOf } from '../units.ts'
import { shortOf } from '../telling.ts'

export async function exportPhotos(
  context: AlbumContext,
  [folder = '']: string[],
  options: Options
): Promise<number> {
  const { album, output, terminal } = context
  const bar = output.bar('Writing')
  let exit: number = EXIT.done
  const events = exportFolder(album, pathFrom(terminal, folder), {
    query: await selectionOf(album, options),
    strip: options['strip'] === true,
    signal: terminal.signal,
    onprogress: (progress) => bar.update(progress)
  })
  for await (const event of events) {
    if (event.type === 'file') {
      const { path, status, photo, error, reason } = event
      const told = {
        type: 'file',
        path,
        status,
        id: photo.id,
        reason,
        error: errorOf(error)
      }
      if (status === 'failed') {
        await output.failure(told, say`${red('failed')}   ${path}  ${error?.message ?? ''}`)
      } else {
        const line = say`${green('written')}  ${dim(shortOf(photo.id))}  ${path}`
        const kept = say`${yellow('kept')}     ${dim(shortOf(photo.id))}  ${path}.xmp  somebody changed it`
        await output.result(told, reason !== null ? kept : status === 'written' ? line : null)
      }
    } else if (event.type === 'summary') {
      output.end()
      exit = exitOfCodes(Object.keys(event.failed))
      const parts: Said[] = [
        say`${event.written} written (${bytesOf(event.bytes)})`,
        say`${event.there} there already`
      ]
      for (const [code, count] of Object.entries(event.failed)) parts.push(say`${red(count)} failed: ${code}`)
      await output.result(event, say`${join(parts, ', ')}.`)
    }
  }
  return exit
}
