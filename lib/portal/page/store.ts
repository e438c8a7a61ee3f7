// A value that tells when it changes, and the hook by which a screen follows it.
import { useEffect, useReducer } from 'preact/hooks'

export class Store<T> {
  #value: T
  readonly #listeners = new Set<() => void>()

  constructor(value: T) {
    this.#value = value
  }

  get value(): T {
    return this.#value
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return
    this.#value = value
    for (const listener of this.#listeners) listener()
  }

  /** Answers what ends it. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}

/** The value of a store; the component is drawn anew when it changes. */
export function useStore<T>(store: Store<T>): T {
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  useEffect(() => {
    const seen = store.value
    const end = store.listen(() => redraw(undefined as never))
    // What came between drawing and listening is not missed.
    if (!Object.is(seen, store.value)) redraw(undefined as never)
    return end
  }, [store])
  return store.value
}
