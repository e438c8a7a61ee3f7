import type { Album } from '../album.ts'
import type { Portal } from '../portal/portal.ts'
import type { OpenOptions } from '../types.ts'
import type { RunHere } from './host/host.ts'
import type { Output } from './output.ts'
import type { Terminal } from './terminal.ts'

/** What a command was given: options by their names in camel case. */
export type Options = Record<string, string | string[] | boolean | undefined>

/** What a command works with. */
export interface Context {
  terminal: Terminal
  output: Output
  /** The album's folder. */
  folder: string
  /** How an album is opened: the network. */
  opening: OpenOptions
  /** Runs the commands of other processes on an album that this one has open. */
  runHere: (kept: Pick<AlbumContext, 'album' | 'served' | 'portal'>) => RunHere
}

/** The same with the album open. */
export interface AlbumContext extends Context {
  album: Album
  /** Whether `serve` keeps the album open after the command. */
  served: boolean
  /** The album's portal, where `serve` has one. */
  portal: Portal | null
}

/** Whether others are sent what is there, after the command too. */
export function isSending({ served, opening }: AlbumContext): boolean {
  return served && opening.network !== false
}

/** Answers the exit code where it is not 0. */
export type Run<C> = (context: C, args: string[], options: Options) => Promise<number | void>

interface Described {
  name: string
  /** As commander writes them: `<photo...> [folder]`. */
  args?: string
  about: string
  options?: Option[]
  /** What comes after `hyperalbum`. */
  example: string
  commands?: Command[]
}

export interface Option {
  flags: string
  about: string
  choices?: string[]
  /** May be given several times. */
  many?: true
}

/**
 * A command. What it needs: `nothing`, where it opens an album itself; the `album`, which is on disk; or the `network`,
 * to reach others. Its code is loaded when it is to run, so that the rest starts quickly.
 */
export type Command = Described &
  (
    | { needs: 'nothing'; load: () => Promise<Run<Context>> }
    | {
        needs: 'album' | 'network'
        load: () => Promise<Run<AlbumContext>>
        /** Of one that may need the network: whether it does not, since all is on this disk. */
        here?: () => Promise<(album: Album, args: string[], options: Options) => Promise<boolean>>
      }
  )

/** The values of an option that may be given several times. */
export function allOf(options: Options, name: string): string[] {
  const value = options[name]
  return Array.isArray(value) ? value : typeof value === 'string' ? [value] : []
}

/** The value of an option that takes one; undefined where it was not given. */
export function oneOf(options: Options, name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}
