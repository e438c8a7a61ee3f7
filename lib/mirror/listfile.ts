import fs from 'node:fs'
import b4a from 'b4a'
import { codeOf } from '../errors.ts'
import { toDisk } from '../util/disk.ts'
import { MAX_LIST_BYTES, type SignedAllowed, isNewer, openAllowed } from '../view/allowed.ts'

// A slot: as the how-manieth album it was set up, the length of the list, and the list.
const HEADER_BYTES = 8
const SLOT_BYTES = HEADER_BYTES + MAX_LIST_BYTES
const SLOTS = [0, 1]

/**
 * Where a blind mirror keeps the newest list of whom it lets in. A removal must not wait for room on a full disk, so that
 * the file takes all that it will ever need beforehand, and is written in place: in two slots by turns, of which the other
 * one has the list before where the power fails. The signature tells which of them is whole. Where the file system writes
 * nothing in place (btrfs, ZFS), a disk that is full to the last block holds it up all the same.
 */
export class ListFile {
  readonly #file: string
  #newest = 0

  constructor(file: string) {
    this.#file = file
  }

  /** The newest list that was kept since the mirror was set up as the `setup`th album; null where there is none. */
  async read(setup: number): Promise<SignedAllowed | null> {
    const bytes = await toDisk(() => readOrNull(this.#file))
    let newest: SignedAllowed | null = null
    for (const slot of bytes === null ? [] : SLOTS) {
      const list = inSlot(bytes as Uint8Array, slot, setup)
      if (list === null || (newest !== null && !isNewer(list, newest))) continue
      newest = list
      this.#newest = slot
    }
    return newest
  }

  /** Takes the room that it needs, where it has not yet. Throws `STORAGE_FULL` or `STORAGE_FAILED`. */
  async reserve(): Promise<void> {
    await toDisk(async () => {
      const handle = await fs.promises.open(this.#file, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600)
      try {
        const { size } = await handle.stat()
        const lacking = SLOTS.length * SLOT_BYTES - size
        if (lacking > 0) await handle.write(b4a.alloc(lacking), 0, lacking, size)
        await handle.sync()
      } finally {
        await handle.close()
      }
    })
  }

  /** Keeps a list that is newer than all before. Throws `STORAGE_FULL` or `STORAGE_FAILED`; the one before is kept then. */
  async write(setup: number, { bytes }: SignedAllowed): Promise<void> {
    await this.reserve()
    const slot = 1 - this.#newest
    const header = b4a.alloc(HEADER_BYTES)
    const view = new DataView(header.buffer, header.byteOffset, HEADER_BYTES)
    view.setUint32(0, setup)
    view.setUint32(4, bytes.byteLength)
    const whole = b4a.concat([header, bytes])
    await toDisk(async () => {
      const handle = await fs.promises.open(this.#file, 'r+')
      try {
        await handle.write(whole, 0, whole.byteLength, slot * SLOT_BYTES)
        await handle.sync()
      } finally {
        await handle.close()
      }
    })
    this.#newest = slot
  }
}

function inSlot(bytes: Uint8Array, slot: number, setup: number): SignedAllowed | null {
  const start = slot * SLOT_BYTES
  if (bytes.byteLength < start + SLOT_BYTES) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, HEADER_BYTES)
  const [forSetup, length] = [view.getUint32(0), view.getUint32(4)]
  if (forSetup !== setup || length > MAX_LIST_BYTES) return null
  return openAllowed(bytes.slice(start + HEADER_BYTES, start + HEADER_BYTES + length))
}

/** Null only where there is no such file: of a list that cannot be read those whom it shut out would come in. */
async function readOrNull(file: string): Promise<Uint8Array | null> {
  try {
    return await fs.promises.readFile(file)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}
