// The handle at the right by which one goes through the years: by mouse, finger or keyboard.
import type { JSX } from 'preact'
import { useMemo, useRef, useState } from 'preact/hooks'
import { monthsOf } from '../dates.ts'
import { Icon } from '../parts/icons.tsx'
import { texts } from '../texts.ts'
import { bandAt } from './layout.ts'
import type { Layout } from './layout.ts'

interface Props {
  layout: Layout
  /** How far it is scrolled, and how far it can be. */
  scrolled: number
  range: number
  onScroll: (top: number) => void
}

/** Years closer to each other than this would overlap. */
const YEAR_APART = 26

export function Scrubber({ layout, scrolled, range, onScroll }: Props): JSX.Element | null {
  const track = useRef<HTMLDivElement>(null)
  const [dragging, drag] = useState(false)
  const months = useMemo(() => layout.bands.filter((band) => band.heading !== null), [layout])
  const at = monthAt(layout, months, scrolled)
  const height = track.current?.clientHeight ?? 600
  const years = useMemo(() => yearsOf(layout, months, range, height), [layout, months, range, height])
  if (months.length < 2 || range < 200) return null

  const fraction = Math.min(1, Math.max(0, scrolled / range))
  const [newest, oldest] = months[at]?.heading ?? ['', '']
  const label = newest && monthsOf(newest, oldest)
  const pull = (event: PointerEvent): void => {
    const box = track.current?.getBoundingClientRect()
    if (box) onScroll(Math.min(1, Math.max(0, (event.clientY - box.top) / box.height)) * range)
  }
  const step = (event: KeyboardEvent): void => {
    const year = months[at]?.heading?.[0].slice(0, 4)
    const targets: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowRight: at + 1,
      ArrowUp: at - 1,
      ArrowLeft: at - 1,
      PageDown: months.findIndex((band, index) => index > at && band.heading?.[0].slice(0, 4) !== year),
      PageUp: months.findLastIndex((band, index) => index < at && band.heading?.[0].slice(0, 4) !== year),
      Home: 0,
      End: months.length - 1
    }
    const target = targets[event.key]
    if (target === undefined) return
    event.preventDefault()
    const edge = event.key === 'PageDown' ? months.length - 1 : 0
    const month = months[target < 0 ? edge : Math.min(target, months.length - 1)]
    if (event.key === 'End') onScroll(range)
    else if (month) onScroll(Math.min(range, month.top))
  }
  const release = (): void => drag(false)

  return (
    <div class={dragging ? 'scrubber dragging' : 'scrubber'} ref={track}>
      <div class="years" aria-hidden="true" onPointerDown={pull}>
        {years.map(([year, top]) => (
          <span key={year} style={{ top: `${top * 100}%` }}>
            {year}
          </span>
        ))}
      </div>
      <div
        class="handle"
        role="slider"
        tabIndex={0}
        aria-label={texts.scrubber}
        aria-orientation="vertical"
        aria-valuemin={0}
        aria-valuemax={months.length - 1}
        aria-valuenow={at}
        aria-valuetext={label}
        style={{ top: `${fraction * 100}%` }}
        onKeyDown={step}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          drag(true)
        }}
        onPointerMove={(event) => dragging && pull(event)}
        onPointerUp={release}
        onPointerCancel={release}
      >
        <span class="bubble" aria-hidden="true">
          {label}
        </span>
        <span class="grip">
          <Icon name="up" />
          <Icon name="down" />
        </span>
      </div>
    </div>
  )
}

function monthAt(layout: Layout, months: Layout['bands'], scrolled: number): number {
  // What is just below the top edge counts as seen.
  const top = layout.bands[bandAt(layout, scrolled + 8)]?.top ?? 0
  return Math.max(
    0,
    months.findLastIndex((band) => band.top <= top)
  )
}

/** The years with where they stand, from 0 to 1, as many as have room. */
function yearsOf(layout: Layout, months: Layout['bands'], range: number, height: number): [string, number][] {
  const years: [string, number][] = []
  let last = -YEAR_APART
  let seen = ''
  for (const { heading, top } of months) {
    const year = heading?.[0].slice(0, 4) ?? ''
    const at = Math.min(1, top / Math.max(1, range))
    if (year === seen) continue
    seen = year
    if (at * height - last < YEAR_APART || layout.total === 0) continue
    last = at * height
    years.push([year, at])
  }
  return years
}
