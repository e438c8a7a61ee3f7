// A joiner is told by the device that admitted it where the finished index lies, and takes it over.
import test, { type Assertions } from 'brittle'
import Autobase from 'autobase'
import Corestore from 'corestore'
import Hyperbee from 'hyperbee'
import type { ProtocolStream } from 'hypercore'
import { deviceKeys } from '../lib/log/keychain.ts'
import { apply } from '../lib/view/apply.ts'
import { Writer, join } from './circle.ts'
import * as forge from './forge.ts'
import { eventually, tmp } from './helpers.ts'

const OPS = 60

async function foundAlbum(t: Assertions, encryptionKey: Uint8Array, name: string): Promise<Writer> {
  const founder = await Writer.open(t, null, encryptionKey)
  await founder.write('found', forge.foundBody(founder.device, name))
  await founder.write('epoch', forge.epochBody(1, [founder.log.key]))
  for (let i = 0; i < OPS; i++) await founder.write('ext', { name: `${name} ${i}`, data: forge.random(16) })
  await eventually(() => founder.log.finalLength > OPS && founder.log.system !== null)
  return founder
}

test('takeover: who joins takes over the finished index', async (t) => {
  const encryptionKey = forge.random(32)
  const founder = await foundAlbum(t, encryptionKey, 'Dad')
  const joiner = await Writer.open(t, founder.log.key, encryptionKey, founder.log.system)
  join(founder, joiner)
  await eventually(async () => (await joiner.tree()) === (await founder.tree()))
  t.alike(joiner.warnings, [])
  const log = joiner.store.get({ key: founder.log.key })
  await log.ready()
  t.is(await log.has(10, OPS - 10), false, 'the founder’s ops were not fetched')
  await log.close()
})

/** An index that Eve alone signed, of an album as she would have it, which looks like that of another one. */
async function forgeIndex(
  t: Assertions,
  { key: album, encryptionKey }: { key: Uint8Array; encryptionKey: Uint8Array }
): Promise<{ system: Uint8Array; attach(stream: ProtocolStream): void }> {
  // Autobase 7.28 derives the keys of blocks from this and the encryption key, and names of views from the album's key.
  class Disguised extends Autobase {
    declare readonly _viewStore: Autobase['_viewStore'] & { base: Autobase }

    get bootstrap(): Uint8Array {
      return album
    }
  }
  const store = new Corestore(tmp(t), { manifestVersion: 1 })
  const logStore = store.namespace('log')
  const keys = await deviceKeys(store, logStore)
  const base = new Disguised(logStore, null, {
    valueEncoding: 'binary',
    keyPair: keys.writer,
    encryptionKey,
    bigBatches: true,
    ackInterval: 100,
    open: (views) =>
      new Hyperbee(views.get('view'), { extension: false, keyEncoding: 'binary', valueEncoding: 'binary' }),
    close: (view) => view.close(),
    apply,
    update: async () => {}
  })
  base._viewStore.base = new Proxy<Autobase>(base, {
    get: (target, name) => (name === 'key' ? album : Reflect.get(target, name))
  })
  await base.ready()
  t.teardown(async () => {
    await base.close()
    await store.close()
  })
  const eve = forge.forger(keys)
  await base.append([
    forge.op('found', forge.foundBody(eve, 'Eve')),
    forge.op('epoch', forge.epochBody(1, [base.key]))
  ])
  for (let i = 0; i < OPS; i++)
    await base.append([forge.op('ext', { name: `Eve ${i}`, data: forge.random(16) })])
  await eventually(() => base.view.core.signedLength === base.view.version && base.view.version > OPS)
  return { system: base.core.key, attach: (stream) => void store.replicate(stream) }
}

test('takeover: an index that somebody else signed is not taken', async (t) => {
  const encryptionKey = forge.random(32)
  const founder = await foundAlbum(t, encryptionKey, 'Dad')
  const forged = await forgeIndex(t, founder.log)
  const joiner = await Writer.open(t, founder.log.key, encryptionKey, forged.system)
  join(forged, joiner)
  // While nobody else is there.
  await new Promise((resolve) => setTimeout(resolve, 2000))
  t.is(await joiner.rows.album(), null)
  join(founder, joiner)
  await eventually(async () => (await joiner.tree()) === (await founder.tree()))
  t.alike(
    [...(await joiner.cast()).members.values()].map(({ name }) => name),
    ['Dad']
  )
  t.alike(joiner.warnings, [])
})
