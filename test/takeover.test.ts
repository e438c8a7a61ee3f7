// A joiner is told by the device that admitted it where the finished index lies, and takes it over.
import test, { type Assertions } from 'brittle'
import { Writer, join } from './circle.ts'
import * as forge from './forge.ts'
import { eventually } from './helpers.ts'

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

test('takeover: an index that somebody else signed is not taken', async (t) => {
  const encryptionKey = forge.random(32)
  const founder = await foundAlbum(t, encryptionKey, 'Dad')
  const forged = await foundAlbum(t, encryptionKey, 'Eve')
  const joiner = await Writer.open(t, founder.log.key, encryptionKey, forged.log.system)
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
