import fs from 'node:fs'
import path from 'node:path'
import { type Upload, Server } from '@tus/server'
import { PortalError, errorAnswer, isForeseen, notFound } from './answers.ts'
import type { UploadResult } from './api.ts'
import { isHash, isId } from './body.ts'
import { UploadLocks } from './locks.ts'
import { type UploadRecord, UploadRecords } from './records.ts'
import type { UploadLimits } from './portal.ts'
import { type App, type Ask, visitorOf } from './route.ts'
import { newId } from './secrets.ts'
import type { Sessions } from './sessions.ts'
import { UploadStore } from './store.ts'
import { Taking } from './taking.ts'
import type { Visitor, Visitors } from './visitors.ts'

const DAY = 86_400_000
const SWEEP = 10 * 60_000
const IDLE = 10 * 60_000
// The album stops adding long before; this keeps room for what it writes meanwhile.
const ROOM = 512 * 1024 * 1024
const ID = /^[0-9a-f]{32}$/
const MOST_RESULTS = 10_000

interface Parts {
  folder: string
  limits: UploadLimits
  sessions: Sessions
  visitors: Visitors
  onerror: (error: unknown) => void
}

/** Resumable uploads (tus 1.0.0) into the album. */
export class Uploads {
  readonly #parts: Parts
  readonly #records: UploadRecords
  readonly #taking: Taking
  readonly #server: Server
  // Who asks, for the hooks of the tus server: it hands them the request it was given.
  readonly #asking: WeakMap<Request, { visitor: Visitor; id: string }> = new WeakMap()
  readonly #sweeping: NodeJS.Timeout

  private constructor(parts: Parts, records: UploadRecords) {
    this.#parts = parts
    this.#records = records
    this.#taking = new Taking(records, parts.visitors)
    this.#server = new Server({
      path: '/api/uploads',
      relativeLocation: true,
      datastore: new UploadStore(path.join(parts.folder, 'uploads'), records, parts.sessions, DAY),
      locker: new UploadLocks(),
      lockDrainTimeout: 200,
      maxSize: parts.limits.uploadBytes,
      // None: only the page of this portal may ask.
      allowedOrigins: [],
      namingFunction: (request) => this.#asking.get(request)?.id ?? newId(),
      onUploadCreate: (request, upload) => this.#admit(request, upload),
      onUploadFinish: (_request, { id }) => this.#finish(id),
      onResponseError: (_request, error) => this.#refuse(error)
    })
    this.#sweeping = setInterval(() => void this.sweep().catch(parts.onerror), SWEEP).unref()
  }

  /** Goes on with what a former process left: unfinished uploads wait, whole ones are added. */
  static async open(parts: Parts): Promise<Uploads> {
    const uploads = new Uploads(parts, await UploadRecords.open(path.join(parts.folder, 'uploads')))
    await uploads.sweep()
    return uploads
  }

  routes(app: App): void {
    app.get('/api/uploads/:id/result', async (c) =>
      c.json<UploadResult>(await this.#result(this.#recordIn(c)))
    )
    app.post('/api/uploads', (c) => this.#handle(c, newId()))
    const known = (c: Ask): Promise<Response> => this.#handle(c, this.#recordIn(c).id)
    app.patch('/api/uploads/:id', known)
    app.delete('/api/uploads/:id', known)
    // A HEAD request comes to the route of GET.
    app.get('/api/uploads/:id', (c) => {
      if (c.req.method !== 'HEAD') throw notFound()
      return known(c)
    })
  }

  /** The upload in the path: one's own, or it is not found. */
  #recordIn(c: Ask): UploadRecord {
    const id = c.req.param('id')
    const record = id !== undefined && ID.test(id) ? this.#records.find(id) : null
    if (record === null || record.memberId !== visitorOf(c).member.id) throw notFound()
    return record
  }

  async #handle(c: Ask, id: string): Promise<Response> {
    const request = c.req.raw
    if (c.req.method === 'POST') await this.#checkRoom(request)
    this.#asking.set(request, { visitor: visitorOf(c), id })
    const response = await this.#server.handleWeb(request)
    if (response.status < 400) return response
    const record = c.req.method === 'POST' ? this.#records.find(id) : null
    if (record && (await this.#records.received(record)) === 0) await this.#records.drop(record)
    return asJson(response)
  }

  async #checkRoom(request: Request): Promise<void> {
    const length = request.headers.get('upload-length') ?? '0'
    if (!/^\d{1,15}$/.test(length))
      throw new PortalError(400, 'BAD_ARGUMENT', 'Upload-Length is a number of bytes')
    const size = Number(length)
    const pending = this.#pending()
    const { bavail, bsize } = await fs.promises.statfs(this.#parts.folder)
    const announced = pending.reduce((sum, one) => sum + one.size, size)
    // Twice: the album makes a copy before the upload goes.
    if (bavail * bsize < announced + size + ROOM) {
      throw new PortalError(507, 'STORAGE_FULL', 'There is no room for this file on the disk of this album')
    }
  }

  // Counted and reserved in one go: requests that come together must not pass together.
  async #admit(request: Request, upload: Upload): Promise<{ metadata: UploadRecord['metadata'] }> {
    const visitor = this.#asking.get(request)?.visitor
    const { limits } = this.#parts
    const { id, size = 0 } = upload
    if (!visitor?.contributes) throw refusal(new PortalError(403, 'FORBIDDEN', 'You may look, but not add'))
    if (size === 0) throw refusal(new PortalError(400, 'FILE_EMPTY', 'The file is empty'))
    const { session, member } = visitor
    await this.#makeWay(session.id)
    const pending = this.#pending()
    const mine = pending.filter(({ sessionId }) => sessionId === session.id)
    const bytes = pending.reduce((sum, one) => sum + one.size, size)
    if (
      mine.length >= limits.uploads ||
      pending.length >= limits.uploadsOfAll ||
      bytes > limits.uploadBytesOfAll
    ) {
      throw refusal(new PortalError(429, 'TOO_MANY_UPLOADS', 'Too much is being sent at a time'))
    }
    const metadata = checked(upload.metadata ?? {})
    const [sessionId, memberId, now] = [session.id, member.id, Date.now()]
    const times = { createdAt: now, activeAt: now }
    this.#records.reserve({ id, sessionId, memberId, size, metadata, ...times, result: null })
    return { metadata }
  }

  #pending(): UploadRecord[] {
    return this.#records.all().filter(({ result }) => result === null)
  }

  /** A page that was closed in the middle leaves uploads behind: they make way before somebody is refused for them. */
  async #makeWay(session: string): Promise<void> {
    const mine = this.#pending().filter(({ sessionId }) => sessionId === session)
    if (mine.length < this.#parts.limits.uploads) return
    const idle = mine.filter((one) => one.activeAt < Date.now() - IDLE && !this.#taking.isTaking(one))
    const [oldest] = idle.sort((a, b) => a.activeAt - b.activeAt)
    if (oldest) await this.#records.drop(oldest)
  }

  async #finish(id: string): Promise<{ headers: Record<string, string> }> {
    const record = this.#records.find(id)
    if (record === null) throw refusal(notFound())
    const { status, photo, error } = await this.#taking.take(record)
    const result = error ? `failed:${error.code}` : status
    return { headers: { 'X-Hyperalbum-Result': result, ...(photo && { 'X-Hyperalbum-Photo': photo }) } }
  }

  async #result(record: UploadRecord): Promise<UploadResult> {
    const { result } = record
    if (result === null && !this.#taking.isTaking(record)) await this.#goOn(record)
    return result ?? { status: 'pending', photo: null, error: null }
  }

  /** Adds it where it is whole, without waiting for that. */
  async #goOn(record: UploadRecord): Promise<void> {
    if ((await this.#records.received(record)) !== record.size) return
    this.#taking.take(record).catch((error: unknown) => this.#parts.onerror(error))
  }

  #refuse(
    error: Error | { status_code: number; body: string }
  ): { status_code: number; body: string } | undefined {
    if ('status_code' in error) return undefined
    if (error instanceof PortalError) return refusal(error)
    if (isForeseen(error)) return { status_code: 503, body: 'Try again\n' }
    // What the file system says of paths is not for others.
    this.#parts.onerror(error)
    return { status_code: 500, body: 'Something went wrong\n' }
  }

  /** The uploads of sessions that ended, and all after a day. */
  async sweep(): Promise<void> {
    const records = this.#records.all()
    const results = records.filter(({ result }) => result !== null)
    const surplus = new Set(results.slice(0, Math.max(0, results.length - MOST_RESULTS)))
    for (const record of records) {
      if (this.#taking.isTaking(record)) continue
      const old = record.createdAt < Date.now() - DAY
      const orphan = record.result === null && !this.#parts.sessions.has(record.sessionId)
      if (old || orphan || surplus.has(record)) await this.#records.drop(record)
      else if (record.result === null) await this.#goOn(record)
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeping)
    await this.#taking.settled()
  }
}

/** What the tus server takes for an answer. */
function refusal({ status, code, message }: PortalError): { status_code: number; body: string } {
  return { status_code: status, body: JSON.stringify({ code, message }) }
}

const CODES: Record<number, string> = {
  404: 'NOT_FOUND',
  409: 'WRONG_OFFSET',
  410: 'NOT_FOUND',
  413: 'TOO_LARGE',
  500: 'INTERNAL',
  503: 'CLOSED'
}

async function asJson(response: Response): Promise<Response> {
  const text = await response.text()
  const said = /^\{"code":"(\w+)","message":"([^"]*)"\}$/.exec(text)
  const code = said?.[1] ?? CODES[response.status] ?? 'BAD_ARGUMENT'
  const answer = errorAnswer(new PortalError(response.status, code, said?.[2] ?? text.trim()))
  for (const [name, value] of response.headers) {
    if (name.startsWith('tus-') || name.startsWith('upload-')) answer.headers.set(name, value)
  }
  return answer
}

/** Of what a visitor says about a file only what we ask for. */
function checked(given: Record<string, string | null>): UploadRecord['metadata'] {
  const { filename, lastModified, sha256, collection } = given
  const metadata: UploadRecord['metadata'] = {}
  if (filename) metadata.filename = filename.slice(0, 255)
  if (lastModified && /^\d{1,16}$/.test(lastModified)) metadata.lastModified = lastModified
  if (isHash(sha256)) metadata.sha256 = sha256
  if (isId(collection)) metadata.collection = collection
  return metadata
}
