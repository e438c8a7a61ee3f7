// Devices keep an owner's promise by themselves.
import test from 'brittle'
import type { Album } from '../index.ts'
import { collect, createAlbum, createNetwork, eventually, jpegLike, joinAlbum } from './helpers.ts'

const SIZE = 100_000

async function holders(album: Album, id: string): Promise<string[]> {
  const copies = await album.copies.of(id)
  return copies
    .filter(({ variants }) => variants.includes('original'))
    .map(({ member }) => member.name)
    .sort()
}

test(
  'upkeep: as many devices fetch what lacks copies as are promised, and not all',
  { timeout: 180_000 },
  async (t) => {
    const network = await createNetwork(t)
    const dad = await createAlbum(t, { network })
    const ids: string[] = []
    for (let i = 0; i < 12; i++) ids.push((await dad.add(jpegLike(SIZE + i))).id)
    const mum = await joinAlbum(t, dad, network, { member: 'Mum' })
    await joinAlbum(t, dad, network, { member: 'Ann' })
    const leisure = await joinAlbum(t, dad, network, { member: 'Bob', upkeep: false })
    await new Promise((resolve) => setTimeout(resolve, 8000))
    t.alike(await holders(dad, ids[0] as string), ['Dad'], 'nothing is promised, so nobody fetches')

    await dad.copies.promise(2)
    // Bob leaves what would be his to the others, whose turn comes later: only what is theirs comes at once.
    const two = async (): Promise<string[]> => {
      const all = await Promise.all(ids.map((id) => holders(dad, id)))
      return all.filter((names) => names.length >= 2).map(([, name]) => name as string)
    }
    await eventually(async () => (await two()).length >= 4, 60_000)
    await new Promise((resolve) => setTimeout(resolve, 6000))
    const all = await Promise.all(ids.map((id) => holders(dad, id)))
    t.ok(
      all.every((names) => names.length <= 2),
      'no more than are promised'
    )
    t.ok(
      all.every((names) => !names.includes('Bob')),
      'who does not help does not'
    )
    await leisure.close()
    await dad.members.remove(
      leisure.me || ((await dad.members.list()).find(({ name }) => name === 'Bob')?.id as string)
    )
    await eventually(async () => (await collect(dad.copies.health())).length === 0, 60_000)
    t.pass('once only those are left who help, the promise is kept')

    // A device that held copies is lost: the others make up for it, also who let go of theirs before.
    const freed = (await dad.copies.free(ids)).filter(({ status }) => status === 'freed')
    t.is(freed.length, 0, 'with two copies of each nobody lets go')
    await dad.members.remove(mum.me)
    await eventually(async () => (await collect(dad.copies.health())).length === 0, 60_000)
    t.pass('after a device is gone, another one fetches what it held')
  }
)

test(
  'upkeep: rests with the background, and is nothing for who keeps no originals',
  { timeout: 120_000 },
  async (t) => {
    const network = await createNetwork(t)
    const dad = await createAlbum(t, { network })
    const ids: string[] = []
    for (let i = 0; i < 4; i++) ids.push((await dad.add(jpegLike(SIZE + i))).id)
    const mum = await joinAlbum(t, dad, network, { member: 'Mum' })
    const ann = await joinAlbum(t, dad, network, { member: 'Ann', keep: { original: { budget: 10 * SIZE } } })
    await ann.keep({ original: 'none' })
    mum.background.pause()
    await dad.copies.promise(3)
    const held = async (): Promise<string[]> => {
      const all = await Promise.all(ids.map((id) => holders(dad, id)))
      return [...new Set(all.map((names) => names.join()))]
    }
    await new Promise((resolve) => setTimeout(resolve, 9000))
    t.alike(await held(), ['Dad'], 'two would be needed at once: one is paused, the other keeps none')
    mum.background.resume()
    await eventually(async () => (await held()).join(' ') === 'Dad,Mum', 30_000)
    t.pass('it goes on')
    await ann.keep({ original: 'asked' })
    await eventually(async () => (await held()).join(' ') === 'Ann,Dad,Mum', 30_000)
    t.pass('who keeps what they looked at helps, too')
  }
)
