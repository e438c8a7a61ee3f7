import type { RocksSession } from 'blind-peer'
import { toHex } from '../util/hex.ts'

// Cores that owners' devices may ask for, together; and what all devices of the list may ask for besides, each an equal
// share of it, and so many at least: a device has a core for what it writes and four for each epoch.
const OWNERS = 5000
const SHARED = 2000
const LEAST_SHARE = 32
// The part of a share that photos may take: the log needs few cores, and cannot do without one.
const FOR_PHOTOS = 0.75

interface Listed {
  owners: Uint8Array[]
  others: Uint8Array[]
}

/**
 * Which device of the list each core counts for, so that none of them fills the mirror. A core counts for whoever asked for
 * it first, until an owner's device asks for it, as it does for all that the album knows: so what a family uses weighs on
 * no member, and what one made up stays with that one. What is there is never refused and never dropped: where the device
 * that a core counts for has been taken off the list, it counts for the next that asks, or for nobody.
 */
export class Shares {
  readonly #kept: RocksSession
  readonly #listed: () => Listed | null
  // Devices by cores, all in hex.
  readonly #devices = new Map<string, string>()
  readonly #counts = new Map<string, number>()
  #list: { from: Listed | null; owners: Set<string>; all: Set<string> } = {
    from: null,
    owners: new Set(),
    all: new Set()
  }
  #unsaved = new Map<string, [core: Uint8Array, device: Uint8Array]>()

  /** `kept` is where they are kept; `listed` says who is on the list. */
  constructor(kept: RocksSession, listed: () => Listed | null) {
    this.#kept = kept
    this.#listed = listed
  }

  async load(): Promise<void> {
    for await (const { key, value } of this.#kept.iterator({})) this.#give(toHex(key), toHex(value))
  }

  /** Whether a core counts for a device that is on the list. */
  counts(core: Uint8Array): boolean {
    const device = this.#devices.get(toHex(core))
    return device !== undefined && this.#who().all.has(device)
  }

  /** A device asks for a core, of the log or of photos: false where it has no more room for one. */
  ask(core: Uint8Array, device: Uint8Array, log: boolean): boolean {
    const { owners, all } = this.#who()
    const [id, by] = [toHex(core), toHex(device)]
    const before = this.#devices.get(id)
    const settled =
      before !== undefined && all.has(before) && (owners.has(before) || !owners.has(by) || before === by)
    if (settled) return true
    if (!this.#hasRoom(by, log)) return before !== undefined
    this.#give(id, by)
    this.#unsaved.set(id, [core, device])
    return true
  }

  #give(core: string, device: string): void {
    const before = this.#devices.get(core)
    if (before !== undefined) this.#counts.set(before, this.#countOf(before) - 1)
    this.#devices.set(core, device)
    this.#counts.set(device, this.#countOf(device) + 1)
  }

  #countOf(device: string): number {
    return this.#counts.get(device) ?? 0
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
    this.#unsaved = new Map()
    const batch = this.#kept.write({ autoDestroy: true })
    for (const [core, device] of changed.values()) batch.tryPut(core, device)
    try {
      await batch.flush()
    } catch {
      for (const [id, one] of changed) if (!this.#unsaved.has(id)) this.#unsaved.set(id, one)
    }
  }
}
