import { createHash } from 'crypto'
import b4a from 'b4a'
import type Corestore from 'corestore'
import type Hypercore from 'hypercore'
import type { Pointer } from 'hyperblobs'
import { AlbumError, codeOf, storageError } from '../errors.ts'
import type { Signal } from '../types.ts'
import { abortError, bounded, isClosing, sleep } from '../util/wait.ts'
import { blobsKeyOf } from '../view/identity.ts'
import { Ahead, type Blocks, countOf, gapsOf } from './ahead.ts'
import type { Claims } from './claims.ts'
import { Fetches } from './fetches.ts'
import { askFor, bytesFrom, whoHas } from './having.ts'
import { BLOCK_BYTES } from './own.ts'

// How long, in milliseconds, to look for somebody who has a photo, and how long a transfer may stand still: so long less
// than a block's bytes come from who has it.
const FIND_TIMEOUT = 8000
const STALL_TIMEOUT = 20_000
// How long one block may take while others, or other things, come: who answers many requests sends them as one message,
// of which nothing is here before all of it is. Over a slow line that takes longer than a transfer may stand still.
const BLOCK_TIMEOUT = 120_000
const POLL = 50
// How often a transfer that stands still looks whether anybody has the rest, and how long after a core was opened
// somebody who is connected may take to say what they have of it.
const LOOK = 1000
const GREETING = 2000
// And to answer when asked.
const ANSWER = 1000

/** One place where the bytes lie: a device's drive (by its signer), its epoch, and where in it. */
export interface BlobSource {
  /** Number of the device that wrote it, and of its pair of drives. */
  device: number
  drive: number
  /** Whether it is the renditions' drive of the pair. */
  renditions: boolean
  publicKey: Uint8Array
  epoch: Uint8Array
  pointer: Pointer
  /** Whether that device let go of it. */
  freed: boolean
}

/** How long to look. */
export interface Patience {
  signal?: Signal | undefined
  timeout?: number | undefined
  /** Whether it looks only at whoever is there: others are waited for elsewhere. */
  background?: boolean | undefined
  /** Where the same lies too: who falls silent is left for somebody who has that. */
  instead?: BlobSource[] | undefined
}

/** Which bytes: `end` is exclusive here. */
export interface Bytes {
  start: number
  end: number
}

/** Throws `STORAGE_FULL` where the disk has no room for so many bytes. */
export type Room = (bytes: number) => Promise<void>

interface Located {
  core: Hypercore
  pointer: Pointer
}

/** Reads any device's blobs by pointer, from this disk or from whoever is connected. */
export class Blobs {
  readonly #store: Corestore
  readonly #epochKey: (epoch: Uint8Array) => Promise<Uint8Array | null>
  readonly #room: Room
  readonly #cores = new Map<string, Promise<Hypercore | null>>()
  readonly #opened = new Map<string, number>()
  readonly #claims: Claims
  readonly #fetches = new Fetches()

  constructor(
    store: Corestore,
    epochKey: (epoch: Uint8Array) => Promise<Uint8Array | null>,
    room: Room,
    claims: Claims
  ) {
    this.#store = store
    this.#epochKey = epochKey
    this.#room = room
    this.#claims = claims
  }

  /** The blob core of a drive; null where this device has not the epoch's key. */
  core(publicKey: Uint8Array, epoch: Uint8Array): Promise<Hypercore | null> {
    const id = b4a.toString(publicKey, 'hex')
    let core = this.#cores.get(id)
    if (core === undefined) {
      core = this.#open(publicKey, epoch).then((opened) => {
        if (opened === null) this.#cores.delete(id)
        return opened
      })
      core.catch(() => this.#cores.delete(id))
      this.#cores.set(id, core)
    }
    return core
  }

  async #open(publicKey: Uint8Array, epoch: Uint8Array): Promise<Hypercore | null> {
    const encryptionKey = await this.#epochKey(epoch)
    if (encryptionKey === null) return null
    const core = this.#store.get({ key: blobsKeyOf(publicKey), encryptionKey })
    await core.ready()
    this.#opened.set(b4a.toString(publicKey, 'hex'), Date.now())
    return core
  }

  async has(source: BlobSource): Promise<boolean> {
    const core = await this.core(source.publicKey, source.epoch)
    const { blockOffset, blockLength } = source.pointer
    return core !== null && core.has(blockOffset, blockOffset + blockLength)
  }

  /** Reads bytes from the first source that has them, going on with another where one falls silent. */
  async *read(sources: BlobSource[], bytes: Bytes, options: Patience): AsyncGenerator<Uint8Array> {
    let position = bytes.start
    const failed = new Set<BlobSource>()
    while (position < bytes.end) {
      const open = sources.filter((source) => !failed.has(source))
      const source = await this.choose(open, position, options)
      const located = source && (await this.#locate(source))
      if (!source || !located)
        throw new AlbumError('PHOTO_UNAVAILABLE', 'Nobody who can be reached has this photo')
      const others = [...open, ...(options.instead ?? [])].filter((other) => other !== source)
      const elsewhere = (): Promise<boolean> => this.#isAtHand(others, position)
      try {
        const rest = { start: position, end: bytes.end }
        for await (const chunk of readBlocks(located, rest, { ...options, elsewhere }, this.#room)) {
          position += chunk.byteLength
          yield chunk
        }
      } catch (error) {
        if (error instanceof AlbumError || isClosing(error)) throw error
        const known = storageError(error)
        if (known.code === 'STORAGE_FULL') throw known
        failed.add(source)
      }
    }
  }

  async #locate(source: BlobSource): Promise<Located | null> {
    const core = await this.core(source.publicKey, source.epoch)
    return core && { core, pointer: source.pointer }
  }

  /** Whether one of these is here at a position, or with a peer who answers. */
  async #isAtHand(sources: BlobSource[], position: number): Promise<boolean> {
    for (const source of sources) {
      const located = await this.#locate(source)
      if (!located) continue
      const block = blockAt(source, position)
      if ((await located.core.has(block)) || whoHas(located.core, block) === 'somebody') return true
      askFor(located.core, block)
    }
    return false
  }

  /**
   * A source that is whole on this disk; else one that a connected peer has, rather one who answers; else waits for one.
   */
  async choose(sources: BlobSource[], position: number, options: Patience): Promise<BlobSource | null> {
    for (const source of sources) if (await this.has(source)) return source
    const opened = sources.map(({ publicKey }) => this.#opened.get(b4a.toString(publicKey, 'hex')) ?? 0)
    const greeted = options.background ? Math.max(...opened) + GREETING : 0
    let deadline = Math.max(greeted, Date.now() + (options.timeout ?? FIND_TIMEOUT))
    while (sources.length > 0) {
      let silent: BlobSource | null = null
      for (const source of sources) {
        const located = await this.#locate(source)
        if (!located) continue
        const block = blockAt(source, position)
        if (await located.core.has(block)) return source
        const having = whoHas(located.core, block)
        if (having === 'somebody') return source
        if (having === 'silent') silent ??= source
        if (askFor(located.core, block)) deadline = Math.max(deadline, Date.now() + ANSWER)
      }
      // Its connection stands, so it may come back: it is waited for where nobody else has it.
      if (silent) return (await this.#isAtHand(options.instead ?? [], position)) ? null : silent
      if (Date.now() >= deadline) return null
      await sleep(POLL, options.signal)
      if (options.signal?.aborted) throw abortError(options.signal)
    }
    return null
  }

  /**
   * Fetches a whole blob to this disk and checks it against its hash, where there is one; null where nobody reachable
   * has it. Wrong bytes are dropped again, and `trusted` leaves them out from now on.
   */
  async fetch(
    source: BlobSource,
    sha256: Uint8Array | null,
    options: Patience
  ): Promise<{ right: boolean; brought: Blocks[] } | null> {
    const located = (await this.choose([source], 0, options)) && (await this.#locate(source))
    if (!located) return null
    const brought = gapsOf(located.core, blocksOf(source.pointer))
    await this.#room(bytesOf(located, countOf(brought)))
    const id = b4a.toString(source.publicKey, 'hex')
    const fetch = this.#fetches.begin(id)
    try {
      if (!(await this.#bring(source, sha256, options))) return null
      const right = sha256 === null || (await this.check(source, sha256))
      // A wrong claim may be of another photo's bytes: those that this disk holds for their own sake stay.
      if (!right && fetch.alone) await this.clear(source, brought)
      return { right, brought }
    } finally {
      this.#fetches.end(id, fetch)
    }
  }

  async #bring(source: BlobSource, sha256: Uint8Array | null, options: Patience): Promise<boolean> {
    try {
      for await (const chunk of this.read([source], { start: 0, end: source.pointer.byteLength }, options)) {
        if (chunk.byteLength === 0) break
      }
      return true
    } catch (error) {
      if (codeOf(error) === 'PHOTO_UNAVAILABLE') return false
      // Its check says so.
      if (codeOf(error) === 'PHOTO_CORRUPT' && sha256 !== null) return true
      throw error
    }
  }

  async #verify(source: BlobSource, sha256: Uint8Array): Promise<boolean> {
    const hash = createHash('sha256')
    const whole = { start: 0, end: source.pointer.byteLength }
    for await (const chunk of this.read([source], whole, { timeout: 0 })) hash.update(chunk)
    return b4a.equals(new Uint8Array(hash.digest()), sha256)
  }

  /** Those of a photo's sources that have not been found to be something else; those found right come first. */
  async trusted(sources: BlobSource[], sha256: Uint8Array): Promise<BlobSource[]> {
    const open = sources.filter((source) => !this.#claims.isWrong(source, sha256))
    const right = await Promise.all(open.map((source) => this.#claims.isRight(source, sha256)))
    return [...open.filter((_, i) => right[i]), ...open.filter((_, i) => !right[i])]
  }

  /**
   * Whether this disk holds a photo at a place. What other devices call it counts when it was checked once: the bytes
   * may be there as another photo's.
   */
  async holds(source: BlobSource, sha256: Uint8Array | null): Promise<boolean> {
    if (!(await this.has(source))) return false
    this.#fetches.touch(b4a.toString(source.publicKey, 'hex'))
    if (sha256 === null || (await this.#claims.isRight(source, sha256))) return true
    const core = await this.core(source.publicKey, source.epoch)
    return core?.writable === true || this.check(source, sha256)
  }

  /** Hashes a blob on this disk, and remembers whether it is the photo. */
  async check(source: BlobSource, sha256: Uint8Array): Promise<boolean> {
    const right = await this.#verify(source, sha256).catch((error: unknown) => {
      if (codeOf(error) === 'PHOTO_CORRUPT') return false
      throw error
    })
    await this.#claims.note(source, sha256, right)
    return right
  }

  /** Writes down what was checked. */
  remember(): Promise<void> {
    return this.#claims.write()
  }

  /** Drops a blob from this disk, or only these blocks of it. */
  async clear(source: BlobSource, blocks: Blocks[] = [blocksOf(source.pointer)]): Promise<void> {
    const core = await this.core(source.publicKey, source.epoch)
    if (core === null) return
    // A pointer says what its author likes: beyond the core's end is nothing to drop, only much to count.
    for (const { start, end } of blocks) await core.clear(start, Math.min(end, core.length))
  }

  /** Bytes that a blob takes of this disk, also where not all of it is here. */
  async bytesHere(source: BlobSource): Promise<number> {
    const located = await this.#locate(source)
    if (!located) return 0
    const { blockLength } = source.pointer
    const here = blockLength - countOf(gapsOf(located.core, blocksOf(source.pointer)))
    return here > 0 ? bytesOf(located, here) : 0
  }

  /** Bytes that all blobs of a drive take of this disk, by what its blocks have on average. */
  async bytesOfDrive(publicKey: Uint8Array, epoch: Uint8Array): Promise<number> {
    const core = await this.core(publicKey, epoch)
    if (core === null || core.length === 0) return 0
    const blocks = core.length - countOf(gapsOf(core, { start: 0, end: core.length }))
    return Math.round((core.byteLength / core.length) * blocks)
  }

  /**
   * Which blocks of a core lie on this disk: start, length, start, length... Where these are more than `limit` numbers, the
   * longest ranges: the most photos.
   */
  static held(core: Hypercore, limit: number): number[] {
    const { bitfield } = core.core
    const ranges: [start: number, length: number][] = []
    let start = bitfield.firstSet(0)
    while (start !== -1 && start < core.length) {
      const next = bitfield.firstUnset(start)
      const end = next === -1 ? core.length : next
      ranges.push([start, end - start])
      start = bitfield.firstSet(end)
    }
    if (2 * ranges.length <= limit) return ranges.flat()
    const longest = ranges.sort((a, b) => b[1] - a[1]).slice(0, Math.floor(limit / 2))
    return longest.sort((a, b) => a[0] - b[0]).flat()
  }

  async close(): Promise<void> {
    const cores = await Promise.allSettled(this.#cores.values())
    for (const core of cores) if (core.status === 'fulfilled') await core.value?.close()
  }
}

function blocksOf({ blockOffset, blockLength }: Pointer): Blocks {
  return { start: blockOffset, end: blockOffset + blockLength }
}

// As the pointer says: what its author says too much costs nobody a byte.
function bytesOf({ pointer }: Located, blocks: number): number {
  return Math.ceil((pointer.byteLength / pointer.blockLength) * blocks)
}

function blockAt({ pointer }: BlobSource, position: number): number {
  return pointer.blockOffset + Math.floor(position / BLOCK_BYTES)
}

/** How long to wait for a block, and whether the same can be had from somebody else. */
interface Reach extends Patience {
  elsewhere: () => Promise<boolean>
}

/** Ends early where the rest is to be had from others. */
async function* readBlocks(
  located: Located,
  bytes: Bytes,
  reach: Reach,
  room: Room
): AsyncGenerator<Uint8Array> {
  const { core, pointer } = located
  const { signal } = reach
  const end = pointer.blockOffset + pointer.blockLength
  let [block, skip] = await seek(core, pointer, bytes.start)
  let left = bytes.end - bytes.start
  // Only what is asked for is fetched ahead.
  const last = Math.min(end, block + Math.ceil((skip + left) / BLOCK_BYTES))
  const local = await core.has(block, last)
  const roomFor = (blocks: number): Promise<void> => room(bytesOf(located, blocks))
  const ahead = local ? null : new Ahead(core, { start: block, end: last }, roomFor)
  try {
    while (left > 0 && block < end) {
      if (signal?.aborted) throw abortError(signal)
      await ahead?.follow(block)
      // What was here may just have been dropped.
      const here = local ? await core.get(block, { wait: false }) : null
      const whole = here ?? (await fetchBlock(core, block, reach))
      // Whoever had the rest has gone, or fell silent.
      if (whole === null) return
      const chunk = whole.subarray(skip, skip + left)
      // A pointer that says more bytes than its blocks have is a lie, not an endless wait.
      if (chunk.byteLength === 0)
        throw new AlbumError('PHOTO_CORRUPT', 'The photo is shorter than the album says')
      left -= chunk.byteLength
      skip = 0
      block++
      yield chunk
    }
  } finally {
    ahead?.stop()
  }
  if (left > 0) throw new AlbumError('PHOTO_CORRUPT', 'The photo is shorter than the album says')
}

/** A block from whoever has it; null where nobody has it any more, or nobody who answers while others do. */
async function fetchBlock(
  core: Hypercore,
  block: number,
  { signal, elsewhere }: Reach
): Promise<Uint8Array | null> {
  // One request for all of it: where nobody waits for a block any more, Hypercore takes the request back, also what was
  // asked for ahead, and who asks again stands behind all that this peer is still to send.
  const coming = core.get(block, { timeout: BLOCK_TIMEOUT })
  coming.catch(() => {})
  let come = bytesFrom(core, block)
  let deadline = Date.now() + STALL_TIMEOUT
  for (;;) {
    try {
      return await bounded(coming, { timeout: LOOK, ...(signal && { signal }) }, 'Reading')
    } catch (error) {
      if (codeOf(error) !== 'TIMEOUT') throw error
      const having = whoHas(core, block)
      if (having === 'nobody' || (having === 'silent' && (await elsewhere()))) return null
      const now = bytesFrom(core, block)
      // Fewer are others' bytes: somebody has left.
      if (now < come || now - come >= BLOCK_BYTES) {
        come = now
        deadline = Date.now() + STALL_TIMEOUT
      }
      if (Date.now() >= deadline) throw new Error('The transfer stands still')
    }
  }
}

// Blobs of this library have blocks of one size; those of others are searched.
async function seek(core: Hypercore, pointer: Pointer, offset: number): Promise<[number, number]> {
  if (pointer.blockLength === Math.ceil(pointer.byteLength / BLOCK_BYTES)) {
    return [pointer.blockOffset + Math.floor(offset / BLOCK_BYTES), offset % BLOCK_BYTES]
  }
  return core.seek(pointer.byteOffset + offset, { timeout: STALL_TIMEOUT })
}
