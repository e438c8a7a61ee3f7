// The conditions of the timeline, alone and together, by what is counted and what is shown; favourites.
import test from 'brittle'
import type { Page } from 'playwright-core'
import { mp4 } from './media-made.ts'
import { DESKTOP, PHONE, comeIn, hasChromium, launch, openWindow, startServer } from './page.ts'

async function shows(page: Page, photos: number): Promise<void> {
  await page
    .locator('.count')
    .getByText(photos === 1 ? '1 photo' : `${photos} photos`, { exact: true })
    .waitFor()
  const squares = page.locator('.square a')
  if (photos > 0) await squares.nth(photos - 1).waitFor()
  await squares.nth(photos).waitFor({ state: 'detached' })
}

test('page: conditions of the timeline hold together', { timeout: 240_000 }, async (t) => {
  if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
  const server = await startServer(t)
  const made = async (count: number, local: string, member?: string): Promise<string[]> => {
    const { ids } = await server.tell<{ ids: string[] }>({
      do: 'png',
      count,
      local,
      ...(member && { member })
    })
    return ids
  }
  const { url = '' } = await server.tell({ do: 'link', member: 'Grandma' })
  const dads = await made(5, '2021-05-01T12:00:00')
  const hers = await made(3, '2020-07-16T09:00:00', 'Grandma')
  await server.tell({ do: 'edit', photos: [...dads.slice(0, 2), ...hers.slice(0, 2)], tags: ['sea'] })
  const browser = await launch(t)
  const { page, troubles } = await openWindow(browser, PHONE)
  await comeIn(page, url)
  // A video of hers, by the way that she has.
  await page.getByRole('link', { name: 'Add photos' }).first().click()
  const film = Buffer.from(mp4({ created: 3_680_000_000, seconds: 3, width: 64, height: 48 }).whole)
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'film.mp4', mimeType: 'video/mp4', buffer: film })
  await page.getByText('1 file done').waitFor()
  await page.getByRole('link', { name: 'Photos', exact: true }).click()
  await shows(page, 9)

  await page.getByRole('button', { name: 'Filter photos' }).click()
  const by = page.getByRole('combobox', { name: 'Added by' })
  const type = page.getByRole('combobox', { name: 'Show' })
  const tag = page.getByRole('searchbox', { name: 'Tag' })
  await by.selectOption('Grandma')
  await shows(page, 4)
  await type.selectOption('Videos')
  await shows(page, 1)
  await page.getByRole('link', { name: /^Video,/ }).waitFor()
  await type.selectOption('Photos')
  await shows(page, 3)
  await tag.fill('sea')
  await tag.press('Enter')
  await shows(page, 2)
  t.pass('member, type and tag together')
  await by.selectOption('Everybody')
  await shows(page, 4)

  // They are in the address: a reload, or going back from a photo, keeps them.
  await page.reload()
  await shows(page, 4)
  t.is(await tag.inputValue(), 'sea')
  await page.locator('.square a').first().click()
  await page.getByText('1 of 4', { exact: true }).waitFor({ state: 'attached' })
  t.pass('the viewer steps through those that meet them')
  await page.goBack()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await shows(page, 4)

  // What comes to meet them appears, what does not stays away.
  await server.tell({ do: 'edit', photos: dads.slice(0, 3), tags: ['sea', 'sun'] })
  await shows(page, 5)
  await server.tell({ do: 'edit', photos: hers.slice(0, 1), tags: [] })
  await shows(page, 4)
  t.pass('changes by others are counted at once')
  await tag.fill('nobody said this')
  await tag.press('Enter')
  await page.getByText('Nothing meets these conditions.').waitFor()
  await page.getByRole('button', { name: 'Clear' }).click()
  await shows(page, 9)
  t.is(await tag.inputValue(), '')

  // Favourites are everybody's own.
  const desktop = await openWindow(browser, DESKTOP)
  await comeIn(desktop.page, `${(await server.tell({ do: 'link' })).url}`)
  const squares = desktop.page.locator('.square')
  for (const at of [1, 3]) {
    await squares.nth(at).hover()
    await squares.nth(at).locator('.mark').click()
  }
  await desktop.page.getByRole('button', { name: 'Favourite', exact: true }).click()
  await desktop.page.getByRole('link', { name: 'Favourites' }).click()
  await shows(desktop.page, 2)
  await page.getByRole('link', { name: 'Favourites' }).click()
  await page.getByText('What you mark with a heart appears here, for you alone.').waitFor()
  t.pass('what one marks is nobody else’s favourite')
  t.alike([...troubles, ...desktop.troubles], [])
})
