import type { Change } from '../types.ts'
import type { Cell, PortalEvents } from './api.ts'
import { cellOf } from './cells.ts'

const MOST_CHANGES = 500

type Told = PortalEvents['changes']['changes'][number]

/** What a listener has not been told yet: bounded, however slowly it listens. */
export class Feed {
  readonly #changes: Map<string, Told> = new Map()
  readonly #signals: Set<keyof PortalEvents> = new Set()
  #hello: { cursor: string | null } | null = null
  #cursor: string | null = null
  #reset = false

  get empty(): boolean {
    return this.#hello === null && this.#cursor === null && this.#signals.size === 0
  }

  /** The stream is open; `cursor` is where it begins, where the listener does not know. */
  hello(cursor: string | null): void {
    this.#hello = { cursor }
  }

  change({ type, id, photo, cursor }: Change): void {
    this.#cursor = cursor
    if (type === 'reset') this.#reset = true
    else {
      const cell: Cell | null = photo && cellOf(photo)
      const before = this.#changes.get(id)
      // What was added since the last word is new, whatever happened to it meanwhile.
      const kept = before?.type === 'added' && type === 'changed' ? 'added' : type
      this.#changes.set(id, { type: kept, id, cell })
    }
    if (this.#changes.size > MOST_CHANGES) this.#reset = true
    if (this.#reset) this.#changes.clear()
  }

  /** That something is to be asked for anew. */
  signal(event: keyof PortalEvents): void {
    this.#signals.add(event)
  }

  /** All of it as the text of events; then it is told. */
  take(): string {
    let text = this.#hello ? eventText('hello', {}, this.#hello.cursor) : ''
    for (const event of this.#signals) text += eventText(event, {})
    if (this.#cursor !== null) {
      const changes = [...this.#changes.values()]
      text += this.#reset
        ? eventText('reset', {}, this.#cursor)
        : eventText('changes', { changes }, this.#cursor)
    }
    this.#hello = null
    this.#signals.clear()
    this.#changes.clear()
    this.#cursor = null
    this.#reset = false
    return text
  }
}

/** One event, as `text/event-stream` has it. */
export function eventText<E extends keyof PortalEvents>(
  event: E,
  data: PortalEvents[E],
  id: string | null = null
): string {
  return `${id === null ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
