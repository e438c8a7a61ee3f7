// What a screen asks the portal for: the answer, read again when something changes.
import { useCallback, useEffect, useState } from 'preact/hooks'
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
  const again = useCallback(() => {
    ask().then(
      (answer) => {
        set(answer)
        fail(null)
      },
      (failure: unknown) => fail(failure)
    )
  }, [])
  useEffect(() => {
    again()
    const ends = events.map((event) => on(event, again))
    return () => ends.forEach((end) => end())
  }, [again])
  return { value, error, again }
}
