// A phone that is locked, and a connection that comes and goes while one looks.
import test from 'brittle'
import type { Browser, Locator } from 'playwright-core'
import { eventually } from './helpers.ts'
import { PHONE, comeIn, hasChromium, launch, openWindow, photosFor, startServer } from './page.ts'
import { layWire } from './wire.ts'

const TIMEOUT = 240_000

/** Stops the processes that run pages, as phones do; answers what goes on with them. */
async function putAsleep(browser: Browser): Promise<() => void> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  const pages = processInfo.filter(({ type }) => type === 'renderer')
  for (const { id } of pages) process.kill(id, 'SIGSTOP')
  return () => {
    for (const { id } of pages) process.kill(id, 'SIGCONT')
  }
}

test(
  'page: adding goes on after the phone was locked, with its connection lost meanwhile',
  { timeout: TIMEOUT },
  async (t) => {
    if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
    const photos = await photosFor(t, 'train.jpg', 'aarhus.jpg', 'hochuferweg.jpg', 'mongolia.jpeg')
    const server = await startServer(t)
    const browser = await launch(t)
    const { page } = await openWindow(browser, PHONE)
    const { secret = '' } = await server.tell({ do: 'link', member: 'Grandma' })
    const wire = await layWire(t, server.port)
    await comeIn(page, `http://127.0.0.1:${wire.port}/#join=${secret}`)
    await page.getByRole('link', { name: 'Add photos' }).first().click()
    const offsets: number[] = []
    page.on('request', (request) => {
      if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset']))
    })
    wire.speed = 300_000
    await page.locator('input[type=file]').setInputFiles(photos)
    const begun = wire.sent
    await eventually(() => wire.sent > begun + 600_000)

    // What a phone does to a page some seconds after its screen went dark: its process stands still, its connections die.
    const wake = await putAsleep(browser)
    const asleep = offsets.length
    wire.cut()
    await new Promise((resolve) => setTimeout(resolve, 3000))
    t.is(offsets.length, asleep, 'while it sleeps, nothing is tried')
    wire.mend()
    wire.speed = Infinity
    wake()
    await page.getByText('4 files done').waitFor({ timeout: 90_000 })
    t.ok(
      offsets.some((offset) => offset > 0),
      'it goes on where it was'
    )
    t.alike(await page.locator('.upload .what .muted').allTextContents(), [
      'Added',
      'Added',
      'Added',
      'Added'
    ])
  }
)

test('page: small pictures that could not be had come by themselves', { timeout: TIMEOUT }, async (t) => {
  if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
  const server = await startServer(t)
  for (const month of ['01', '02', '03', '04', '05', '06', '07', '08'])
    await server.tell({ do: 'png', count: 20, local: `2020-${month}-10T12:00:00` })
  const browser = await launch(t)
  const { page } = await openWindow(browser, PHONE)
  const { secret = '' } = await server.tell({ do: 'link' })
  const wire = await layWire(t, server.port)
  await comeIn(page, `http://127.0.0.1:${wire.port}/#join=${secret}`)
  await page.locator('.square img.there').first().waitFor()
  // The connection is lost in the middle of a way through the years: of some days nothing is there, of some no pictures.
  await page.route('**/thumbnail', (route) => route.abort())
  await page.evaluate('scrollTo(0, 1200)')
  const square = (index: number): Locator => page.locator(`li:has(a[data-index="${index}"][href*="photo="])`)
  await square(45).waitFor()
  wire.cut()
  await page.evaluate('scrollTo(0, document.body.scrollHeight)')
  await page.getByText('Some photos could not be loaded.').waitFor({ state: 'attached' })
  await page.unroute('**/thumbnail')
  t.is(await square(159).count(), 0)
  wire.mend()
  await square(159).locator('img.there').waitFor()
  t.pass('the connection is back, and so are the photos')
  await page.route('**/thumbnail', (route) => route.abort())
  await page.evaluate('scrollTo(0, 600)')
  await square(20).waitFor()
  await page.waitForTimeout(500)
  t.is(await square(20).locator('img').count(), 0, 'the answer of a picture is lost')
  await page.unroute('**/thumbnail')
  wire.cut()
  wire.mend()
  await square(20).locator('img.there').waitFor()
  t.pass('it is asked for again')
})
