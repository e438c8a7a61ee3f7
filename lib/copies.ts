import { blobsOf } from './drives/sources.ts'
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
    const { queries, log, receipts } = this.#session
    const bytes = fromHex(id, 32)
    const cast = await queries.cast()
    const photo = bytes && (await queries.rows((rows) => rows.photo(bytes)))
    const held = new Map<number, Variant[]>()
    if (!photo) return []
    for (const variant of VARIANTS) {
      const blobs = await queries.rows((rows) => blobsOf(rows, photo.id, photo.record, cast, variant))
      const each = await Promise.all(blobs.map(({ sources }) => receipts.devicesWith(sources)))
      const [first = new Set<number>(), ...others] = each
      // A Live Photo's original is two files.
      const whole = [...first].filter((device) => others.every((devices) => devices.has(device)))
      for (const device of whole) held.set(device, [...(held.get(device) ?? []), variant])
    }
    const own = cast.deviceByWriter(log.writer)?.number
    return [...held].flatMap(([number, variants]) => {
      const row = cast.devices.get(number)
      if (!row || row.removed) return []
      return [{ member: cast.person(row.member), device: cast.machine(number), me: number === own, variants }]
    })
  }
}
