// Folders of photos for the tests of import and export.
import fs from 'node:fs'
import path from 'node:path'
import type { Assertions } from 'brittle'
import { importFolder } from '../lib/import/index.ts'
import type { ImportEvent, ImportFile, ImportOptions, ImportSummary } from '../lib/import/index.ts'
import { exportFolder } from '../lib/export/index.ts'
import type { ExportEvent, ExportFile, ExportOptions, ExportSummary } from '../lib/export/index.ts'
import { nodeEngine } from '../lib/media/node-engine.ts'
import type { Album, MediaEngine } from '../index.ts'
import { createAlbum } from './helpers.ts'

/** An engine for the facts alone: what is shown is not the point here. */
function factsOnly(): MediaEngine {
  const engine = nodeEngine()
  return {
    examine: (source, type, options) => engine.examine(source, type, { ...options, renditions: false }),
    close: () => engine.close()
  }
}

/** An album that reads what files and sidecars say. */
export const createReading = (t: Assertions): Promise<Album> => createAlbum(t, { media: factsOnly() })

/** Writes files by their paths, and the folders they lie in. */
export function lay(folder: string, files: Record<string, Uint8Array | string>): void {
  for (const [name, bytes] of Object.entries(files)) {
    const file = path.join(folder, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, bytes)
  }
}

/** What an import or export told. */
export interface Told<File, Summary> {
  files: File[]
  summary: Summary
  /** What became of each path. */
  status: Record<string, string>
  /** What it ended early with. */
  error: Error | null
}

export function bringIn(
  album: Album,
  folder: string,
  options?: ImportOptions
): Promise<Told<ImportFile, ImportSummary>> {
  return told(importFolder(album, folder, options))
}

export function takeOut(
  album: Album,
  folder: string,
  options?: ExportOptions
): Promise<Told<ExportFile, ExportSummary>> {
  return told(exportFolder(album, folder, options))
}

async function told<E extends ImportEvent | ExportEvent>(
  events: AsyncIterable<E>
): Promise<Told<Extract<E, { type: 'file' }>, Extract<E, { type: 'summary' }>>> {
  const all: E[] = []
  let error: Error | null = null
  try {
    for await (const event of events) all.push(event)
  } catch (thrown) {
    error = thrown as Error
  }
  const files = all.filter((one): one is Extract<E, { type: 'file' }> => one.type === 'file')
  const summary = all.find((one): one is Extract<E, { type: 'summary' }> => one.type === 'summary')
  if (!summary) throw error ?? new Error('No summary came')
  return { files, summary, status: Object.fromEntries(files.map((one) => [one.path, one.status])), error }
}

/** All files of a folder, by their paths with `/`, in order. */
export function filesIn(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath ?? entry.path, entry.name)))
    .map((name) => name.split(path.sep).join('/'))
    .sort()
}

// Milliseconds between looks.
export const INTERVAL = 100

export interface Watching {
  files: () => ImportFile[]
  /** Whether what was there from the start is through. */
  watching: () => boolean
  /** What became of a file, each time. */
  told: (name: string) => string[]
  /** Resolves to all that was told. */
  end: () => Promise<ImportEvent[]>
}

/** Watches a folder until `end` is called, which resolves to all that was told. */
export function watch(t: Assertions, album: Album, folder: string, options: ImportOptions = {}): Watching {
  const stop = new AbortController()
  const events: ImportEvent[] = []
  const files = (): ImportFile[] => events.filter((one): one is ImportFile => one.type === 'file')
  const running = (async () => {
    const all = importFolder(album, folder, {
      watch: true,
      interval: INTERVAL,
      signal: stop.signal,
      ...options
    })
    for await (const event of all) events.push(event)
  })()
  t.teardown(() => stop.abort())
  return {
    files,
    watching: () => events.some((one) => one.type === 'phase' && one.phase === 'watch'),
    told: (name: string): string[] =>
      files()
        .filter((one) => one.path === name)
        .map(({ status }) => status),
    async end(): Promise<ImportEvent[]> {
      stop.abort()
      await running
      return events
    }
  }
}
