import { bytesOf, durationOf } from './units.ts'
import type { Terminal } from './terminal.ts'

const BLOCK = 20
const REDRAW = 100
const WIDE = 60

/** How far something has come: files and bytes, of how many. */
export interface Done {
  files: number
  bytes: number
  totalFiles?: number | null
  totalBytes?: number | null
}

/** One line at the bottom of a terminal that says how far something has come; nothing where there is none. */
export class Bar {
  readonly #terminal: Terminal | null
  readonly #title: string
  readonly #started = performance.now()
  #done: Done | null = null
  #shown = false
  #drawn = 0

  constructor(terminal: Terminal | null, title: string) {
    this.#terminal = terminal?.columns ? terminal : null
    this.#title = title
  }

  update(done: Done): void {
    this.#done = done
    if (performance.now() - this.#drawn > REDRAW) this.draw()
  }

  draw(): void {
    const columns = this.#terminal?.columns
    if (!columns || !this.#done) return
    this.#drawn = performance.now()
    this.#shown = true
    // A line as wide as the terminal would wrap in some. What it holds is ASCII: a character is a column.
    this.#terminal?.err(`\r\u001b[K${this.#line(this.#done, columns).slice(0, columns - 1)}`)
  }

  hide(): void {
    if (this.#shown) this.#terminal?.err('\r\u001b[K')
    this.#shown = false
  }

  end(): void {
    this.hide()
    this.#done = null
  }

  #line({ files, bytes, totalFiles, totalBytes }: Done, columns: number): string {
    const seconds = (performance.now() - this.#started) / 1000
    const rate = seconds > 0 ? bytes / seconds : 0
    const share = totalBytes ? bytes / totalBytes : totalFiles ? files / totalFiles : null
    const parts = [totalFiles ? `${files}/${totalFiles}` : String(files)]
    if (share !== null) {
      parts.unshift(`${Math.floor(share * 100)} %`)
      if (share > 0 && seconds > 1) parts.push(`${durationOf((seconds * (1 - share)) / share)} left`)
    }
    if (bytes > 0) parts.push(totalBytes ? `${bytesOf(bytes)} of ${bytesOf(totalBytes)}` : bytesOf(bytes))
    if (rate > 0) parts.push(`${bytesOf(rate)}/s`)
    const full = Math.round((share ?? 0) * BLOCK)
    const block = share !== null && columns >= WIDE ? `[${'#'.repeat(full)}${'-'.repeat(BLOCK - full)}] ` : ''
    return `${this.#title} ${block}${parts.join('  ')}`
  }
}
