import b4a from 'b4a'
import { AlbumError } from '../errors.ts'
import type { Actor } from '../log/actor.ts'
import type { Log } from '../log/log.ts'
import type { Device, Indexer as Public, IndexerStatus, Wait } from '../types.ts'
import { fromHex, toHex } from '../util/hex.ts'
import type { Cast } from '../view/cast.ts'
import type { Queries } from '../view/queries.ts'
import type { DeviceRow } from '../view/rows.ts'
import { mayManage } from '../view/rules.ts'
import { heirsOf, maySign } from '../view/succession.ts'
import { untilFinal } from './final.ts'
import { type Succession, named } from './succession.ts'

const KEY_BYTES = 32

interface Parts {
  log: Log
  queries: Queries
  actor: Actor
  succession: Succession
}

/** `album.indexer`; see the interface for what each does. */
export class Indexer implements Public {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async status(): Promise<IndexerStatus> {
    const { queries, succession } = this.#parts
    const cast = await queries.cast()
    const { indexer, successor } = cast.album
    const since = await succession.waitingSince()
    return {
      device: this.#present(cast, indexer),
      member: named(cast, indexer).member,
      online: succession.isHere(indexer),
      waitingSince: since === null ? null : new Date(since).toISOString(),
      successor: this.#present(cast, successor),
      heirs: heirsOf(cast).flatMap((number) => this.#present(cast, number) ?? [])
    }
  }

  #present(cast: Cast, number: number): Device | null {
    const row = cast.devices.get(number)
    const member = row && cast.members.get(row.member)
    if (!row || !member) return null
    const me = b4a.equals(row.writer, this.#parts.log.writer)
    return { id: toHex(row.writer), name: row.name, memberId: toHex(member.id), me, removed: row.removed }
  }

  async handOver(deviceId: string, wait: Wait = {}): Promise<{ final: boolean }> {
    const { actor, queries, log } = this.#parts
    const cast = await queries.cast()
    const { number, row } = deviceOf(cast, deviceId)
    await actor.require(mayManage, 'hand the index over')
    if (!maySign(row, cast.members.get(row.member))) {
      const why = row.supports === 0 ? 'has not been online yet' : 'is a viewer’s'
      throw new AlbumError('FORBIDDEN', `${row.name} cannot sign the index: it ${why}`)
    }
    const { reign, indexer } = cast.album
    // The founder's first writer core has the album's key.
    const signer = cast.devices.get(indexer)?.writer ?? log.key
    await actor.append('hand-over', { reign, signer, device: row.writer })
    if (number === indexer) return untilFinal(log, wait)
    return untilFinal(log, wait, async () => {
      return (await queries.cast()).album.indexer === number && log.isTakenUp
    })
  }

  async setHeirs(deviceIds: readonly string[]): Promise<void> {
    const { actor, queries } = this.#parts
    const cast = await queries.cast()
    const devices = deviceIds.map((id) => deviceOf(cast, id).row.writer)
    await actor.require(mayManage, 'name heirs')
    await actor.append('heirs', { devices })
  }

  async takeOver({ evenIfOnline = false }: { evenIfOnline?: boolean } = {}): Promise<void> {
    const { actor, queries, log, succession } = this.#parts
    const author = await actor.require((one) => !one.delegated, 'take over the index')
    const cast = await queries.cast()
    const { indexer, reign } = cast.album
    if (indexer === author.device) return
    const { device, member } = named(cast, indexer)
    if (succession.isHere(indexer) && !cast.devices.get(indexer)?.removed && !evenIfOnline) {
      throw new AlbumError('FORBIDDEN', `${device} of ${member} is online: an owner hands the index over`)
    }
    const [first] = heirsOf(cast)
    // An owner could name itself first.
    if (first !== author.device && !mayManage(author)) {
      const heir = named(cast, first ?? 0)
      const who = first === undefined ? 'No device can' : `${heir.device} of ${heir.member} is the first to`
      throw new AlbumError('FORBIDDEN', `${who} take over: an owner names another, or removes it`)
    }
    await actor.append('take-over', { reign, ...log.signed })
    if ((await queries.cast()).album.indexer !== author.device) {
      throw new AlbumError('FORBIDDEN', 'This device could not follow yet when the index was signed last')
    }
  }
}

function deviceOf(cast: Cast, id: string): { number: number; row: DeviceRow } {
  const writer = fromHex(id, KEY_BYTES)
  const found = writer && cast.deviceByWriter(writer)
  if (!found || found.row.removed) throw new AlbumError('NOT_FOUND', 'There is no such device')
  return found
}
