import fs from 'node:fs'
import path from 'node:path'
import type { KvStore, Upload } from '@tus/server'
import { codeOf } from '../errors.ts'
import { Mutex } from '../util/wait.ts'
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
  /** When bytes last came, or the album took it; infinite while they come. */
  activeAt: number
  /** Null until the album has taken or refused it. */
  result: UploadResult | null
  /** Whether its bytes are still here although the album has taken it. */
  kept: boolean
}

/**
 * What is known of uploads: in memory, and each in a file beside its bytes. A name that is not one of ours never comes
 * to the disk.
 */
export class UploadRecords implements KvStore<Upload> {
  readonly #folder: string
  readonly #records: Map<string, UploadRecord> = new Map()
  readonly #turns: WeakMap<UploadRecord, Mutex> = new WeakMap()

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

  /** Sees to it that the bytes are on the disk itself, where a power cut does not reach them. */
  async settle(record: UploadRecord): Promise<void> {
    const handle = await fs.promises.open(this.fileOf(record), 'r+')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }

  /** Remembers what became of it; the bytes go unless they are kept for a while. */
  async finish(record: UploadRecord, result: UploadResult, kept: boolean): Promise<void> {
    Object.assign(record, { result, kept, activeAt: Date.now() })
    await this.save(record)
    if (!kept) await fs.promises.rm(this.fileOf(record), { force: true })
  }

  /** Lets kept bytes go. */
  async release(record: UploadRecord): Promise<void> {
    record.kept = false
    await fs.promises.rm(this.fileOf(record), { force: true })
    await this.save(record)
  }

  /** Writes down what is known now; nothing of one that was given up meanwhile, which must not come back. */
  save(record: UploadRecord): Promise<void> {
    return this.#turn(record, async () => {
      if (this.#records.has(record.id)) await this.#write(record)
    })
  }

  drop(record: UploadRecord): Promise<void> {
    this.#records.delete(record.id)
    return this.#turn(record, async () => {
      await fs.promises.rm(this.fileOf(record), { force: true })
      await fs.promises.rm(`${this.fileOf(record)}.json`, { force: true })
    })
  }

  /** One thing at a time with the file of a record. */
  #turn(record: UploadRecord, task: () => Promise<void>): Promise<void> {
    const turns = this.#turns.get(record) ?? new Mutex()
    this.#turns.set(record, turns)
    return turns.run(task)
  }

  async #write(record: UploadRecord): Promise<void> {
    const file = `${this.fileOf(record)}.json`
    const handle = await fs.promises.open(`${file}.new`, 'w', 0o600)
    try {
      await handle.writeFile(JSON.stringify(record))
      await handle.sync()
    } finally {
      await handle.close()
    }
    await fs.promises.rename(`${file}.new`, file)
  }

  // ---- as the store of files asks

  async get(id: string): Promise<Upload | undefined> {
    const record = this.#records.get(id)
    if (!record) return undefined
    const { size, metadata } = record
    const creation_date = startOf(record)
    return { id, size, offset: 0, metadata, creation_date, storage: undefined, sizeIsDeferred: false }
  }

  async set(id: string): Promise<void> {
    const record = this.#records.get(id)
    if (record) await this.save(record)
  }

  async delete(id: string): Promise<void> {
    const record = this.#records.get(id)
    if (record) await this.drop(record)
  }
}

/** From when an upload counts as forgotten: not from its beginning, but from when something last came. */
export function startOf({ activeAt }: UploadRecord): string {
  return new Date(Math.min(activeAt, Date.now())).toISOString()
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
