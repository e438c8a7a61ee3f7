// The photos of a day, or of some short days side by side, under their headings.
import type { JSX } from 'preact'
import { longDay, monthsOf, plainDay, shortDay } from '../dates.ts'
import { Icon } from '../parts/icons.tsx'
import { attempt } from '../parts/say.tsx'
import { useStore } from '../store.ts'
import { texts } from '../texts.ts'
import { Square } from './cell.tsx'
import type { Band, Block, Layout } from './layout.ts'
import { Selection } from './selection.ts'
import type { GridPhotos } from './view.tsx'

interface Props {
  band: Band
  layout: Layout
  /** The rows that are drawn. */
  rows: [from: number, to: number]
  photos: GridPhotos
  selection: Selection | null
  reachable: number
  onMark: ((index: number, range: boolean) => void) | null
}

const nothing = new Selection()

export function BandView(props: Props): JSX.Element {
  const { band, layout } = props
  return (
    <div class="band" style={{ top: `${band.top}px`, height: `${band.height}px` }}>
      {band.heading && <h2 style={{ height: `${layout.monthHeader}px` }}>{monthsOf(...band.heading)}</h2>}
      {band.blocks.map((block) => (
        <BlockView key={block.day} {...props} block={block} />
      ))}
    </div>
  )
}

function BlockView({
  block,
  layout,
  band,
  rows,
  photos,
  selection,
  reachable,
  onMark
}: Props & { block: Block }): JSX.Element {
  const marked = useStore((selection ?? nothing).ids)
  const step = layout.cell + layout.gap
  const first = block.first + rows[0] * layout.columns
  const last = Math.min(block.first + block.count, block.first + rows[1] * layout.columns)
  const indexes = Array.from({ length: Math.max(0, last - first) }, (_, at) => first + at)
  const all =
    indexes.length === block.count && indexes.every((index) => marked.has(photos.at(index)?.id ?? ''))
  const markDay = (): void => {
    if (!selection) return
    void attempt(async () => {
      const ids: string[] = []
      for (let index = block.first; index < block.first + block.count; index++) {
        const cell = await photos.ensure(index)
        if (cell) ids.push(cell.id)
      }
      selection.set(ids, !all)
    })
  }
  const top = band.heading ? layout.monthHeader : 0
  const width = block.columns * step - layout.gap
  return (
    <section
      class="block"
      aria-label={block.day ? longDay(block.day) : texts.nav.photos}
      style={{ left: `${block.column * step}px`, top: `${top}px`, width: `${width}px` }}
    >
      {block.day && (
        <div class="day" style={{ height: `${layout.dayHeader}px` }}>
          <h3>{band.mixed ? plainDay(block.day) : shortDay(block.day)}</h3>
          {selection && (
            <button
              type="button"
              class="mark-day"
              aria-pressed={all}
              aria-label={texts.markDay(longDay(block.day))}
              tabIndex={reachable >= block.first && reachable < block.first + block.count ? 0 : -1}
              onClick={markDay}
            >
              <Icon name="check" />
            </button>
          )}
        </div>
      )}
      <ul>
        {indexes.map((index) => {
          const cell = photos.at(index)
          const at = index - block.first
          return (
            <Square
              key={index}
              cell={cell}
              index={index}
              left={(at % layout.columns) * step}
              top={Math.floor(at / layout.columns) * step + (block.day ? layout.dayHeader : 0)}
              side={layout.cell}
              reachable={index === reachable}
              marked={cell !== null && marked.has(cell.id)}
              marking={marked.size > 0}
              onMark={onMark}
            />
          )
        })}
      </ul>
    </section>
  )
}
