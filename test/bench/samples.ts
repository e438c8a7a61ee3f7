import { createHash } from 'node:crypto'
import { Storage } from '../../lib/log/storage.ts'
import type { In } from '../../lib/schema/codec.ts'
import { DAY } from '../../lib/schema/time.ts'
import { weakDate } from '../../lib/dates.ts'
import { found, reopen } from '../../lib/opening.ts'
import type { Session } from '../../lib/session.ts'
import type { NetworkOption } from '../../lib/types.ts'

// A family takes so many photos a day.
const PER_DAY = 20
const FIRST_DAY = Date.UTC(2008, 5, 1)
const PHOTO_BYTES = 3_000_000
const BLOCK_BYTES = 65_536

/** As many photos as lib/adding.ts puts into one op. */
export const PHOTOS_PER_OP = 400

/** What adding the file number `i` of somebody's would say: no such file is needed to fill an index. */
function samplePhoto(whose: string, i: number, drive: number): In['photo'] {
  const id = new Uint8Array(createHash('sha256').update(`${whose}/${i}`).digest())
  const size = PHOTO_BYTES + (id[0] as number) * 1000
  const blockLength = Math.ceil(size / BLOCK_BYTES)
  const taken = FIRST_DAY + (i / PER_DAY) * DAY + (id[1] as number) * 1000
  return {
    id,
    name: `IMG_${String(i).padStart(5, '0')}.jpg`,
    type: 1,
    size,
    captured: weakDate(taken, 'file'),
    caption: null,
    tags: null,
    collections: null,
    restore: false,
    drive,
    original: { blockOffset: i * 46, blockLength, byteOffset: i * PHOTO_BYTES, byteLength: size }
  }
}

/** The ops that adding `count` photos appends, encoded as lib/adding.ts does. */
export async function photoOps(
  session: Session,
  whose: string,
  count: number,
  from = 0
): Promise<Uint8Array[]> {
  const { number } = await session.drives.get()
  const ops: Uint8Array[] = []
  for (let at = from; at < from + count; at += PHOTOS_PER_OP) {
    const length = Math.min(PHOTOS_PER_OP, from + count - at)
    const photos = Array.from({ length }, (_, i) => samplePhoto(whose, at + i, number))
    ops.push(session.actor.encode('photos', { photos }))
  }
  return ops
}

/** Founds an album as `Album.create` does, with its parts at hand. Opens later with `Album.open`. */
export async function foundSession(folder: string, network: NetworkOption = false): Promise<Session> {
  const storage = await Storage.open(folder, { existing: false })
  return found(storage, { name: 'Our family', member: 'Dad', device: 'laptop' }, { network, keep: [] })
}

/** Opens an album that is there, with its parts at hand. */
export async function openSession(folder: string): Promise<Session> {
  return reopen(await Storage.open(folder, { existing: true }), { network: false, keep: [] })
}

/** Appends ops as adding does: one op after the other. */
export async function appendEach(session: Session, ops: Uint8Array[]): Promise<void> {
  for (const op of ops) await session.log.append([op])
}

export async function countPhotos(session: Session): Promise<number> {
  return (await session.queries.rows((rows) => rows.album()))?.photos ?? 0
}
