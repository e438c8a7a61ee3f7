// A screen whose script is fetched when it is first looked at.
import type { ComponentType, JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { texts } from '../texts.ts'

/** A component in place of one that `load` brings. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): (props: P) => JSX.Element {
  let loaded: ComponentType<P> | null = null
  return function Lazy(props: P): JSX.Element {
    const [, redraw] = useState(0)
    const [failed, fail] = useState(false)
    useEffect(() => {
      if (loaded || failed) return
      load().then(
        (component) => {
          loaded = component
          redraw((count) => count + 1)
        },
        () => fail(true)
      )
    }, [failed])
    if (loaded) {
      const Loaded = loaded
      return <Loaded {...props} />
    }
    if (failed) {
      return (
        <div class="empty" role="alert">
          <p>{texts.errors.OFFLINE}</p>
          <button type="button" onClick={() => fail(false)}>
            {texts.tryAgain}
          </button>
        </div>
      )
    }
    return <div class="loading" aria-busy="true" />
  }
}
