import { isUtf8 } from 'node:buffer'
import fs from 'node:fs'
import path from 'node:path'
import type { Dirent } from 'node:fs'
import { AlbumError } from '../errors.ts'
import type { AlbumErrorLike, Signal } from '../types.ts'
import { fromDisk } from '../util/disk.ts'
import { abortError } from '../util/wait.ts'
import type { SkipReason } from './events.ts'
import { holdsOriginals, isAlbum, isExport, isLibrary, skipReason } from './skipping.ts'

/** Files whose times and sizes are asked for at once. */
const TOGETHER = 64

// What Node puts in the place of bytes that are no text.
const REPLACED = '\ufffd'

// The folders of an export.
const YEAR = /^\d{4}$/
const MONTH = /^\d{2}$/

/** A folder that was read. */
export interface Folder {
  /** From the root on, with `/`; empty for the root. */
  path: string
  /** Everything in it, sidecars too. */
  names: readonly string[]
  /** Whether it is a library of Apple's. */
  library: boolean
  /** Whether no person gave it its name: an export made it (`2020` or `2020/07` beside its ledger), or such a library. */
  unnamed: boolean
}

/** A file to be offered to the album. */
export interface Found {
  folder: Folder
  name: string
  size: number
  /** Milliseconds since 1970. */
  modified: number
  /** Whether a sidecar came, or changed, after the file itself. */
  late?: boolean
}

/** What is not offered, and why: one of the two is set. */
export interface Passed {
  path: string
  reason: SkipReason | null
  error: AlbumErrorLike | null
  /** Of a sidecar: what changes with it. */
  look?: string
}

/** A folder to be read. */
interface Waiting {
  at: string
  /** What its name is, of one that an export made. */
  dates: RegExp | null
  /** Whether it is a library of Apple's, or in one. */
  inside: boolean
}

/** A path from the root on, with `/` whatever the system. */
export function pathOf({ folder, name }: Pick<Found, 'folder' | 'name'>): string {
  return within(folder.path, name)
}

/**
 * Everything in a folder and those in it, in the order of names. Links to files are followed, those to folders not: so
 * there is no way round in a circle. Throws only where the root itself cannot be read.
 */
export async function* scan(root: string, signal?: Signal): AsyncGenerator<Found | Passed> {
  const inside = path.resolve(root).split(path.sep).some(isLibrary)
  const waiting: Waiting[] = [{ at: '', dates: null, inside }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { at, dates, inside } = next
    if (signal?.aborted) throw abortError(signal)
    const read = await readFolder(path.join(root, at)).catch((error: AlbumError) => error)
    if (read instanceof Error) {
      if (at === '') throw read
      yield { path: at, reason: null, error: read }
      continue
    }
    const { entries, strange } = read
    for (const name of strange) yield { path: within(at, name), reason: null, error: notText() }
    const names = entries.map(({ name }) => name)
    const library = isLibrary(path.basename(path.resolve(root, at)))
    const folder: Folder = { path: at, names, library, unnamed: dates !== null || inside }
    if (isAlbum(folder.names)) {
      yield { path: at, reason: 'album', error: null }
      continue
    }
    for (let i = 0; i < entries.length; i += TOGETHER) {
      if (signal?.aborted) throw abortError(signal)
      const some = entries.slice(i, i + TOGETHER)
      const looked = await Promise.all(some.map((entry) => look(root, folder, entry)))
      for (const one of looked) if (one !== 'folder') yield one
    }
    const below = isExport(names) ? YEAR : dates === YEAR ? MONTH : null
    // One by one: as arguments a hundred thousand are too many.
    for (const { name } of entries.filter((entry) => isOffered(folder, entry)).reverse()) {
      const dates = below?.test(name) ? below : null
      waiting.push({ at: within(at, name), dates, inside: inside || isLibrary(name) })
    }
  }
}

/** Entries of a folder by their names; apart those whose names are no UTF-8, as old disks have them. */
async function readFolder(folder: string): Promise<{ entries: Dirent[]; strange: string[] }> {
  const entries = await fromDisk(folder, () => fs.promises.readdir(folder, { withFileTypes: true }))
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  if (!entries.some(({ name }) => name.includes(REPLACED))) return { entries, strange: [] }
  const names = await fromDisk(folder, () => fs.promises.readdir(folder, { encoding: 'buffer' }))
  const texts = new Set(names.filter(isUtf8).map((name) => name.toString()))
  return {
    entries: entries.filter(({ name }) => texts.has(name)),
    strange: names.filter((name) => !isUtf8(name)).map((name) => name.toString('latin1'))
  }
}

function notText(): AlbumError {
  return new AlbumError('BAD_ARGUMENT', 'Its name is not UTF-8: it has to be renamed first')
}

/** Whether an entry is a folder to go into. */
function isOffered(folder: Folder, entry: Dirent): boolean {
  return entry.isDirectory() && reasonOf(folder, entry) === null
}

function reasonOf({ library }: Folder, entry: Dirent): SkipReason | null {
  const { name } = entry
  if (library && !(entry.isDirectory() && holdsOriginals(name))) return 'system'
  const reason = skipReason(name)
  return !entry.isDirectory() || reason === 'hidden' || reason === 'system' ? reason : null
}

async function look(root: string, folder: Folder, entry: Dirent): Promise<Found | Passed | 'folder'> {
  const { name } = entry
  const passed = { path: within(folder.path, name), reason: null, error: null }
  if (isOffered(folder, entry)) return 'folder'
  const reason = reasonOf(folder, entry)
  if (reason === 'sidecar')
    return { ...passed, reason, look: await sidecarLook(path.join(root, passed.path)) }
  if (reason) return { ...passed, reason }
  // Opening a pipe would wait for whoever writes into it.
  if (!entry.isFile() && !entry.isSymbolicLink()) return { ...passed, reason: 'special' }
  try {
    const file = path.join(root, folder.path, name)
    const stat = await fromDisk(file, () => fs.promises.stat(file))
    if (stat.isDirectory()) return { ...passed, reason: 'link' }
    if (!stat.isFile()) return { ...passed, reason: 'special' }
    return { folder, name, size: stat.size, modified: stat.mtimeMs }
  } catch (error) {
    return { ...passed, error: error as AlbumError }
  }
}

async function sidecarLook(file: string): Promise<string> {
  const stat = await fs.promises.stat(file).catch(() => null)
  return stat ? `${stat.size} ${stat.mtimeMs}` : ''
}

function within(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`
}
