import type { Actor } from './log/actor.ts'
import type { Log } from './log/log.ts'
import type { Blinds } from './membership/blinds.ts'
import type { Epochs } from './membership/epochs.ts'
import type { Succession } from './membership/succession.ts'
import { toHex } from './util/hex.ts'
import { Rounds } from './util/rounds.ts'
import { sleep } from './util/wait.ts'
import type { Cast } from './view/cast.ts'
import { isOwner, mayContribute } from './view/rules.ts'
import { SUPPORTED_VERSION } from './view/versions.ts'

// Milliseconds before a round.
const SETTLE = 200
// So long, in milliseconds, an owner's device waits for the current key before it begins an epoch of its own.
const KEYLESS = 10_000

interface Parts {
  log: Log
  actor: Actor
  epochs: Epochs
  blinds: Blinds
  closing: AbortSignal
  cast: Cast
  suspended: boolean
  /** The id of the recovery kit that this device is being put into; null for others. */
  asleep: Uint8Array | null
  present(): Uint8Array[]
  acknowledge(): Promise<unknown>
  reclaim(): Promise<unknown>
  recount(): Promise<void>
  succession: Succession
  warn(error: unknown): void
}

/** What this device does by itself as the album changes. */
export class Duties {
  readonly #parts: Parts
  readonly #rounds: Rounds
  #tended = ''
  #keylessSince = 0
  #awaited = false

  constructor(parts: Parts) {
    this.#parts = parts
    this.#rounds = new Rounds(
      () => this.#round(),
      (error) => parts.warn(error)
    )
  }

  wake(): void {
    this.#rounds.wake()
  }

  async end(): Promise<void> {
    await this.#rounds.end()
  }

  async #round(): Promise<void> {
    const { closing, log } = this.#parts
    // Updates come in bursts, and what a person waits for comes first.
    await sleep(SETTLE, closing)
    if (closing.aborted || this.#parts.suspended) return
    // In a recovery kit it says hello, and nothing more: others do what there is to do.
    if (this.#parts.asleep !== null) return log.writable ? this.#greet() : undefined
    if (log.writable && log.upgrade === null) {
      this.#again(await this.#parts.succession.tend())
      await this.#greet()
      await this.#tendEpoch()
      await this.#parts.acknowledge()
      await this.#tendAllowed()
    }
    await this.#parts.reclaim()
  }

  // Every device writes once when it may: an heir that never wrote could not take over the index.
  async #greet(): Promise<void> {
    const { actor, cast, log, asleep } = this.#parts
    const author = actor.authorIn(cast)
    const { takeovers } = cast.album
    if (!author) return
    const follows = author.deviceRow.takeovers === takeovers
    const isAsleep = asleep !== null
    const same = author.deviceRow.supports === SUPPORTED_VERSION && author.deviceRow.asleep === isAsleep
    if (follows && same) return
    if (!log.whole && this.#parts.present().length === 0) return
    // From then on others count on what it says to hold.
    if (!follows) await this.#parts.recount()
    await actor.append('hello', {
      supports: SUPPORTED_VERSION,
      takeovers,
      takenBy: cast.takenBy,
      asleep: isAsleep,
      ...(asleep && { kit: asleep })
    })
  }

  // An owner's device mends what two owners did apart: a removal without an epoch after it, a device without a key.
  // Every device leads others to what it added by keys that the log's order undid.
  async #tendEpoch(): Promise<void> {
    const { actor, cast, epochs } = this.#parts
    const author = actor.authorIn(cast)
    const { epoch, epochs: count, stale } = cast.album
    if (!author || !mayContribute(author) || epoch === null) return
    // Once for a state: an op that had no effect is not written again and again.
    const state = `${toHex(epoch)} ${count} ${stale} ${cast.devices.size} ${author.deviceRow.drives} ${isOwner(author)}`
    if (state === this.#tended) return
    const keyless = (await epochs.key(epoch)) === null
    if (keyless && !(isOwner(author) && this.#isOverdue())) return
    if (!keyless) this.#keylessSince = 0
    const op = !isOwner(author)
      ? await epochs.rescue()
      : stale || keyless
        ? await epochs.next()
        : await epochs.topUp()
    if (op) await actor.append('epoch', op)
    this.#tended = state
  }

  // An owner's device says whom blind mirrors let in, as soon as somebody came or went.
  async #tendAllowed(): Promise<void> {
    const { actor, blinds, cast } = this.#parts
    const list = await blinds.nextList(cast)
    if (list) await actor.append('allow', { list })
  }

  #again(delay: number): void {
    if (delay === 0 || this.#awaited) return
    this.#awaited = true
    void sleep(delay, this.#parts.closing).then(() => {
      this.#awaited = false
      this.wake()
    })
  }

  // Nobody who is left may have the key: the album would take no photo any more.
  #isOverdue(): boolean {
    if (this.#keylessSince === 0) {
      this.#keylessSince = Date.now()
      void sleep(KEYLESS, this.#parts.closing).then(() => this.wake())
    }
    return Date.now() - this.#keylessSince >= KEYLESS
  }
}
