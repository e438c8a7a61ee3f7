import b4a from 'b4a'
import type Hypercore from 'hypercore'
import { AlbumError } from './errors.ts'
import type { Actor } from './log/actor.ts'
import { checkName } from './membership/members.ts'
import type { Session } from './session.ts'
import type { BlindMirror, BlindMirrorCode, BlindMirrors as Public } from './types.ts'
import { allowedIn, areSame, isNewer, openAllowed } from './view/allowed.ts'
import type { Cast } from './view/cast.ts'
import { blobsKeyOf, coreKeyOf } from './view/identity.ts'
import { mayManage } from './view/rules.ts'

const WEEK = 7 * 86_400_000
const LAST_EXPIRY = 8.64e15

/** `album.blindMirrors`; see the interface for what each does. */
export class BlindMirrors implements Public {
  readonly #session: Session
  readonly #actor: Actor

  constructor(session: Session, actor: Actor) {
    this.#session = session
    this.#actor = actor
  }

  async create(options: { name?: string; expires?: number } = {}): Promise<BlindMirrorCode> {
    const { expires = WEEK } = options
    const name = checkName(options.name ?? 'Blind mirror', 'The name of a blind mirror')
    const until = Date.now() + Math.ceil(expires)
    if (typeof expires !== 'number' || !(expires > 0) || until > LAST_EXPIRY) {
      throw new AlbumError('BAD_ARGUMENT', 'expires is milliseconds from now')
    }
    await this.#actor.require(mayManage, 'set up a blind mirror')
    const { code, expiresAt } = await this.#session.blinds.create(name, until)
    return { code, name, expiresAt: new Date(expiresAt).toISOString() }
  }

  async list(): Promise<BlindMirror[]> {
    const cast = await this.#session.queries.cast()
    const mirrors: BlindMirror[] = []
    for (const [id, { name, by, at }] of cast.blinds) {
      const state = this.#session.blinds.get(id)?.state ?? null
      mirrors.push({
        id,
        name,
        by: cast.person(by),
        addedAt: new Date(at).toISOString(),
        online: state !== null,
        current: state && !this.#isBehind(cast, state),
        lacking: state && (await this.#lacking(cast, b4a.from(id, 'hex'))),
        bytes: state && state.bytes,
        full: state && state.full
      })
    }
    return mirrors
  }

  async remove(id: string): Promise<void> {
    await this.#actor.require(mayManage, 'remove a blind mirror')
    await this.#session.blinds.remove(id)
    await this.#session.refresh()
  }

  /** Whether a mirror goes by an older list of devices than this album has, or none was signed yet that says what is so. */
  #isBehind(cast: Cast, state: { final: number; changes: number }): boolean {
    const devices = allowedIn(cast, cast)
    const right = cast.allowed
      .flatMap((one) => openAllowed(one) ?? [])
      .filter((list) => areSame(list, devices))
    return !right.some((list) => !isNewer(list, state))
  }

  /** Blocks of this device's log and drives that lie here, and that the mirror does not say it has. */
  async #lacking(cast: Cast, mirror: Uint8Array): Promise<number> {
    const { log } = this.#session
    const device = cast.deviceByWriter(log.writer)
    const drives = device === null ? [] : cast.drivesOf(device.number)
    const own = drives.flatMap(({ originals, renditions }) =>
      [originals, renditions].flatMap((signer) => [coreKeyOf(signer), blobsKeyOf(signer)])
    )
    let lacking = 0
    for (const key of [log.writer, ...own]) {
      const core = this.#session.store.get({ key })
      try {
        await core.ready()
        lacking += lackingIn(core, mirror)
      } finally {
        await core.close()
      }
    }
    return lacking
  }
}

function lackingIn(core: Hypercore, mirror: Uint8Array): number {
  const peer = core.peers.find(({ remotePublicKey }) => b4a.equals(remotePublicKey, mirror))
  const { bitfield } = core.core
  let lacking = 0
  for (let at = bitfield.firstSet(peer?.remoteContiguousLength ?? 0); at !== -1 && at < core.length;) {
    const next = bitfield.firstUnset(at)
    const end = next === -1 ? core.length : next
    for (let block = at; block < end; block++) if (!peer?.remoteBitfield.get(block)) lacking++
    at = bitfield.firstSet(end)
  }
  return lacking
}
