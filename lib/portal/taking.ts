import { createHash } from 'node:crypto'
import fs from 'node:fs'
import type { Album } from '../album.ts'
import { AlbumError, codeOf } from '../errors.ts'
import type { AddResult, SourceWithOptions } from '../types.ts'
import { isForeseen, told } from './answers.ts'
import type { UploadResult } from './api.ts'
import { isHash, isId } from './body.ts'
import type { UploadRecord, UploadRecords } from './records.ts'
import { Turns } from './turns.ts'
import type { Visitors } from './visitors.ts'

// Of many that come together: each is read, hashed and copied.
const AT_A_TIME = 4
// Between tries that nobody sent anything for: each reads the whole file.
const PAUSE = 5000
// What nothing will change. Any other failure is of the moment, and the bytes wait for the next try.
const FINAL = ['BAD_ARGUMENT', 'FILE_EMPTY', 'FORBIDDEN', 'PHOTO_CORRUPT', 'REMOVED', 'UNSUPPORTED_FILE']

/** From whole uploads to photos of the album, in the name of whoever sent them. */
export class Taking {
  readonly #records: UploadRecords
  readonly #visitors: Visitors
  readonly #onerror: (error: unknown) => void
  readonly #running: Map<string, Promise<UploadResult>> = new Map()
  readonly #turns: Turns = new Turns(AT_A_TIME)
  // Of what another process has added it is not known whether the disk knows of it, too.
  readonly #certain: WeakSet<UploadRecord> = new WeakSet()
  readonly #failedAt: WeakMap<UploadRecord, number> = new WeakMap()
  #closed = false

  constructor(records: UploadRecords, visitors: Visitors, onerror: (error: unknown) => void) {
    this.#records = records
    this.#visitors = visitors
    this.#onerror = onerror
  }

  /**
   * What became of an upload whose last byte has come; asked twice, it is still taken once. Throws where the album cannot
   * take it now: the bytes stay.
   */
  take(record: UploadRecord): Promise<UploadResult> {
    if (record.result) return Promise.resolve(record.result)
    return this.#run(record, () => this.#take(record))
  }

  /** Takes it where it is whole, without waiting for that, but not again at once; whether it is whole. */
  async goOn(record: UploadRecord): Promise<boolean> {
    if (record.result !== null || this.isTaking(record)) return true
    if ((await this.#records.received(record)) !== record.size) return false
    const since = performance.now() - (this.#failedAt.get(record) ?? -Infinity)
    if (since > PAUSE) this.#behind(this.take(record))
    return true
  }

  /**
   * Asks the album for what a former process has added, without waiting: a power cut may have taken the last that was
   * written. What lacks is taken again.
   */
  confirm(record: UploadRecord): void {
    this.#behind(this.#run(record, () => this.#confirm(record)))
  }

  /** Whether the album surely has what it has taken. */
  isCertain(record: UploadRecord): boolean {
    return this.#certain.has(record)
  }

  isTaking({ id }: UploadRecord): boolean {
    return this.#running.has(id)
  }

  /** Resolves when nothing is being taken any more; what waits stays for the next process. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#running.values())
  }

  #run(record: UploadRecord, task: () => Promise<UploadResult>): Promise<UploadResult> {
    let running = this.#running.get(record.id)
    if (!running) {
      const open = (): Promise<UploadResult> => {
        if (this.#closed) throw new AlbumError('CLOSED', 'The portal was closed before this was added')
        return task()
      }
      running = this.#turns.run(async () => open()).finally(() => this.#running.delete(record.id))
      this.#running.set(record.id, running)
    }
    return running
  }

  #behind(running: Promise<UploadResult>): void {
    running.catch((error: unknown) => {
      if (!isForeseen(error)) this.#onerror(error)
    })
  }

  async #take(record: UploadRecord): Promise<UploadResult> {
    let result: UploadResult
    try {
      result = await this.#add(record).then(resultOf, failure)
    } catch (error) {
      this.#failedAt.set(record, performance.now())
      throw error
    }
    if (result.status === 'added') this.#certain.add(record)
    // The album's last writes may not outlive a power cut: the bytes stay until they surely do.
    await this.#records.finish(record, result, result.status === 'added')
    return result
  }

  async #confirm(record: UploadRecord): Promise<UploadResult> {
    const { sha256 } = record.metadata
    const source = this.#records.fileOf(record)
    const hash = isHash(sha256) ? sha256 : await hashFile(source)
    const [known] = await this.#visitors.face(record.memberId).known([hash])
    if (known === 'new') {
      record.result = null
      return this.#take(record)
    }
    this.#certain.add(record)
    return record.result as UploadResult
  }

  async #add(record: UploadRecord): Promise<AddResult> {
    const { filename, lastModified, sha256, collection } = record.metadata
    const source = this.#records.fileOf(record)
    const modified = Number(lastModified)
    // What the album makes of a file's own time it makes of this, where nothing better is known.
    if (lastModified && modified > 0 && modified < 8.64e15) {
      await fs.promises.utimes(source, new Date(modified), new Date(modified))
    }
    if (isHash(sha256) && (await hashFile(source)) !== sha256) {
      throw new AlbumError('PHOTO_CORRUPT', 'What came is not the file that was announced')
    }
    await this.#records.settle(record)
    const face = this.#visitors.face(record.memberId)
    const one = { source, name: filename ?? '' }
    if (!isId(collection)) return addOne(face, one)
    const result = await addOne(face, { ...one, collection })
    // A collection that is gone meanwhile is no reason to lose the photo.
    if (codeOf(result.error) === 'NOT_FOUND') return addOne(face, one)
    const { status, photo } = result
    // Of what this device has added before, the album takes nothing anew, also not where it shall lie.
    if (status === 'duplicate' && photo && !photo.collections.includes(collection)) {
      await face.collections.add(collection, photo.id)
    }
    return result
  }
}

async function addOne(face: Album, one: SourceWithOptions): Promise<AddResult> {
  for await (const result of face.addAll([one])) return result
  throw new AlbumError('CLOSED', 'The album was closed while adding')
}

function resultOf({ status, photo, error }: AddResult): UploadResult {
  if (status === 'failed') return failure(error)
  return { status, photo: photo?.id ?? null, error: null }
}

function failure(error: unknown): UploadResult {
  if (!FINAL.includes(codeOf(error))) throw error
  return { status: 'failed', photo: null, error: told(error) }
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of fs.createReadStream(file, { highWaterMark: 1024 * 1024 }))
    hash.update(chunk as Buffer)
  return hash.digest('hex')
}
