import { blobsOf, type PhotoBlob } from './drives/sources.ts'
import { covers } from './drives/receipts.ts'
import type { Session } from './session.ts'
import type { Copies as Public, Copy, Variant } from './types.ts'
import { fromHex } from './util/hex.ts'

const VARIANTS: Variant[] = ['original', 'preview', 'thumbnail']

/** `album.copies`; see the interface for what each does. */
export class Copies implements Public {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  async of(id: string): Promise<Copy[]> {
    const { queries, log } = this.#session
    const bytes = fromHex(id, 32)
    const cast = await queries.cast()
    const held = new Map<number, Variant[]>()
    for (const variant of VARIANTS) {
      const blobs = await queries.rows(async (rows) => {
        const found = bytes && (await rows.photo(bytes))
        return found ? blobsOf(rows, found.id, found.record, cast, variant) : []
      })
      for (const device of await this.#holding(blobs))
        held.set(device, [...(held.get(device) ?? []), variant])
    }
    const own = cast.deviceByWriter(log.writer)?.number
    return [...held].flatMap(([number, variants]) => {
      const row = cast.devices.get(number)
      if (!row || row.removed) return []
      return [{ member: cast.person(row.member), device: cast.machine(number), me: number === own, variants }]
    })
  }

  /** Numbers of the devices that hold all of these blobs. */
  async #holding(blobs: PhotoBlob[]): Promise<number[]> {
    const each: Set<number>[] = []
    for (const { sources } of blobs) {
      const devices = new Set<number>()
      for (const { device, drive, renditions, pointer } of sources) {
        devices.add(device)
        for (const [holder, ranges] of await this.#session.receipts.holders(device, drive, renditions)) {
          if (covers(ranges, pointer.blockOffset, pointer.blockLength)) devices.add(holder)
        }
      }
      each.push(devices)
    }
    const [first = new Set<number>(), ...others] = each
    return [...first].filter((device) => others.every((devices) => devices.has(device)))
  }
}
