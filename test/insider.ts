// A device's folder as whoever holds it sees it: with all parts and keys, past the gate.
import type { Assertions } from 'brittle'
import type { NoiseStream } from 'hypercore'
import Hypercore from 'hypercore'
import type { NetworkOption } from '../index.ts'
import { Storage } from '../lib/log/storage.ts'
import { Session } from '../lib/session.ts'
import { fromHex } from '../lib/util/hex.ts'

export interface Insider {
  storage: Storage
  session: Session
}

/** Opens the album in a folder from inside, offline unless told; closed after the test, or by `session.close()`. */
export async function openInside(
  t: Assertions,
  folder: string,
  network: NetworkOption = false
): Promise<Insider> {
  const storage = await Storage.open(folder, { existing: true })
  const { namespace, id } = await storage.choose(undefined)
  const session = await Session.open({
    storage,
    namespace,
    key: fromHex(id, 32),
    encryptionKey: null,
    admission: null,
    swarm: null,
    network
  })
  t.teardown(() => session.close())
  return { storage, session }
}

/** Replicates everything that two devices have, asking no gate; call what it returns to stop. */
export function connectUngated(a: Insider, b: Insider): () => void {
  const left = Hypercore.createProtocolStream(true)
  const right = Hypercore.createProtocolStream(false)
  const give = ({ session }: Insider, stream: NoiseStream): void => {
    session.store.replicate(stream)
    session.log.attach(stream)
  }
  give(a, left.noiseStream)
  give(b, right.noiseStream)
  left.pipe(right).pipe(left)
  return () => {
    left.destroy()
    right.destroy()
  }
}
