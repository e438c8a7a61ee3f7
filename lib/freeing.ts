import type { BlobSource, Blobs } from './drives/blobs.ts'
import { sourcesOf } from './drives/sources.ts'
import { AlbumError } from './errors.ts'
import type { Actor } from './log/actor.ts'
import type { Session } from './session.ts'
import type { FreeResult, Wait } from './types.ts'
import { fromHex, toHex } from './util/hex.ts'
import { abortError, sleep } from './util/wait.ts'
import type { Cast } from './view/cast.ts'
import { PROMISED, filesOf } from './view/holdings.ts'

const PATIENCE = 10_000
// So often, in milliseconds, it looks whether the album has decided: that something is final is no change of the view.
const LOOK = 250
const OVERTAKEN = 'Too few other devices held this original when the album decided'

/** A photo's files, those of them that this device holds, and why it keeps them. */
interface Wish {
  id: string
  files: string[]
  held: string[]
  /** How large these are. */
  bytes: number
  refused: AlbumError | null
}

/** `album.copies.free`; see the interface. */
export async function free(
  session: Session,
  actor: Actor,
  ids: readonly string[],
  { signal, timeout = PATIENCE }: Wait
): Promise<FreeResult[]> {
  const author = await actor.require(() => true, 'free a photo')
  if (author.delegated) throw new AlbumError('FORBIDDEN', 'Only who has this device frees what is on it')
  const photos = ids.map((id) => {
    const bytes = fromHex(id, 32)
    if (!bytes) throw new AlbumError('BAD_ARGUMENT', 'A photo is named by its id')
    return bytes
  })
  const wishes = await wishesOf(session, photos, author.device)
  const asked = wishes.flatMap(({ held, refused }) => (refused ? [] : held))
  if (asked.length > 0) await session.releases.ask([...new Set(asked)])
  // Also what was asked for before.
  const files = wishes.flatMap((one) => one.files)

  const deadline = Date.now() + timeout
  let undecided = await session.releases.undecided(files)
  while (undecided.length > 0 && Date.now() < deadline) {
    await sleep(LOOK, signal)
    if (signal?.aborted) throw abortError(signal)
    if (session.closed) throw new AlbumError('CLOSED', 'The album was closed meanwhile')
    undecided = await session.releases.undecided(files)
  }
  // Somebody else may have been first.
  const left = await wishesOf(session, photos, author.device)
  return wishes.map(({ id, refused, bytes, ...one }, i): FreeResult => {
    if (one.files.some((file) => undecided.includes(file)))
      return { id, status: 'waiting', bytes, error: null }
    if (refused) return { id, status: 'kept', bytes: 0, error: refused }
    const now = left[i] as Wish
    if (now.held.length === 0) return { id, status: 'freed', bytes, error: null }
    const error = now.refused ?? new AlbumError('COPIES_LACKING', OVERTAKEN)
    return { id, status: 'kept', bytes: 0, error }
  })
}

async function wishesOf(session: Session, photos: Uint8Array[], me: number): Promise<Wish[]> {
  const { queries, blobs } = session
  const cast = await queries.cast()
  return queries.holdings(async (holdings, rows) => {
    const wishes: Wish[] = []
    for (const id of photos) {
      const photo = await rows.photo(id)
      const wish: Wish = { id: toHex(id), files: [], held: [], bytes: 0, refused: null }
      wishes.push(wish)
      if (!photo) wish.refused = new AlbumError('NOT_FOUND', 'There is no such photo')
      for (const file of photo ? await filesOf(rows, photo) : []) {
        const { contributions } = file.record
        const holders = await holdings.holders(contributions)
        wish.files.push(toHex(file.id))
        // What is not here need not be let go of; what is, also where nobody counts on it.
        if (!holders.delete(me) && !(await isHere(blobs, sourcesOf(contributions, cast, 'original'))))
          continue
        wish.held.push(toHex(file.id))
        wish.bytes += file.record.size
        const promised = cast.album.promise || PROMISED
        if (holders.size < promised) wish.refused = lacking(cast, [...holders.keys()])
      }
    }
    return wishes
  })
}

async function isHere(blobs: Blobs, sources: BlobSource[]): Promise<boolean> {
  for (const source of sources) if (await blobs.has(source)) return true
  return false
}

function lacking(cast: Cast, holders: number[]): AlbumError {
  const names = holders.map((device) => cast.person(cast.devices.get(device)?.member ?? 0).name)
  const promised = cast.album.promise || PROMISED
  const count = holders.length
  const few =
    count === 0
      ? 'No other device holds'
      : count === 1
        ? 'Only 1 other device holds'
        : `Only ${count} other devices hold`
  const message = `${few} this original: ${promised} ${promised === 1 ? 'is' : 'are'} promised`
  return new AlbumError('COPIES_LACKING', message, { holders: [...new Set(names)] })
}
