import fs from 'node:fs'
import path from 'node:path'
import { AlbumError, codeOf, storageError } from '../errors.ts'
import { Mutex } from '../util/wait.ts'

/** Few rows by their id, in memory and in one file that is always whole and only its owner's. */
export class Table<Row extends { id: string }> {
  readonly #file: string
  readonly #rows: Map<string, Row>
  readonly #mutex: Mutex = new Mutex()
  #waiting: Promise<void> | null = null

  private constructor(file: string, rows: Row[]) {
    this.#file = file
    this.#rows = new Map(rows.map((row) => [row.id, row]))
  }

  /** Reads the file, where there is one. Throws `STORAGE_FAILED` where it is not what `save` wrote. */
  static async open<Row extends { id: string }>(file: string): Promise<Table<Row>> {
    try {
      return new Table(file, JSON.parse(await fs.promises.readFile(file, 'utf8')) as Row[])
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return new Table<Row>(file, [])
      const name = path.basename(file)
      throw new AlbumError('STORAGE_FAILED', `${name} of the portal cannot be read`, { cause })
    }
  }

  get size(): number {
    return this.#rows.size
  }

  get(id: string): Row | null {
    return this.#rows.get(id) ?? null
  }

  list(): Row[] {
    return [...this.#rows.values()]
  }

  put(row: Row): void {
    this.#rows.set(row.id, row)
  }

  drop(id: string): boolean {
    return this.#rows.delete(id)
  }

  /**
   * Resolves when the rows of now are on the disk. Those who wait for the same write share it. Throws `STORAGE_FULL`,
   * `STORAGE_FAILED`.
   */
  save(): Promise<void> {
    this.#waiting ??= this.#mutex.run(() => {
      this.#waiting = null
      return this.#write(JSON.stringify(this.list())).catch((error: unknown) => {
        throw storageError(error)
      })
    })
    return this.#waiting
  }

  async #write(text: string): Promise<void> {
    const beside = `${this.#file}.new`
    const handle = await fs.promises.open(beside, 'w', 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await fs.promises.rename(beside, this.#file)
  }
}
