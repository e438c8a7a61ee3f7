// Looking at photos: with fingers and with keys, one after another by itself, and while others change the album.
import test from 'brittle'
import type { Page } from 'playwright-core'
import { eventually } from './helpers.ts'
import { DESKTOP, PHONE, hasChromium, photosFor, startServer, visit } from './page.ts'
import { Touch } from './touch.ts'

const TIMEOUT = 240_000

/** Of the picture that is looked at: what it is drawn from, in pixels. */
function sharpness(page: Page): Promise<number> {
  return page.evaluate<number>(
    `document.querySelector('.pswp__item[aria-hidden=false] img.pswp__img').naturalWidth`
  )
}

/** The photo that the address names, and the one that is drawn. */
function seen(page: Page): Promise<[named: string, drawn: string]> {
  return page.evaluate<[string, string]>(`[
    /photo=(\\w+)/.exec(location.hash)?.[1] ?? '',
    /photo\\/(\\w+)/.exec(document.querySelector('.pswp__item[aria-hidden=false] img.pswp__img')?.src)?.[1] ?? ''
  ]`)
}

/** Waits until this photo is named and drawn. */
function sees(page: Page, id: string | undefined): Promise<boolean> {
  return eventually(async () => (await seen(page)).every((one) => one === id))
}

function placeIs(page: Page, place: string): Promise<void> {
  return page
    .getByRole('status')
    .getByText(new RegExp(`${place}$`))
    .waitFor({ state: 'attached' })
}

test(
  'page: fingers step, zoom to the sharp original, and put the photo away',
  { timeout: TIMEOUT },
  async (t) => {
    if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
    const photos = await photosFor(t, 'aarhus.jpg', 'hochuferweg.jpg', 'train.jpg')
    const server = await startServer(t, { photos })
    const { page, troubles } = await visit(t, PHONE, (await server.tell({ do: 'link' })).url)
    await page.getByRole('link', { name: 'Collections' }).tap()
    await page.getByRole('link', { name: 'Photos', exact: true }).tap()
    await page.locator('.square img.there').first().tap()
    await placeIs(page, '1 of 3')
    const touch = await Touch.on(page)
    // Until it has come in, PhotoSwipe shows nothing beside it and hears no finger.
    await eventually(() =>
      page.evaluate<boolean>(
        "[...document.querySelectorAll('.pswp__item')].every((one) => one.style.display !== 'none')"
      )
    )
    await page.waitForTimeout(1500)
    await touch.swipe([300, 370], [60, 372])
    await placeIs(page, '2 of 3')
    await touch.swipe([300, 370], [60, 368])
    await placeIs(page, '3 of 3')
    await touch.swipe([300, 370], [60, 368])
    await touch.swipe([60, 370], [300, 370])
    await placeIs(page, '2 of 3')
    t.pass('a swipe steps to the next and to the previous one, and not beyond the last')

    const before = await sharpness(page)
    await touch.pinch([180, 370], 340)
    await eventually(async () => (await sharpness(page)) > before)
    t.ok(
      before <= 1600,
      `${before} pixels wide at first, ${await sharpness(page)} once two fingers have come apart`
    )
    const named = await seen(page)
    await touch.swipe([180, 370], [120, 340])
    t.alike(await seen(page), named, 'in a photo that is zoomed, a finger moves it and steps nowhere')
    // Twice on it, and it is whole again.
    await touch.tap([180, 370])
    await touch.tap([180, 370])
    const whole = `document.querySelector('.pswp__item[aria-hidden=false] img.pswp__img').getBoundingClientRect().width <= innerWidth + 1`
    await eventually(() => page.evaluate<boolean>(whole))
    t.pass('two taps make it whole')
    await touch.tap([180, 370])
    await page.locator('.bare-photo').waitFor()
    await touch.tap([180, 370])
    await page.locator('.bare-photo').waitFor({ state: 'detached' })
    t.pass('one tap takes the buttons away, and brings them back')

    await touch.swipe([180, 300], [184, 640])
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    t.ok(page.url().endsWith('#/'), 'a swipe down puts it away, to the screen below')
    t.alike(troubles, [])
  }
)

test('page: who steps on at once sees what is stepped to, and it stays', { timeout: TIMEOUT }, async (t) => {
  if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
  const server = await startServer(t)
  const photos: string[] = []
  for (const local of ['2021-05-03T12:00:00', '2021-05-02T12:00:00', '2021-05-01T12:00:00']) {
    photos.push(...(await server.tell<{ ids: string[] }>({ do: 'png', local })).ids)
  }
  const { page, troubles } = await visit(t, DESKTOP, (await server.tell({ do: 'link' })).url)
  // Nothing has come of the first one: PhotoSwipe has not opened.
  let letCome = (): void => {}
  const come = new Promise<void>((resolve) => (letCome = resolve))
  await page.route('**/preview', async (route) => {
    await come
    await route.continue()
  })
  await page.locator('.square a[href*="photo="]').first().click()
  await page.getByText('1 of 3', { exact: true }).waitFor()
  await page.keyboard.press('ArrowRight')
  await page.getByText('2 of 3', { exact: true }).waitFor()
  letCome()
  await sees(page, photos[1])
  t.pass('it is seen')
  await server.tell({ do: 'trash', photos: photos.slice(0, 1) })
  await page.getByText('1 of 2', { exact: true }).waitFor()
  t.ok(await sees(page, photos[1]), 'also where it has another place')
  t.alike(troubles, [])
})

test('page: who leaves a photo while it opens has left it', { timeout: TIMEOUT }, async (t) => {
  if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
  const server = await startServer(t)
  await server.tell({ do: 'png', count: 3, local: '2021-05-03T12:00:00' })
  const { page, troubles } = await visit(t, DESKTOP, (await server.tell({ do: 'link' })).url)
  const first = page.locator('.square a[href*="photo="]').first()
  const dialog = page.getByRole('dialog', { name: 'Photo' })

  await first.click()
  await page.getByText('1 of 3', { exact: true }).waitFor()
  // Longer than any opening takes, something always moves.
  for (let i = 0; i < 10; i++) {
    await page.keyboard.press(i % 2 === 0 ? 'ArrowRight' : 'ArrowLeft')
    await page.waitForTimeout(100)
  }
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  t.pass('who stepped to and fro')

  await first.click()
  await dialog.waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  t.pass('who changed their mind at once')
  await page.waitForTimeout(1000)
  const prevented = await page.evaluate<boolean>(
    `!document.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', cancelable: true }))`
  )
  t.absent(prevented, 'the arrow keys scroll again')
  t.alike(troubles, [])
})

test(
  'page: what others add and take away leaves the photo that is looked at',
  { timeout: TIMEOUT },
  async (t) => {
    if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
    const server = await startServer(t)
    const { ids } = await server.tell<{ ids: string[] }>({
      do: 'png',
      count: 1,
      local: '2021-05-03T12:00:00'
    })
    const more = await server.tell<{ ids: string[] }>({ do: 'png', count: 1, local: '2021-05-02T12:00:00' })
    const old = await server.tell<{ ids: string[] }>({ do: 'png', count: 3, local: '2021-04-01T12:00:00' })
    const [first, second] = [...ids, ...more.ids]
    const { page, troubles } = await visit(t, DESKTOP, (await server.tell({ do: 'link' })).url)
    await page.locator('.square a[href*="photo="]').first().click()
    await page.getByText('1 of 5', { exact: true }).waitFor()
    await sees(page, first)

    await server.tell({ do: 'png', count: 2, local: '2021-06-01T12:00:00' })
    await page.getByText('3 of 7', { exact: true }).waitFor()
    t.alike(await seen(page), [first, first], 'two newer ones came: the same photo is seen, and named')
    await page.keyboard.press('ArrowRight')
    await sees(page, second)
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('ArrowLeft')
    await page.getByText('2 of 7', { exact: true }).waitFor()
    t.absent(ids.includes((await seen(page))[1]), 'the new ones are beside it')
    await page.keyboard.press('ArrowRight')
    await sees(page, first)

    // What is put into the trash is what is seen, and the next one takes its place: none is skipped.
    await server.tell({ do: 'png', count: 1, local: '2021-07-01T12:00:00' })
    await page.keyboard.press('Delete')
    await page.getByText('1 photo moved to the trash').waitFor()
    await page.getByText('4 of 7', { exact: true }).waitFor()
    await sees(page, second)
    t.pass('the next one is seen')
    await page.keyboard.press('ArrowRight')
    await page.getByText('5 of 7', { exact: true }).waitFor()
    const [next] = await seen(page)
    t.ok(old.ids.includes(next), 'and after it the one that follows')
    await page.keyboard.press('ArrowLeft')
    await sees(page, second)
    await server.tell({ do: 'trash', photos: [second ?? ''] })
    await sees(page, next)
    t.pass('where somebody else takes away what is seen, the next one takes its place')

    // Correcting a date moves it to another place, under the eyes of who does it.
    await page.keyboard.press('i')
    await page.getByRole('button', { name: 'Correct the date' }).click()
    await page.locator('input[type=datetime-local]').fill('2022-01-01T10:00:00')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('1 of 6', { exact: true }).waitFor()
    await sees(page, next)
    t.pass('its place is another, and it is still seen')
    t.alike(troubles, [])
  }
)

test(
  'page: a slideshow steps by itself, waits while nobody looks, and ends',
  { timeout: TIMEOUT },
  async (t) => {
    if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
    const server = await startServer(t)
    await server.tell({ do: 'png', count: 3, local: '2021-05-01T12:00:00' })
    const { page, troubles } = await visit(t, DESKTOP, (await server.tell({ do: 'link' })).url)
    await page.locator('.square a[href*="photo="]').first().click()
    await page.getByText('1 of 3', { exact: true }).waitFor()
    await page.keyboard.press('s')
    await page.getByRole('button', { name: 'Pause slideshow' }).waitFor()
    await page.getByText('2 of 3', { exact: true }).waitFor()
    t.pass('it steps')
    const hide = (state: string): Promise<void> =>
      page.evaluate(`Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true });
      document.dispatchEvent(new Event('visibilitychange'))`)
    await hide('hidden')
    await page.waitForTimeout(5000)
    t.is(
      await page.getByText('2 of 3', { exact: true }).count(),
      1,
      'a page that nobody sees stays where it is'
    )
    await hide('visible')
    await page.getByText('3 of 3', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Slideshow', exact: true }).waitFor()
    t.pass('at the last photo it ends')

    // The button that was pressed is not there any more at the end, and keys are still heard.
    await page.keyboard.press('ArrowLeft')
    await page.getByText('2 of 3', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Next photo' }).click()
    await page.getByText('3 of 3', { exact: true }).waitFor()
    await page.keyboard.press('ArrowLeft')
    await page.getByText('2 of 3', { exact: true }).waitFor()
    t.pass('after the last step by a button, the arrow keys step on')

    // Who is impatient goes back to the photos, and no further.
    await page.getByRole('button', { name: 'Close', exact: true }).dblclick()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.waitForTimeout(500)
    t.ok(page.url().endsWith('#/'), page.url())
    t.alike(troubles, [])
  }
)
