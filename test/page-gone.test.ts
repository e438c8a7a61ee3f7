// Photos that nobody reachable holds: the page says so, and shows them by itself once somebody has come who does.
import test from 'brittle'
import type { Page } from 'playwright-core'
import { createNetwork, eventually, tmp } from './helpers.ts'
import { DESKTOP, hasChromium, photosFor, startServer, visit } from './page.ts'

/** Whether the picture that is looked at is drawn. */
function drawn(page: Page): Promise<boolean> {
  return page.evaluate<boolean>(
    `(document.querySelector('.pswp__item[aria-hidden=false] img.pswp__img:not(.pswp__img--placeholder)')?.naturalWidth ?? 0) > 1000`
  )
}

/** The page says so long before the device that was killed is given up, which takes 13 seconds. */
async function isSaidToBeAsked(page: Page): Promise<void> {
  const said = page.getByRole('status').getByText('Still getting this photo from the devices of Dad.')
  await said.waitFor({ timeout: 10_000 })
}

/** A device that was killed is waited for as long as one that is slow. */
function isSaidToBeAway(page: Page): Promise<void> {
  return page
    .getByRole('alert')
    .getByText('This photo is on the devices of Dad.', { exact: false })
    .waitFor({ timeout: 90_000 })
}

test(
  'page: a photo that nobody reachable holds is said to be away, and comes by itself',
  { timeout: 240_000 },
  async (t) => {
    if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
    const photos = await photosFor(t, 'aarhus.jpg', 'hochuferweg.jpg')
    const { bootstrap } = await createNetwork(t)
    const folder = tmp(t)
    const dad = await startServer(t, { bootstrap, folder, photos })
    const { code = '' } = await dad.tell({ do: 'invite' })
    const mum = await startServer(t, { bootstrap, join: code, member: 'Mum' })
    const { page, troubles } = await visit(t, DESKTOP, (await mum.tell({ do: 'link', member: 'Mum' })).url)
    await page.getByText('2 photos', { exact: true }).waitFor()
    await dad.kill()

    await page.locator('.square a').first().click()
    await isSaidToBeAsked(page)
    t.absent(await drawn(page))
    t.pass('the page says whose devices it is being fetched from')
    await isSaidToBeAway(page)
    t.absent(await drawn(page))
    t.pass('the page says who has it')
    const small = "document.querySelector('.pswp__item[aria-hidden=false] img')?.naturalWidth > 0"
    await eventually(() => page.evaluate<boolean>(small))
    t.pass('over the small picture that is here')
    await page.keyboard.press('ArrowRight')
    await page.getByText('2 of 2', { exact: true }).waitFor()
    await isSaidToBeAway(page)
    t.pass('also of the next one')

    await startServer(t, { bootstrap, folder })
    await eventually(() => drawn(page), 60_000)
    await page.getByRole('alert').waitFor({ state: 'detached' })
    t.pass('it is shown by itself when Dad has come back')
    await page.keyboard.press('Escape')
    await eventually(async () => (await page.locator('.square img.there').count()) === 2, 60_000)
    t.pass('and so are the small ones')
    t.alike(troubles, [])
  }
)
