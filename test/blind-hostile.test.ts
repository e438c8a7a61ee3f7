// What a device of the list may try, whatever program it runs: a member's that was modified, or one that was stolen.
import test, { type Assertions } from 'brittle'
import Corestore from 'corestore'
import type Hypercore from 'hypercore'
import type { KeyPair, NoiseStream } from 'hypercore'
import crypto from 'hypercore-crypto'
import { BlindPeerMuxer, type Box, createFamily, dial, insideOf, startBox } from './boxes.ts'
import type { BlindMirrorHealth } from '../lib/mirror/index.ts'
import { type Network, eventually, tmp } from './helpers.ts'

interface Truncatable extends Hypercore {
  truncate(length: number): Promise<void>
}

interface Visit {
  stream: NoiseStream
  store: Corestore
  /** Has the box hold cores. */
  ask(cores: Pick<Hypercore, 'key' | 'length'>[]): void
  /** Has it hold one, and waits until it says that it has all of it. */
  leave(core: Hypercore): Promise<void>
}

/** The core that whoever has these keys writes. */
function coreOf(store: Corestore, keyPair: KeyPair): Truncatable {
  return store.get({ keyPair } as never) as Truncatable
}

/** Comes to the box past the library. */
async function visit(t: Assertions, network: Network, box: Box, identity: KeyPair): Promise<Visit> {
  const stream = (await dial(t, network, box, identity)) as NoiseStream
  const store = new Corestore(tmp(t))
  await store.ready()
  t.teardown(() => store.close())
  store.replicate(stream)
  const muxer = new BlindPeerMuxer(stream)
  const ask: Visit['ask'] = (cores) => {
    const told = cores.map(({ key, length }) => ({ key, length }))
    muxer.addCores({ referrer: null, priority: 0, announce: true, cores: told })
  }
  return {
    stream,
    store,
    ask,
    async leave(core) {
      ask([core])
      await eventually(() => core.peers.some((peer) => peer.remoteContiguousLength === core.length))
    }
  }
}

const blocks = (text: string, count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => Buffer.from(`${text} ${i}`))

/** Block 5 of a core of ten, as somebody else who comes to the box gets it. */
async function fifth(
  t: Assertions,
  network: Network,
  box: Box,
  by: KeyPair,
  key: Uint8Array
): Promise<string> {
  const other = await visit(t, network, box, by)
  const copy = other.store.get({ key })
  await copy.ready()
  other.ask([copy])
  const block = await copy.get(5, { timeout: 10_000 })
  other.stream.destroy()
  return String(block)
}

// Long enough for the box to have taken what is left there: that takes it some milliseconds.
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1000))

test('blind mirror: a stolen device cannot take back what it left there', async (t) => {
  const { network, mum, folder, box } = await createFamily(t)
  await mum.close()
  const { identity } = await insideOf(t, folder)
  const owner = await visit(t, network, box, identity)
  const keyPair = crypto.keyPair()
  const core = coreOf(owner.store, keyPair)
  await core.append(blocks('photo', 10))
  await owner.leave(core)

  await core.truncate(2)
  await core.append(blocks('nothing', 20))
  await settle()
  owner.stream.destroy()
  t.is(await fifth(t, network, box, identity, core.key), 'photo 5', 'cut short and written anew')

  // A core with two histories is given up by who sees both.
  const thief = await visit(t, network, box, identity)
  const twin = coreOf(thief.store, keyPair)
  await twin.append(blocks('nothing', 20))
  thief.ask([twin])
  await settle()
  thief.stream.destroy()
  t.is(await fifth(t, network, box, identity, core.key), 'photo 5', 'with another history')
  await box.kill()
  const again = startBox(t, box.folder, { network })
  t.is(await fifth(t, network, again, identity, core.key), 'photo 5', 'also when it was started again')
})

test('blind mirror: what was asked for before there was no room is not taken', async (t) => {
  const { network, mum, folder, box } = await createFamily(t, { maxBytes: 64_000_000 })
  await mum.close()
  const { identity } = await insideOf(t, folder)
  const hostile = await visit(t, network, box, identity)
  const core = hostile.store.get({ name: 'large blocks' })
  await core.append(Array.from({ length: 10 }, () => crypto.randomBytes(6_000_000)))
  hostile.ask([core])
  await box.health(({ bytes }) => bytes > 20_000_000)
  await new Promise((resolve) => setTimeout(resolve, 3000))
  hostile.stream.destroy()
  box.stop()
  await box.ended()
  const { bytes } = await startBox(t, box.folder, { network }).health()
  // It has 32 MB for photos; four fifths of it, and the block that goes beyond.
  t.ok(bytes > 20_000_000 && bytes < 40_000_000, `${bytes} bytes`)
})

test('blind mirror: who asks for the same again and again does not use up its memory', async (t) => {
  const { network, mum, folder, box } = await createFamily(t)
  await mum.close()
  const { identity } = await insideOf(t, folder)
  const hostile = await visit(t, network, box, identity)
  const cores = Array.from({ length: 200 }, () => ({ key: crypto.randomBytes(32), length: 0 }))
  hostile.ask(cores)
  const { memory: before } = await box.health(({ cores: count }) => count > 200)
  for (let i = 0; i < 1000; i++) hostile.ask(cores)
  const last = hostile.store.get({ name: 'last' })
  await last.append(blocks('photo', 1))
  await hostile.leave(last)
  const count = box.events.length
  const health = await eventually(() => box.events.slice(count).find(({ type }) => type === 'health'))
  const { memory } = health as BlindMirrorHealth
  t.comment(`${Math.round(before / 1e6)} MB, then ${Math.round(memory / 1e6)} MB`)
  t.ok(memory < before + 100_000_000, `${memory} bytes`)
})
