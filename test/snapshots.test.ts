import test from 'brittle'
import Corestore from 'corestore'
import type { SessionState } from 'hypercore'
import { mendSnapshots } from '../lib/log/snapshots.ts'
import { createAlbum, tmp } from './helpers.ts'

test('snapshots: one that waits for a flush outlives what was flushed', async (t) => {
  await createAlbum(t)
  const store = new Corestore(tmp(t))
  t.teardown(() => store.close())
  const core = store.get({ name: 'core' })
  await core.append([Buffer.from('a'), Buffer.from('b')])
  // `SessionState.close` lets go of it when it has been flushed, at times before those who wait hear of it.
  const state = (core as unknown as { state: SessionState & { atomized: object | null } }).state
  const atom = {
    flushing: true,
    async flushed() {
      atom.flushing = false
      state.atomized = null
    }
  }
  state.atomized = atom
  const snapshot = (core as unknown as { snapshot(): typeof core }).snapshot()
  await snapshot.ready()
  t.is(snapshot.length, 2)
  t.is(String(await snapshot.get(1)), 'b')
  await snapshot.close()
  mendSnapshots(state)
  const again = (core as unknown as { snapshot(): typeof core }).snapshot()
  await again.ready()
  t.is(again.length, 2, 'mended once')
  await again.close()
})
