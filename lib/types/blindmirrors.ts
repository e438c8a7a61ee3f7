import type { Author } from './people.ts'

/** A code with which one box becomes a blind mirror. */
export interface BlindMirrorCode {
  /** For `runBlindMirror`, or `hyperalbum blind-mirror`. Who has it and uses it first is let in by no device, but given all that is encrypted. */
  code: string
  name: string
  /** ISO 8601. */
  expiresAt: string
}

/** A box that holds the album's bytes and cannot read them. */
export interface BlindMirror {
  /** Its key, hex. */
  id: string
  name: string
  /** The owner who set it up. */
  by: Author
  addedAt: string
  /** Whether this device is connected to it. What follows is null where it is not, and what the box says where it is. */
  online: boolean
  /** Whether it lets in the devices that the album has now, and nobody else. */
  current: boolean | null
  /**
   * Blocks of what this device wrote and added that it does not say it holds: where it is 0, this device may be lost. Of what
   * others added, their devices know.
   */
  lacking: number | null
  /** That it takes of its disk, also for other things than this album. */
  bytes: number | null
  /** Whether it takes no more photos of this device: it is full, or this device has its share. */
  full: boolean | null
}

/**
 * `album.blindMirrors`: boxes that hold the album encrypted, for when all devices are off. They are no devices of the album:
 * they sign nothing, so that no promise and no `settled` counts them, and what they say of themselves is their word.
 */
export interface BlindMirrors {
  /**
   * Makes a code for one box, that expires after a week unless told (milliseconds). This device answers the box that shows it,
   * when both are online; then every device uses it. For owners; throws `FORBIDDEN`, `BAD_ARGUMENT`.
   */
  create(options?: { name?: string; expires?: number }): Promise<BlindMirrorCode>
  list(): Promise<BlindMirror[]>
  /** No device uses it any more. What it has it keeps: delete its folder. Throws `NOT_FOUND`, `FORBIDDEN`. */
  remove(id: string): Promise<void>
}
