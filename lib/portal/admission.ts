import fs from 'node:fs'
import { PortalError } from './answers.ts'
import type { UploadLimits } from './portal.ts'
import type { UploadRecord, UploadRecords } from './records.ts'
import type { Taking } from './taking.ts'
import type { Visitor } from './visitors.ts'

const IDLE = 10 * 60_000
// The album stops adding long before; this keeps room for what it writes meanwhile.
const ROOM = 512 * 1024 * 1024

interface Parts {
  folder: string
  limits: UploadLimits
  records: UploadRecords
  taking: Taking
}

/** Who may begin to send what: bounds for each session, each member and all together, and the room on the disk. */
export class Admission {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Takes the place of a new upload. Throws what it is refused by, once nobody idle can make way. */
  async admit(
    visitor: Visitor,
    { id, size, metadata }: Pick<UploadRecord, 'id' | 'size' | 'metadata'>
  ): Promise<void> {
    if (!visitor.contributes) throw new PortalError(403, 'FORBIDDEN', 'You may look, but not add')
    if (size === 0) throw new PortalError(400, 'FILE_EMPTY', 'The file is empty')
    const { session, member } = visitor
    const { bavail, bsize } = await fs.promises.statfs(this.#parts.folder)
    for (;;) {
      // Compared and reserved in one go: requests that come together must not pass together.
      const full = this.#isFull(visitor, size)
      if (full === null) break
      if (!(await this.#makeWay(full))) {
        throw new PortalError(429, 'TOO_MANY_UPLOADS', 'Too much is being sent at a time')
      }
    }
    // Twice: the album makes a copy, and what it has taken stays for a while. What stays is no free room any more.
    if (bavail * bsize < 2 * (bytesOf(this.#pending()) + size) + ROOM) {
      throw new PortalError(507, 'STORAGE_FULL', 'There is no room for this file on the disk of this album')
    }
    const now = Date.now()
    const times = { createdAt: now, activeAt: now }
    const fresh = { id, sessionId: session.id, memberId: member.id, size, metadata, ...times }
    this.#parts.records.reserve({ ...fresh, result: null, kept: false })
  }

  #pending(): UploadRecord[] {
    return this.#parts.records.all().filter(({ result }) => result === null)
  }

  /** Among which uploads there is no place for one more; null where there is. */
  #isFull({ session, member }: Visitor, size: number): UploadRecord[] | null {
    const { uploads, uploadBytes, uploadsOfAll, uploadBytesOfAll } = this.#parts.limits
    const all = this.#pending()
    const of = (records: UploadRecord[], most: number, bytes: number): boolean =>
      records.length >= most || bytesOf(records) + size > bytes
    const ofSession = all.filter(({ sessionId }) => sessionId === session.id)
    if (of(ofSession, uploads, Infinity)) return ofSession
    // Nobody can use up the bounds of all, whatever they announce and with how many browsers.
    const ofMember = all.filter(({ memberId }) => memberId === member.id)
    const [most, bytes] = [Math.max(uploads, uploadsOfAll / 4), Math.max(uploadBytes, uploadBytesOfAll / 4)]
    if (of(ofMember, most, bytes)) return ofMember
    return of(all, uploadsOfAll, uploadBytesOfAll) ? all : null
  }

  /** A page that was closed in the middle leaves uploads behind: the oldest goes before somebody is refused for it. */
  async #makeWay(records: UploadRecord[]): Promise<boolean> {
    const { records: book, taking } = this.#parts
    const isIdle = (one: UploadRecord): boolean => one.activeAt < Date.now() - IDLE && !taking.isTaking(one)
    for (const one of records.filter(isIdle).sort((a, b) => a.activeAt - b.activeAt)) {
      // A whole one is the album's, and only waits for it.
      if ((await taking.goOn(one)) || !isIdle(one)) continue
      await book.drop(one)
      return true
    }
    return false
  }
}

function bytesOf(records: UploadRecord[]): number {
  return records.reduce((sum, { size }) => sum + size, 0)
}
