// The grid that scrolls: only what is near the window is in the document, and everything has its place beforehand.
import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { useStore } from '../store.ts'
import { attempt } from '../parts/say.tsx'
import { BandView } from './band.tsx'
import type { Sequence } from '../sequence.ts'
import { bandsBetween, beside, blockOf, columnsFor, layOut, rowsBetween, topOf } from './layout.ts'
import type { Layout, Measures } from './layout.ts'
import { Scrubber } from './scrubber.tsx'
import type { Selection } from './selection.ts'

/** What a grid shows: photos one after another, by days. */
export interface GridPhotos extends Sequence {
  /** Newest first; one day without a name has no headings. A new array when they change. */
  readonly days: readonly (readonly [day: string, count: number])[]
  /** The place of the first photo of a day, or of the first day before it. */
  firstOf(day: string): number
  /** Says which photos come into view. */
  want(from: number, to: number): void
}

interface Props {
  photos: GridPhotos
  selection: Selection | null
  /** The photo that was looked at last: the grid shows it when the viewer is closed. */
  looked: string | null
}

/** What is kept in place when the grid changes above it. */
interface Anchor {
  id: string | null
  day: string
  /** Its place within its day. */
  at: number
  /** Pixels below the top of the window. */
  offset: number
}

export function TimelineView({ photos, selection, looked }: Props): JSX.Element {
  const element = useRef<HTMLDivElement>(null)
  const anchor = useRef<Anchor | null>(null)
  const focusing = useRef(false)
  const [measures, measure] = useState<Measures | null>(null)
  const [view, look] = useState({ top: 0, height: innerHeight })
  const [active, activate] = useState(0)
  useStore(photos.version)
  const list = photos.days
  const layout = useMemo(() => measures && layOut(list, measures), [list, measures])

  useEffect(() => {
    const update = (): void => {
      const box = element.current
      if (!box) return
      const text = parseFloat(getComputedStyle(document.documentElement).fontSize)
      const width = box.clientWidth
      const columns = columnsFor(width)
      const next = {
        width,
        columns,
        gap: width < 480 ? 2 : 4,
        dayHeader: text * 2.25,
        monthHeader: text * 3.25
      }
      measure((now) => (now && sameMeasures(now, next) ? now : next))
    }
    const observer = new ResizeObserver(update)
    if (element.current) observer.observe(element.current)
    update()
    return () => observer.disconnect()
  }, [])

  useEffect(() => {
    let frame = 0
    const scrolled = (): void => {
      frame ||= requestAnimationFrame(() => {
        frame = 0
        look({ top: scrollY - topOfGrid(element.current), height: innerHeight })
      })
    }
    scrolled()
    addEventListener('scroll', scrolled, { passive: true })
    addEventListener('resize', scrolled)
    return () => {
      cancelAnimationFrame(frame)
      removeEventListener('scroll', scrolled)
      removeEventListener('resize', scrolled)
    }
  }, [])

  // Days that came or went above what is seen: it stays where it was.
  useLayoutEffect(() => {
    const kept = anchor.current
    if (!layout || !kept || scrollY < 8) return
    const found = kept.id ? photos.indexOf(kept.id) : -1
    const first = photos.firstOf(kept.day)
    const index = found >= 0 ? found : first < 0 ? -1 : first + kept.at
    if (index < 0) return
    const move = topOf(layout, Math.min(index, layout.total - 1)) + topOfGrid(element.current) - kept.offset
    if (Math.abs(move - scrollY) > 1) scrollTo({ top: move, behavior: 'instant' })
  }, [layout])

  useLayoutEffect(() => {
    if (layout) anchor.current = anchorOf(photos, layout, scrollY - topOfGrid(element.current))
  })

  // What comes into view is loaded; while it rushes by, nothing is.
  useEffect(() => {
    if (!layout) return
    const margin = view.height
    const wanted = setTimeout(() => {
      const [from, to] = indexesBetween(layout, view.top - margin / 2, view.top + view.height + margin)
      photos.want(from, to)
    }, 60)
    return () => clearTimeout(wanted)
  }, [layout, view, photos])

  useLayoutEffect(() => {
    if (!focusing.current) return
    focusing.current = false
    const square = element.current?.querySelector<HTMLElement>(`a[data-index="${active}"]`)
    square?.focus({ preventScroll: true })
  }, [active, view])

  const show = (index: number): void => {
    if (!layout) return
    const top = topOf(layout, index) + topOfGrid(element.current)
    const bars = { above: 72, below: 96 }
    if (top < scrollY + bars.above) scrollTo({ top: top - bars.above, behavior: 'instant' })
    else if (top + layout.cell > scrollY + innerHeight - bars.below)
      scrollTo({ top: top + layout.cell - innerHeight + bars.below, behavior: 'instant' })
  }

  useEffect(() => {
    const index = looked ? photos.indexOf(looked) : -1
    if (index < 0) return
    focusing.current = true
    show(index)
    activate(index)
    look((now) => ({ ...now, top: scrollY - topOfGrid(element.current) }))
  }, [looked])

  const mark = (index: number, range: boolean): void => {
    const cell = photos.at(index)
    if (!cell || !selection) return
    const from = range && selection.anchor ? photos.indexOf(selection.anchor) : -1
    if (from < 0) return selection.toggle(cell.id)
    void attempt(async () => {
      const ids: string[] = []
      for (let at = Math.min(from, index); at <= Math.max(from, index); at++) {
        const between = await photos.ensure(at)
        if (between) ids.push(between.id)
      }
      selection.set(ids, true)
    })
  }

  const keyed = (event: KeyboardEvent): void => {
    if (!layout || !(event.target as Element).matches('a[data-index]')) return
    const targets: Record<string, number> = {
      ArrowRight: active + 1,
      ArrowLeft: active - 1,
      ArrowDown: beside(layout, active, 1),
      ArrowUp: beside(layout, active, -1),
      Home: 0,
      End: layout.total - 1
    }
    if (event.key === ' ' || event.key === 'x') {
      event.preventDefault()
      return mark(active, event.shiftKey)
    }
    const target = targets[event.key]
    if (target === undefined || event.altKey || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    const next = Math.min(layout.total - 1, Math.max(0, target))
    if (next === active) return
    focusing.current = true
    show(next)
    activate(next)
    look({ top: scrollY - topOfGrid(element.current), height: innerHeight })
  }

  const focused = (event: FocusEvent): void => {
    const index = (event.target as HTMLElement).dataset?.['index']
    if (index !== undefined) activate(Number(index))
  }

  const margin = view.height
  const [from, to] = layout
    ? bandsBetween(layout, view.top - margin, view.top + view.height + margin)
    : [0, 0]
  const shown = layout?.bands.slice(from, to) ?? []
  // The square that has the focus stays in the document, or the focus would be lost.
  const [held] = layout ? blockOf(layout, active) : []
  if (held && !shown.includes(held) && element.current?.contains(document.activeElement)) shown.push(held)
  // One square is reached with the Tab key: the active one, or the first that is seen.
  const reachable = held && shown.includes(held) ? active : (shown[0]?.blocks[0]?.first ?? 0)

  return (
    <>
      <div
        class="timeline"
        ref={element}
        style={{ height: layout ? `${layout.height}px` : '100vh' }}
        onKeyDown={keyed}
        onFocusIn={focused}
      >
        {layout &&
          shown.map((band) => (
            <BandView
              key={band.blocks[0]?.day}
              band={band}
              layout={layout}
              rows={
                band === held &&
                !(band.top < view.top + view.height + margin && band.top + band.height > view.top - margin)
                  ? rowsBetween(layout, band, topOf(layout, active), topOf(layout, active) + 1)
                  : rowsBetween(layout, band, view.top - margin, view.top + view.height + margin)
              }
              photos={photos}
              selection={selection}
              reachable={reachable}
              onMark={selection && mark}
            />
          ))}
      </div>
      {layout && (
        <Scrubber
          layout={layout}
          scrolled={Math.max(0, view.top + topOfGrid(element.current))}
          range={layout.height + topOfGrid(element.current) - view.height + 96}
          onScroll={(top) => scrollTo({ top, behavior: 'instant' })}
        />
      )}
    </>
  )
}

function topOfGrid(element: HTMLElement | null): number {
  return element?.offsetTop ?? 0
}

function sameMeasures(one: Measures, other: Measures): boolean {
  return (Object.keys(one) as (keyof Measures)[]).every((name) => one[name] === other[name])
}

function anchorOf(photos: GridPhotos, layout: Layout, top: number): Anchor | null {
  const [from] = bandsBetween(layout, top, top + innerHeight)
  const band = layout.bands[from]
  const block = band?.blocks[0]
  if (!band || !block) return null
  const [row] = rowsBetween(layout, band, top, top + innerHeight)
  const index = Math.min(block.first + row * layout.columns, block.first + block.count - 1)
  return {
    id: photos.at(index)?.id ?? null,
    day: block.day,
    at: index - block.first,
    offset: topOf(layout, index) - top
  }
}

/** The photos whose squares lie between two heights. */
function indexesBetween(layout: Layout, top: number, bottom: number): [from: number, to: number] {
  const [from, to] = bandsBetween(layout, top, bottom)
  const first = layout.bands[from]
  const last = layout.bands[Math.max(from, to - 1)]
  const block = last?.blocks.at(-1)
  if (!first || !last || !block) return [0, 0]
  const start = (first.blocks[0]?.first ?? 0) + rowsBetween(layout, first, top, bottom)[0] * layout.columns
  const rows = rowsBetween(layout, last, top, bottom)[1]
  return [start, Math.min(block.first + block.count, Math.max(block.first + rows * layout.columns, start))]
}
