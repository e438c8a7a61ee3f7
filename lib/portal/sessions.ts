import path from 'node:path'
import { manyWaitOn } from '../util/wait.ts'
import type { LinkRow } from './links.ts'
import { hashOf, newId, newSecret } from './secrets.ts'
import { Table } from './table.ts'

const MINUTE = 60_000
/** Who does not come back for so long has to have a new link. */
export const IDLE: number = 90 * 86_400_000
// A link for any number of people is still not for any number of cookies.
const MOST_OF_LINK = 100

/** Somebody who came in, as it lies on the disk: the cookie's secret itself nowhere. */
export interface SessionRow {
  id: string
  hash: string
  linkId: string
  memberId: string
  createdAt: number
  seenAt: number
  /** Whether they came in over HTTPS, also where a proxy speaks it. */
  secure: boolean
}

/** Who is in. */
export class Sessions {
  readonly #table: Table<SessionRow>
  readonly #byHash: Map<string, SessionRow> = new Map()
  readonly #ends: Map<string, AbortController> = new Map()
  #saving: NodeJS.Timeout | undefined
  /** Called after sessions have ended. */
  onend: () => void = () => {}

  private constructor(table: Table<SessionRow>) {
    this.#table = table
    for (const row of table.list()) this.#byHash.set(row.hash, row)
  }

  static async open(folder: string): Promise<Sessions> {
    return new Sessions(await Table.open<SessionRow>(path.join(folder, 'sessions.json')))
  }

  async create(
    { id: linkId, memberId }: LinkRow,
    secure: boolean
  ): Promise<{ session: SessionRow; secret: string }> {
    const secret = newSecret()
    const now = Date.now()
    const hash = hashOf(secret) as string
    const session = { id: newId(), hash, linkId, memberId, createdAt: now, seenAt: now, secure }
    this.#table.put(session)
    this.#byHash.set(hash, session)
    try {
      await this.#table.save()
    } catch (error) {
      this.#end(session.id)
      throw error
    }
    const others = this.ofLink(linkId).filter(({ id }) => id !== session.id)
    const surplus = others
      .sort((a, b) => a.seenAt - b.seenAt)
      .slice(0, Math.max(0, others.length + 1 - MOST_OF_LINK))
    if (surplus.length > 0) await this.end(...surplus.map(({ id }) => id))
    return { session, secret }
  }

  /** The session of a cookie, or null. */
  find(secret: string | undefined): SessionRow | null {
    const hash = hashOf(secret)
    const session = hash === null ? undefined : this.#byHash.get(hash)
    if (!session) return null
    const now = Date.now()
    if (session.seenAt < now - IDLE) {
      this.end(session.id).catch(() => {})
      return null
    }
    if (session.seenAt < now - MINUTE) {
      session.seenAt = now
      this.#saveLater()
    }
    return session
  }

  has(id: string): boolean {
    return this.#table.get(id) !== null
  }

  list(): SessionRow[] {
    return this.#table.list()
  }

  ofLink(linkId: string): SessionRow[] {
    return this.#table.list().filter((row) => row.linkId === linkId)
  }

  /** Aborts when the session ends. */
  signalOf(id: string): AbortSignal {
    let end = this.#ends.get(id)
    if (!end) {
      end = manyWaitOn()
      if (this.has(id)) this.#ends.set(id, end)
      else end.abort()
    }
    return end.signal
  }

  /** They are out at once; throws where that could not be written down. */
  async end(...ids: string[]): Promise<void> {
    for (const id of ids) this.#end(id)
    this.onend()
    await this.#table.save()
  }

  #end(id: string): void {
    const row = this.#table.get(id)
    if (row === null) return
    this.#table.drop(id)
    this.#byHash.delete(row.hash)
    this.#ends.get(id)?.abort()
    this.#ends.delete(id)
  }

  // When somebody was last seen is worth a write now and then, not one for every request.
  #saveLater(): void {
    this.#saving ??= setTimeout(() => {
      this.#saving = undefined
      this.#table.save().catch(() => {})
    }, MINUTE).unref()
  }

  async close(): Promise<void> {
    clearTimeout(this.#saving)
    await this.#table.save()
  }
}
