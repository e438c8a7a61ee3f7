// The first letter of a name, in a circle.
import type { JSX } from 'preact'

export function Initial({ name }: { name: string }): JSX.Element {
  const [first = ''] = new Intl.Segmenter().segment(name.toUpperCase())
  return (
    <span class="initial" aria-hidden="true">
      {first && first.segment}
    </span>
  )
}
