import type { Device } from './people.ts'
import type { Wait } from './waiting.ts'

/** The device that signs the album's index, and who may follow it. */
export interface IndexerStatus {
  /** Null before the album is known. */
  device: Device | null
  /** Name of the member whose device it is. */
  member: string
  /** Whether it is connected now, or this device. */
  online: boolean
  /** Since when changes wait for it, as far as this device has seen, ISO 8601; null where all is final. */
  waitingSince: string | null
  /** The device to which an owner has the index handed over, while that has not been done. */
  successor: Device | null
  /** Who may take over where the device is lost, in this order. */
  heirs: Device[]
}

/**
 * `album.indexer`: the one device that signs the index, by which the order of what all members do becomes final: the
 * founder's at first. Everything else works without it; what must be final (that a device was removed, that others hold
 * what is freed) waits for it.
 */
export interface Indexer {
  status(): Promise<IndexerStatus>
  /**
   * Has the index handed over to a device, best one that is always on: both have to be online at some time; until then,
   * `final` is false. Naming the device that signs takes it back. Throws `FORBIDDEN` for who is no owner and for a device
   * that cannot sign (a viewer's), `NOT_FOUND`.
   */
  handOver(deviceId: string, options?: Wait): Promise<{ final: boolean }>
  /**
   * Names the devices that may take over, first those, then owners' and contributors' as they were admitted. One that is
   * named becomes an owner where it takes over and no other owner has a device. Throws `FORBIDDEN`, `NOT_FOUND`.
   */
  setHeirs(deviceIds: readonly string[]): Promise<void>
  /**
   * Takes over, on the first heir's device or an owner's, where the device that signs is lost for good. Should it only be away, it
   * follows when it comes back; what it had made final meanwhile is put in order anew. An owner who took over can
   * remove that device, also an earlier owner's, as where it was stolen. Throws `FORBIDDEN` for every other device, and
   * where the one that signs is connected, unless it was removed or `evenIfOnline` is set.
   */
  takeOver(options?: { evenIfOnline?: boolean }): Promise<void>
}
