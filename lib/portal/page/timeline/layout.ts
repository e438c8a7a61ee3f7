// Where every photo of a timeline lies, from the counts of its days alone: nothing moves when photos are loaded.

/** What a layout depends on besides the days: pixels, as measured. */
export interface Measures {
  width: number
  columns: number
  gap: number
  dayHeader: number
  monthHeader: number
}

/** The photos of a day: a heading and a grid of squares below. */
export interface Block {
  day: string
  /** The first photo's place among all. */
  first: number
  count: number
  /** The column it begins at, and how many it takes. */
  column: number
  columns: number
}

/** Days side by side: one that fills rows by itself, or several short ones in one row. */
export interface Band {
  top: number
  height: number
  /** The days that the heading above is of, newest and oldest: a month, or some in which little happened. */
  heading: [newest: string, oldest: string] | null
  /** Whether the days are of several months: then each says its own. */
  mixed: boolean
  blocks: Block[]
  rows: number
}

export interface Layout extends Measures {
  /** The side of a square. */
  cell: number
  bands: Band[]
  height: number
  total: number
}

/** How many columns a width is worth: at least three on any phone. */
export function columnsFor(width: number): number {
  return width < 480 ? 3 : width < 700 ? 4 : Math.max(5, Math.round(width / 190))
}

export function layOut(days: readonly (readonly [day: string, count: number])[], measures: Measures): Layout {
  const { width, columns, gap } = measures
  const cell = (width - gap * (columns - 1)) / columns
  const bands: Band[] = []
  let total = 0
  for (const { days: some, mixed } of sectionsOf(days, columns)) {
    let band: Band | null = null
    let used = 0
    for (const [day, count] of some) {
      if (!band || used + count > columns) {
        const heading: Band['heading'] = band || !day ? null : [day, some.at(-1)?.[0] ?? day]
        band = { top: 0, height: 0, heading, mixed, blocks: [], rows: Math.ceil(count / columns) }
        bands.push(band)
        used = 0
      }
      band.blocks.push({ day, first: total, count, column: used, columns: Math.min(count, columns) })
      used += count
      total += count
    }
  }
  let top = 0
  for (const one of bands) {
    one.top = top
    one.height = headers(one, measures) + one.rows * (cell + gap)
    top += one.height
  }
  return { ...measures, cell, bands, height: top, total }
}

interface Section {
  days: (readonly [day: string, count: number])[]
  mixed: boolean
}

/** Months; those with less than a row of photos are put together, or an album of few photos were mostly headings. */
function sectionsOf(days: readonly (readonly [day: string, count: number])[], columns: number): Section[] {
  const sections: (Section & { total: number })[] = []
  for (let at = 0; at < days.length;) {
    const month = days[at]?.[0].slice(0, 7)
    const some: Section['days'] = []
    for (let day = days[at]; day && day[0].slice(0, 7) === month; day = days[++at])
      if (day[1] > 0) some.push(day)
    const total = some.reduce((sum, [, count]) => sum + count, 0)
    const last = sections.at(-1)
    if (last && total < columns && last.total < columns * (last.mixed ? 2 : 1)) {
      last.days.push(...some)
      last.total += total
      last.mixed = true
    } else if (total > 0) sections.push({ days: some, mixed: false, total })
  }
  return sections
}

/** The bands that lie between two heights: from the first to before the last. */
export function bandsBetween(layout: Layout, top: number, bottom: number): [from: number, to: number] {
  const from = bandAt(layout, top)
  let to = from
  for (let band = layout.bands[to]; band && band.top < bottom; band = layout.bands[to]) to++
  return [from, to]
}

/** The band at a height: the last that begins above it. */
export function bandAt(layout: Layout, height: number): number {
  return lastWhere(layout.bands.length, (index) => (layout.bands[index]?.top ?? 0) <= height)
}

/** Where a photo's square begins. */
export function topOf(layout: Layout, index: number): number {
  const [band, block] = blockOf(layout, index)
  if (!band || !block) return 0
  const row = Math.floor((index - block.first) / layout.columns)
  return headersOf(layout, band) + row * (layout.cell + layout.gap)
}

/** The rows of a band that lie between two heights. */
export function rowsBetween(
  layout: Layout,
  band: Band,
  top: number,
  bottom: number
): [from: number, to: number] {
  const step = layout.cell + layout.gap
  const start = headersOf(layout, band)
  const from = Math.max(0, Math.floor((top - start) / step))
  return [Math.min(from, band.rows), Math.max(0, Math.min(band.rows, Math.ceil((bottom - start) / step)))]
}

/** The photo above or below another one, at about the same place across. */
export function beside(layout: Layout, index: number, direction: 1 | -1): number {
  const [band, block] = blockOf(layout, index)
  if (!band || !block) return index
  const inside = index + direction * layout.columns
  const column = block.column + ((index - block.first) % layout.columns)
  if (inside >= block.first && inside < block.first + block.count) return inside
  const rows = Math.ceil(block.count / layout.columns)
  const row = Math.floor((index - block.first) / layout.columns)
  if (direction === 1 && row < rows - 1) return block.first + block.count - 1
  const next = layout.bands[layout.bands.indexOf(band) + direction]
  if (!next) return direction === 1 ? layout.total - 1 : 0
  const target = next.blocks.findLast((one) => one.column <= column) ?? next.blocks[0]
  if (!target) return index
  const start = direction === 1 ? 0 : (Math.ceil(target.count / layout.columns) - 1) * layout.columns
  return (
    target.first + Math.min(target.count - 1, start + Math.min(column - target.column, layout.columns - 1))
  )
}

/** The band and block in which a photo is. */
export function blockOf(layout: Layout, index: number): [Band | undefined, Block | undefined] {
  const { bands } = layout
  const band = bands[lastWhere(bands.length, (at) => (bands[at]?.blocks[0]?.first ?? 0) <= index)]
  return [band, band?.blocks.findLast((block) => block.first <= index)]
}

function headersOf(layout: Layout, band: Band): number {
  return band.top + headers(band, layout)
}

/** A list without days, of a collection, has no headings. */
function headers({ heading, blocks }: Band, { monthHeader, dayHeader }: Measures): number {
  return (heading ? monthHeader : 0) + (blocks[0]?.day ? dayHeader : 0)
}

/** The last of `count` for which it holds, where it holds for the first ones only; 0 where for none. */
function lastWhere(count: number, holds: (index: number) => boolean): number {
  let low = 0
  let high = count - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (holds(middle)) low = middle
    else high = middle - 1
  }
  return low
}
