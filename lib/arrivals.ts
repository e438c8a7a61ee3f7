import type Hypercore from 'hypercore'
import { AlbumError } from './errors.ts'
import type { Session } from './session.ts'
import type { Wait } from './types.ts'
import { toHex } from './util/hex.ts'
import { abortError, bounded, isClosing, sleep } from './util/wait.ts'

// Milliseconds between two looks; that nothing may have been lacking before all counts as here, since who has just
// connected has not said yet what they have; and for which one is asked.
const POLL = 200
const QUIET = 2000
const ASKING = 5000

/**
 * Waits until all of the log that anybody who can be reached has is here, and in order. Throws `TIMEOUT`, which says what
 * is lacking, `ABORTED` and `CLOSED`. A blind mirror that cannot be reached is waited for no longer than `reach` (ms).
 */
export async function untilArrived(
  session: Session,
  wait: Wait & { timeout: number; reach?: number }
): Promise<void> {
  const until = Date.now() + wait.timeout
  const untilReached = Math.min(until, Date.now() + (wait.reach ?? Infinity))
  const arrivals = new Arrivals(session)
  let since = Date.now()
  try {
    for (;;) {
      const missing = await arrivals.lack().catch(whileMoving)
      const lack = missing ?? (await arrivals.away())
      if (session.closed) throw new AlbumError('CLOSED', 'The album was closed meanwhile')
      if (wait.signal?.aborted) throw abortError(wait.signal)
      if (lack !== null) since = Date.now()
      if (Date.now() - since >= QUIET) return
      if (lack !== null && Date.now() >= (missing ? until : untilReached)) {
        throw new AlbumError('TIMEOUT', lack)
      }
      await sleep(POLL, wait.signal)
    }
  } finally {
    await arrivals.close()
  }
}

// An index that moves to other cores just now cannot be read.
function whileMoving(error: unknown): string {
  if (!isClosing(error)) throw error
  return 'The index is being put in order anew'
}

/** What of the log is still with others: devices and blind mirrors. */
export class Arrivals {
  readonly #session: Session
  readonly #cores = new Map<string, Hypercore>()
  #sought = 0

  constructor(session: Session) {
    this.#session = session
  }

  /** Which blind mirror cannot be reached, for a person to read; null where all can. */
  async away(): Promise<string | null> {
    const [id] = this.#session.blinds.away()
    if (id === undefined) return null
    const name = (await this.#session.queries.cast()).blinds.get(id)?.name ?? 'A blind mirror'
    return `${name} cannot be reached: it may have more of the album than is here`
  }

  /** What is lacking of what others have, for a person to read; null where all is here. */
  async lack(): Promise<string | null> {
    const { queries, log } = this.#session
    const cast = await queries.cast()
    if (!log.whole) return 'A part of the index is still on its way'
    // What the one that signs it has signed last is nowhere else.
    for (const key of log.cores) {
      const { length, known } = await this.#lengthOf(key)
      if (length < known) return 'Not all of the index that was signed is here'
    }
    const others = [...cast.devices].filter(([number]) => cast.isCurrent(number)).map(([, row]) => row)
    if (this.#sought < others.length) {
      log.seek(others.map(({ writer }) => writer))
      this.#sought = others.length
    }
    for (const { writer, name, member } of others) {
      if (await this.#isBehind(writer)) {
        // What was sought before anybody had said how much of it there is was forgotten: a blind mirror wakes nobody.
        log.seek([writer])
        return `Not all that ${name} of ${cast.person(member).name} wrote is here and in order`
      }
    }
    return null
  }

  async #isBehind(writer: Uint8Array): Promise<boolean> {
    const { known } = await this.#lengthOf(writer)
    return (await this.#session.log.inOrder(writer)) < known
  }

  /** How long a core is here, and with whoever has most of it. */
  async #lengthOf(key: Uint8Array): Promise<{ length: number; known: number }> {
    const id = toHex(key)
    const core = this.#cores.get(id) ?? this.#session.store.get({ key })
    this.#cores.set(id, core)
    await core.ready()
    if (core.peers.length > 0) {
      await bounded(core.update({ wait: true }), { timeout: ASKING }, 'Asking').catch(() => {})
    }
    const { length } = core
    return { length, known: Math.max(length, ...core.peers.map(({ remoteLength }) => remoteLength)) }
  }

  async close(): Promise<void> {
    for (const core of this.#cores.values()) await core.close()
  }
}
