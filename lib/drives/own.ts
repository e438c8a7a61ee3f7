import { createHash } from 'crypto'
import b4a from 'b4a'
import type Corestore from 'corestore'
import type { Pointer } from 'hyperblobs'
import crypto from 'hypercore-crypto'
import type Hypercore from 'hypercore'
import Hyperdrive from 'hyperdrive'
import { storageError } from '../errors.ts'
import type { In } from '../schema/codec.ts'
import { Mutex, isClosing } from '../util/wait.ts'
import { driveStatement } from '../view/identity.ts'

/** Bytes of a block of a blob, as hyperblobs 2.12 cuts them. */
export const BLOCK_BYTES = 65_536
const APPEND_BLOCKS = 32

/** A file to write whole. */
export interface WholeFile {
  path: string
  bytes: Uint8Array
}

/** A blob to be dropped, and its name where it has one. */
export interface Dropped {
  path: string | null
  pointer: Pointer
}

/** A file written from a stream; it gets a name when its hash is known. */
export interface Streamed {
  pointer: Pointer
  sha256: Uint8Array
  size: number
}

/**
 * This device's two drives of one epoch, originals and renditions. All writing to a device's drives goes through one
 * queue: two writers at once mix up blobs (hyperblobs 2.12, measured).
 */
export class OwnDrives {
  readonly epoch: Uint8Array
  readonly #originals: Hyperdrive
  readonly #renditions: Hyperdrive
  readonly #queue = new Mutex()

  private constructor(epoch: Uint8Array, originals: Hyperdrive, renditions: Hyperdrive) {
    this.epoch = epoch
    this.#originals = originals
    this.#renditions = renditions
  }

  static async open(store: Corestore, epoch: Uint8Array, encryptionKey: Uint8Array): Promise<OwnDrives> {
    const id = b4a.toString(epoch, 'hex')
    const drive = async (name: string): Promise<Hyperdrive> => {
      const drive = new Hyperdrive(store.namespace(`hyperalbum/${name}/${id}`), { encryptionKey })
      await drive.ready()
      await drive.getBlobs()
      return drive
    }
    return new OwnDrives(epoch, await drive('originals'), await drive('renditions'))
  }

  /** The signer's public key of the originals' drive, by which members know it. */
  get publicKey(): Uint8Array {
    return signerOf(this.#originals).publicKey
  }

  /** The op that tells the album about these drives, signed by the drives themselves. */
  announcement(album: Uint8Array, writer: Uint8Array): In['device'] {
    const statement = driveStatement(album, writer)
    const originals = signerOf(this.#originals)
    const renditions = signerOf(this.#renditions)
    return {
      epoch: this.epoch,
      originals: originals.publicKey,
      renditions: renditions.publicKey,
      originalsProof: crypto.sign(statement, originals.secretKey),
      renditionsProof: crypto.sign(statement, renditions.secretKey)
    }
  }

  /** Writes originals in one go; gives where each lies. */
  write(files: WholeFile[]): Promise<Pointer[]> {
    return this.#write(this.#originals, files)
  }

  /** The same with thumbnails and previews, in their own drive. */
  writeRenditions(files: WholeFile[]): Promise<Pointer[]> {
    return this.#write(this.#renditions, files)
  }

  #write(drive: Hyperdrive, files: WholeFile[]): Promise<Pointer[]> {
    return this.#queue.run(async () => {
      const core = await coreOf(drive)
      const start = core.length
      const pointers: Pointer[] = []
      const blocks: Uint8Array[] = []
      let byteOffset = core.byteLength
      for (const { bytes } of files) {
        const blockOffset = start + blocks.length
        for (let at = 0; at < bytes.byteLength; at += BLOCK_BYTES)
          blocks.push(bytes.subarray(at, at + BLOCK_BYTES))
        const blockLength = start + blocks.length - blockOffset
        pointers.push({ blockOffset, blockLength, byteOffset, byteLength: bytes.byteLength })
        byteOffset += bytes.byteLength
      }
      try {
        await core.append(blocks)
        await nameIn(
          drive,
          files.map(({ path }, i) => ({ path, blob: pointers[i] as Pointer }))
        )
      } catch (error) {
        await dropFrom(core, start)
        throw isClosing(error) ? error : storageError(error)
      }
      return pointers
    })
  }

  /** Writes an original from a stream in flat memory and hashes it on the way; what fails half-way is dropped. */
  stream(source: AsyncIterable<Uint8Array>): Promise<Streamed> {
    return this.#queue.run(async () => {
      const core = await coreOf(this.#originals)
      const start = { blockOffset: core.length, byteOffset: core.byteLength }
      const hash = createHash('sha256')
      let size = 0
      try {
        for await (const blocks of blocksOf(source)) {
          for (const block of blocks) {
            hash.update(block)
            size += block.byteLength
          }
          await core.append(blocks).catch((error: unknown) => {
            throw isClosing(error) ? error : storageError(error)
          })
        }
      } catch (error) {
        await dropFrom(core, start.blockOffset)
        throw error
      }
      const pointer = { ...start, blockLength: core.length - start.blockOffset, byteLength: size }
      return { pointer, sha256: new Uint8Array(hash.digest()), size }
    })
  }

  /** The bytes of an original as they were written, or some of them. */
  async *read(
    { blockOffset, byteLength }: Pointer,
    start = 0,
    end: number = byteLength
  ): AsyncGenerator<Uint8Array> {
    const core = await coreOf(this.#originals)
    for (let at = start; at < end;) {
      const bytes = await core.get(blockOffset + Math.floor(at / BLOCK_BYTES))
      const chunk = bytes?.subarray(at % BLOCK_BYTES, (at % BLOCK_BYTES) + end - at)
      if (!chunk?.byteLength) return
      yield chunk
      at += chunk.byteLength
    }
  }

  /** Names blobs. They go first and their names after: a crash leaves an unused blob, never a name without bytes. */
  name(entries: { path: string; blob: Pointer }[]): Promise<void> {
    return this.#queue.run(() => nameIn(this.#originals, entries))
  }

  /** Drops originals that the album was not told of, and their names. */
  drop(blobs: Dropped[]): Promise<void> {
    return this.#queue.run(() => dropIn(this.#originals, blobs))
  }

  /** The same with thumbnails and previews. */
  dropRenditions(blobs: Dropped[]): Promise<void> {
    return this.#queue.run(() => dropIn(this.#renditions, blobs))
  }

  async close(): Promise<void> {
    await this.#queue.run(async () => {
      await this.#originals.close()
      await this.#renditions.close()
    })
  }
}

async function nameIn(drive: Hyperdrive, entries: { path: string; blob: Pointer }[]): Promise<void> {
  const batch = drive.batch()
  for (const { path, blob } of entries) await batch.putEntry(path, { blob })
  await batch.flush()
}

async function dropIn(drive: Hyperdrive, blobs: Dropped[]): Promise<void> {
  const core = await coreOf(drive)
  for (const { path, pointer } of blobs) {
    if (path !== null) await drive.del(path)
    await core.clear(pointer.blockOffset, pointer.blockOffset + pointer.blockLength)
  }
}

function signerOf(drive: Hyperdrive): { publicKey: Uint8Array; secretKey: Uint8Array } {
  const { keyPair } = drive.db.core
  if (keyPair === null) throw new Error('A device writes only to its own drives')
  return keyPair
}

// Best effort: after the album has closed there is nothing to clear with, and the blocks stay unused.
async function dropFrom(core: Hypercore, start: number): Promise<void> {
  if (core.length > start) await core.clear(start, core.length).catch(() => {})
}

async function coreOf(drive: Hyperdrive): Promise<Hypercore> {
  return (await drive.getBlobs()).core
}

/** Cuts a stream of chunks of any size into runs of blocks. */
async function* blocksOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array[]> {
  let run: Uint8Array[] = []
  let rest: Uint8Array = b4a.alloc(0)
  for await (const chunk of source) {
    rest = rest.byteLength === 0 ? chunk : b4a.concat([rest, chunk])
    while (rest.byteLength >= BLOCK_BYTES) {
      run.push(rest.subarray(0, BLOCK_BYTES))
      rest = rest.subarray(BLOCK_BYTES)
      if (run.length === APPEND_BLOCKS) {
        yield run
        run = []
      }
    }
  }
  if (rest.byteLength > 0) run.push(rest)
  if (run.length > 0) yield run
}
