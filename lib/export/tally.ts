import type { ExportFile, ExportOptions, ExportProgress, ExportSummary } from './events.ts'

// Milliseconds between two words on how far it has come.
const OFTEN = 100

/** Counts what became of photos, and how far the export has come. */
export class Tally {
  readonly #onprogress: ExportOptions['onprogress']
  readonly #progress: ExportProgress = { type: 'progress', files: 0, bytes: 0, totalFiles: 0, totalBytes: 0 }
  readonly #summary: ExportSummary = { type: 'summary', written: 0, there: 0, failed: {}, bytes: 0 }
  #told = -OFTEN

  constructor({ onprogress }: ExportOptions) {
    this.#onprogress = onprogress
  }

  get summary(): ExportSummary {
    return { ...this.#summary, failed: { ...this.#summary.failed } }
  }

  /** A photo more is to be written. */
  expect(bytes: number): void {
    this.#progress.totalFiles++
    this.#progress.totalBytes += bytes
  }

  /** What is told of a photo: what became of it, and now and then how far it has come. */
  *done(event: ExportFile, written: number): Generator<ExportFile | ExportProgress> {
    const { status, error, photo } = event
    const [summary, progress] = [this.#summary, this.#progress]
    if (status === 'failed') {
      const code = error?.code ?? ''
      summary.failed[code] = (summary.failed[code] ?? 0) + 1
    } else summary[status]++
    summary.bytes += written
    progress.files++
    progress.bytes += photo.size
    yield event
    const now = performance.now()
    if (now - this.#told < OFTEN && progress.files < progress.totalFiles) return
    this.#told = now
    this.#onprogress?.({ ...progress })
    yield { ...progress }
  }
}
