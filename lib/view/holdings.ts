import { decode } from '../schema/codec.ts'
import { parse, range } from './keys.ts'
import { covers } from './ranges.ts'
import { type AlbumRow, type Contribution, HALF, type PhotoRecord, type Rows } from './rows.ts'

/** How many devices should hold an original where no owner has said it. */
export const PROMISED = 2

type Variant = 'original' | 'preview' | 'thumbnail'

/** A file of a photo: its id and record. */
export interface PhotoFile {
  id: Uint8Array
  record: PhotoRecord
}

/** What a device says that it holds of a drive: ranges of blocks, and when it said so (ms since 1970). */
export interface Holding {
  ranges: number[]
  at: number
}

/** How many devices are to hold each original (0: nobody said), and how often an heir took over the index. */
export type Counting = Pick<AlbumRow, 'promise' | 'takeovers'>

/**
 * Who holds what at a state of the view, by receipts; and by contributions: whoever adds a photo has written its bytes
 * before it says so. Receipts of a drive are read once.
 */
export class Holdings {
  readonly #rows: Rows
  readonly #drives = new Map<string, Promise<Map<number, Holding>>>()
  readonly #gone = new Map<number, Promise<boolean>>()
  #numbers = 0

  constructor(rows: Rows) {
    this.#rows = rows
  }

  /** How many numbers the ranges have that it remembers: 8 bytes each. */
  get numbers(): number {
    return this.#numbers
  }

  /** What devices say of a drive, by their numbers. */
  drive(device: number, drive: number, renditions: boolean): Promise<Map<number, Holding>> {
    const name = `${device}/${drive}/${renditions}`
    const known = this.#drives.get(name)
    if (known) return known
    const reading = this.#rows.holds(range.holds(device, drive, renditions)).then((rows) => {
      const said = rows.map(({ key, value }): [number, Holding] => {
        return [parse.hold(key).holder, decode('hold-row', value)]
      })
      for (const [, { ranges }] of said) this.#numbers += ranges.length
      return new Map(said)
    })
    // Who asks later must not fail for the same reason.
    reading.catch(() => this.#drives.delete(name))
    this.#drives.set(name, reading)
    return reading
  }

  /** The devices that hold a variant of one of these contributions, and when each said so last, in ms since 1970. */
  async holders(contributions: Contribution[], variant: Variant = 'original'): Promise<Map<number, number>> {
    const holders = new Map<number, number>()
    const add = (device: number, at: number): void =>
      void holders.set(device, Math.max(at, holders.get(device) ?? 0))
    for (const one of contributions) {
      const pointer = one[variant]
      if (!pointer) continue
      if (!one.withdrawn && !(variant === 'original' && one.freed)) add(one.device, one.at)
      for (const [holder, { ranges, at }] of await this.drive(
        one.device,
        one.drive,
        variant !== 'original'
      )) {
        if (covers(ranges, pointer.blockOffset, pointer.blockLength)) add(holder, at)
      }
    }
    for (const device of holders.keys()) if (await this.#isGone(device)) holders.delete(device)
    return holders
  }

  /** Whether as many devices as an album promises, without this one, hold an original. */
  async areEnough(contributions: Contribution[], device: number, album: Counting): Promise<boolean> {
    const holders = await this.holders(contributions)
    holders.delete(device)
    let there = 0
    for (const holder of holders.keys()) if (await this.counts(holder, album)) there++
    return there >= (album.promise || PROMISED)
  }

  /**
   * Whether others may let go of what they have because this device holds it. Not before it has followed the last heir
   * who took over the index: until then it may have let go of it too, with leave that does not count any more.
   */
  async counts(device: number, { takeovers }: Counting): Promise<boolean> {
    const row = await this.#rows.device(device)
    return row !== null && !row.removed && row.takeovers === takeovers
  }

  /** The devices that hold a photo's original whole, of a Live Photo both files, and when each said so last. */
  async ofPhoto(photo: PhotoFile): Promise<Map<number, number>> {
    const files = await filesOf(this.#rows, photo)
    const each = await Promise.all(files.map(({ record }) => this.holders(record.contributions)))
    const [first = new Map<number, number>(), ...others] = each
    return new Map([...first].filter(([device]) => others.every((holders) => holders.has(device))))
  }

  #isGone(device: number): Promise<boolean> {
    const known = this.#gone.get(device)
    if (known) return known
    const reading = this.#rows.device(device).then((row) => row === null || row.removed)
    reading.catch(() => this.#gone.delete(device))
    this.#gone.set(device, reading)
    return reading
  }
}

/** The files that a photo's original is: of a Live Photo both halves. */
export async function filesOf(rows: Rows, photo: PhotoFile): Promise<PhotoFile[]> {
  const { half } = photo.record
  const moving = half?.by ? await rows.exact(half.id) : null
  return moving?.place.state === HALF ? [photo, moving] : [photo]
}
