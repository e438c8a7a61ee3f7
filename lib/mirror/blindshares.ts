import b4a from 'b4a'
import type { RocksSession } from 'blind-peer'
import { type Out, encode, tryDecode } from '../schema/codec.ts'
import { toHex } from '../util/hex.ts'

// Cores that owners' devices may ask for, together; and what all devices of the list may ask for besides, each an equal
// share of it, and so many at least: a device has a core for what it writes and four for each epoch.
const OWNERS = 5000
const SHARED = 2000
const LEAST_SHARE = 32
// The part of a share that photos may take: the log needs few cores, and cannot do without one.
const FOR_PHOTOS = 0.75
// A device may have so many times the bytes that are free: one takes four fifths of the room at most, two that fill it
// four ninths each, and those who come later find some (Choudhury and Hahne's dynamic threshold).
const TIMES_FREE = 4
// What a block takes of the disk beside its bytes: 200,000 blocks of one byte took 60 MB (hypercore 11.37).
const BLOCK_BYTES = 300

interface Listed {
  owners: Uint8Array[]
  others: Uint8Array[]
}

/** Bytes that are free: for photos, and kept for the log. */
export interface Left {
  photos: number
  log: number
}

/** A core that was asked for: whom it counts for, who writes it where an owner's device said so, and what is here of it. */
interface Asked {
  core: Uint8Array
  device: string
  author: string | null
  log: boolean
  bytes: number
}

/**
 * What of a mirror's room each device of the list takes, so that none of them fills it.
 *
 * A core counts for whoever asked for it first, until an owner's device asks for it, as it does for all that the album
 * knows: so what a family uses weighs on no member, and what one made up stays with that one. What is there is never
 * refused and never dropped: where the device that a core counts for has been taken off the list, it counts for the next
 * that asks, or for nobody.
 *
 * Its bytes weigh on whoever writes it, by the word of an owner's device: the others have to give what they were given.
 * Until there is one, on whoever the core counts for. Owners' devices are not held to a share of bytes.
 */
export class Shares {
  readonly #kept: RocksSession
  readonly #listed: () => Listed | null
  // By cores, in hex.
  readonly #asked = new Map<string, Asked>()
  // Who writes cores for which nobody has asked yet, in hex.
  readonly #authors = new Map<string, string>()
  // By devices, in hex: cores that count for them, and bytes that weigh on them.
  readonly #counts = new Map<string, number>()
  readonly #weights = new Map<string, Left>()
  #list: { from: Listed | null; owners: Set<string>; all: Set<string> } = {
    from: null,
    owners: new Set(),
    all: new Set()
  }
  #unsaved = new Set<Asked>()

  /** `kept` is where they are kept; `listed` says who is on the list. */
  constructor(kept: RocksSession, listed: () => Listed | null) {
    this.#kept = kept
    this.#listed = listed
  }

  async load(): Promise<void> {
    for await (const { key, value } of this.#kept.iterator({})) {
      const row = tryDecode('blind-share', value)
      if (row !== null) this.#put(askedOf(key, row))
    }
  }

  /** Whether a core counts for a device that is on the list. */
  counts(core: Uint8Array): boolean {
    const device = this.#asked.get(toHex(core))?.device
    return device !== undefined && this.#who().all.has(device)
  }

  /** A device asks for a core, of the log or of photos: false where it has no more room for one. */
  ask(core: Uint8Array, device: Uint8Array, log: boolean): boolean {
    const { owners, all } = this.#who()
    const by = toHex(device)
    const before = this.#asked.get(toHex(core))
    const settled =
      before !== undefined &&
      all.has(before.device) &&
      (owners.has(before.device) || !owners.has(by) || before.device === by)
    const byOwner = owners.has(by)
    if (settled) {
      // An owner's device knows which cores are photos: nobody else gives them the room of the log.
      if (log && !before.log && (byOwner || !owners.has(before.device))) this.#change({ ...before, log })
      return true
    }
    if (!this.#hasRoom(by, log)) return before !== undefined
    const isLog = log || (!byOwner && before?.log === true)
    const author = before?.author ?? this.#authors.get(toHex(core)) ?? null
    this.#change({ core, device: by, author, log: isLog, bytes: before?.bytes ?? 0 })
    return true
  }

  /** A device says who writes a core, before it asks for it or after that: an owner's is believed. */
  vouch(core: Uint8Array, author: Uint8Array, device: Uint8Array): void {
    const [id, by] = [toHex(core), toHex(author)]
    if (!this.#who().owners.has(toHex(device))) return
    const asked = this.#asked.get(id)
    if (asked === undefined) {
      if (this.#authors.size < OWNERS) this.#authors.set(id, by)
    } else if (asked.author !== by) this.#change({ ...asked, author: by })
  }

  /** A block of so many bytes came. */
  take(core: Uint8Array, bytes: number): void {
    const asked = this.#asked.get(toHex(core))
    if (asked) this.#change({ ...asked, bytes: asked.bytes + bytes + BLOCK_BYTES })
  }

  /** Whether there is room for more of a core, of what whoever writes it may take. */
  fits(core: Uint8Array, left: Left): boolean {
    const asked = this.#asked.get(toHex(core))
    if (asked === undefined) return false
    const { author, device, log } = asked
    return (log ? left.photos + left.log : left.photos) > 0 && this.#mayAdd(author ?? device, left, log)
  }

  /** Whether there is room for more photos of a device. */
  mayAdd(device: Uint8Array, left: Left): boolean {
    return left.photos > 0 && this.#mayAdd(toHex(device), left, false)
  }

  #mayAdd(device: string, left: Left, log: boolean): boolean {
    const { owners, all } = this.#who()
    if (owners.has(device) || !all.has(device)) return true
    const weight = this.#weightOf(device)
    if (weight.photos + weight.log <= TIMES_FREE * left.photos) return true
    // The album does without photos that found no room, not without what was written about them.
    return log && weight.log <= left.log / all.size
  }

  #change(asked: Asked): void {
    this.#put(asked)
    this.#unsaved.add(asked)
  }

  #put(asked: Asked): void {
    const id = toHex(asked.core)
    const before = this.#asked.get(id)
    if (before) {
      this.#unsaved.delete(before)
      this.#weigh(before, -1)
    }
    this.#asked.set(id, asked)
    this.#authors.delete(id)
    this.#weigh(asked, 1)
  }

  #weigh({ device, author, log, bytes }: Asked, sign: 1 | -1): void {
    this.#counts.set(device, this.#countOf(device) + sign)
    const weight = this.#weightOf(author ?? device)
    weight[log ? 'log' : 'photos'] += sign * bytes
    this.#weights.set(author ?? device, weight)
  }

  #countOf(device: string): number {
    return this.#counts.get(device) ?? 0
  }

  #weightOf(device: string): Left {
    return this.#weights.get(device) ?? { photos: 0, log: 0 }
  }

  #hasRoom(device: string, log: boolean): boolean {
    const { owners, all } = this.#who()
    if (!all.has(device)) return false
    const share = Math.max(LEAST_SHARE, Math.floor(SHARED / all.size))
    if (this.#countOf(device) < (log ? share : share * FOR_PHOTOS)) return true
    return owners.has(device) && [...owners].reduce((sum, one) => sum + this.#countOf(one), 0) < OWNERS
  }

  #who(): { owners: Set<string>; all: Set<string> } {
    const from = this.#listed()
    if (from !== this.#list.from) {
      const owners = new Set(from?.owners.map(toHex))
      this.#list = { from, owners, all: new Set([...owners, ...(from?.others ?? []).map(toHex)]) }
    }
    return this.#list
  }

  /** Keeps what has changed; what cannot be written is kept the next time. */
  async save(): Promise<void> {
    const changed = this.#unsaved
    if (changed.size === 0) return
    this.#unsaved = new Set()
    const batch = this.#kept.write({ autoDestroy: true })
    for (const asked of changed) batch.tryPut(asked.core, rowOf(asked))
    try {
      await batch.flush()
    } catch {
      for (const asked of changed) if (this.#asked.get(toHex(asked.core)) === asked) this.#unsaved.add(asked)
    }
  }
}

function askedOf(core: Uint8Array, { device, author, log, bytes }: Out['blind-share']): Asked {
  return { core, device: toHex(device), author: author && toHex(author), log, bytes }
}

function rowOf({ device, author, log, bytes }: Asked): Uint8Array {
  const by = author === null ? {} : { author: b4a.from(author, 'hex') }
  return encode('blind-share', { device: b4a.from(device, 'hex'), ...by, log, bytes })
}
