import { createRequire } from 'node:module'
import type { Album } from '../album.ts'
import { AlbumError } from '../errors.ts'
import type { OpenOptions } from '../types.ts'
import { type AlbumContext, type Command, type Context, type Options, allOf, oneOf } from './command.ts'
import { EXIT, exitOf, faultOf } from './faults.ts'
import { Output } from './output.ts'
import { parse } from './parse.ts'
import { say } from './said.ts'
import { type Terminal, pathFrom } from './terminal.ts'

/** An album that this process has open, and takes the commands of others for. */
export interface Kept extends Pick<AlbumContext, 'folder' | 'opening' | 'album' | 'served' | 'portal'> {}

/**
 * Runs a command line and answers its exit code. With `kept`, on that album, which stays open; else the album is opened
 * for it, or the command line is sent to the process that has it open.
 */
export async function run(argv: string[], terminal: Terminal, kept: Kept | null = null): Promise<number> {
  const parsed = await parse(argv, version(), terminal)
  if (typeof parsed === 'number') return parsed
  const { command, args, options } = parsed
  const output = new Output(terminal, options['json'] === true)
  try {
    // What another process opened is online, or is not, whatever is typed here.
    const opening = kept?.opening ?? openingOf(command, options)
    // Whoever knocks has found this process by the album's folder: how it is called there does not matter here.
    const folder = kept?.folder ?? (await folderOf(options, terminal))
    const runHere: Context['runHere'] = (here) => {
      return (guest, elsewhere) => run(guest, elsewhere, { folder, opening, ...here })
    }
    const context: Context = { terminal, output, folder, opening, runHere }
    const exit = await start(argv, command, context, args, options, kept)
    return exit ?? EXIT.done
  } catch (error) {
    if (!terminal.signal.aborted) output.warn(faultOf(error))
    else output.note(say`Stopped. What is done is done: run it again to go on.`)
    return terminal.signal.aborted ? EXIT.interrupted : exitOf(error)
  } finally {
    output.end()
  }
}

async function start(
  argv: string[],
  command: Command,
  context: Context,
  args: string[],
  options: Options,
  kept: Kept | null
): Promise<number | void> {
  if (command.needs === 'nothing') {
    if (kept) throw new AlbumError('ALBUM_EXISTS', 'An album is open there already')
    const work = await command.load()
    return work(context, args, options)
  }
  const work = await command.load()
  if (kept) return work({ ...context, ...kept }, args, options)
  const { place, how } = await opened(argv, command, context, args, options)
  if (typeof place === 'number') return place
  const { keepOpen } = await import('./host/keeping.ts')
  // What may take long lets other commands in meanwhile.
  const here = { album: place, served: false, portal: null }
  const letIn = command.needs === 'network' && how === context ? context.runHere(here) : null
  return keepOpen(place, how, letIn, () => work({ ...how, ...here }, args, options))
}

/** The album, and how it was opened: offline where a command that may need others finds all it needs on this disk. */
async function opened(
  argv: string[],
  command: Exclude<Command, { needs: 'nothing' }>,
  context: Context,
  args: string[],
  options: Options
): Promise<{ place: Album | number; how: Context }> {
  const { openAlbum } = await import('./opening.ts')
  const open = (how: Context): Promise<Album | number> =>
    openAlbum(how, (there) => there.run(argv, context.terminal))
  if (command.here && context.opening.network !== false) {
    const how: Context = { ...context, opening: { network: false } }
    const place = await open(how)
    if (typeof place === 'number') return { place, how }
    const isHere = await command.here()
    // What is wrong with what was typed is told when it is done.
    if (await isHere(place, args, options).catch(() => false)) return { place, how }
    await place.close()
  }
  return { place: await open(context), how: context }
}

/** What needs nobody else is done without the network: a command that lists photos reaches nobody. */
function openingOf(command: Command, options: Options): OpenOptions {
  if (options['offline'] === true || command.needs === 'album') return { network: false }
  const bootstrap = allOf(options, 'bootstrap')
  const strange = bootstrap.find((node) => !/^[^\s:]+:\d{1,5}$/.test(node))
  if (strange !== undefined) throw new AlbumError('BAD_ARGUMENT', `${strange} is no HOST:PORT`)
  return bootstrap.length === 0 ? {} : { network: { bootstrap } }
}

async function folderOf(options: Options, terminal: Terminal): Promise<string> {
  const chosen = oneOf(options, 'album')
  if (chosen) return pathFrom(terminal, chosen)
  const { default: envPaths } = await import('env-paths')
  return envPaths('hyperalbum', { suffix: '' }).data
}

function version(): string {
  const own = createRequire(import.meta.url)('hyperalbum/package.json') as { version: string }
  return own.version
}
