// The photos of a collection, in its own order.
import type { Cell, PhotoPage } from '../../api.ts'
import { get } from '../client.ts'
import { Store } from '../store.ts'
import type { GridPhotos } from '../timeline/view.tsx'

const PAGE = 300

export class Ordered implements GridPhotos {
  total = 0
  days: [day: string, count: number][] = []
  readonly version: Store<number> = new Store(0)
  readonly failed: Store<boolean> = new Store(false)
  readonly #path: string
  #cells: Cell[] = []
  #said = 0
  #next: string | null = null
  #loading: Promise<void> | null = null
  #turns: Promise<void> = Promise.resolve()
  #reading: Promise<void> | null = null

  constructor(id: string) {
    this.#path = `collections/${id}/photos`
  }

  /** Reads anew as much as was read before; `total` is what the collection says. */
  read(total: number): Promise<void> {
    this.#said = total
    this.#reading ??= this.#turn(() => {
      this.#reading = null
      return this.#read(this.#said)
    })
    return this.#reading
  }

  /** One answer after the other: a page of the order before would be put behind one of the order now. */
  #turn(task: () => Promise<void>): Promise<void> {
    this.#turns = this.#turns.then(task)
    return this.#turns
  }

  async #read(total: number): Promise<void> {
    const cells: Cell[] = []
    const wanted = Math.max(this.#cells.length, PAGE)
    let next: string | null = null
    try {
      do {
        const page: PhotoPage = await get(this.#path, { limit: PAGE, after: next ?? undefined })
        cells.push(...page.cells)
        next = page.next
      } while (next && cells.length < wanted)
    } catch {
      this.failed.set(true)
      return
    }
    this.failed.set(false)
    this.#cells = cells
    this.#next = next
    this.#lay(next ? Math.max(total, cells.length) : cells.length)
  }

  at(index: number): Cell | null {
    return this.#cells[index] ?? null
  }

  indexOf(id: string): number {
    return this.#cells.findIndex((cell) => cell.id === id)
  }

  async find(id: string): Promise<number> {
    while (this.indexOf(id) < 0 && this.#next) await this.#more()
    return this.indexOf(id)
  }

  firstOf(): number {
    return this.total > 0 ? 0 : -1
  }

  want(_from: number, to: number): void {
    if (this.#next && to > this.#cells.length) void this.#more().then(() => this.want(_from, to))
  }

  async ensure(index: number): Promise<Cell | null> {
    while (!this.at(index) && this.#next) await this.#more()
    return this.at(index)
  }

  #more(): Promise<void> {
    this.#loading ??= this.#turn(() => this.#page()).finally(() => (this.#loading = null))
    return this.#loading
  }

  async #page(): Promise<void> {
    if (this.#next === null) return
    try {
      const page: PhotoPage = await get(this.#path, { limit: PAGE, after: this.#next })
      this.#cells = [...this.#cells, ...page.cells]
      this.#next = page.next
      this.#lay(page.next ? Math.max(this.total, this.#cells.length) : this.#cells.length)
    } catch {
      this.failed.set(true)
      this.#next = null
    }
  }

  #lay(total: number): void {
    if (total !== this.total || this.days.length === 0) this.days = total > 0 ? [['', total]] : []
    this.total = total
    this.version.set(this.version.value + 1)
  }
}
