// Who reads changes misses none, whenever the view is rewritten meanwhile.
import test, { type Assertions } from 'brittle'
import Corestore from 'corestore'
import Hyperbee from 'hyperbee'
import { Keeper } from '../lib/drives/keeper.ts'
import { encode } from '../lib/schema/codec.ts'
import { type Changed, Changes } from '../lib/view/changes.ts'
import { toHex } from '../lib/util/hex.ts'
import { key } from '../lib/view/keys.ts'
import { Watchers } from '../lib/view/watchers.ts'

import { photoId } from './forge.ts'
import { eventually, tmp } from './helpers.ts'

/** Views of an album in which these photos came in this order: the row of the first is block 1. */
async function views(t: Assertions, ...orders: string[]): Promise<Hyperbee[]> {
  const store = new Corestore(tmp(t))
  t.teardown(() => store.close())
  const bees: Hyperbee[] = []
  for (const photos of orders) {
    const core = store.get({ name: `view of ${photos}` })
    const bee = new Hyperbee(core, { extension: false, keyEncoding: 'binary', valueEncoding: 'binary' })
    await bee.ready()
    for (const photo of photos)
      await bee.put(key.place(photoId(photo)), encode('place', { local: 0, state: 0 }))
    bees.push(bee)
  }
  return bees
}

const named = new Map('abcxy'.split('').map((name) => [toHex(photoId(name)), name]))
const names = ({ photos }: Changed): string =>
  photos
    .map(({ id }) => named.get(toHex(id)) ?? '')
    .sort()
    .join('')

test('changes: a rewrite that comes while they are being read', async (t) => {
  const [one, before, after] = (await views(t, 'a', 'abc', 'axy')) as [Hyperbee, Hyperbee, Hyperbee]
  const changes = await Changes.from(one, 1)
  const taking = changes.take(before, 1)
  changes.rewritten(2)
  t.is(names(await taking), 'bc')
  t.is(names(await changes.take(after, 1)), 'bcxy', 'what came, and what has gone')
  t.is(names(await changes.take(after, 1)), '')
})

test('changes: a rewrite told before the view shows it, and one while a reader is being opened', async (t) => {
  const [before, after] = (await views(t, 'abc', 'axy')) as [Hyperbee, Hyperbee]
  let view = before
  let meanwhile: (() => void) | null = null
  const queries = {
    at: async <T>(read: (bee: Hyperbee) => Promise<T>): Promise<T> => {
      const reading = read(view)
      meanwhile?.()
      meanwhile = null
      return reading
    }
  }
  const watchers = new Watchers(queries, () => 1)
  const rewrite = (): void => {
    watchers.rewritten(2)
    view = after
    watchers.shown()
  }

  const early = (await watchers.open()).reader
  watchers.rewritten(2)
  t.is(names(await watchers.take(early)), 'bc', 'still the old rows')
  view = after
  watchers.shown()
  t.is(names(await watchers.take(early)), 'bcxy')

  view = before
  meanwhile = rewrite
  const { reader } = await watchers.open()
  t.is(names(await watchers.take(reader)), 'bcxy', 'while it was being opened')
  watchers.close(reader)
  rewrite()
  t.is(names(await watchers.take(reader)), '', 'a closed one is told nothing')
})

test('changes: a rewrite between the opening of a state and the first look at it', async (t) => {
  const [before, after] = (await views(t, 'abc', 'axy')) as [Hyperbee, Hyperbee]
  let view = before
  let ready: () => void = () => {}
  const queries = {
    at: async <T>(read: (bee: Hyperbee) => Promise<T>): Promise<T> => {
      const state = view
      ready()
      await Promise.resolve()
      return read(state)
    }
  }
  const watchers = new Watchers(queries, () => 1)
  const { reader } = await watchers.open()
  ready = () => {
    ready = () => {}
    watchers.rewritten(2)
    view = after
    watchers.shown()
  }
  t.is(names(await watchers.take(reader)), 'bcxy')
})

test('changes: what is kept in the background misses no rewrite as it starts', async (t) => {
  const [before, after] = (await views(t, 'abc', 'axy')) as [Hyperbee, Hyperbee]
  for (const moment of ['while it opens', 'when it has opened']) {
    const { cursor } = await (await Changes.from(before, 1)).take(before, 1)
    let view = before
    let rewrite: (() => void) | null = null
    const looked = new Set<string>()
    const rows = {
      photo: async (id: Uint8Array) => {
        looked.add(named.get(toHex(id)) ?? '')
        return null
      }
    }
    const queries = {
      at: async <T>(read: (bee: Hyperbee) => Promise<T>): Promise<T> => {
        const reading = read(view)
        if (moment === 'when it has opened') await reading
        rewrite?.()
        return reading
      },
      rows: <T>(read: (of: typeof rows) => Promise<T>): Promise<T> => read(rows)
    }
    const watchers = new Watchers(queries, () => 1)
    rewrite = () => {
      rewrite = null
      watchers.rewritten(2)
      view = after
      watchers.shown()
    }
    const parts = {
      log: { whole: true },
      wishes: {
        rules: async () => ({ thumbnail: 'asked', preview: 'asked', original: 'all' }),
        mark: async () => cursor,
        reached: async () => {}
      },
      actor: { authorIn: () => null },
      looks: { any: false, take: () => null },
      queries: { ...queries, cast: async () => null },
      receipts: { publish: async () => true },
      blobs: { remember: async () => {} },
      watchers,
      closing: new AbortController().signal,
      warn: (error: unknown) => t.fail(String(error))
    }
    const keeper = new Keeper(parts as never)
    keeper.wake()
    await eventually(() => looked.has('x') && looked.has('y'), 2000)
    t.pass(moment)
    await keeper.close()
  }
})

test('changes: photos are counted as others where a photo or a collection is, and by nothing else', async (t) => {
  const [first] = (await views(t, 'abc')) as [Hyperbee]
  let view = first
  const queries = { at: <T>(read: (bee: Hyperbee) => Promise<T>): Promise<T> => read(view) }
  const watchers = new Watchers(queries, () => 1)
  const grows = async (change: () => Promise<void>): Promise<boolean> => {
    const [before, all] = [await watchers.photosRevision(), watchers.revision]
    const { version } = view
    await change()
    watchers.rewritten(version)
    watchers.shown()
    t.ok(watchers.revision > all, 'something is other')
    return (await watchers.photosRevision()) > before
  }
  const receipt = (): Promise<void> => view.put(key.hold(1, 1, false, 2), new Uint8Array(1))
  t.absent(await grows(receipt), 'a receipt is no photo')
  t.absent(await grows(() => view.put(key.invite(photoId('i')), new Uint8Array(1))), 'nor an invite')
  const place = encode('place', { local: 0, state: 0 })
  t.ok(await grows(() => view.put(key.place(photoId('x')), place)), 'a photo')
  const { version } = view
  t.ok(await grows(() => view.put(key.collection(photoId('k')), new Uint8Array(1))), 'a collection')
  t.absent(await grows(receipt), 'the next receipt')
  t.ok(
    await grows(async () => {
      view = view.checkout(version)
      watchers.rewritten(version)
    }),
    'a collection that the order undid'
  )
  watchers.reopened()
  const before = await watchers.photosRevision()
  t.is(await watchers.photosRevision(), before)
  watchers.reopened()
  t.ok((await watchers.photosRevision()) > before, 'another view')
})
