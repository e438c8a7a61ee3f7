// Exports onto disks that fill, or go away.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import test from 'brittle'
import type { Assertions } from 'brittle'
import { Target } from '../lib/export/target.ts'
import { filesIn, takeOut } from './folders.ts'
import { createAlbum, jpegLike, png, tmp } from './helpers.ts'

const GUARD = '/proc/sys/fs/protected_hardlinks'
const NOBODY = 65534

/** A disk of 1 MB in memory; null where this user may not mount one. */
function smallDisk(t: Assertions): string | null {
  const folder = tmp(t)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder])
  if (mounted.status !== 0) return null
  t.teardown(() => void spawnSync('umount', ['-l', folder]), { order: 500 })
  return folder
}

test('export: a disk that fills ends it, and nothing half is left', async (t) => {
  const folder = smallDisk(t)
  if (folder === null) return t.comment('SKIPPED: this user may not mount a small disk')
  const album = await createAlbum(t)
  for (let i = 0; i < 8; i++)
    await album.add(jpegLike(300_000), { name: `${i}.jpg`, capturedAt: '2020-07-16' })
  const { error, summary, files } = await takeOut(album, folder)
  t.is((error as { code?: string } | null)?.code, 'STORAGE_FULL')
  t.ok(summary.written < 4, `${summary.written} written`)
  const photos = filesIn(folder).filter((name) => name.endsWith('.jpg'))
  for (const name of photos) t.is(fs.statSync(path.join(folder, name)).size, 300_000)
  t.alike(
    filesIn(folder).filter((name) => name.endsWith('.part')),
    []
  )
  t.ok(
    files.every(({ path: at }) => photos.includes(at)),
    'what is told is there'
  )

  spawnSync('mount', ['-o', 'remount,size=4m', folder])
  const second = await takeOut(album, folder)
  t.is(second.error, null, 'with more room it goes on')
  t.is(second.summary.there + second.summary.written, 8)
  t.ok(second.summary.there >= summary.written)
  t.is(filesIn(folder).length, 17)
})

test('export: a folder that goes away ends it', async (t) => {
  const album = await createAlbum(t)
  for (let i = 0; i < 100; i++)
    await album.add(jpegLike(1000), { name: `${i}.jpg`, capturedAt: `2020-0${1 + (i % 9)}-16` })
  const folder = path.join(tmp(t), 'stick')
  let seen = 0
  const { error, summary } = await takeOut(album, folder, {
    onprogress: () => {
      if (seen++ === 0) fs.renameSync(folder, `${folder} away`)
    }
  })
  t.is((error as { code?: string } | null)?.code, 'STORAGE_FAILED')
  t.ok(summary.written < 100)
  t.absent(fs.existsSync(folder), 'nothing is written where the disk was')
})

test('export: a disk without links', async (t) => {
  const guarded = fs.existsSync(GUARD) && fs.readFileSync(GUARD, 'utf8').trim() === '1'
  if (process.geteuid?.() !== 0 || !guarded) return t.comment('SKIPPED: only here Linux refuses a link')
  const folder = tmp(t)
  const target = await Target.open(folder)
  const drafts = [await target.draft('', [png(1)], null), await target.draft('', [png(2)], null)] as const
  // Nobody may link to what is another's, but may rename it in a folder of their own.
  fs.chownSync(folder, NOBODY, NOBODY)
  try {
    process.seteuid?.(NOBODY)
    await t.exception(() => fs.linkSync(drafts[0].file, path.join(folder, 'link')), /EPERM/)
    t.is(await target.name(drafts[0], 'a.png'), true)
    t.is(await target.name(drafts[1], 'a.png'), false, 'never that of another file')
  } finally {
    process.seteuid?.(0)
  }
  t.alike(new Uint8Array(fs.readFileSync(path.join(folder, 'a.png'))), new Uint8Array(png(1)))
  await target.drop(drafts[1])
  t.alike(filesIn(folder), ['a.png'])
})
