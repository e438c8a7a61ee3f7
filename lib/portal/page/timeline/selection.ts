// The photos that are marked to do something with.
import { Store } from '../store.ts'

export class Selection {
  readonly ids: Store<ReadonlySet<string>> = new Store<ReadonlySet<string>>(new Set())
  /** Where a range begins: the photo that was marked last. */
  anchor: string | null = null

  has(id: string): boolean {
    return this.ids.value.has(id)
  }

  toggle(id: string): void {
    this.set([id], !this.has(id))
    this.anchor = id
  }

  set(ids: readonly string[], marked: boolean): void {
    const next = new Set(this.ids.value)
    for (const id of ids) {
      if (marked) next.add(id)
      else next.delete(id)
    }
    this.ids.set(next)
  }

  clear(): void {
    this.anchor = null
    this.ids.set(new Set())
  }
}
