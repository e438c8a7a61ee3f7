import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { AlbumError, codeOf } from '../errors.ts'
import type { AddResult } from '../types.ts'
import { told } from './answers.ts'
import type { UploadResult } from './api.ts'
import { isHash, isId } from './body.ts'
import type { UploadRecord, UploadRecords } from './records.ts'
import type { Visitors } from './visitors.ts'

/** From whole uploads to photos of the album, in the name of whoever sent them. */
export class Taking {
  readonly #records: UploadRecords
  readonly #visitors: Visitors
  readonly #running: Map<string, Promise<UploadResult>> = new Map()

  constructor(records: UploadRecords, visitors: Visitors) {
    this.#records = records
    this.#visitors = visitors
  }

  /** What became of an upload whose last byte has come; asked twice, it is still taken once. */
  take(record: UploadRecord): Promise<UploadResult> {
    if (record.result) return Promise.resolve(record.result)
    let running = this.#running.get(record.id)
    if (!running) {
      running = this.#take(record).finally(() => this.#running.delete(record.id))
      this.#running.set(record.id, running)
    }
    return running
  }

  isTaking({ id }: UploadRecord): boolean {
    return this.#running.has(id)
  }

  /** Resolves when nothing is being taken any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#running.values())
  }

  async #take(record: UploadRecord): Promise<UploadResult> {
    const result = await this.#add(record).then(resultOf, (error: unknown) => {
      // The album is being closed: the bytes stay for the next process.
      if (codeOf(error) === 'CLOSED') throw error
      return failure(error)
    })
    await this.#records.finish(record, result)
    return result
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
    const name = (filename ?? '').slice(0, 255)
    const face = this.#visitors.face(record.memberId)
    const one = { source, name, ...(isId(collection) && { collection }) }
    for await (const result of face.addAll([one])) {
      if (codeOf(result.error) === 'CLOSED') throw result.error
      return result
    }
    throw new AlbumError('CLOSED', 'The album was closed while adding')
  }
}

function resultOf({ status, photo, error }: AddResult): UploadResult {
  if (status === 'failed') return failure(error)
  return { status, photo: photo?.id ?? null, error: null }
}

function failure(error: unknown): UploadResult {
  return { status: 'failed', photo: null, error: told(error) }
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of fs.createReadStream(file, { highWaterMark: 1024 * 1024 }))
    hash.update(chunk as Buffer)
  return hash.digest('hex')
}
