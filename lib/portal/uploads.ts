import path from 'node:path'
import { type Upload, Server } from '@tus/server'
import { Admission } from './admission.ts'
import { PortalError, errorAnswer, isForeseen, notFound, told } from './answers.ts'
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
// Far longer than it takes until what was written is on the disk.
const KEPT = 60 * 60_000
const RETRY_SECONDS = 10
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
  readonly #admission: Admission
  readonly #server: Server
  // Who asks, for the hooks of the tus server: it hands them the request it was given.
  readonly #asking: WeakMap<Request, { visitor: Visitor; id: string }> = new WeakMap()
  readonly #sweeping: NodeJS.Timeout

  private constructor(parts: Parts, records: UploadRecords) {
    this.#parts = parts
    this.#records = records
    this.#taking = new Taking(records, parts.visitors, parts.onerror)
    const { folder, limits } = parts
    this.#admission = new Admission({ folder, limits, records, taking: this.#taking })
    this.#server = new Server({
      path: '/api/uploads',
      relativeLocation: true,
      datastore: new UploadStore(path.join(folder, 'uploads'), records, parts.sessions, DAY),
      locker: new UploadLocks(),
      lockDrainTimeout: 200,
      maxSize: limits.uploadBytes,
      // None: only the page of this portal may ask.
      allowedOrigins: [],
      namingFunction: (request) => this.#asking.get(request)?.id ?? newId(),
      // The route's, which was checked: the server would find one in the query, too.
      getFileIdFromRequest: (request) => this.#asking.get(request)?.id,
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
    if (!/^\d{1,15}$/.test(request.headers.get('upload-length') ?? '0'))
      throw new PortalError(400, 'BAD_ARGUMENT', 'Upload-Length is a number of bytes')
    this.#asking.set(request, { visitor: visitorOf(c), id })
    const response = await this.#server.handleWeb(request)
    if (response.status < 400) return response
    // Who has not been told where it is cannot go on with it.
    const lost = c.req.method === 'POST' ? this.#records.find(id) : null
    if (lost && !(await this.#taking.goOn(lost))) await this.#records.drop(lost)
    return asJson(response)
  }

  async #admit(request: Request, upload: Upload): Promise<{ metadata: UploadRecord['metadata'] }> {
    const visitor = this.#asking.get(request)?.visitor
    if (!visitor) throw notFound()
    const { id, size = 0 } = upload
    const metadata = checked(upload.metadata ?? {})
    await this.#admission.admit(visitor, { id, size, metadata })
    return { metadata }
  }

  async #finish(id: string): Promise<{ headers: Record<string, string> }> {
    const record = this.#records.find(id)
    if (record === null) throw notFound()
    const { status, photo, error } = await this.#taking.take(record).catch((cause: unknown) => {
      if (!isForeseen(cause)) this.#parts.onerror(cause)
      throw new PortalError(503, told(cause).code, 'The album cannot add it now, and tries again')
    })
    const result = error ? `failed:${error.code}` : status
    return { headers: { 'X-Hyperalbum-Result': result, ...(photo && { 'X-Hyperalbum-Photo': photo }) } }
  }

  async #result(record: UploadRecord): Promise<UploadResult> {
    const { result } = record
    if (result === null) await this.#taking.goOn(record)
    return result ?? { status: 'pending', photo: null, error: null }
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

  /** Takes what is whole; what is not goes with its session, or after a day in which nothing came. */
  async sweep(): Promise<void> {
    const records = this.#records.all()
    const results = records.filter(({ result }) => result !== null)
    const surplus = new Set(results.slice(0, Math.max(0, results.length - MOST_RESULTS)))
    for (const record of records) {
      if (this.#taking.isTaking(record)) continue
      const since = Date.now() - record.activeAt
      if (record.result === null) {
        const forgotten = since > DAY || !this.#parts.sessions.has(record.sessionId)
        // Who sent the last byte may have taken that for success, whatever became of their session.
        if (!(await this.#taking.goOn(record)) && forgotten) await this.#records.drop(record)
      } else if (record.kept && !this.#taking.isCertain(record)) this.#taking.confirm(record)
      else if (since > DAY || surplus.has(record)) await this.#records.drop(record)
      else if (record.kept && since > KEPT) await this.#records.release(record)
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeping)
    await this.#taking.close()
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
  const { status } = response
  const retry = status === 503 ? RETRY_SECONDS : null
  const answer = errorAnswer(new PortalError(status, code, said?.[2] ?? text.trim(), retry))
  for (const [name, value] of response.headers) {
    if (name.startsWith('tus-') || name.startsWith('upload-')) answer.headers.set(name, value)
  }
  return answer
}

/** Of what a visitor says about a file only what we ask for. */
function checked(given: Record<string, string | null>): UploadRecord['metadata'] {
  const { filename, lastModified, sha256, collection } = given
  const metadata: UploadRecord['metadata'] = {}
  if (filename) metadata.filename = nameIn(filename)
  if (lastModified && /^\d{1,16}$/.test(lastModified)) metadata.lastModified = lastModified
  if (isHash(sha256)) metadata.sha256 = sha256
  if (isId(collection)) metadata.collection = collection
  return metadata
}

/** A name alone: no folders, and nothing unseen but what joins letters and emoji. */
function nameIn(given: string): string {
  return given
    .replace(/^.*[/\\]/s, '')
    .replace(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .slice(0, 255)
    .replace(/[\ud800-\udbff]$/, '')
}
