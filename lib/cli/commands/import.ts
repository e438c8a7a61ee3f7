import { AlbumError } from '../../errors.ts'
import { type ImportFile, type ImportSummary, importFolder } from '../../import/index.ts'
import type { Bar } from '../bar.ts'
import type { AlbumContext, Options } from '../command.ts'
import { EXIT, errorOf, exitOfCodes } from '../faults.ts'
import { patienceOf, waitForOthers } from '../held.ts'
import type { Output } from '../output.ts'
import { type Said, dim, green, join, red, say, yellow } from '../said.ts'
import { pathFrom } from '../terminal.ts'
import { bytesOf } from '../units.ts'

const PHASES = { scan: 'Looking', hash: 'Reading', ask: 'Asking', add: 'Adding', watch: 'Watching' }

// What everybody expects to be passed over.
const QUIET = new Set(['hidden', 'system', 'sidecar'])

export async function importPhotos(
  context: AlbumContext,
  [folder = '']: string[],
  options: Options
): Promise<number> {
  const { album, output, terminal } = context
  const dryRun = options['dryRun'] === true
  const watch = options['watch'] === true
  if (patienceOf(options) !== null && (dryRun || watch)) {
    throw new AlbumError('BAD_ARGUMENT', '--wait has no meaning with --dry-run or --watch')
  }
  const added: string[] = []
  let bar: Bar | null = null
  let exit: number = EXIT.done
  const events = importFolder(album, pathFrom(terminal, folder), {
    dryRun,
    watch,
    collections: options['collections'] === true,
    signal: terminal.signal,
    onprogress: (progress) => bar?.update(progress)
  })
  for await (const event of events) {
    if (event.type === 'phase') {
      bar = output.bar(PHASES[event.phase])
      if (event.phase === 'watch') output.note(say`Watching ${folder}. Ctrl-C ends it.`)
    } else if (event.type === 'file') {
      if (event.status === 'added' && event.id && !watch) added.push(event.id)
      await tellFile(output, event)
    } else if (event.type === 'summary') {
      output.end()
      // A letter among the photos is no failure; a photo that cannot be read is.
      exit = exitOfCodes(Object.keys(event.failed).filter((code) => code !== 'UNSUPPORTED_FILE'))
      await output.result(event, summaryOf(event, dryRun))
    }
  }
  if (!dryRun && !watch) await waitForOthers(context, added, options)
  return exit
}

async function tellFile(output: Output, event: ImportFile): Promise<void> {
  const { path, status, id, error, reason, photo } = event
  const told = { type: 'file', path, status, id: photo?.id ?? id, reason, error: errorOf(error) }
  if (status === 'failed')
    return output.failure(told, say`${red('failed')}   ${path}  ${error?.message ?? ''}`)
  await output.result(told, lineOf(event))
}

/** Nothing of the thousands that are there already: null where people need not be told. */
function lineOf({ path, status, reason }: ImportFile): Said | null {
  if (status === 'added') return say`${green('added')}    ${path}`
  if (status === 'planned') return say`${green('new')}      ${path}`
  if (status === 'trashed') return say`${yellow('trashed')}  ${path}`
  if (status === 'known' && reason === 'amended') return say`${green('amended')}  ${path}`
  if (status === 'known' && reason === 'edited')
    return say`${yellow('kept')}     ${path}  its sidecar says something else`
  if (status === 'skipped' && !QUIET.has(reason ?? ''))
    return say`${dim('skipped')}  ${path}  ${reason ?? ''}`
  return null
}

function summaryOf(summary: ImportSummary, dryRun: boolean): Said {
  const { added, known, trashed, planned, failed, skipped, bytes } = summary
  const parts: Said[] = dryRun
    ? [say`${planned} would be added (${bytesOf(bytes)})`]
    : [say`${added} added (${bytesOf(bytes)})`]
  parts.push(say`${known} known already`)
  if (trashed > 0) parts.push(say`${trashed} in the trash`)
  for (const [code, count] of Object.entries(failed)) parts.push(say`${red(count)} refused: ${code}`)
  if (skipped > 0) parts.push(say`${skipped} passed over`)
  return say`${join(parts, ', ')}.`
}
