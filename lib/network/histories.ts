import type Corestore from 'corestore'
import type { InnerCore } from 'hypercore'

/**
 * Keeps what has come of every core as it came: whoever has a device's keys, such as its member after a quarrel, or a thief,
 * could otherwise take back from everybody what that device ever gave them.
 */
export function keepHistories(store: Corestore): void {
  store.watch(keepHistory)
}

/**
 * Keeps what has come of one core. Hypercore (11.37.1) lets its writer cut it short, also where it lies with others, and
 * gives it up for good where somebody shows another history of it. No core of an album is ever cut short.
 */
export function keepHistory(core: InnerCore): void {
  core.replicator._onreorgdata = () => Promise.reject(new Error('A core of an album is not cut short'))
  const check = core.checkConflict.bind(core)
  // This device's own cores have their keys here. Written by somebody else too, they cannot go on.
  core.checkConflict = async (proof) => Boolean(core.header?.keyPair) && check(proof)
}
