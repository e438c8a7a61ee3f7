// What a device gave stays with those who have it, whatever is done with the keys of that device.
import test from 'brittle'
import b4a from 'b4a'
import Corestore from 'corestore'
import type Hypercore from 'hypercore'
import type { KeyPair } from 'hypercore'
import { Album } from '../index.ts'
import { Cable } from '../lib/network/cable.ts'
import { blobsKeyOf } from '../lib/view/identity.ts'
import { connectUngated, openInside } from './insider.ts'
import { connect, createFamily, jpegLike, readAll, tmp } from './helpers.ts'

interface Truncatable extends Hypercore {
  truncate(length: number): Promise<void>
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1500))

const blocks = (text: string, count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => b4a.from(`${text} ${i}`))

test('histories: a stolen device takes nothing back', { timeout: 120_000 }, async (t) => {
  const [dad, mum] = await createFamily(t, ['Mum'], { keep: ['original'] })
  if (!dad || !mum) throw new Error('There are two')
  const bytes = jpegLike(400_000)
  const { id } = await mum.album.add(bytes)
  const end = connect(dad.album, mum.album)
  await mum.album.settled({ copies: 1, timeout: 30_000 })
  end()
  for (const { album } of [dad, mum]) await album.close()

  const family = await openInside(t, dad.folder)
  const thief = await openInside(t, mum.folder)
  const [drives] = thief.session.cast.drivesOf(2)
  if (!drives) throw new Error('Mum has no drives')
  const key = blobsKeyOf(drives.originals)
  const core = thief.session.store.get({ key }) as Truncatable
  await core.ready()
  const { length, manifest } = core
  const keyPair = core.core.header?.keyPair as KeyPair
  const copy = family.session.store.get({ key })
  await copy.ready()

  const store = new Corestore(tmp(t))
  t.teardown(() => store.close())
  const twin = store.get({ keyPair, manifest } as never)
  await twin.append(blocks('another', length + 5))
  const cable = new Cable()
  store.replicate(cable.near)
  family.session.store.replicate(cable.far)
  await settle()
  t.is(Boolean(copy.closing), false, 'another history does not have it given up')
  cable.cut()

  await core.truncate(1)
  await core.append(blocks('nothing', length + 5))
  const part = connectUngated(family, thief)
  await settle()
  t.alike([copy.length, copy.contiguousLength], [length, length], 'nor is it cut short')
  part()
  await copy.close()
  await family.session.close()

  const again = await Album.open(dad.folder, { network: false })
  t.teardown(() => again.close())
  t.ok(b4a.equals(await readAll(again, { id }), bytes), 'the photo is there')
})
