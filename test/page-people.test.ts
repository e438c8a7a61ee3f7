// The people of an album as its owner manages them in a browser, and what those see whom it is about.
import test from 'brittle'
import type { Locator, Page } from 'playwright-core'
import { eventually } from './helpers.ts'
import { DESKTOP, PHONE, comeIn, hasChromium, launch, openWindow, startServer } from './page.ts'
import { layWire } from './wire.ts'

const TIMEOUT = 240_000
// As a name that a router gives: plain HTTP, where a page has no clipboard.
const NAME = 'hyperalbum.test'

async function toPeople(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'People' }).click()
  await page.getByRole('heading', { name: 'Members' }).waitFor()
}

function button(page: Page | Locator, name: string): Locator {
  return page.getByRole('button', { name, exact: true })
}

/** Makes somebody without a device; answers the link that is shown. */
async function makePerson(page: Page, name: string, role: RegExp): Promise<string> {
  await button(page, 'Add somebody without a device').click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill(name)
  await dialog.getByLabel(role).check()
  await button(dialog, 'Make a link').click()
  await page.getByRole('dialog', { name: `A link for ${name}` }).waitFor()
  const link = await dialog.getByLabel('Link', { exact: true }).inputValue()
  await button(dialog, 'Close').click()
  return link
}

async function isOut(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'Ask for a new link' }).waitFor()
}

test(
  'page: somebody new comes in by a link that is copied, and is out as soon as it ends',
  { timeout: TIMEOUT },
  async (t) => {
    if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
    const server = await startServer(t, { hosts: [NAME] })
    const browser = await launch(t, `--host-resolver-rules=MAP ${NAME} 127.0.0.1`)
    const dad = await openWindow(browser, DESKTOP)
    const { secret = '' } = await server.tell({ do: 'link' })
    await comeIn(dad.page, `http://${NAME}:${server.port}/#join=${secret}`)
    t.is(await dad.page.evaluate('typeof navigator.clipboard'), 'undefined')
    await toPeople(dad.page)

    await button(dad.page, 'Add somebody without a device').click()
    const dialog = dad.page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('Grandma')
    await button(dialog, 'Make a link').click()
    await dad.page.getByRole('img', { name: 'QR code of the link' }).waitFor()
    const field = dialog.getByLabel('Link', { exact: true })
    const link = await field.inputValue()
    t.ok(link.startsWith(`http://${NAME}:${server.port}/#join=`), 'it leads where Dad himself is')
    await button(dialog, 'Copy').click()
    await dialog.getByText('Copied').waitFor()
    await button(dialog, 'Close').click()
    await button(dad.page, 'Add somebody without a device').click()
    await dialog.getByLabel('Name').focus()
    await dad.page.keyboard.press('Control+V')
    t.is(await dialog.getByLabel('Name').inputValue(), link.slice(0, 100), 'what was copied can be pasted')
    await button(dialog, 'Cancel').click()

    const hers = dad.page.getByRole('listitem').filter({ hasText: /^Grandma.*opened/ })
    await hers.getByText('opened 0 of 1 time').waitFor()
    const grandma = await openWindow(browser, PHONE)
    await comeIn(grandma.page, link)
    await hers.getByText('1 browser').waitFor()
    t.pass('Dad sees that she came in, without reloading')

    await grandma.page.goto(`http://${NAME}:${server.port}/`)
    await comeIn(grandma.page, link)
    t.pass('who is in and opens the same message again stays in, though the link is used up')

    await hers.getByRole('button', { name: /^End: Grandma/ }).click()
    await dialog.getByText('Whoever came in by it is signed out.').waitFor()
    await button(dialog, 'End').click()
    await isOut(grandma.page)
    t.pass('her window is out at once')
    await hers.waitFor({ state: 'detached' })
    await grandma.page.goto(link)
    await button(grandma.page, 'Open the album').click()
    await grandma.page.getByText('This link is used up, ended or not whole.', { exact: false }).waitFor()

    // The link by which Dad himself is here.
    const own = dad.page.getByRole('listitem').filter({ hasText: 'This browser' })
    await own.getByRole('button', { name: /^End: Dad/ }).click()
    await dialog.getByText('this browser is signed out', { exact: false }).waitFor()
    await button(dialog, 'Cancel').click()
    t.alike([...dad.troubles, ...grandma.troubles], [])
  }
)

test(
  'page: renaming, another role and removal are seen at once by whom they are about',
  { timeout: TIMEOUT },
  async (t) => {
    if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
    const server = await startServer(t)
    const browser = await launch(t)
    const dad = await openWindow(browser, DESKTOP)
    await comeIn(dad.page, (await server.tell({ do: 'link' })).url ?? '')
    await toPeople(dad.page)
    const { page } = dad
    const dialog = page.getByRole('dialog')
    const link = await makePerson(page, 'Grandma', /^Contributor/)
    const grandma = await openWindow(browser, DESKTOP)
    await comeIn(grandma.page, link)

    const row = (name: string): Locator =>
      page.locator('.member').filter({ has: page.getByText(name, { exact: true }) })
    t.is(await row('Dad').getByRole('combobox').count(), 0, 'the only owner cannot stop being one')
    t.is(await button(row('Dad'), 'Leave the album').count(), 0, 'nor leave')

    await button(page, 'Rename: Grandma').click()
    await dialog.getByLabel('Name').fill('  Granny  ')
    await button(dialog, 'Save').click()
    await row('Granny').waitFor()
    await grandma.page.getByRole('navigation').getByText('Granny').waitFor()
    t.pass('she is told her new name')

    const add = grandma.page.getByRole('link', { name: 'Add photos' })
    t.ok((await add.count()) > 0)
    await page.getByLabel('Role: Granny').selectOption('Viewer')
    await add.first().waitFor({ state: 'detached' })
    t.is(await add.count(), 0, 'a viewer sees no way to add')
    await toPeople(grandma.page)
    t.is(await grandma.page.getByRole('combobox').count(), 0, 'nor any way to manage')
    t.is(await grandma.page.getByRole('button', { name: /^Remove|^Rename|^A link|^Leave/ }).count(), 0)

    // Who may be made an owner by a slip of the finger could not be unmade by everybody.
    await page.getByLabel('Role: Granny').selectOption('Owner')
    await page.getByRole('dialog', { name: 'Make Granny an owner?' }).waitFor()
    await button(dialog, 'Cancel').click()
    t.is(await page.getByLabel('Role: Granny').inputValue(), 'viewer')

    await button(page, 'Remove: Granny').click()
    await page.getByRole('dialog', { name: 'Remove Granny?' }).waitFor()
    const words =
      'What they added stays. They see nothing new from now on; what they could see they may have kept.'
    await dialog.getByText(words).waitFor()
    await button(dialog, 'Remove').click()
    await isOut(grandma.page)
    t.pass('her window is out at once')
    await row('Granny').waitFor({ state: 'detached' })
    await page.getByText('Former members').click()
    await page
      .getByRole('listitem')
      .filter({ hasText: /^Granny$/ })
      .waitFor()
    t.alike([...dad.troubles, ...grandma.troubles], [])
  }
)

test(
  'page: a link of somebody who was removed opens nothing, and is not listed',
  { timeout: TIMEOUT },
  async (t) => {
    if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
    const server = await startServer(t)
    const browser = await launch(t)
    const { page } = await openWindow(browser, PHONE)
    await comeIn(page, (await server.tell({ do: 'link' })).url ?? '')
    await page.getByRole('link', { name: 'More' }).click()
    await toPeople(page)
    const link = await makePerson(page, 'Uncle', /^Viewer/)
    await page.getByRole('button', { name: /^End: Uncle/ }).waitFor()
    await button(page, 'Remove: Uncle').click()
    await button(page.getByRole('dialog'), 'Remove').click()
    await page.getByRole('button', { name: /^End: Uncle/ }).waitFor({ state: 'detached' })
    const uncle = await openWindow(browser, PHONE)
    await uncle.page.goto(link)
    await button(uncle.page, 'Open the album').click()
    await uncle.page.getByText('This link is used up, ended or not whole.', { exact: false }).waitFor()
    t.is(await uncle.page.getByText('Hansens').count(), 0, 'and says nothing of the album')
  }
)

test(
  'page: who is revoked while out of reach is told so when the album is reached again',
  { timeout: TIMEOUT },
  async (t) => {
    if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
    const server = await startServer(t)
    const browser = await launch(t)
    const dad = await openWindow(browser, DESKTOP)
    await comeIn(dad.page, (await server.tell({ do: 'link' })).url ?? '')
    await toPeople(dad.page)
    const { secret = '' } = await server.tell({ do: 'link', member: 'Grandma' })
    const wire = await layWire(t, server.port)
    const phone = await openWindow(browser, PHONE)
    await comeIn(phone.page, `http://127.0.0.1:${wire.port}/#join=${secret}`)
    wire.cut()
    await phone.page.getByText('Not connected.', { exact: false }).waitFor()
    await dad.page.getByRole('button', { name: /^End: Grandma/ }).click()
    await button(dad.page.getByRole('dialog'), 'End').click()
    await eventually(
      async () => (await dad.page.getByRole('button', { name: /^End: Grandma/ }).count()) === 0
    )
    wire.mend()
    await isOut(phone.page)
    t.pass('and not that the album is not reached')
  }
)

test('page: signing out', { timeout: TIMEOUT }, async (t) => {
  if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
  const server = await startServer(t)
  const browser = await launch(t)
  const { page } = await openWindow(browser, PHONE)
  await comeIn(page, (await server.tell({ do: 'link', member: 'Grandma' })).url ?? '')
  const second = await page.context().newPage()
  await second.goto(server.url)
  await second.getByRole('heading', { name: 'The Hansens', level: 1 }).waitFor()
  await page.getByRole('link', { name: 'More' }).click()
  await button(page, 'Sign out').click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('To come back on this device you will need a new link.').waitFor()
  await button(dialog, 'Cancel').click()
  t.is(await page.getByText('Ask for a new link').count(), 0)
  await button(page, 'Sign out').click()
  await button(dialog, 'Sign out').click()
  await isOut(page)
  await isOut(second)
  t.pass('every window of the browser is out')
  await page.goto(server.url)
  await page.reload()
  await isOut(page)
  t.is((await page.context().cookies()).length, 0, 'no cookie is left')
})
