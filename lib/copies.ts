import { AlbumError } from './errors.ts'
import type { Actor } from './log/actor.ts'
import type { Session } from './session.ts'
import type {
  Copies as Public,
  Copy,
  FreeResult,
  Here,
  LackingCopies,
  Signal,
  Variant,
  Wait
} from './types.ts'
import { free } from './freeing.ts'
import { fromHex } from './util/hex.ts'
import { abortError } from './util/wait.ts'
import { type Holdings, PROMISED, type PhotoFile } from './view/holdings.ts'
import { EVERYTHING } from './view/indexes.ts'
import { presentPhoto } from './view/present.ts'
import * as rules from './view/rules.ts'

const MOST = 100

/** What a device holds of a photo, and when it said so last (ms since 1970). */
interface Held {
  variants: Variant[]
  at: number
}

/** `album.copies`; see the interface for what each does. */
export class Copies implements Public {
  readonly #session: Session
  readonly #actor: Actor

  constructor(session: Session, actor: Actor) {
    this.#session = session
    this.#actor = actor
  }

  async of(id: string): Promise<Copy[]> {
    const { queries, log } = this.#session
    const bytes = fromHex(id, 32)
    const cast = await queries.cast()
    if (!bytes) return []
    const held = await queries.holdings(async (holdings, rows) => {
      const photo = await rows.photo(bytes)
      return photo ? heldOf(holdings, photo) : new Map<number, Held>()
    })
    const own = cast.deviceByWriter(log.writer)?.number
    const present = this.#session
      .present()
      .flatMap((identity) => cast.deviceByIdentity(identity)?.number ?? [])
    return [...held].flatMap(([number, { variants, at }]) => {
      const row = cast.devices.get(number)
      if (!row) return []
      const me = number === own
      const who = { member: cast.person(row.member), device: cast.machine(number), me }
      const online = me || present.includes(number)
      return [{ ...who, variants, lastConfirmed: new Date(at).toISOString(), online }]
    })
  }

  async *here({ signal }: { signal?: Signal } = {}): AsyncGenerator<Here> {
    const { queries, log } = this.#session
    for await (const found of queries.pages(EVERYTHING)) {
      if (signal?.aborted) throw abortError(signal)
      const cast = await queries.cast()
      const me = this.#actor.authorIn(cast)?.member ?? 0
      const own = cast.deviceByWriter(log.writer)?.number
      const held = await queries.holdings((holdings) =>
        Promise.all(found.map((photo) => heldOf(holdings, photo)))
      )
      for (const [i, { id, record }] of found.entries()) {
        yield { photo: presentPhoto(id, record, cast, me), whole: isWhole(held[i], own) }
      }
    }
  }

  async promised(): Promise<number> {
    const { album } = await this.#session.queries.cast()
    return album.promise || PROMISED
  }

  async promise(copies: number): Promise<void> {
    if (!Number.isInteger(copies) || copies < 1 || copies > MOST)
      throw new AlbumError('BAD_ARGUMENT', `A promise is a number of devices, from 1 to ${MOST}`)
    await this.#actor.require(rules.mayManage, 'promise copies')
    await this.#actor.append('promise', { copies })
  }

  async *health({ signal }: { signal?: Signal } = {}): AsyncGenerator<LackingCopies> {
    const { queries } = this.#session
    for await (const found of queries.pages(EVERYTHING)) {
      // Where nothing is lacking, whoever reads hears nothing until the end, and cannot leave by themselves.
      if (signal?.aborted) throw abortError(signal)
      const cast = await queries.cast()
      const promised = cast.album.promise || PROMISED
      const me = this.#actor.authorIn(cast)?.member ?? 0
      const lacking = await queries.holdings(async (holdings) => {
        const all = found.map(async (photo) => ({ ...photo, holders: await holdings.ofPhoto(photo) }))
        return (await Promise.all(all)).filter(({ holders }) => holders.size < promised)
      })
      for (const { id, record, holders } of lacking) {
        const photo = presentPhoto(id, record, cast, me)
        const names = [...holders.keys()].map((one) => cast.person(cast.devices.get(one)?.member ?? 0).name)
        yield { photo, copies: holders.size, promised, holders: [...new Set(names)] }
      }
    }
  }

  free(ids: readonly string[], options: Wait = {}): Promise<FreeResult[]> {
    return free(this.#session, this.#actor, ids, options)
  }
}

/** What each device holds of a photo, by its number. */
async function heldOf(holdings: Holdings, photo: PhotoFile): Promise<Map<number, Held>> {
  const held = new Map<number, Held>()
  const note = (variant: Variant, holders: Map<number, number>): void => {
    for (const [device, at] of holders) {
      const before = held.get(device) ?? { variants: [], at: 0 }
      held.set(device, { variants: [...before.variants, variant], at: Math.max(at, before.at) })
    }
  }
  note('original', await holdings.ofPhoto(photo))
  const { contributions } = photo.record
  for (const variant of ['preview', 'thumbnail'] as const) {
    note(variant, await holdings.holders(contributions, variant))
  }
  return held
}

function isWhole(held: Map<number, Held> | undefined, device = 0): boolean {
  const own = held?.get(device)?.variants ?? []
  const any = [...(held?.values() ?? [])].flatMap(({ variants }) => variants)
  return own.includes('original') && any.every((variant) => own.includes(variant))
}
