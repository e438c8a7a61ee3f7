// `hyperalbum serve --lan` on a box at home, and a phone in the same home: two hosts in a private network.
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import test from 'brittle'
import { hyperalbum, objectsOf, start } from './cli.ts'
import { tmp } from './helpers.ts'
import { type Home, type Host, createHomes, programOn } from './homes.ts'
import { CHROMIUM, PHONE, comeIn, hasChromium, launchFrom, openWindow, photosFor } from './page.ts'

/** What a host gets for an address: a status, or that nobody answers. */
function ask(host: Host, url: string): string {
  const [program, ...args] = host.prefix
  const script =
    `require('http').get(${JSON.stringify(url)}, { timeout: 10_000 }, (answer) => { console.log(answer.statusCode); process.exit() })` +
    `.on('error', () => console.log('nobody')).on('timeout', () => { console.log('nobody'); process.exit() })`
  return String(execFileSync(program, [...args, process.execPath, '-e', script])).trim()
}

/** Gives a host one more address. */
function address(host: Host, more: string): void {
  const [program, ...args] = host.prefix
  execFileSync(program, [...args, 'ip', 'addr', 'add', more, 'dev', 'eth0'])
}

test('page: a phone at home, by `serve --lan`', { timeout: 240_000 }, async (t) => {
  if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
  const lab = await createHomes(t, 2, 1)
  if (lab === null) return
  const [ours, theirs] = lab.homes as [Home, Home]
  const [box, phone] = ours.hosts as [Host, Host]
  const [neighbour] = theirs.hosts as [Host]
  const cwd = tmp(t)
  const place = { cwd, env: { HYPERALBUM: path.join(cwd, 'album') }, host: box }
  t.is((await hyperalbum(t, ['create', 'Our family', '--member', 'Dad'], place)).exit, 0)
  const serving = start(t, ['serve', '--lan', '--offline', '--port', '0', '--json'], place)
  await serving.until('"event":"link"')

  const [made] = objectsOf(await hyperalbum(t, ['members', 'create', 'Grandma', '--json'], place))
  t.ok(made, 'a person without a device')
  const [link = {}] = objectsOf(await hyperalbum(t, ['links', 'create', 'Grandma', '--json'], place))
  const [first] = link['urls'] as [string]
  const url = new URL(first)
  t.is(url.hostname, box.address, 'the link has the address that the home knows the box by')

  const browser = await launchFrom(t, programOn(t, phone, CHROMIUM))
  const { page, troubles } = await openWindow(browser, PHONE)
  await comeIn(page, url.href)
  t.is(await page.evaluate('isSecureContext'), false)
  const photos = await photosFor(t, 'aarhus.jpg', 'train.jpg')
  await page.getByRole('link', { name: 'Add photos' }).first().click()
  await page.locator('input[type=file]').setInputFiles(photos)
  await page.getByText('2 files done').waitFor({ timeout: 90_000 })
  await page.getByRole('link', { name: 'Photos', exact: true }).click()
  await page.locator('.square img.there').first().waitFor()
  const added = objectsOf(await hyperalbum(t, ['ls', '--json'], place))
  t.alike(
    added.map(({ by }) => (by as { name: string }).name),
    ['Grandma', 'Grandma'],
    'in her name'
  )

  // The phone goes out of the door and comes back.
  phone.unplug()
  await page.getByText('Not connected', { exact: false }).waitFor({ timeout: 60_000 })
  phone.plug()
  await page.getByText('Not connected', { exact: false }).waitFor({ state: 'detached', timeout: 60_000 })
  t.alike(troubles, [])

  t.is(ask(phone, `${url.origin}/`), '200')
  t.is(ask(neighbour, `${url.origin}/`), 'nobody', 'another home comes nowhere near it')
  // The box has an address that the whole internet reaches, as some homes have.
  address(box, '203.0.113.5/24')
  address(phone, '203.0.113.6/24')
  t.is(ask(phone, `http://203.0.113.5:${url.port}/`), 'nobody', 'who is not at home is not answered')
})
