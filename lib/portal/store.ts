import fs from 'node:fs'
import type { Readable } from 'node:stream'
import { FileStore } from '@tus/file-store'
import { ERRORS, Upload } from '@tus/server'
import { notFound } from './answers.ts'
import { type UploadRecords, startOf } from './records.ts'
import type { Sessions } from './sessions.ts'

/** The bytes of uploads, in files that are only their owner's; an upload ends with its session. */
export class UploadStore extends FileStore {
  readonly #records: UploadRecords
  readonly #sessions: Sessions

  constructor(directory: string, records: UploadRecords, sessions: Sessions, expiry: number) {
    super({ directory, configstore: records, expirationPeriodInMilliseconds: expiry })
    this.#records = records
    this.#sessions = sessions
    // How long a file is has to be said before it comes: it is what the bounds are about.
    this.extensions = ['creation', 'creation-with-upload', 'termination', 'expiration']
  }

  override async create(upload: Upload): Promise<Upload> {
    const record = this.#records.find(upload.id)
    if (record === null) throw ERRORS.FILE_NOT_FOUND
    await fs.promises.writeFile(this.#records.fileOf(record), '', { flag: 'wx', mode: 0o600 })
    await this.#records.set(upload.id)
    return upload
  }

  /** One that the album has taken is whole, though its bytes are not here any more. */
  override async getUpload(id: string): Promise<Upload> {
    const record = this.#records.find(id)
    if (record === null) throw ERRORS.FILE_NOT_FOUND
    if (record.result === null) return super.getUpload(id)
    const { size, metadata } = record
    const creation_date = startOf(record)
    return new Upload({ id, size, offset: size, metadata, creation_date })
  }

  override async write(readable: Readable, id: string, offset: number): Promise<number> {
    const record = this.#records.find(id)
    if (record === null) throw ERRORS.FILE_NOT_FOUND
    if (record.result !== null) return offset
    const ended = this.#sessions.signalOf(record.sessionId)
    const stop = (): void => void readable.destroy(notFound())
    ended.addEventListener('abort', stop)
    try {
      if (ended.aborted) throw ERRORS.FILE_NO_LONGER_EXISTS
      // What the disk knows of, should this process end in the middle.
      record.activeAt = Date.now()
      await this.#records.save(record)
      record.activeAt = Infinity
      return await super.write(readable, id, offset)
    } finally {
      record.activeAt = Date.now()
      ended.removeEventListener('abort', stop)
      await this.#records.save(record)
    }
  }

  override async remove(id: string): Promise<void> {
    await this.#records.delete(id)
  }
}
