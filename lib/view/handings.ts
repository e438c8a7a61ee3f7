import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import type { Out } from '../schema/codec.ts'
import { coreKeyOf, reignStatement } from './identity.ts'
import type { AlbumRow, Rows } from './rows.ts'

/** One device's proof, by its writer core's key, that it handed the index over to the next. */
export type Handing = Out['handing']

/** The device that signed first. */
export const FOUNDER = 1
// They travel in the answer to an invite, which has to fit into a record of the DHT.
const MOST = 3

/**
 * How the index came from the founder to the device that signs it; null where that cannot be shown, as of what an heir
 * took over, or only by too many: then who joins works the index out from all ops.
 */
export async function handingsTo(rows: Rows, { reign, indexer }: AlbumRow): Promise<Handing[] | null> {
  const handings: Handing[] = []
  for (let number = reign, signer = indexer; signer !== FOUNDER; number--) {
    const row = await rows.reign(number)
    if (!row?.publicKey || !row.proof || handings.length === MOST) return null
    handings.unshift({ reign: number, publicKey: row.publicKey, proof: row.proof })
    signer = number === 1 ? FOUNDER : ((await rows.reign(number - 1))?.device ?? 0)
  }
  return handings
}

/** Whether the index came to this signer (a public key) from the founder of the album. */
export function isRightful(album: Uint8Array, handings: readonly Handing[], signer: Uint8Array): boolean {
  const signers = [...handings.map(({ publicKey }) => publicKey), signer]
  const [founder] = signers as [Uint8Array]
  return (
    b4a.equals(coreKeyOf(founder), album) &&
    handings.every(({ reign, publicKey, proof }, i) => {
      const next = coreKeyOf(signers[i + 1] as Uint8Array)
      return crypto.verify(reignStatement(album, reign, next), proof, publicKey)
    })
  )
}
