// Devices of their own: who asks to join is let in or refused in a browser; invites and further devices.
import test from 'brittle'
import type { Locator, Page } from 'playwright-core'
import { createNetwork } from './helpers.ts'
import { DESKTOP, PHONE, comeIn, hasChromium, launch, openWindow, startServer, visit } from './page.ts'

const TIMEOUT = 240_000

function button(page: Page | Locator, name: string): Locator {
  return page.getByRole('button', { name, exact: true })
}

/** What became of somebody who joins: in, or the code by which they were refused. */
function fateOf(joining: Promise<unknown>): Promise<string> {
  return joining.then(
    () => 'in',
    (error: Error) => error.message
  )
}

/** Invites somebody in the page; answers the link that is shown. */
async function invite(page: Page, approval: boolean): Promise<string> {
  await button(page, 'Invite somebody').click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel(/^Viewer/).check()
  if (approval) await dialog.getByLabel('I want to approve whoever comes').check()
  await button(dialog, 'Create').click()
  await page.getByRole('dialog', { name: 'Invite, as viewer' }).waitFor()
  await page.getByRole('img', { name: 'QR code of the link' }).waitFor()
  const link = await dialog.getByLabel('Link', { exact: true }).inputValue()
  await button(dialog, 'Close').click()
  return link
}

test(
  'page: who asks to join is let in or refused, and an invite that was ended lets nobody in',
  { timeout: TIMEOUT },
  async (t) => {
    if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
    const { bootstrap } = await createNetwork(t)
    const server = await startServer(t, { bootstrap })
    const { page, troubles } = await visit(t, PHONE, `${(await server.tell({ do: 'link' })).url}`)
    await page.evaluate("location.hash = '#/people'")

    const link = await invite(page, true)
    const open = page.getByRole('listitem').filter({ hasText: 'asks you first' })
    await open.waitFor()
    const mum = fateOf(startServer(t, { bootstrap, join: link, member: 'Mum', device: 'tablet' }))
    await page.getByRole('heading', { name: 'Waiting to be let in' }).waitFor()
    await page.getByText('Viewer, with tablet').waitFor()
    t.pass('who waits appears without reloading, with the device and the role')
    await button(page, 'Let in: Mum').click()
    t.is(await mum, 'in')
    const member = page.locator('.member').filter({ hasText: 'Mum' })
    await member.getByText('tablet').waitFor()
    t.is(await page.getByLabel('Role: Mum').inputValue(), 'viewer')
    await page.getByText('Waiting to be let in').waitFor({ state: 'detached' })
    await open.waitFor({ state: 'detached' })
    t.pass('the invite is used up')

    const second = await invite(page, true)
    const mallory = fateOf(startServer(t, { bootstrap, join: second, member: 'Mallory' }))
    await button(page, 'Refuse: Mallory').click()
    t.is(await mallory, 'INVITE_REJECTED')
    await page.getByText('Waiting to be let in').waitFor({ state: 'detached' })
    t.is(await page.locator('.member').filter({ hasText: 'Mallory' }).count(), 0)

    // It was made for one, and is still open.
    await page.getByRole('button', { name: /^End: Viewer.*asks you first/ }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Nobody can join with it any more.').waitFor()
    await button(dialog, 'End').click()
    await open.waitFor({ state: 'detached' })
    await page.getByText('Viewer, ended by hand').waitFor({ state: 'attached' })
    t.is(await fateOf(startServer(t, { bootstrap, join: second, member: 'Late' })), 'INVITE_REJECTED')
    t.alike(troubles, [])
  }
)

test('page: another device of one’s own, and taking it away', { timeout: TIMEOUT }, async (t) => {
  if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
  const { bootstrap } = await createNetwork(t)
  const server = await startServer(t, { bootstrap })
  const browser = await launch(t)
  const { page, troubles } = await openWindow(browser, DESKTOP)
  await comeIn(page, `${(await server.tell({ do: 'link' })).url}`)
  await page.getByRole('link', { name: 'People' }).click()

  await button(page, 'Link another device').click()
  const dialog = page.getByRole('dialog', { name: 'Link another device' })
  await dialog.getByText('It will be yours, with the same role.', { exact: false }).waitFor()
  const link = await dialog.getByLabel('Link', { exact: true }).inputValue()
  await button(dialog, 'Close').click()
  await page.getByRole('listitem').filter({ hasText: 'Another device of yours' }).waitFor()
  t.pass('it is listed among the invites')
  const phone = await startServer(t, { bootstrap, join: link, member: 'Dad', device: 'Dad’s phone' })
  const own = page.locator('.member').filter({ hasText: 'Dad’s computer and Dad’s phone' })
  await own.waitFor()
  t.is(phone.me, server.me, 'it is the same member')

  // The page of the other device shows the same, and is without the album once it was taken away.
  const other = await openWindow(browser, PHONE)
  await comeIn(other.page, `${(await phone.tell({ do: 'link', member: 'Dad' })).url}`)
  await button(page, 'Remove: Dad’s phone').click()
  await page.getByText('It gets nothing new from now on.').waitFor()
  await button(page.getByRole('dialog'), 'Remove').click()
  await own.waitFor({ state: 'detached' })
  await page.locator('.member').filter({ hasText: 'Dad’s computer' }).waitFor()
  await other.page.getByRole('heading', { name: 'Ask for a new link' }).waitFor()
  t.pass('it hears of it by itself')
  t.alike(troubles, [])
})

test('page: leaving, where another owner stays', { timeout: TIMEOUT }, async (t) => {
  if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
  const { bootstrap } = await createNetwork(t)
  const server = await startServer(t, { bootstrap })
  const { code = '' } = await server.tell({ do: 'invite' })
  const mum = await startServer(t, { bootstrap, join: code, member: 'Mum' })
  const browser = await launch(t)
  const dad = await openWindow(browser, DESKTOP)
  await comeIn(dad.page, `${(await server.tell({ do: 'link' })).url}`)
  await dad.page.getByRole('link', { name: 'People' }).click()
  await dad.page.getByLabel('Role: Mum').selectOption('Owner')
  await button(dad.page.getByRole('dialog', { name: 'Make Mum an owner?' }), 'Change the role').click()

  const hers = await openWindow(browser, DESKTOP)
  await comeIn(hers.page, `${(await mum.tell({ do: 'link', member: 'Mum' })).url}`)
  await hers.page.getByRole('link', { name: 'People' }).click()
  await button(hers.page, 'Invite somebody').waitFor()
  t.pass('she is an owner now')
  const first = hers.page.locator('.member').filter({ hasText: 'Dad' })
  t.is(await first.getByRole('combobox').count(), 0, 'who came before her is not hers to unmake')
  t.is(await button(first, 'Remove: Dad').count(), 0, 'nor to remove')
  t.is(await button(first, 'A link for Dad').count(), 0, 'nor to act for')

  await button(hers.page, 'Leave the album').click()
  const dialog = hers.page.getByRole('dialog', { name: 'Leave this album?' })
  await dialog.getByText('What you added stays with the others.', { exact: false }).waitFor()
  await button(dialog, 'Leave the album').click()
  await hers.page.getByRole('heading', { name: 'Ask for a new link' }).waitFor()
  await dad.page.getByText('Former members').waitFor()
  await dad.page.locator('.member').filter({ hasText: 'Mum' }).waitFor({ state: 'detached' })
  t.pass('she is gone from the members')
  t.alike([...dad.troubles, ...hers.troubles], [])
})
