// The status screen while another device comes and goes.
import test from 'brittle'
import { createNetwork, tmp } from './helpers.ts'
import { PHONE, comeIn, hasChromium, launch, openWindow, startServer } from './page.ts'

test(
  'page: the status tells which devices are online, as they come and go',
  { timeout: 240_000 },
  async (t) => {
    if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
    const { bootstrap } = await createNetwork(t)
    const server = await startServer(t, { bootstrap })
    const { code = '' } = await server.tell({ do: 'invite' })
    const browser = await launch(t)
    const { page, troubles } = await openWindow(browser, PHONE)
    await comeIn(page, `${(await server.tell({ do: 'link' })).url}`)
    await page.getByRole('link', { name: 'More' }).click()
    await page.getByRole('link', { name: 'Status' }).click()
    const nobody = page.getByText('No other device is connected just now.')
    await nobody.waitFor()
    await page.getByText('Online', { exact: true }).waitFor()

    const folder = tmp(t)
    const mum = await startServer(t, { bootstrap, folder, join: code, member: 'Mum', device: 'tablet' })
    const there = page.getByText('Mum, tablet')
    await there.waitFor()
    t.pass('who joins appears')
    await mum.tell({ do: 'close' })
    await nobody.waitFor()
    t.is(await there.count(), 0, 'who goes is gone')
    await startServer(t, { bootstrap, folder })
    await there.waitFor()
    t.pass('and is back')

    const photos = page.locator('.fact').filter({ hasText: 'Photos in the album' })
    await photos.getByText('0', { exact: true }).waitFor()
    await server.tell({ do: 'png', count: 2 })
    await photos.getByText('2', { exact: true }).waitFor()
    t.ok(await page.getByRole('meter', { name: 'Disk' }).isVisible(), 'who has the device sees its disk')
    t.alike(troubles, [])

    const visitor = await openWindow(browser, PHONE)
    await comeIn(visitor.page, `${(await server.tell({ do: 'link', member: 'Grandma' })).url}`)
    await visitor.page.getByRole('link', { name: 'More' }).click()
    await visitor.page.getByRole('link', { name: 'Status' }).click()
    await visitor.page.getByText('Mum, tablet').waitFor()
    t.is(await visitor.page.getByRole('meter').count(), 0, 'others do not')
  }
)
