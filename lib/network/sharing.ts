import type Corestore from 'corestore'
import type { NoiseStream } from 'hypercore'
import Protomux from 'protomux'

const PROTOCOL = 'hypercore/alpha'

const stores = new WeakMap<Protomux, Set<Corestore>>()

/**
 * Replicates a store over a connection that several albums may share. A connection has one listener for the cores
 * that the other side asks for (protomux 3.12), so that the store which came last would have been the only one to
 * answer: here each is asked, and gives what is its own.
 */
export function share(store: Corestore, stream: NoiseStream): void {
  const mux = Protomux.from(stream)
  const sharing = stores.get(mux) ?? new Set<Corestore>()
  stores.set(mux, sharing)
  sharing.add(store)
  store.replicate(stream)
  mux.pair({ protocol: PROTOCOL }, async (discoveryKey) => {
    for (const one of sharing) {
      if (one.closing) sharing.delete(one)
      else if (discoveryKey?.byteLength === 32) await one._attachMaybe(mux, discoveryKey)
    }
  })
}
