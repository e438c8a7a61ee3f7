import type { Variant } from './photos.ts'

/**
 * Which photos of everybody's a device keeps, of one variant: those that meet any of the conditions, or where there is
 * none all that the budget has room for. All others are dropped.
 */
export interface KeepSome {
  /** What this device's member added, with whatever device. */
  mine?: boolean
  /** What this device's member marked as a favourite. */
  favourites?: boolean
  /** What was taken in the last so many days. */
  recent?: number
  /**
   * At most so many bytes, beside what was added at this device: this member's favourites first, then the newest by
   * capture date; one that does not fit any more is passed over. What is being read comes on top, until it was read.
   */
  budget?: number
}

/**
 * `all` are fetched by the device itself; `none` are, and what was read or downloaded is dropped as well; of `asked` only
 * what was read or downloaded is here, and stays.
 */
export type KeepRule = 'all' | 'none' | 'asked' | KeepSome

/**
 * What a device keeps of everybody's photos. What was added at this device always stays, and anything that no other
 * device is known to hold.
 */
export interface KeepRules {
  thumbnail: KeepRule
  preview: KeepRule
  original: KeepRule
}

/** What a device is to keep: rules, where what is left out stays as it was; or in short all of these variants alone. */
export type Keep = Partial<KeepRules> | Variant[]

/** `album.background`: the fetching that this device does by itself, and the dropping. */
export interface Background {
  readonly paused: boolean
  /** Nothing more is fetched or dropped until `resume`, or the album is opened anew; what was begun is gone on with then. */
  pause(): void
  resume(): void
}
