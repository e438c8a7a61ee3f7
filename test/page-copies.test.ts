// Copies on the page: whose devices hold a photo, what is promised, and how many photos lack some.
import test from 'brittle'
import { createNetwork, tmp } from './helpers.ts'
import { DESKTOP, PHONE, comeIn, hasChromium, launch, openWindow, startServer } from './page.ts'

test('page: who holds a photo, and how many photos lack copies', { timeout: 240_000 }, async (t) => {
  if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
  const { bootstrap } = await createNetwork(t)
  const server = await startServer(t, { bootstrap })
  const { code = '' } = await server.tell({ do: 'invite' })
  const mum = await startServer(t, { bootstrap, folder: tmp(t), join: code, member: 'Mum', device: 'tablet' })
  await server.tell({ do: 'png', count: 2 })
  const { ids } = await mum.tell<{ ids: string[] }>({ do: 'png' })
  const browser = await launch(t)
  const { page, troubles } = await openWindow(browser, DESKTOP)
  await comeIn(page, `${(await server.tell({ do: 'link' })).url}`)

  await page.locator('.square').nth(2).waitFor()
  await page.evaluate(`location.hash = '#/?photo=${ids[0]}'`)
  await page.getByRole('button', { name: 'Details' }).click()
  const copies = page.locator('.facts .fact').filter({ hasText: 'Copies' })
  await copies.getByText('On 1 device').waitFor()
  await copies.getByRole('listitem').filter({ hasText: 'Mum, tablet' }).getByText('online').waitFor()
  await mum.tell({ do: 'close' })
  await copies.getByText('last confirmed today').waitFor()
  t.pass('who has it, and whether they are there, as they come and go')

  await page.evaluate("location.hash = '#/status'")
  const fact = page.locator('.fact').filter({ hasText: 'Copies' })
  await fact.getByText('Each original on 2 devices').waitFor()
  await fact.getByText('3 photos have fewer copies, on one device only.').waitFor()
  await fact.getByRole('button', { name: 'Change the number' }).click()
  await page.getByLabel('Devices that are to hold each original').fill('1')
  await page.getByRole('button', { name: 'Save' }).click()
  await fact.getByText('Each original on 1 device').waitFor()
  await fact.getByText('All photos have so many copies.').waitFor()
  t.pass('an owner promises less, and nothing lacks')
  t.alike(troubles, [])

  const visitor = await openWindow(browser, PHONE)
  await comeIn(visitor.page, `${(await server.tell({ do: 'link', member: 'Grandma' })).url}`)
  await visitor.page.evaluate("location.hash = '#/status'")
  await visitor.page.getByText('All photos have so many copies.').waitFor()
  t.is(await visitor.page.getByRole('button', { name: /number/ }).count(), 0, 'owners promise')
})
