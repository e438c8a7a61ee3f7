import { Album } from '../album.ts'
import { AlbumError, codeOf } from '../errors.ts'
import type { OpenOptions, Signal } from '../types.ts'
import { folderAt } from '../util/disk.ts'
import { bounded, manyWaitOn, sleep } from '../util/wait.ts'
import { Backoff } from './backoff.ts'
import type { MirrorEvent, MirrorOptions } from './events.ts'
import { EVERYTHING, Tending, troubleOf } from './tending.ts'

export { runBlindMirror } from './blind.ts'
export type * from './blindevents.ts'
export type * from './events.ts'
export { blindHealthLine, healthLine } from './line.ts'

// An album that failed is opened again after so long, in milliseconds; having been open for so long, it has recovered.
const REOPENING = { first: 1000, most: 300_000 }
const RECOVERED = 60_000
const CLOSING = 30_000
// A timer of Node counts to 2^31 milliseconds.
const MOST_INTERVAL = 0x7fffffff

/** What no trying again mends. */
const FINAL = [
  'ABORTED',
  'ALBUM_EXISTS',
  'ALBUM_FULL',
  'BAD_ARGUMENT',
  'FORBIDDEN',
  'INVITE_EXPIRED',
  'INVITE_INVALID',
  'INVITE_REJECTED',
  'INVITE_USED',
  'JOIN_PENDING',
  'NOT_AN_ALBUM',
  'REMOVED',
  'UPGRADE_REQUIRED'
]

/**
 * An always-on device of the family: opens the album of a folder, or joins one there with the `code` of an invite, keeps
 * every original and rendition, and tells how it is, until the `signal` aborts or the caller stops iterating. Then the
 * album is closed. An album or disk that fails is told as a `trouble` and opened again, later each time; what no trying
 * mends is thrown: `NOT_AN_ALBUM` and `JOIN_PENDING` without a code, `INVITE_EXPIRED`, `INVITE_INVALID`,
 * `INVITE_REJECTED`, `INVITE_USED`, `ALBUM_FULL`, `REMOVED`, `UPGRADE_REQUIRED`, `BAD_ARGUMENT`; and `LOG_FAILED` where the album
 * cannot even be closed: whatever starts this program starts it again.
 */
export async function* runMirror(folder: string, options: MirrorOptions = {}): AsyncGenerator<MirrorEvent> {
  const root = folderAt(folder)
  const { interval = 60_000, signal = manyWaitOn().signal } = options
  if (!(interval >= 1 && interval <= MOST_INTERVAL)) {
    throw new AlbumError('BAD_ARGUMENT', `interval is milliseconds, from 1 to ${MOST_INTERVAL}`)
  }
  const backoff = new Backoff(REOPENING)
  while (!signal.aborted) {
    let failure: unknown = null
    let album: Album | null = null
    let since = Infinity
    try {
      album = await openExisting(root, options)
      if (album === null) {
        yield { type: 'joining' }
        album = await join(root, options, signal)
      }
      since = Date.now()
      yield* new Tending(album, root, interval, signal).run()
    } catch (error) {
      failure = error
    } finally {
      await close(album)
    }
    if (signal.aborted || failure === null) return
    if (FINAL.includes(codeOf(failure))) throw failure
    if (Date.now() - since >= RECOVERED) backoff.reset()
    const retryIn = backoff.next()
    yield troubleOf(failure, retryIn)
    await sleep(retryIn, signal)
  }
}

/** The album of the folder; null where one is to be joined there. */
async function openExisting(folder: string, { code, network }: MirrorOptions): Promise<Album | null> {
  try {
    return await Album.open(folder, openingOf(network))
  } catch (error) {
    if (code === undefined || !['NOT_AN_ALBUM', 'JOIN_PENDING'].includes(codeOf(error))) throw error
    return null
  }
}

function join(folder: string, options: MirrorOptions, signal: Signal): Promise<Album> {
  const { code = '', member = 'Mirror', device, network } = options
  return Album.join(folder, code, { ...openingOf(network), member, signal, ...(device && { device }) })
}

// It adds nothing: no process has to stand by to decode.
function openingOf(network: MirrorOptions['network']): OpenOptions {
  return { keep: EVERYTHING, media: null, ...(network !== undefined && { network }) }
}

async function close(album: Album | null): Promise<void> {
  if (album === null) return
  try {
    await bounded(album.close(), { timeout: CLOSING }, 'Closing the album')
  } catch (error) {
    // Its folder stays locked until this process ends.
    throw new AlbumError('LOG_FAILED', 'The album failed and cannot be closed: start it again', {
      cause: error
    })
  }
}
