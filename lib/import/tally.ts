import { Telling } from '../util/telling.ts'
import type { ImportFile, ImportOptions, ImportProgress, ImportSummary } from './events.ts'
import type { Passed } from './scan.ts'

/** Counts what became of files, and how far the import has come. */
export class Tally {
  readonly #progress: Telling<ImportProgress>
  readonly #summary: ImportSummary = {
    type: 'summary',
    added: 0,
    known: 0,
    trashed: 0,
    planned: 0,
    failed: {},
    skipped: 0,
    bytes: 0
  }

  constructor({ onprogress }: ImportOptions) {
    const state = { files: 0, bytes: 0, hashed: 0, totalFiles: 0, totalBytes: 0 }
    this.#progress = new Telling(state, onprogress)
  }

  get summary(): ImportSummary {
    return { ...this.#summary, failed: { ...this.#summary.failed } }
  }

  /** So many files more are to be looked at. */
  expect(files: number, bytes: number): void {
    const { state } = this.#progress
    state.totalFiles += files
    state.totalBytes += bytes
  }

  hashed(bytes: number): void {
    this.#progress.state.hashed += bytes
    this.#progress.changed()
  }

  /** Notes what became of a file of so many bytes, and gives the event back. */
  done(event: ImportFile, bytes: number): ImportFile {
    const { status, error } = event
    const summary = this.#summary
    if (status === 'failed') {
      const code = error?.code ?? ''
      summary.failed[code] = (summary.failed[code] ?? 0) + 1
    } else summary[status]++
    if (status === 'added' || status === 'planned') summary.bytes += bytes
    return event
  }

  /** What is not offered to the album. */
  skip({ path, reason, error }: Passed): ImportFile {
    const status = error ? 'failed' : 'skipped'
    return this.done({ type: 'file', path, status, id: null, photo: null, error, reason }, 0)
  }

  /** A file that was expected is through. */
  passed(bytes: number): void {
    const { state } = this.#progress
    state.files++
    state.bytes += bytes
    this.#progress.changed()
  }

  /** Tells how far it came, where nothing more comes for now. */
  end(): void {
    this.#progress.end()
  }
}
