import { Telling } from '../util/telling.ts'
import type { ExportFile, ExportOptions, ExportProgress, ExportSummary } from './events.ts'

/** Counts what became of photos, and how far the export has come. */
export class Tally {
  readonly #progress: Telling<ExportProgress>
  readonly #summary: ExportSummary = { type: 'summary', written: 0, there: 0, failed: {}, bytes: 0 }

  constructor({ onprogress }: ExportOptions) {
    this.#progress = new Telling({ files: 0, bytes: 0, totalFiles: 0, totalBytes: 0 }, onprogress)
  }

  get summary(): ExportSummary {
    return { ...this.#summary, failed: { ...this.#summary.failed } }
  }

  /** A photo more is to be written. */
  expect(bytes: number): void {
    const { state } = this.#progress
    state.totalFiles++
    state.totalBytes += bytes
  }

  /** Notes what became of a photo, and gives the event back. */
  done(event: ExportFile, written: number): ExportFile {
    const { status, error, photo } = event
    const summary = this.#summary
    if (status === 'failed') {
      const code = error?.code ?? ''
      summary.failed[code] = (summary.failed[code] ?? 0) + 1
    } else summary[status]++
    summary.bytes += written
    const { state } = this.#progress
    state.files++
    state.bytes += photo.size
    this.#progress.changed()
    return event
  }

  /** Tells how far it came in the end. */
  end(): void {
    this.#progress.end()
  }
}
