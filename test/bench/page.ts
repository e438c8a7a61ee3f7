import type { Page } from 'playwright-core'
import { DESKTOP, PHONE, comeIn, hasChromium, launch, openWindow, startServer } from '../page.ts'
import { type Benchmark, type Row, median, milliseconds } from './harness.ts'

const OPENINGS = 3
/** Photos with pictures, newer than all others: more than a screen of them. */
const PICTURES = 120

/** Until the first thumbnail is drawn, and until all are that are seen. */
const SHOWN = `new Promise((resolve) => {
  const answer = { first: 0, all: 0 }
  const look = () => {
    const seen = [...document.querySelectorAll('.square')].filter((one) => {
      const { top, bottom } = one.getBoundingClientRect()
      return bottom > 0 && top < innerHeight
    })
    const there = seen.filter((one) => one.querySelector('img.there'))
    if (there.length > 0) answer.first ||= performance.now()
    if (seen.length > 0 && there.length === seen.length) {
      answer.all = performance.now()
      resolve(answer)
    } else requestAnimationFrame(look)
  }
  look()
})`

/** A way down the timeline, as a finger throws it: how long each frame took. */
const SCROLL = `(async () => {
  const frames = []
  let before = performance.now()
  for (let at = 0; at < 600; at++) {
    scrollBy(0, 400)
    await new Promise((resolve) => requestAnimationFrame(resolve))
    const now = performance.now()
    frames.push(now - before)
    before = now
  }
  frames.sort((a, b) => a - b)
  return { median: frames[300], late: frames[570], worst: frames[599] }
})()`

/** The timeline of a large album in a real browser. */
export const page: Benchmark = {
  name: 'page',
  async run({ quick, folder, note }) {
    if (!hasChromium) {
      note('there is no /usr/bin/chromium')
      return []
    }
    const entries = quick ? 2000 : 100_000
    const place = folder()
    const making = await startServer(null, { folder: place, entries })
    await making.tell({ do: 'png', count: PICTURES, local: '2031-01-01T12:00:00' })
    const { secret = '' } = await making.tell({ do: 'link', uses: 0 })
    const browser = await launch(null)
    const guest = await openWindow(browser, DESKTOP)
    await comeIn(guest.page, `${making.url}/#join=${secret}`)
    const cookies = await guest.page.context().cookies()
    await guest.page.context().close()
    await making.tell({ do: 'close' })
    note(`an album of ${entries + PICTURES} photos`)

    const rows: Row[] = []
    const tell = (what: string, ours: string): void => {
      rows.push({ what, ours, limit: '', ratio: null, target: null })
    }
    try {
      for (const [name, options] of [
        ['phone', PHONE],
        ['desktop', DESKTOP]
      ] as const) {
        const cold: Shown[] = []
        const warm: Shown[] = []
        const frames: [what: string, ours: string][] = []
        for (let i = 0; i < OPENINGS; i++) {
          // Neither the browser nor the portal has shown a photo since it was opened.
          const server = await startServer(null, { folder: place })
          const fresh = await openWindow(browser, options)
          await fresh.page.context().addCookies(cookies)
          cold.push(await shown(fresh.page, server.url))
          warm.push(await shown(fresh.page, server.url))
          if (i === OPENINGS - 1) frames.push(...(await scrollThrough(fresh.page)))
          await fresh.page.context().close()
          await server.tell({ do: 'close' })
        }
        const middle = (all: Shown[], which: keyof Shown): string =>
          milliseconds(median(all.map((one) => one[which])))
        tell(`${name}: first thumbnail, all just started`, middle(cold, 'first'))
        tell(`${name}: all thumbnails of the screen`, middle(cold, 'all'))
        tell(`${name}: first thumbnail, opened again`, middle(warm, 'first'))
        tell(`${name}: all thumbnails of the screen, opened again`, middle(warm, 'all'))
        for (const [what, ours] of frames) tell(`${name}: ${what}`, ours)
      }
    } finally {
      await browser.close()
    }
    return rows
  }
}

/** What scrolling costs: time for each frame, and memory. */
async function scrollThrough(page: Page): Promise<[what: string, ours: string][]> {
  const session = await page.context().newCDPSession(page)
  const heap = async (): Promise<string> => {
    await session.send('HeapProfiler.collectGarbage')
    return ((await session.send('Runtime.getHeapUsage')).usedSize / 1e6).toFixed(1)
  }
  const before = await heap()
  const {
    median: usual,
    late,
    worst
  } = await page.evaluate<Record<'median' | 'late' | 'worst', number>>(SCROLL)
  const times = [usual, late, worst].map((one) => one.toFixed(1)).join(', ')
  return [
    ['frames while scrolling: the median, 95 of 100, the slowest', `${times} ms`],
    ['memory of scripts before and after', `${before}, ${await heap()} MB`]
  ]
}

interface Shown {
  first: number
  all: number
}

async function shown(page: Page, url: string): Promise<Shown> {
  await page.goto(`${url}/`, { waitUntil: 'commit' })
  return page.evaluate<Shown>(SHOWN)
}
