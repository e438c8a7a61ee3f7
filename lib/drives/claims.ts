import { createHash } from 'crypto'
import b4a from 'b4a'
import type { Keychain } from '../log/keychain.ts'
import { Mutex } from '../util/wait.ts'
import type { BlobSource } from './blobs.ts'

// Where the keychain keeps what was found right, many claims a row.
const MARK = 'checked'
// Bytes of a claim's hash: nobody makes another claim with the hash of one that was found right.
const HASH_BYTES = 16
// A row of fewer claims is written anew with what comes next, so that there are not as many rows as photos.
const FULL_ROW = 64
// So many are written before a run of fetches ends.
const MANY = 1000

/**
 * Claims that were looked into: a contribution says that the bytes at a place are a photo, and anybody may say so of
 * other bytes of theirs. What was found right is remembered for good, what was found wrong while the album is open.
 */
export class Claims {
  readonly #keychain: Pick<Keychain, 'list' | 'put'>
  readonly #turns = new Mutex()
  readonly #wrong = new Set<string>()
  #right: Promise<Set<string>> | null = null
  #rows = 0
  // The last row, while it is not full, and what has not been written yet.
  #last: string[] = []
  #fresh: string[] = []

  constructor(keychain: Pick<Keychain, 'list' | 'put'>) {
    this.#keychain = keychain
  }

  isWrong(source: BlobSource, sha256: Uint8Array): boolean {
    return this.#wrong.has(claimOf(source, sha256))
  }

  async isRight(source: BlobSource, sha256: Uint8Array): Promise<boolean> {
    return (await this.#read()).has(claimOf(source, sha256))
  }

  async note(source: BlobSource, sha256: Uint8Array, right: boolean): Promise<void> {
    const claim = claimOf(source, sha256)
    const known = await this.#read()
    if (!right) this.#wrong.add(claim)
    else if (!known.has(claim)) {
      known.add(claim)
      this.#fresh.push(claim)
    }
    if (this.#fresh.length >= MANY) await this.write()
  }

  #read(): Promise<Set<string>> {
    if (this.#right === null) {
      this.#right = this.#readAll()
      this.#right.catch(() => (this.#right = null))
    }
    return this.#right
  }

  async #readAll(): Promise<Set<string>> {
    const right = new Set<string>()
    const rows = await this.#keychain.list(MARK)
    let row: string[] = []
    for (const { value } of rows) {
      row = []
      for (let at = 0; at < value.byteLength; at += HASH_BYTES) {
        row.push(b4a.toString(value.subarray(at, at + HASH_BYTES), 'hex'))
      }
      for (const claim of row) right.add(claim)
    }
    this.#last = row.length < FULL_ROW ? row : []
    this.#rows = this.#last.length > 0 ? rows.length - 1 : rows.length
    return right
  }

  /** Writes down what was found right. What fails to be written is looked into again another time. */
  write(): Promise<void> {
    return this.#turns.run(async () => {
      if (this.#fresh.length === 0) return
      const fresh = this.#fresh
      const row = [...this.#last, ...fresh]
      this.#fresh = []
      const id = String(this.#rows).padStart(10, '0')
      try {
        await this.#keychain.put(MARK, id, b4a.from(row.join(''), 'hex'))
      } catch (error) {
        this.#fresh = [...fresh, ...this.#fresh]
        throw error
      }
      this.#last = row.length < FULL_ROW ? row : []
      if (this.#last.length === 0) this.#rows++
    })
  }
}

function claimOf({ publicKey, pointer }: BlobSource, sha256: Uint8Array): string {
  const { blockOffset, blockLength, byteOffset, byteLength } = pointer
  const place = b4a.from([blockOffset, blockLength, byteOffset, byteLength].join('/'))
  const hash = createHash('sha256').update(publicKey).update(sha256).update(place).digest()
  return b4a.toString(hash.subarray(0, HASH_BYTES), 'hex')
}
