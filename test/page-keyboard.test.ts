// Everything by keyboard alone: coming in, walking through the days, looking, changing, choosing many.
import test from 'brittle'
import type { Page } from 'playwright-core'
import { eventually } from './helpers.ts'
import { DESKTOP, hasChromium, launch, openWindow, startServer } from './page.ts'

/** What has the focus, as a screen reader would say it. */
function focused(page: Page): Promise<string> {
  return page.evaluate<string>(
    "document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.trim() ?? ''"
  )
}

/** Tabs until something has the focus. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab')
    if (name.test(await focused(page))) return
  }
  throw new Error(`The Tab key never comes to ${String(name)}`)
}

test('page: is used by keyboard alone', { timeout: 240_000 }, async (t) => {
  if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
  const server = await startServer(t)
  for (const [count, local] of [
    [9, '2021-05-01T12:00:00'],
    [30, '2020-07-16T09:00:00'],
    [12, '2019-01-31T18:00:00']
  ] as const) {
    await server.tell({ do: 'png', count, local })
  }
  const browser = await launch(t)
  const { page, troubles } = await openWindow(browser, DESKTOP)
  await page.goto((await server.tell({ do: 'link' })).url ?? '')
  await page.getByRole('button', { name: 'Open the album' }).waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page
    .getByRole('link', { name: /^Photo,/ })
    .first()
    .waitFor()

  // The first thing is a way past the navigation.
  await page.keyboard.press('Tab')
  t.is(await focused(page), 'Skip to content')
  await page.keyboard.press('Enter')
  await tabTo(page, /^Photo, .*May 2021/)
  t.pass('one Tab comes into the grid')
  const first = await focused(page)
  for (const key of ['ArrowRight', 'ArrowRight', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key)
  t.ok(/July 2020/.test(await focused(page)), 'arrow keys walk over days and rows')
  await page.keyboard.press('End')
  await eventually(async () => /2019/.test(await focused(page)))
  t.pass('End comes to the oldest, which was loaded for it')
  const inView =
    '(() => { const box = document.activeElement.getBoundingClientRect(); return box.top >= 0 && box.bottom <= innerHeight })()'
  t.ok(await page.evaluate(inView), 'what has the focus is seen')
  await page.keyboard.press('Home')
  await eventually(async () => /2021/.test(await focused(page)))
  t.is(await focused(page), first)

  // Looking: into the viewer, to the next, its details, a caption, and back to where one was.
  await page.keyboard.press('Enter')
  await page.getByRole('dialog', { name: 'Photo' }).waitFor()
  await page.getByText('1 of 51', { exact: true }).waitFor()
  await page.keyboard.press('ArrowRight')
  await page.getByText('2 of 51', { exact: true }).waitFor()
  t.pass('arrow keys step through the photos')
  await page.keyboard.press('f')
  await page.getByRole('button', { name: 'Favourite', pressed: true }).waitFor()
  await page.keyboard.press('i')
  await tabTo(page, /^$/)
  const caption = page.getByLabel('Caption')
  await caption.focus()
  await page.keyboard.type('A walk by the sea')
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('Enter')
  await page.getByText('Saved').waitFor()
  t.is(await page.getByText('2 of 51', { exact: true }).count(), 1, 'typing steps nowhere')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog', { name: 'Photo' }).waitFor({ state: 'detached' })
  await eventually(async () => /A walk by the sea/.test(await focused(page)))
  t.pass('leaving it the focus is on the photo that was looked at')

  // Choosing many, and what is done with them.
  await page.keyboard.press(' ')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('x')
  await page.getByText('2 selected').waitFor()
  await page.getByRole('button', { name: 'Trash', exact: true }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('2 photos moved to the trash').waitFor()
  await page.getByText('49 photos', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Undo' }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('51 photos', { exact: true }).waitFor()
  t.pass('two photos were put into the trash, and back')

  // The handle at the right goes by months and years.
  const handle = page.getByRole('slider', { name: 'Go to a month' })
  await handle.focus()
  t.is(await handle.getAttribute('aria-valuetext'), 'May 2021')
  await page.keyboard.press('ArrowDown')
  await eventually(async () => (await handle.getAttribute('aria-valuetext')) === 'July 2020')
  await page.keyboard.press('Home')
  await eventually(async () => (await handle.getAttribute('aria-valuetext')) === 'May 2021')
  t.pass('the slider says where it is')

  // A dialog keeps the focus and gives it back.
  await page.getByRole('link', { name: 'Collections' }).focus()
  await page.keyboard.press('Enter')
  const create = page.getByRole('button', { name: 'New collection' })
  await create.focus()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog', { name: 'New collection' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await eventually(async () => (await focused(page)) === 'New collection')
  await page.keyboard.press('Enter')
  // A person sees the field before they type into it.
  await page.getByRole('dialog', { name: 'New collection' }).waitFor()
  await eventually(() => page.evaluate<boolean>(`document.activeElement.tagName === 'INPUT'`))
  await page.keyboard.type('Winter')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Winter', level: 1 }).waitFor()
  t.pass('a collection is made')
  t.alike(troubles, [])
})
