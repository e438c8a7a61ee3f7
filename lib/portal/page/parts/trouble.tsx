// Something could not be had: why, and another try.
import type { JSX } from 'preact'
import { texts } from '../texts.ts'

export function Trouble({ text, again }: { text: string; again: () => void }): JSX.Element {
  return (
    <p class="notice" role="alert">
      {text}{' '}
      <button type="button" class="quiet" onClick={again}>
        {texts.tryAgain}
      </button>
    </p>
  )
}
