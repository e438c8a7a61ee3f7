// Taking photos out into a folder, again and again, without a risk for what lies there.
import fs from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import { bringIn, filesIn, lay, takeOut } from './folders.ts'
import { createAlbum, png, tmp } from './helpers.ts'

test('export: by date, with sidecars and times, and only once', async (t) => {
  const album = await createAlbum(t)
  const folder = path.join(tmp(t), 'new', 'folder')
  const at = (local: string, more = {}): { capturedAt: { local: string } } => ({
    capturedAt: { local, ...more }
  })
  await album.add(png(1), { name: 'one.PNG', ...at('2020-07-16T11:44:00.000', { offsetMinutes: 120 }) })
  await album.add(png(2), { name: 'one.png', ...at('2020-07-16T11:44:00.500') })
  await album.add(png(3), { name: 'day.jpg', ...at('1999-12-31', { precision: 'day' }) })
  await album.add(png(4), { name: 'year', ...at('1950', { precision: 'year' }) })
  const first = await takeOut(album, folder)
  t.is(first.error, null)
  t.alike(first.status, {
    '2020/07/2020-07-16 11.44.00 one.PNG': 'written',
    '2020/07/2020-07-16 11.44.00 one (2).png': 'written',
    '1999/12/1999-12-31 day.png': 'written',
    '1950/1950 year.png': 'written'
  })
  const written = filesIn(folder)
  const expected = Object.keys(first.status).flatMap((name) => [name, `${name}.xmp`])
  t.alike(written, ['.hyperalbum-export.jsonl', ...expected].sort())
  const file = path.join(folder, '2020/07/2020-07-16 11.44.00 one.PNG')
  t.alike(new Uint8Array(fs.readFileSync(file)), new Uint8Array(png(1)))
  t.is(fs.statSync(file).mtime.toISOString(), '2020-07-16T09:44:00.000Z', 'the instant')
  t.is(fs.statSync(file).mode & 0o111, 0, 'no program')

  const before = fs.statSync(file).ino
  const second = await takeOut(album, folder)
  t.alike(second.summary, { type: 'summary', written: 0, there: 4, failed: {}, bytes: 0 })
  t.alike(filesIn(folder), written)
  t.is(fs.statSync(file).ino, before)

  fs.rmSync(path.join(folder, '.hyperalbum-export.jsonl'))
  const third = await takeOut(album, folder)
  t.alike(third.summary, { type: 'summary', written: 0, there: 4, failed: {}, bytes: 0 }, 'by their bytes')
  t.alike(filesIn(folder), written)
})

test('export: somebody else’s files stay as they are', async (t) => {
  const album = await createAlbum(t)
  const folder = tmp(t)
  await album.add(png(1), { name: 'a.png', capturedAt: '2020-07-16T11:44:00' })
  lay(folder, { '2020/07/2020-07-16 11.44.00 A.PNG': 'mine', '2020/07/notes.txt': 'mine too' })
  const { status } = await takeOut(album, folder)
  t.alike(Object.keys(status), ['2020/07/2020-07-16 11.44.00 a (2).png'], 'names that differ in case are one')
  t.is(fs.readFileSync(path.join(folder, '2020/07/2020-07-16 11.44.00 A.PNG'), 'utf8'), 'mine')
  const back = await createAlbum(t)
  t.is((await bringIn(back, folder)).summary.added, 1)
})
