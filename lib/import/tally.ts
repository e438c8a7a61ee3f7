import type { ImportFile, ImportOptions, ImportProgress, ImportSummary } from './events.ts'
import type { Passed } from './scan.ts'

// Milliseconds between two words on how far it has come.
const OFTEN = 100

/** Counts what became of files, and how far the import has come. */
export class Tally {
  readonly #onprogress: ImportOptions['onprogress']
  readonly #progress: ImportProgress = {
    type: 'progress',
    files: 0,
    bytes: 0,
    hashed: 0,
    totalFiles: 0,
    totalBytes: 0
  }
  readonly #summary: ImportSummary = {
    type: 'summary',
    added: 0,
    known: 0,
    trashed: 0,
    planned: 0,
    refused: {},
    skipped: 0,
    bytes: 0
  }
  #told = 0
  #due = 0

  constructor({ onprogress }: ImportOptions) {
    this.#onprogress = onprogress
  }

  get progress(): ImportProgress {
    return { ...this.#progress }
  }

  get summary(): ImportSummary {
    return { ...this.#summary, refused: { ...this.#summary.refused } }
  }

  /** So many files more are to be looked at. */
  expect(files: number, bytes: number): void {
    this.#progress.totalFiles += files
    this.#progress.totalBytes += bytes
  }

  hashed(bytes: number): void {
    this.#progress.hashed += bytes
    this.#tell()
  }

  /** Notes what became of a file of so many bytes, and gives the event back. */
  done(event: ImportFile, bytes: number): ImportFile {
    const { status, error } = event
    const summary = this.#summary
    if (status === 'failed') {
      const code = error?.code ?? ''
      summary.refused[code] = (summary.refused[code] ?? 0) + 1
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
    this.#progress.files++
    this.#progress.bytes += bytes
    this.#tell()
  }

  /** How far it has come, where that was not told just now. */
  *due(): Generator<ImportProgress> {
    const now = performance.now()
    if (now - this.#due < OFTEN) return
    this.#due = now
    yield this.progress
  }

  #tell(): void {
    const now = performance.now()
    if (!this.#onprogress || now - this.#told < OFTEN) return
    this.#told = now
    this.#onprogress(this.progress)
  }
}
