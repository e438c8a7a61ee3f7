// A relative opens a link on a phone and adds photos while the connection comes and goes; a member elsewhere, before the
// portal of another device, sees them come.
import path from 'node:path'
import test from 'brittle'
import type { Page, Request } from 'playwright-core'
import { createNetwork, eventually, tmp } from './helpers.ts'
import { DESKTOP, PHONE, comeIn, hasChromium, launch, openWindow, photosFor, startServer } from './page.ts'
import { layWire } from './wire.ts'

const TIMEOUT = 240_000

/** Where each PATCH began. */
function offsetsOf(page: Page): number[] {
  const offsets: number[] = []
  page.on('request', (request: Request) => {
    if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset']))
  })
  return offsets
}

test(
  'page: a phone joins by a link and adds photos over a connection that is cut',
  { timeout: TIMEOUT },
  async (t) => {
    if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
    const names = ['aarhus.jpg', 'hochuferweg.jpg', 'classic-car.heic', 'without_exif.jpg']
    const photos = await photosFor(t, ...names)
    const { bootstrap } = await createNetwork(t)
    const folder = tmp(t)
    let dad = await startServer(t, { bootstrap, folder })
    const { code = '' } = await dad.tell({ do: 'invite' })
    const mum = await startServer(t, { bootstrap, join: code, member: 'Mum' })
    const browser = await launch(t)

    // Mum looks at the album on her own device's portal, and has nothing yet.
    const desktop = await openWindow(browser, DESKTOP)
    await comeIn(desktop.page, (await mum.tell({ do: 'link', member: 'Mum' })).url ?? '')
    await desktop.page.getByText('No photos yet').waitFor()

    const phone = await openWindow(browser, PHONE)
    const { page } = phone
    const { secret = '' } = await dad.tell({ do: 'link', member: 'Grandma' })
    const wire = await layWire(t, dad.port)
    await page.goto(`http://127.0.0.1:${wire.port}/#join=${secret}`)
    t.is(await page.title(), 'Photo album', 'before joining the page says nothing about the album')
    await page.getByRole('button', { name: 'Open the album' }).click()
    await page.getByRole('heading', { name: 'The Hansens', level: 1 }).waitFor()
    t.absent(page.url().includes('join'), 'the secret is gone from the address')

    const offsets = offsetsOf(page)
    wire.speed = 150_000
    await page.getByRole('link', { name: 'Add photos' }).first().click()
    await page.locator('input[type=file]').setInputFiles(photos)
    const begun = wire.sent
    await eventually(() => wire.sent > begun + 400_000)
    wire.cut()
    await page.getByText('It goes on by itself', { exact: false }).first().waitFor()
    t.pass('the page says that the connection is gone')
    const before = offsets.length
    wire.speed = 400_000
    wire.mend()
    await eventually(() => offsets.slice(before).some((offset) => offset > 0))
    t.pass('an upload goes on from where it was, not from its beginning')

    // The portal itself is gone, as by a power cut, and comes again under the same address.
    const { port } = dad
    await dad.kill()
    await page.waitForTimeout(1500)
    dad = await startServer(t, { bootstrap, folder, port })
    await page.getByText('4 files done').waitFor({ timeout: 120_000 })
    const states = await page.locator('.upload .what .muted').allTextContents()
    t.alike(states, ['Added', 'Added', 'Added', 'Added'], 'each file says that it was added')

    await eventually(async () => (await desktop.page.locator('.square img.there').count()) === 4, 60_000)
    t.pass('all four appear in the other window, of another album’s process, without reloading')
    await desktop.page.locator('.square a').first().click()
    await desktop.page.getByRole('button', { name: 'Details' }).click()
    await desktop.page
      .locator('.facts dd')
      .getByText(/^Grandma/)
      .first()
      .waitFor()
    t.pass('they are in the name of who came by the link')

    // The same files again: nothing is sent.
    const count = offsets.length
    await page.getByRole('button', { name: 'Clear list' }).click()
    await page.locator('input[type=file]').setInputFiles(photos)
    await page.getByText('4 files done').waitFor()
    t.is(await page.getByText('Already in the album').count(), 4)
    t.is(offsets.length, count, 'no byte of them was sent again')

    t.alike(desktop.troubles, [], 'nothing went wrong in the desktop’s window')
    // EventSource complains in the console of a connection that is cut.
    t.alike(
      phone.troubles.filter((text) => !text.includes('net::')),
      [],
      'nor on the phone'
    )
  }
)

test('page: what was sent before the page was closed is not sent again', { timeout: TIMEOUT }, async (t) => {
  if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
  const [photo = ''] = await photosFor(t, 'train.jpg')
  const server = await startServer(t)
  const browser = await launch(t)
  const { page } = await openWindow(browser, PHONE)
  page.on('dialog', (dialog) => void dialog.accept())
  const { secret = '' } = await server.tell({ do: 'link', member: 'Grandma' })
  const wire = await layWire(t, server.port)
  await comeIn(page, `http://127.0.0.1:${wire.port}/#join=${secret}`)
  const offsets = offsetsOf(page)
  wire.speed = 500_000
  await page.getByRole('link', { name: 'Add photos' }).first().click()
  await page.locator('input[type=file]').setInputFiles(photo)
  const begun = wire.sent
  await eventually(() => wire.sent > begun + 700_000)
  // What is on its way would still arrive after the page is gone: megabytes, in the buffers of both sides.
  wire.cut()
  wire.mend()
  await page.reload()
  wire.speed = Infinity
  t.alike(offsets, [0])
  await page.locator('input[type=file]').setInputFiles(photo)
  await page.getByText('1 file done').waitFor()
  t.ok((offsets.at(-1) ?? 0) > 0, `it went on at byte ${offsets.at(-1)}`)
  t.is(await page.locator('.upload .what .muted').textContent(), 'Added')
})

test(
  'page: each file that cannot be added says why, and a viewer sees no way to add',
  { timeout: TIMEOUT },
  async (t) => {
    if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
    const [photo = ''] = await photosFor(t, 'mongolia.jpeg')
    const server = await startServer(t, { uploadBytes: 1_000_000 })
    const browser = await launch(t)
    const { page, troubles } = await openWindow(browser, PHONE)
    await comeIn(page, (await server.tell({ do: 'link', member: 'Grandma' })).url ?? '')
    await page.getByRole('link', { name: 'Add photos' }).first().click()
    await page.locator('input[type=file]').setInputFiles([
      { name: 'letter.txt', mimeType: 'text/plain', buffer: Buffer.from('Dear Grandma') },
      { name: 'empty.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(0) },
      { name: 'film.mov', mimeType: 'video/quicktime', buffer: Buffer.alloc(1_200_000) }
    ])
    await page.getByText('3 files done').waitFor()
    await page.locator('input[type=file]').setInputFiles(photo)
    await page.getByText('4 files done').waitFor()
    t.alike(await page.locator('.upload .what .muted').allTextContents(), [
      'Not added. This is no photo or video that the album takes.',
      'Not added. The file is empty.',
      'Larger than 1 MB, the most that this album takes',
      path.extname(photo) === '.jpeg' ? 'Added' : 'Larger than 1 MB, the most that this album takes'
    ])
    t.alike(troubles, [])

    const viewer = await openWindow(browser, DESKTOP)
    await comeIn(viewer.page, (await server.tell({ do: 'link', member: 'Tim', role: 'viewer' })).url ?? '')
    t.is(await viewer.page.getByRole('link', { name: 'Add photos' }).count(), 0)
    await viewer.page.goto(`${server.url}/#/add`)
    await viewer.page.getByText('Your role in this album does not allow that.').waitFor()
    t.is(await viewer.page.locator('input[type=file]').count(), 0)

    // A link is used once; who comes too late is told so, and nothing about the album.
    const late = await openWindow(browser, PHONE)
    const { url = '' } = await server.tell({ do: 'link', member: 'Aunt' })
    await comeIn((await openWindow(browser, PHONE)).page, url)
    await late.page.goto(url)
    await late.page.getByRole('button', { name: 'Open the album' }).click()
    await late.page.getByText('This link is used up, ended or not whole.', { exact: false }).waitFor()
    t.is(await late.page.getByText('Hansens').count(), 0)
    await late.page.goto(server.url)
    await late.page.reload()
    await late.page.getByRole('heading', { name: 'Ask for a new link' }).waitFor()
  }
)
