// What a screen asks the portal for: the answer, read again when something changes.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { on } from '../live.ts'
import type { PortalEvents } from '../../api.ts'

export interface Asked<T> {
  value: T | null
  error: unknown
  again: () => void
}

/** Asks when the screen appears and at these events; what was answered before stays until the next answer. */
export function useAsked<T>(ask: () => Promise<T>, events: (keyof PortalEvents)[] = []): Asked<T> {
  const [value, set] = useState<T | null>(null)
  const [error, fail] = useState<unknown>(null)
  const turn = useRef<'none' | 'asking' | 'again'>('none')
  // One question at a time: answers do not overtake each other, and what comes in bursts is asked for once more only.
  const again = useCallback(() => {
    if (turn.current !== 'none') {
      turn.current = 'again'
      return
    }
    turn.current = 'asking'
    const done = (): void => {
      const stale = turn.current === 'again'
      turn.current = 'none'
      if (stale) again()
    }
    void ask()
      .then(
        (answer) => {
          set(answer)
          fail(null)
        },
        (failure: unknown) => fail(failure)
      )
      .finally(done)
  }, [])
  useEffect(() => {
    again()
    const ends = events.map((event) => on(event, again))
    return () => ends.forEach((end) => end())
  }, [again])
  return { value, error, again }
}
