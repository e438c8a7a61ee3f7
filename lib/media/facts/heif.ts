import { type Box, boxesIn, findBox } from '../boxes.ts'
import { text, viewOf } from '../bytes.ts'
import { type RandomAccess, openPart } from '../file.ts'

// The size of a HEIF or AVIF image (ISO/IEC 23008-12:2022), which exifreader does not read: that of the primary item
// (`pitm`), by its properties (`ipma`, `ipco`): `ispe` its size, `irot` its rotation by quarters. EXIF's orientation
// says it a second time and is not to be applied.

/** The directory of an image of a thousand tiles takes 40 kB. */
const MAX_META = 4 * 1024 * 1024

export interface HeifSize {
  /** Pixels as seen; null where not found. */
  width: number | null
  height: number | null
  /** Whether boxes do not lie as they say, or a part is missing. */
  damaged: boolean
}

export async function readHeifSize(file: RandomAccess): Promise<HeifSize> {
  const top = await boxesIn(file, 0, file.size)
  const meta = findBox(top.boxes, 'meta')
  const nothing = { width: null, height: null, damaged: true }
  if (meta === null || meta.end - meta.start > MAX_META) return nothing
  const inside = openPart(file, meta.start, meta.end)
  // `meta` begins with a version and flags.
  const { boxes, damaged } = await boxesIn(inside, 4, inside.size)
  const [pitm, iprp] = [findBox(boxes, 'pitm'), findBox(boxes, 'iprp')]
  if (pitm === null || iprp === null) return nothing
  const properties = (await boxesIn(inside, iprp.start, iprp.end)).boxes
  const [ipco, ipma] = [findBox(properties, 'ipco'), findBox(properties, 'ipma')]
  if (ipco === null || ipma === null) return nothing
  const all = (await boxesIn(inside, ipco.start, ipco.end)).boxes
  const wanted = propertiesOf(await contentOf(inside, ipma), primaryOf(await contentOf(inside, pitm)))
  const own = wanted.flatMap((number) => all[number - 1] ?? [])
  const size = await sizeOf(inside, own)
  return { ...size, damaged: damaged || top.damaged || size.width === null }
}

async function contentOf(file: RandomAccess, { start, end }: Box): Promise<DataView> {
  return viewOf(await file.read(start, end - start))
}

async function sizeOf(
  file: RandomAccess,
  properties: Box[]
): Promise<{ width: number | null; height: number | null }> {
  const [ispe, irot] = [findBox(properties, 'ispe'), findBox(properties, 'irot')]
  const size = ispe && (await contentOf(file, ispe))
  if (!size || size.byteLength < 12) return { width: null, height: null }
  const rotation = irot && (await contentOf(file, irot))
  const quarters = rotation && rotation.byteLength > 0 ? rotation.getUint8(0) & 3 : 0
  const [width, height] = [size.getUint32(4), size.getUint32(8)]
  if (width === 0 || height === 0) return { width: null, height: null }
  return quarters % 2 === 1 ? { width: height, height: width } : { width, height }
}

/** `pitm`: the number of the item that is the image. */
function primaryOf(view: DataView): number {
  if (view.byteLength < 6) return -1
  if (view.getUint8(0) === 0) return view.getUint16(4)
  return view.byteLength < 8 ? -1 : view.getUint32(4)
}

/** `ipma`: the numbers, from 1, of the properties of an item. */
function propertiesOf(view: DataView, item: number): number[] {
  if (view.byteLength < 8) return []
  const [version, wide] = [view.getUint8(0), (view.getUint8(3) & 1) === 1]
  const idBytes = version === 0 ? 2 : 4
  const entries = view.getUint32(4)
  let at = 8
  for (let i = 0; i < entries && at + idBytes + 1 <= view.byteLength; i++) {
    const id = version === 0 ? view.getUint16(at) : view.getUint32(at)
    const count = view.getUint8(at + idBytes)
    at += idBytes + 1
    const end = at + count * (wide ? 2 : 1)
    if (end > view.byteLength) return []
    if (id === item) {
      // The highest bit says that a property is essential.
      return Array.from({ length: count }, (_, n) =>
        wide ? view.getUint16(at + n * 2) & 0x7fff : view.getUint8(at + n) & 0x7f
      )
    }
    at = end
  }
  return []
}

/** The four characters of a HEIF's major brand, which begin at this byte. */
export const BRAND_AT = 8

export function brandOf(head: Uint8Array): string {
  return head.byteLength < 12 ? '' : text(viewOf(head), BRAND_AT, 4)
}
