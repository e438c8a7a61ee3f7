// Folders of photos for the tests of import and export.
import fs from 'node:fs'
import path from 'node:path'
import { importFolder } from '../lib/import/index.ts'
import type { ImportEvent, ImportFile, ImportOptions, ImportSummary } from '../lib/import/index.ts'
import { exportFolder } from '../lib/export/index.ts'
import type { ExportEvent, ExportFile, ExportOptions, ExportSummary } from '../lib/export/index.ts'
import type { Album } from '../index.ts'

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
