// Every screen by the rules of WCAG 2.2 AA that a program can check (axe), in light and dark, on a phone and a desktop.
import fs from 'node:fs'
import { createRequire } from 'node:module'
import test from 'brittle'
import type { Page } from 'playwright-core'
import { DESKTOP, PHONE, comeIn, hasChromium, launch, openWindow, startServer } from './page.ts'

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

interface Violation {
  id: string
  nodes: { target: string[]; failureSummary: string }[]
}

/** What breaks a rule, and whether the page is wider than its window. */
async function check(page: Page): Promise<string[]> {
  const there = await page.evaluate<boolean>("typeof axe === 'object'")
  if (!there) await page.evaluate(axe)
  // What fades in has no contrast yet.
  await page.waitForTimeout(250)
  const options = JSON.stringify({ runOnly: TAGS, resultTypes: ['violations'] })
  const violations = await page.evaluate<Violation[]>(
    `axe.run(document, ${options}).then(({ violations }) => JSON.parse(JSON.stringify(violations)))`
  )
  const wider = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
  return [
    ...violations.flatMap(({ id, nodes }) =>
      nodes.map((one) => `${id}: ${one.target.join(' ')} ${one.failureSummary}`)
    ),
    ...(wider > 0 ? [`${wider} pixels wider than the window`] : [])
  ]
}

test('page: every screen by axe', { timeout: 600_000 }, async (t) => {
  if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
  const server = await startServer(t)
  const { ids } = await server.tell<{ ids: string[] }>({ do: 'png', count: 30, local: '2021-05-01T12:00:00' })
  await server.tell({ do: 'png', count: 3, local: '2019-02-01T12:00:00' })
  await server.tell({ do: 'collect', name: 'A summer', photos: ids.slice(0, 5) })
  await server.tell({ do: 'edit', photos: ids.slice(-1), caption: 'By the sea' })
  const { secret = '' } = await server.tell({ do: 'link', uses: 0 })
  const viewer = await server.tell({ do: 'link', member: 'Tim', role: 'viewer', uses: 0 })
  const browser = await launch(t)

  for (const [size, options] of [
    ['360', PHONE],
    ['1440', DESKTOP]
  ] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await openWindow(browser, { ...options, colorScheme, reducedMotion: 'reduce' })
      page.setDefaultTimeout(15_000)
      const see = async (what: string, settled: string): Promise<void> => {
        await page.locator(settled).first().waitFor()
        t.alike(await check(page), [], `${what}, ${size}, ${colorScheme}`)
      }
      const go = (hash: string): Promise<void> => page.evaluate(`location.hash = '${hash}'`)
      const press = (name: string): Promise<void> =>
        page.getByRole('button', { name, exact: true }).first().click()

      await page.goto(server.url)
      await see('no link', 'h1')
      await page.goto(`${server.url}/#join=${secret}`)
      await see('a link', '.primary')
      await comeIn(page, `${server.url}/#join=${secret}`)
      await see('the photos', '.square img.there')
      await page.locator('.square .mark').first().click({ force: true })
      await see('photos that are marked', '.actions')
      await press('Collection')
      await see('choosing a collection', 'dialog .rows li')
      await press('Close')
      await press('Select nothing')
      await press('Filter photos')
      await see('conditions', '.filter')
      await press('Filter photos')
      await page.locator('.square a').first().click()
      await see('a photo', '.pswp__img')
      await press('Details')
      await see('its details', '.facts dl')
      await press('Close')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      await go('#/favourites')
      await see('favourites', '.empty')
      await go('#/collections')
      await see('collections', '.covers a')
      await press('New collection')
      await see('a new collection', 'dialog')
      await press('Close')
      await page.locator('.covers a').first().click()
      await see('a collection', '.square img.there')
      await go('#/people')
      await see('people', '.member')
      await press('A link for Tim')
      await see('a link for somebody', '.qr svg')
      await press('Close')
      await press('Invite somebody')
      await see('an invite', 'dialog fieldset')
      await press('Close')
      await press('Add somebody without a device')
      await see('somebody new', 'dialog fieldset')
      await press('Close')
      await press('Remove: Tim')
      await see('asking before a removal', 'dialog')
      await press('Cancel')
      await go('#/trash')
      await see('the trash', '.empty')
      await go('#/status')
      await see('status', '.status .fact')
      await press('Change the number')
      await see('a promise', 'dialog')
      await press('Cancel')
      await go('#/more')
      await see('more', '.row')
      await go('#/add')
      await see('adding', '.drop')
      await page
        .locator('input[type=file]')
        .setInputFiles([{ name: 'letter.txt', mimeType: 'text/plain', buffer: Buffer.from('Dear Grandma') }])
      await see('what became of a file', '.upload.failed')
      await go('#/nowhere')
      await see('nothing', '.empty h1')
      await page.context().close()
    }
  }

  const { page } = await openWindow(browser, PHONE)
  await comeIn(page, viewer.url ?? '')
  await page.locator('.square img.there').first().waitFor()
  t.alike(await check(page), [], 'as a viewer')
})

test(
  'page: texts at twice their size stay readable, and nothing is wider than a phone',
  { timeout: 240_000 },
  async (t) => {
    if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
    const server = await startServer(t)
    await server.tell({ do: 'png', count: 7 })
    const browser = await launch(t)
    const { page } = await openWindow(browser, PHONE)
    await comeIn(page, (await server.tell({ do: 'link' })).url ?? '')
    await page.evaluate("document.documentElement.style.fontSize = '200%'")
    for (const hash of [
      '#/',
      '#/collections',
      '#/favourites',
      '#/people',
      '#/trash',
      '#/status',
      '#/more',
      '#/add'
    ]) {
      await page.evaluate(`location.hash = '${hash}'`)
      await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor()
      await page.waitForTimeout(300)
      const wider = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
      t.is(wider, 0, `${hash} is as wide as the window`)
    }
  }
)
