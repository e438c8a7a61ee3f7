import fs from 'node:fs'
import path from 'node:path'
import type { KvStore, Upload } from '@tus/server'
import { codeOf } from '../errors.ts'
import type { UploadResult } from './api.ts'

const FILE = /^([0-9a-f]{32})(\.json(\.new)?)?$/

/** An upload, and what became of it. */
export interface UploadRecord {
  id: string
  sessionId: string
  memberId: string
  /** Bytes in all. */
  size: number
  metadata: Record<string, string | null>
  createdAt: number
  /** When bytes last came, as far as this process knows. */
  activeAt: number
  /** Null until the album has taken or refused it; the bytes are gone by then. */
  result: UploadResult | null
}

/**
 * What is known of uploads: in memory, and each in a file beside its bytes. A name that is not one of ours never comes
 * to the disk.
 */
export class UploadRecords implements KvStore<Upload> {
  readonly #folder: string
  readonly #records: Map<string, UploadRecord> = new Map()

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** Reads what a former process left; bytes of uploads of which nothing is known are removed. */
  static async open(folder: string): Promise<UploadRecords> {
    await fs.promises.mkdir(folder, { recursive: true, mode: 0o700 })
    const records = new UploadRecords(folder)
    const names = await fs.promises.readdir(folder)
    for (const name of names.filter((one) => one.endsWith('.json'))) {
      const record = await readRecord(path.join(folder, name))
      if (record && `${record.id}.json` === name) records.#records.set(record.id, record)
    }
    for (const name of names) {
      const id = FILE.exec(name)?.[1]
      if (id && (!records.#records.has(id) || name.endsWith('.new')))
        await fs.promises.rm(path.join(folder, name), { force: true })
    }
    return records
  }

  all(): UploadRecord[] {
    return [...this.#records.values()]
  }

  find(id: string): UploadRecord | null {
    return this.#records.get(id) ?? null
  }

  /** Where the bytes lie. */
  fileOf({ id }: Pick<UploadRecord, 'id'>): string {
    return path.join(this.#folder, id)
  }

  /** Takes the place of an upload that is about to begin, so that others count it. */
  reserve(record: UploadRecord): void {
    this.#records.set(record.id, record)
  }

  /** How many bytes have come. */
  async received(record: UploadRecord): Promise<number> {
    const stat = await fs.promises.stat(this.fileOf(record)).catch(() => null)
    return stat?.size ?? 0
  }

  /** Remembers what became of it, and lets the bytes go. */
  async finish(record: UploadRecord, result: UploadResult): Promise<void> {
    record.result = result
    // One that was given up meanwhile must not come back.
    if (this.#records.has(record.id)) await this.#write(record)
    await fs.promises.rm(this.fileOf(record), { force: true })
  }

  async drop(record: UploadRecord): Promise<void> {
    this.#records.delete(record.id)
    await fs.promises.rm(this.fileOf(record), { force: true })
    await fs.promises.rm(`${this.fileOf(record)}.json`, { force: true })
  }

  async #write(record: UploadRecord): Promise<void> {
    const file = `${this.fileOf(record)}.json`
    await fs.promises.writeFile(`${file}.new`, JSON.stringify(record), { mode: 0o600 })
    await fs.promises.rename(`${file}.new`, file)
  }

  // ---- as the store of files asks

  async get(id: string): Promise<Upload | undefined> {
    const record = this.#records.get(id)
    if (!record) return undefined
    const { size, metadata, createdAt } = record
    const creation_date = new Date(createdAt).toISOString()
    return { id, size, offset: 0, metadata, creation_date, storage: undefined, sizeIsDeferred: false }
  }

  async set(id: string): Promise<void> {
    const record = this.#records.get(id)
    if (record) await this.#write(record)
  }

  async delete(id: string): Promise<void> {
    const record = this.#records.get(id)
    if (record) await this.drop(record)
  }
}

async function readRecord(file: string): Promise<UploadRecord | null> {
  try {
    return JSON.parse(await fs.promises.readFile(file, 'utf8')) as UploadRecord
  } catch (error) {
    // One that was cut off while it was written: the upload begins anew.
    if (error instanceof SyntaxError) return null
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}
