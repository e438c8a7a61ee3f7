// A large timeline: everything has its place before it is loaded, scrolling stays smooth, memory stays bounded, and what
// others add moves nothing that is looked at.
import test from 'brittle'
import type { CDPSession, Page } from 'playwright-core'
import { eventually } from './helpers.ts'
import { DESKTOP, PHONE, comeIn, hasChromium, launch, openWindow, startServer, visit } from './page.ts'

const ENTRIES = 5000

/** Scrolls to the end by steps, a frame for each; how long each frame took, and every shift of what was there. */
const SCROLL = `(async () => {
  const shifts = []
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) shifts.push(entry.value)
  })
  observer.observe({ type: 'layout-shift', buffered: false })
  const heights = new Set()
  const frames = []
  let before = performance.now()
  for (let at = 0; at < 400; at++) {
    scrollBy(0, 300)
    await new Promise((resolve) => requestAnimationFrame(resolve))
    const now = performance.now()
    frames.push(now - before)
    before = now
    heights.add(document.querySelector('.timeline').offsetHeight)
  }
  await new Promise((resolve) => setTimeout(resolve, 500))
  observer.disconnect()
  frames.sort((a, b) => a - b)
  return { heights: heights.size, shift: shifts.reduce((sum, one) => sum + one, 0), median: frames[200], late: frames[380] }
})()`

async function nodesOf(page: Page): Promise<number> {
  return page.evaluate<number>("document.querySelectorAll('.timeline *').length")
}

async function heapOf(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage')
  return (await session.send('Runtime.getHeapUsage')).usedSize
}

test('page: a timeline of thousands scrolls without jumps', { timeout: 240_000 }, async (t) => {
  if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
  const server = await startServer(t, { entries: ENTRIES })
  const browser = await launch(t)
  const { secret = '' } = await server.tell({ do: 'link', uses: 0 })
  for (const options of [PHONE, DESKTOP]) {
    const { page, troubles } = await openWindow(browser, options)
    await comeIn(page, `${server.url}/#join=${secret}`)
    await page.getByText('5,000 photos').waitFor()
    await page.locator('.square a[href*="photo="]').first().waitFor()
    const session = await page.context().newCDPSession(page)
    const before = await heapOf(session)
    const { heights, shift, median, late } = await page.evaluate<Record<string, number>>(SCROLL)
    t.is(heights, 1, 'its height is the same before and after everything is loaded')
    t.is(shift, 0, 'nothing that was there shifts')
    t.comment(`frames: ${median?.toFixed(1)} ms the median, ${late?.toFixed(1)} ms of 20 the slowest`)
    t.ok((await nodesOf(page)) < 6000, 'only what is near the window is in the document')

    // To the very end, by the handle's keys: what is there is loaded in no time, without all between.
    await page.getByRole('slider', { name: 'Go to a month' }).focus()
    await page.keyboard.press('End')
    await eventually(async () =>
      page.evaluate<boolean>(`(() => {
      const last = [...document.querySelectorAll('.square a')].at(-1)
      return last !== undefined && last.getAttribute('data-index') === '${ENTRIES - 1}' && last.href.includes('photo=')
    })()`)
    )
    t.pass('the oldest photos are reached')
    const after = await heapOf(session)
    t.ok(after - before < 40e6, `${((after - before) / 1e6).toFixed(1)} MB more in memory`)
    t.alike(troubles, [])
    await page.context().close()
  }
})

test(
  'page: what others add appears, and moves nothing that is looked at',
  { timeout: 240_000 },
  async (t) => {
    if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
    const server = await startServer(t)
    for (const month of ['01', '02', '03', '04', '05', '06']) {
      await server.tell({ do: 'png', count: 40, local: `2020-${month}-10T12:00:00` })
    }
    const { page, troubles } = await visit(t, DESKTOP, (await server.tell({ do: 'link' })).url)
    await page.getByText('240 photos').waitFor()
    await page.evaluate('scrollTo(0, 2500)')
    await page.waitForTimeout(800)
    const seen = `(() => {
    const all = [...document.querySelectorAll('.square a')]
    const first = all.find((one) => one.getBoundingClientRect().top > 100 && one.href.includes('photo='))
    return [first.href, first.getBoundingClientRect().top]
  })()`
    const [photo, top] = await page.evaluate<[string, number]>(seen)
    // Above what is seen: in a newer month, and in one between.
    await server.tell({ do: 'png', count: 33, local: '2021-01-01T12:00:00' })
    await server.tell({ do: 'png', count: 5, local: '2020-06-10T18:00:00' })
    await page.getByText('278 photos').waitFor()
    await page.waitForTimeout(800)
    const [still, where] = await page.evaluate<[string, number]>(seen)
    t.is(still, photo, 'the same photo is the first that is seen')
    t.ok(Math.abs(where - top) <= 1, `at the same place: ${where - top} pixels from it`)
    await page.evaluate('scrollTo(0, 0)')
    await page.getByRole('heading', { name: 'January 2021' }).waitFor()
    await page.locator('.square img.there').first().waitFor()
    t.pass('what is new is at the top')
    // Who is at the top sees new photos come in.
    await server.tell({ do: 'png', count: 1, local: '2022-01-01T12:00:00' })
    await page.getByRole('link', { name: /January 2022/ }).waitFor()
    t.alike(troubles, [])
  }
)
