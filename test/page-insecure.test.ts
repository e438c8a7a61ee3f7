// On the home network the page comes over plain HTTP: the browser gives it no WebCrypto, no service worker, no clipboard.
import os from 'node:os'
import test from 'brittle'
import { PHONE, comeIn, hasChromium, launch, openWindow, photosFor, startServer } from './page.ts'

const NAME = 'hyperalbum.test'

test('page: works where nothing is a secure context', { timeout: 240_000 }, async (t) => {
  if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
  const photos = await photosFor(t, 'mongolia.jpeg', 'train.jpg', 'train.mov')
  // Under a name, as a router gives one, and under this machine's own address where it has one.
  const own = Object.values(os.networkInterfaces())
    .flatMap((one) => one ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')?.address
  const server = await startServer(t, { hosts: [NAME], host: '0.0.0.0' })
  const browser = await launch(t, `--host-resolver-rules=MAP ${NAME} 127.0.0.1`)

  for (const name of own ? [NAME, own] : [NAME]) {
    const { secret = '' } = await server.tell({ do: 'link', member: `Somebody at ${name}` })
    const { page, troubles } = await openWindow(browser, PHONE)
    await comeIn(page, `http://${name}:${server.port}/#join=${secret}`)
    t.is(await page.evaluate('isSecureContext'), false, `${name} is no secure context`)
    t.is(await page.evaluate('typeof crypto.subtle'), 'undefined', 'there is no WebCrypto')

    await page.getByRole('link', { name: 'Add photos' }).first().click()
    await page.locator('input[type=file]').setInputFiles(photos)
    await page.getByText(`${photos.length} files done`).waitFor({ timeout: 90_000 })
    const states = await page.locator('.upload .what .muted').allTextContents()
    // Who adds what somebody else did is one more who has it.
    t.ok(
      states.every((state) => state === 'Added' || state === 'Already in the album'),
      states.join(', ')
    )
    await page.getByRole('link', { name: 'Photos', exact: true }).click()
    await page.locator('.square img.there').first().waitFor()
    t.alike(troubles, [], 'nothing went wrong, and the policy forbade nothing')
  }
})
