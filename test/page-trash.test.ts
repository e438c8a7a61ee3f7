// The trash: into it, out of it, and away for good; what others added, too, stays.
import fs from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import { png, tmp } from './helpers.ts'
import { DESKTOP, PHONE, hasChromium, markAll, startServer, visit } from './page.ts'

const TIMEOUT = 240_000

test(
  'page: photos come out of the trash, or are deleted for good once that is confirmed',
  { timeout: TIMEOUT },
  async (t) => {
    if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
    const server = await startServer(t)
    const { ids } = await server.tell<{ ids: string[] }>({
      do: 'png',
      count: 4,
      local: '2021-05-01T12:00:00'
    })
    const { page, troubles } = await visit(t, DESKTOP, (await server.tell({ do: 'link' })).url)
    await page.getByText('4 photos', { exact: true }).waitFor()
    await server.tell({ do: 'trash', photos: ids })
    await page.getByText('No photos yet.', { exact: false }).waitFor()
    await page.getByRole('link', { name: 'Trash' }).click()
    await page.getByText('4 photos', { exact: true }).waitFor()

    // One by one, in the viewer.
    await page.locator('.square a[href*="photo="]').first().click()
    await page.getByText('1 of 4', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Details' }).click()
    await page.getByText(/^In the trash since .*, by Dad$/).waitFor()
    await page.getByRole('button', { name: 'Restore' }).click()
    await page.getByText('1 photo restored').waitFor()
    await page.getByText('1 of 3', { exact: true }).waitFor()
    t.pass('one is restored, and the next one seen')
    await page.getByRole('button', { name: 'Delete for good' }).click()
    const dialog = page.getByRole('dialog', { name: 'Delete 1 photo for good?' })
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await dialog.waitFor({ state: 'detached' })
    t.is(await page.getByText('1 of 3', { exact: true }).count(), 1, 'who thinks better of it loses nothing')
    await page.getByRole('button', { name: 'Delete for good' }).click()
    const named = /photo=(\w+)/.exec(page.url())?.[1]
    // Somebody puts another one into the trash while it is asked: what was asked about is deleted, and no other.
    const newer = await server.tell<{ ids: string[] }>({ do: 'png', local: '2022-05-01T12:00:00' })
    await server.tell({ do: 'trash', photos: newer.ids })
    await page.getByText('2 of 4', { exact: true }).waitFor()
    await dialog.getByRole('button', { name: 'Delete for good' }).click()
    await page.getByText('1 photo deleted for good').waitFor()
    await page.getByText('2 of 3', { exact: true }).waitFor()
    t.is(
      await page.evaluate(`fetch('api/photos/${named}').then((answer) => answer.status)`),
      404,
      'it is gone'
    )

    // The others together.
    await page.keyboard.press('Escape')
    await page.getByText('3 photos', { exact: true }).waitFor()
    await markAll(page)
    await page.getByText('3 selected').waitFor()
    await page.getByRole('button', { name: 'Delete for good' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click()
    await page.getByText('The trash is empty.').waitFor()
    await page.getByRole('link', { name: 'Photos', exact: true }).click()
    await page.getByText('1 photo', { exact: true }).waitFor()
    t.pass('three more are deleted; the one that was restored is there')
    t.alike(troubles, [])
  }
)

test('page: what others added, too, stays when one takes it back', { timeout: TIMEOUT }, async (t) => {
  if (!hasChromium) return t.comment('skipped: there is no /usr/bin/chromium')
  const folder = tmp(t)
  const [both, own] = ['both.png', 'own.png'].map((name) => path.join(folder, name)) as [string, string]
  for (const file of [both, own]) fs.writeFileSync(file, png(file, 64))
  const server = await startServer(t, { photos: [both] })
  const { url = '' } = await server.tell({ do: 'link', member: 'Grandma' })
  await server.tell({ do: 'add', photos: [both, own], member: 'Grandma' })
  const { ids } = await server.tell<{ ids: string[] }>({ do: 'png' })
  const { page, troubles } = await visit(t, PHONE, url)
  await page.getByText('3 photos', { exact: true }).waitFor()

  await markAll(page)
  await page.getByText('3 selected').waitFor()
  await page.getByRole('button', { name: 'Trash', exact: true }).click()
  const said = page.locator('.message')
  await said.getByText('1 photo moved to the trash', { exact: false }).waitFor()
  await said
    .getByText('1 photo kept, as others added the same, but no longer in your name', { exact: false })
    .waitFor()
  await said
    .getByText('1 photo left as it was: Your role in this album does not allow that.', { exact: false })
    .waitFor()
  await page.getByText('2 photos', { exact: true }).waitFor()
  t.pass('of three, what only she added is in the trash')
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByText('3 photos', { exact: true }).waitFor()
  t.pass('and back')

  await page.goto(`${server.url}/#/?photo=${ids[0]}`)
  await page.getByRole('dialog', { name: 'Photo' }).waitFor()
  await page.getByRole('button', { name: 'Details' }).waitFor()
  t.is(
    await page.getByRole('button', { name: 'Trash', exact: true }).count(),
    0,
    'what is only another’s she may not'
  )
  t.alike(troubles, [])
})
