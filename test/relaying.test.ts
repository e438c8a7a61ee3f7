import test, { type Assertions } from 'brittle'
import Corestore from 'corestore'
import Hypercore from 'hypercore'
import { relayAll } from '../lib/network/relaying.ts'
import { type Home, connect, createFamily, eventually, png, tmp } from './helpers.ts'

function createStore(t: Assertions): Corestore {
  const store = new Corestore(tmp(t))
  t.teardown(() => store.close())
  return store
}

function replicate(a: Corestore, b: Corestore): () => void {
  const left = Hypercore.createProtocolStream(true)
  const right = Hypercore.createProtocolStream(false)
  a.replicate(left)
  b.replicate(right)
  left.pipe(right).pipe(left)
  return () => {
    left.destroy()
    right.destroy()
  }
}

test('relaying: who has the blocks later than the length tells others of it all the same', async (t) => {
  const [home, relay, away] = [createStore(t), createStore(t), createStore(t)]
  relayAll(relay)
  const core = home.get({ name: 'core' })
  await core.append(Buffer.from('0'))
  const { key } = core
  const copy = away.get({ key })
  const part = replicate(home, away)
  await copy.get(0)
  part()

  // Between them is one who learns of the new length first, and then gets the blocks.
  await core.append([Buffer.from('1'), Buffer.from('2')])
  const relayed = relay.get({ key })
  replicate(home, relay)
  await eventually(async () => (await relayed.update({ wait: true })) || relayed.length === 3)
  replicate(relay, away)
  await eventually(() => relayed.peers.some((peer) => peer.remoteLength === 1))
  await relayed.download({ start: 0, end: 3 }).done()
  await eventually(() => copy.length === 3)
  t.alike(await copy.get(2, { timeout: 5000 }), Buffer.from('2'))
})

test('relaying: what one adds reaches another whom only a third one connects, while they meet', async (t) => {
  const [dad, mum, uncle] = (await createFamily(t, ['Mum', 'Uncle'])) as [Home, Home, Home]
  for (let round = 0; round < 5; round++) {
    const [one, two] = [
      await uncle.album.add(png(`uncle ${round}`)),
      await dad.album.add(png(`dad ${round}`))
    ]
    const parts = [connect(uncle.album, dad.album), connect(dad.album, mum.album)]
    await eventually(async () => (await mum.album.get(one.id)) && (await mum.album.get(two.id)))
    for (const part of parts) part()
    await eventually(async () => (await dad.album.status()).peers.length === 0)
  }
  t.pass()
})
