import type { NetworkOption, Signal } from '../types.ts'
import type { MirrorTrouble } from './events.ts'

/** What a blind mirror tells. */
export type BlindMirrorEvent = BlindMirrorWaiting | BlindMirrorOpened | BlindMirrorHealth | MirrorTrouble

/** It shows its code, and waits for the device that made it. */
export interface BlindMirrorWaiting {
  type: 'waiting'
}

/** Devices can come. */
export interface BlindMirrorOpened {
  type: 'opened'
  /** By which the album knows it: `album.blindMirrors`. */
  id: string
}

/** How it is: told when it changes, and every `interval`. */
export interface BlindMirrorHealth {
  type: 'health'
  /** Devices that it lets in, and how many of them are connected. */
  allowed: number
  online: number
  /** Cores that it was given: it cannot know of what. */
  cores: number
  /** That its store takes of the disk, and that are free there. */
  bytes: number
  diskFree: number
  /** Resident, of this process. */
  memory: number
  /** Whether it takes no more photos: `maxBytes`, or the disk, is used up. What it has it goes on giving. */
  full: boolean
}

export interface BlindMirrorOptions {
  /** From `album.blindMirrors.create`: sets up the folder, where it was not with this code. */
  code?: string
  /** Bytes of disk that it may take, 64,000,000 or more; until the disk is full unless told. */
  maxBytes?: number
  network?: Extract<NetworkOption, object>
  /** Milliseconds between two words on its health; 60,000 unless told. */
  interval?: number
  /** Ends it, cleanly and without an error. */
  signal?: Signal
}
