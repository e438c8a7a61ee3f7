// How far adding has come, on every other screen.
import type { JSX } from 'preact'
import { useStore } from '../store.ts'
import { texts } from '../texts.ts'
import { items, sums } from './state.ts'

export function UploadChip({ here }: { here: boolean }): JSX.Element | null {
  const sum = sums(useStore(items))
  if (here || sum.done === sum.total) return null
  return (
    <a class="upload-chip" href="#/add">
      <progress max={sum.bytesTotal || 1} value={sum.bytes} aria-hidden="true" />
      <span>{texts.upload.chip(sum.done, sum.total)}</span>
    </a>
  )
}
