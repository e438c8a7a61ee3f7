// What moves: videos with the browser's own controls, and Live Photos.
import fs from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import type { Page, Response } from 'playwright-core'
import { eventually } from './helpers.ts'
import { folder } from './media-samples.ts'
import { DESKTOP, PHONE, comeIn, hasChromium, launch, openWindow, startServer, visit } from './page.ts'
import { Touch } from './touch.ts'

const TIMEOUT = 240_000
const film = path.join(folder, 'cameras', 'Issue 515 (java).mp4')
const halves = ['train.jpg', 'train.mov'].map((name) => path.join(folder, 'family', name))
const missing = [film, ...halves].some((file) => !fs.existsSync(file))

/** Asks `it`, the video that is looked at. */
function ofVideo<T>(page: Page, what: string): Promise<T> {
  return page.evaluate<T>(`((it) => ${what})(document.querySelector('.pswp__item[aria-hidden=false] video'))`)
}

test(
  'page: a video plays, seeks by keys, and is fetched in parts once it is looked at',
  { timeout: TIMEOUT },
  async (t) => {
    if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
    if (missing) return t.comment('skipped: real videos are not here (HYPERALBUM_PHOTOS)')
    const server = await startServer(t, { photos: [film] })
    const { ids } = await server.tell<{ ids: string[] }>({
      do: 'png',
      count: 2,
      local: '2030-05-01T12:00:00'
    })
    const browser = await launch(t)
    const { page, troubles } = await openWindow(browser, DESKTOP)
    const answers: Response[] = []
    page.on('response', (response) => {
      if (response.url().includes('/original')) answers.push(response)
    })
    await comeIn(page, (await server.tell({ do: 'link' })).url ?? '')
    await page
      .getByRole('link', { name: /^Photo,/ })
      .last()
      .click()
    await page.getByText('2 of 3', { exact: true }).waitFor()
    await eventually(() => page.evaluate<boolean>("document.querySelector('.pswp video') !== null"))
    await page.waitForTimeout(500)
    t.alike(answers, [], 'the video beside is not fetched')
    const inert = "document.querySelector('.pswp video').closest('[inert]') !== null"
    t.ok(await page.evaluate(inert), 'and takes no focus')

    await page.keyboard.press('ArrowRight')
    await page.getByText('3 of 3', { exact: true }).waitFor()
    await eventually(() => ofVideo<boolean>(page, 'it.readyState >= 1'))
    t.ok(answers.length > 0 && answers.every((answer) => answer.status() === 206), 'it comes in parts')
    await ofVideo(page, 'it.focus()')
    await page.keyboard.press('Space')
    await eventually(() => ofVideo<boolean>(page, 'it.currentTime > 0.2'))
    t.pass('it plays')
    await page.keyboard.press('Space')
    await eventually(() => ofVideo<boolean>(page, 'it.paused'))
    await ofVideo(page, 'it.currentTime = 0')
    await page.keyboard.press('ArrowRight')
    await eventually(() => ofVideo<boolean>(page, 'it.currentTime > 0'))
    t.is(
      await page.getByText('3 of 3', { exact: true }).count(),
      1,
      'in a video the arrow keys go to and fro in it'
    )
    await ofVideo(page, 'it.currentTime = 3')
    await eventually(() =>
      ofVideo<boolean>(page, 'it.readyState >= 2 && !it.seeking && it.currentTime === 3')
    )
    t.pass('it seeks')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    t.pass('Escape leaves it, also from within the video')

    // In a slideshow it plays to its end.
    await page.locator(`.square a[href*="${ids[0]}"]`).click()
    // A person sees it before they press a key.
    await page.getByText(/^[12] of 3$/).waitFor()
    await page.keyboard.press('s')
    await page.getByText('3 of 3', { exact: true }).waitFor()
    await eventually(() => ofVideo<boolean>(page, 'it.currentTime > 0.2 && !it.paused'))
    await page.keyboard.press('ArrowLeft')
    await page.getByText('2 of 3', { exact: true }).waitFor()
    t.ok(await page.evaluate("document.querySelector('.pswp video').paused"), 'left, it does not play on')
    await page.getByText('3 of 3', { exact: true }).waitFor()
    await eventually(() => ofVideo<boolean>(page, 'it.ended'))
    await page.getByRole('button', { name: 'Slideshow', exact: true }).waitFor()
    t.pass('a slideshow plays it to its end')
    t.alike(troubles, [])
  }
)

test('page: the halves of a Live Photo become one photo that plays', { timeout: TIMEOUT }, async (t) => {
  if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
  if (missing) return t.comment('skipped: real videos are not here (HYPERALBUM_PHOTOS)')
  const server = await startServer(t)
  const { page, troubles } = await visit(t, PHONE, (await server.tell({ do: 'link', member: 'Grandma' })).url)
  await page.getByRole('link', { name: 'Add photos' }).first().click()
  await page.locator('input[type=file]').setInputFiles(halves.toReversed())
  await page.getByText('2 files done').waitFor()
  await page.getByRole('link', { name: 'Photos', exact: true }).tap()
  await page.getByText('1 photo', { exact: true }).waitFor()
  await page.getByRole('link', { name: /^Live Photo,/ }).tap()
  t.pass('two files were sent, and are one Live Photo')

  const moving = page.locator('video.moving')
  await page.getByRole('button', { name: 'Play Live Photo' }).tap()
  await moving.waitFor()
  await moving.waitFor({ state: 'detached' })
  t.pass('the button plays it to its end')

  const touch = await Touch.on(page)
  await touch.down([180, 370])
  await moving.waitFor()
  await eventually(() => page.evaluate<boolean>("document.querySelector('video.moving').currentTime > 0.1"))
  await touch.up()
  await moving.waitFor({ state: 'detached' })
  // As long as PhotoSwipe waits for a second tap.
  await page.waitForTimeout(500)
  t.is(await page.locator('.bare-photo').count(), 0, 'a press plays it as long as it lasts, and is no tap')

  // A finger that moves slowly swipes, and two fingers zoom.
  await touch.down([180, 370])
  for (let x = 180; x > 120; x -= 5) {
    await touch.move([x, 370])
    await page.waitForTimeout(40)
  }
  t.is(await moving.count(), 0, 'a slow swipe plays nothing')
  await touch.up()
  await touch.down([160, 370])
  await touch.down([160, 370], [220, 370])
  await page.waitForTimeout(600)
  t.is(await moving.count(), 0, 'nor do two fingers')
  await touch.up()
  t.alike(troubles, [])
})
