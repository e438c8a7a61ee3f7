// Real files as phones send them, through the portal into a real album.
import fs from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import type { Assertions } from 'brittle'
import { Album } from '../index.ts'
import type { Me, PhotoDetails, PhotoPage } from '../lib/portal/api.ts'
import { tmp } from './helpers.ts'
import { folder } from './media-samples.ts'
import { type Browser, openPortal, visit } from './portal.ts'
import { begin, send, sha256 } from './tus.ts'

const noSamples = !fs.existsSync(path.join(folder, 'family', 'train.mov'))

async function arrive(t: Assertions): Promise<{ browser: Browser; album: Album }> {
  const album = await Album.create(tmp(t), { name: 'Our family', member: 'Dad', network: false })
  t.teardown(() => album.close())
  const grandma = await album.members.create({ name: 'Grandma' })
  return { album, browser: await visit(await openPortal(t, album), grandma.id) }
}

async function upload(browser: Browser, file: string): Promise<[result: string | null, photo: string]> {
  const bytes = fs.readFileSync(path.join(folder, file))
  const url = await begin(browser, bytes.length, { filename: path.basename(file), sha256: sha256(bytes) })
  const { headers } = await send(browser, url, 0, bytes)
  return [headers.get('x-hyperalbum-result'), headers.get('x-hyperalbum-photo') ?? '']
}

test('portal: a Live Photo sent in halves is one photo that moves', { skip: noSamples }, async (t) => {
  const { browser } = await arrive(t)
  const [[moving, first], [still, second]] = [
    await upload(browser, 'family/train.mov'),
    await upload(browser, 'family/train.jpg')
  ]
  t.alike([moving, still], ['added', 'added'])
  t.not(first, second, 'it was a video until the still came')
  const { body } = await browser.ask<PhotoPage>('/api/photos')
  t.is(body.cells.length, 1)
  const [cell] = body.cells
  t.alike([cell?.id, cell?.live, cell?.type, cell?.by.name], [second, true, 'image', 'Grandma'])
  const bytes = fs.readFileSync(path.join(folder, 'family', 'train.mov'))
  const motion = await browser.raw(`/photo/${second}/motion`, { headers: { range: 'bytes=1000-1999' } })
  t.is(motion.status, 206)
  t.is(motion.headers.get('content-type'), 'video/quicktime')
  t.is(motion.headers.get('content-range'), `bytes 1000-1999/${bytes.length}`)
  t.ok(Buffer.from(await motion.arrayBuffer()).equals(bytes.subarray(1000, 2000)))
  const saved = await browser.raw(`/photo/${second}/motion?download=1`)
  t.is(
    saved.headers.get('content-disposition'),
    `attachment; filename="train.mov"; filename*=UTF-8''train.mov`
  )
  await saved.body?.cancel()
})

test('portal: a HEIC is shown by its preview, and saved as it is', { skip: noSamples }, async (t) => {
  const { browser, album } = await arrive(t)
  const [result, id] = await upload(browser, 'family/classic-car.heic')
  t.is(result, 'added')
  const { body } = await browser.ask<PhotoDetails>(`/api/photos/${id}`)
  t.is(body.photo.by.name, 'Grandma')
  t.is(body.photo.type, 'image/heic')
  t.ok(body.photo.placeholder, 'a placeholder at once')
  t.is(body.can.trash, true, 'her own')
  const preview = await browser.raw(`/photo/${id}/preview`)
  t.is(preview.headers.get('content-type'), 'image/webp')
  t.is(Buffer.from(await preview.arrayBuffer()).toString('latin1', 8, 12), 'WEBP')
  const original = await browser.raw(`/photo/${id}/original`)
  t.ok(original.headers.get('content-disposition')?.startsWith('attachment; filename="classic-car.heic"'))
  t.is(sha256(Buffer.from(await original.arrayBuffer())), id)
  const stripped = await browser.raw(`/photo/${id}/original?strip=1`)
  t.is(stripped.status, 200)
  t.not(sha256(Buffer.from(await stripped.arrayBuffer())), id)
  t.is((await browser.ask<Me>('/api/me')).body.member.name, 'Grandma')
  t.is((await album.status()).photos, 1)
})
