import { Bar } from './bar.ts'
import { type Said, jsonOf } from './said.ts'
import type { Terminal } from './terminal.ts'

/** What a command prints: lines for people, or one JSON object a line for scripts. */
export class Output {
  readonly json: boolean
  readonly #terminal: Terminal
  #bar: Bar | null = null

  constructor(terminal: Terminal, json: boolean) {
    this.#terminal = terminal
    this.json = json
  }

  /** A result: the object in JSON, the text for people; null where they need not be told. */
  async result(object: object, text: Said | Said[] | null): Promise<void> {
    const said = text === null ? [] : [text].flat()
    const lines = this.json ? [jsonOf(object)] : said.map((line) => this.#render(line))
    this.#hide()
    for (const line of lines) await this.#terminal.out(`${line}\n`)
    this.#bar?.draw()
  }

  /** Something that failed, one of many: an object in JSON, on the standard error for people. */
  async failure(object: object, text: Said): Promise<void> {
    if (this.json) await this.result(object, null)
    else this.warn(text)
  }

  /** A word for people only, beside the results: not in JSON. */
  note(text: Said): void {
    if (this.json) return
    this.#above(this.#render(text))
  }

  /** What went wrong or needs to be known: on the standard error, also with JSON. */
  warn(text: Said): void {
    this.#above(this.#render(text))
  }

  /** A bar while something takes its time; nothing where nobody looks. */
  bar(title: string): Bar {
    this.#bar?.end()
    this.#bar = new Bar(this.json ? null : this.#terminal, title)
    return this.#bar
  }

  /** Takes the bar away. */
  end(): void {
    this.#bar?.end()
    this.#bar = null
  }

  #above(line: string): void {
    this.#hide()
    this.#terminal.err(`${line}\n`)
    this.#bar?.draw()
  }

  #hide(): void {
    this.#bar?.hide()
  }

  #render(text: Said): string {
    return this.#terminal.colour ? text.text : text.plain
  }
}
