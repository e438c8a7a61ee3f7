// What one is told while a photo is late: it is still being asked for.
import type { JSX } from 'preact'
import type { Cell, PhotoDetails } from '../../api.ts'
import { texts } from '../texts.ts'

export function Looking({ cell, details }: { cell: Cell; details: PhotoDetails | null }): JSX.Element {
  const variant = cell.type === 'video' ? 'original' : 'preview'
  const copies = details?.copies.filter(({ variants }) => variants.includes(variant)) ?? []
  const online = copies.filter((copy) => copy.online)
  const names = (online.length > 0 ? online : copies).map(({ member }) => member.name)
  const holders = [...new Set(names)]
  const { slow, fetching, looking } = texts.viewer
  // What the portal has itself is late on the way from there.
  const near = copies.length === 0 || copies.some((copy) => copy.me)
  return (
    <div class="cannot" role="status">
      <p>{near ? slow : online.length > 0 ? fetching(holders) : looking(holders)}</p>
    </div>
  )
}
