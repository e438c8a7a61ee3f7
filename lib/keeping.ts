import type { Blobs } from './drives/blobs.ts'
import type { Keeper } from './drives/keeper.ts'
import type { Upkeep } from './drives/upkeep.ts'
import { type Wishes, copyRules } from './drives/wishes.ts'
import type { Background as Public, Keep, KeepRules, Status } from './types.ts'
import type { Cast } from './view/cast.ts'

interface Parts {
  blobs: Blobs
  keeper: Keeper
  upkeep: Upkeep | null
  wishes: Wishes
}

/** What a device keeps, and `album.background`; see the interface for what each does. */
export class Keeping implements Public {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async rules(): Promise<KeepRules> {
    return copyRules(await this.#parts.wishes.rules())
  }

  async change(keep: Keep): Promise<KeepRules> {
    const before = await this.#parts.wishes.rules()
    const rules = await this.#parts.wishes.change(keep)
    if (rules !== before) {
      this.#parts.keeper.changed()
      this.#parts.upkeep?.wake()
    }
    return copyRules(rules)
  }

  /** What the drives of all devices but this one, by its number, take of this disk. */
  async kept(cast: Cast, own: number | null): Promise<Status['kept']> {
    const { blobs } = this.#parts
    const kept = { originals: 0, renditions: 0, paused: this.paused }
    for (const number of cast.devices.keys()) {
      for (const { originals, renditions, epoch } of number === own ? [] : cast.drivesOf(number)) {
        kept.originals += await blobs.bytesOfDrive(originals, epoch)
        kept.renditions += await blobs.bytesOfDrive(renditions, epoch)
      }
    }
    return kept
  }

  get paused(): boolean {
    return this.#parts.keeper.paused
  }

  pause(): void {
    this.#parts.keeper.pause()
    this.#parts.upkeep?.pause()
  }

  resume(): void {
    this.#parts.keeper.resume()
    this.#parts.upkeep?.resume()
  }
}
