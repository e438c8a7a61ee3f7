import Corestore from 'corestore'
import { AlbumError } from '../errors.ts'

// Cores get their keys from manifests of this version, which ids are computed from: see view/identity.ts.
export const MANIFEST_VERSION = 1

// Two stores over the same cores would both write them.
const inUse = new WeakMap<object, Set<string>>()

/** Whether a core that somebody asks for, by its discovery key, is one of the album's. */
export type Belongs = (discoveryKey: Uint8Array) => boolean

/**
 * Opens the part of a store where one album's cores lie, and keeps it apart from all else in there: a Corestore
 * replicates what it has open, and hands out what it has on disk, over every connection (corestore 7.12), so somebody
 * who may see one album would be given another's cores along with it. Closing the part leaves the disk open.
 */
export async function openApart(whole: Corestore, name: string, belongs: Belongs): Promise<Corestore> {
  const { storage } = whole
  const names = inUse.get(storage) ?? new Set<string>()
  inUse.set(storage, names)
  if (names.has(name)) throw new AlbumError('STORAGE_LOCKED', 'This album is open already')
  names.add(name)
  const own = {
    hasCore: async (discoveryKey: Uint8Array, options?: object) =>
      belongs(discoveryKey) && storage.hasCore(discoveryKey, options),
    close: async () => {
      names.delete(name)
    }
  }
  const shared = new Proxy(storage, {
    get: (target, property) => Reflect.get(property in own ? own : target, property)
  })
  const { ns } = whole.namespace(name)
  const store = new Corestore(shared, { namespace: ns, manifestVersion: MANIFEST_VERSION })
  await store.ready()
  return store
}
