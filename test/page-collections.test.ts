// Collections in a browser: made, filled, ordered and deleted, and what another window shows of it.
import test from 'brittle'
import type { Locator, Page } from 'playwright-core'
import { eventually, png } from './helpers.ts'
import { DESKTOP, PHONE, comeIn, hasChromium, launch, openWindow, startServer, visit } from './page.ts'

const TIMEOUT = 240_000

function button(page: Page | Locator, name: string): Locator {
  return page.getByRole('button', { name, exact: true })
}

/** The photos of the grid, by their captions. */
async function order(page: Page): Promise<string[]> {
  const labels = "[...document.querySelectorAll('.square a')].map((link) => link.getAttribute('aria-label'))"
  const names = await page.evaluate<string[]>(labels)
  return names.map((name) => name.split(',')[0] ?? '')
}

async function inOrder(page: Page, ...captions: string[]): Promise<void> {
  await eventually(async () => (await order(page)).join() === captions.join())
}

async function mark(page: Page, caption: string): Promise<void> {
  const square = page.locator('.square').filter({ has: page.getByRole('link', { name: caption }) })
  await square.hover()
  await square.locator('.mark').click()
}

test('page: a collection is made, filled, ordered and deleted', { timeout: TIMEOUT }, async (t) => {
  if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
  const server = await startServer(t)
  for (const [at, caption] of ['one', 'two', 'three', 'four'].entries()) {
    const { ids } = await server.tell<{ ids: string[] }>({ do: 'png', local: `2021-05-0${5 - at}T12:00:00` })
    await server.tell({ do: 'edit', photos: ids, caption })
  }
  const browser = await launch(t)
  const { page, troubles } = await openWindow(browser, DESKTOP)
  await comeIn(page, `${(await server.tell({ do: 'link' })).url}`)
  const other = await openWindow(browser, PHONE)
  await comeIn(other.page, `${(await server.tell({ do: 'link', member: 'Grandma' })).url}`)
  await other.page.getByRole('link', { name: 'Collections' }).click()

  // From what is marked, into a new one.
  await page.locator('.square img.there').first().waitFor()
  for (const caption of ['one', 'two', 'three']) await mark(page, caption)
  await button(page, 'Collection').click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('New collection').fill('Summer')
  await button(dialog, 'Create').click()
  await page.getByText('3 photos added to “Summer”').waitFor()
  await other.page.getByRole('link', { name: /^Summer\s*3 photos/ }).waitFor()
  t.pass('it appears in another window without reloading')

  await page.getByRole('link', { name: 'Collections' }).click()
  await page.getByRole('link', { name: /^Summer/ }).click()
  await inOrder(page, 'one', 'two', 'three')
  await other.page.getByRole('link', { name: /^Summer/ }).click()
  await inOrder(other.page, 'one', 'two', 'three')

  await mark(page, 'three')
  // At 1440 pixels the last of them had been outside.
  const inner = await page.evaluate<number>("document.querySelector('.actions .buttons').scrollWidth")
  const outer = await page.evaluate<number>("document.querySelector('.actions .buttons').clientWidth")
  t.ok(inner <= outer, 'all that can be done with it is seen')
  await button(page, 'Move earlier').click()
  await inOrder(page, 'one', 'three', 'two')
  await mark(page, 'one')
  await button(page, 'Move later').click()
  await inOrder(page, 'two', 'one', 'three')
  t.pass('two that are marked move together, behind the next')
  await inOrder(other.page, 'two', 'one', 'three')
  t.pass('and the other window shows it')
  await page.reload()
  await inOrder(page, 'two', 'one', 'three')
  t.pass('the order is kept')

  await mark(page, 'one')
  await button(page, 'Make cover').click()
  await page.getByText('This photo is the cover now').waitFor()
  const first = await page.getByRole('link', { name: /^one,/ }).getAttribute('href')
  await button(page, 'Rename').click()
  await dialog.getByLabel('Name').fill('A long summer')
  await button(dialog, 'Save').click()
  await page.getByRole('heading', { name: 'A long summer', level: 1 }).waitFor()
  await other.page.getByRole('heading', { name: 'A long summer', level: 1 }).waitFor()
  t.pass('the other window has the new name')
  await page.getByRole('link', { name: 'Collections', exact: true }).first().click()
  const cover = page.locator('.covers .cover img')
  await cover.waitFor()
  const id = new URLSearchParams(first?.split('?')[1]).get('photo') ?? 'none'
  t.ok((await cover.getAttribute('src'))?.includes(id), 'the cover is the photo that was chosen')

  await page.getByRole('link', { name: /^A long summer/ }).click()
  await mark(page, 'two')
  await button(page, 'Take out').click()
  await inOrder(page, 'one', 'three')
  await page.getByText('2 photos', { exact: true }).waitFor()
  await inOrder(other.page, 'one', 'three')

  t.is(await button(other.page, 'Delete collection').count(), 0, 'whoever did not make it cannot delete it')
  await button(page, 'Delete collection').click()
  await dialog.getByText('Its photos stay in the album.').waitFor()
  await button(dialog, 'Delete collection').click()
  await page.getByText('Collections bring photos together', { exact: false }).waitFor()
  await other.page.getByText('There is nothing here').waitFor()
  await page.getByRole('link', { name: 'Photos', exact: true }).click()
  await page.getByText('4 photos', { exact: true }).waitFor()
  t.pass('the photos are still in the album')
  t.alike([...troubles, ...other.troubles], [])
})

test('page: photos are sent straight into a collection', { timeout: TIMEOUT }, async (t) => {
  if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
  const server = await startServer(t)
  await server.tell({ do: 'collect', name: 'Winter' })
  await server.tell({ do: 'collect', name: 'Garden' })
  const { page, troubles } = await visit(
    t,
    PHONE,
    `${(await server.tell({ do: 'link', member: 'Grandma' })).url}`
  )
  const picture = (name: string): { name: string; mimeType: string; buffer: Buffer } => ({
    name: `${name}.png`,
    mimeType: 'image/png',
    buffer: Buffer.from(png(name, 64))
  })

  await page.getByRole('link', { name: 'Collections' }).click()
  await page.getByRole('link', { name: /^Winter/ }).click()
  await page.getByText('No photos in here yet.', { exact: false }).waitFor()
  await page.getByRole('link', { name: 'Add photos' }).click()
  const into = page.getByLabel('Add to a collection')
  const chosen = page.locator('option:checked')
  await eventually(async () => (await chosen.textContent()) === 'Winter')
  t.pass('adding from within a collection adds to it')
  await page.locator('input[type=file]').setInputFiles([picture('snow'), picture('ice')])
  await page.getByText('2 files done').waitFor()
  await into.selectOption('Garden')
  await page.locator('input[type=file]').setInputFiles(picture('rose'))
  await page.getByText('3 files done').waitFor()

  await page.getByRole('link', { name: 'Collections' }).click()
  await page.getByRole('link', { name: /^Garden\s*1 photo/ }).waitFor()
  await page.getByRole('link', { name: /^Winter\s*2 photos/ }).click()
  await eventually(async () => (await order(page)).length === 2)
  t.pass('each file is in the collection that was chosen when it was picked')

  // One that is in the album already is put there, too.
  await page.getByRole('link', { name: 'Add photos' }).click()
  await page.locator('input[type=file]').setInputFiles(picture('rose'))
  await page.getByText('Already in the album').waitFor()
  await page.getByRole('link', { name: 'Collections' }).click()
  await page.getByRole('link', { name: /^Winter\s*3 photos/ }).waitFor()
  t.pass('also what was in the album already')
  t.alike(troubles, [])
})
