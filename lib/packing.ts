import type { In } from './schema/codec.ts'
import { extensionOf } from './schema/mime.ts'
import { toHex } from './util/hex.ts'
import { ID_BYTES } from './view/identity.ts'

/** Photos that an op carries at most; it has about so many bytes: the log charges by the op. */
export const MAX_PHOTOS = 400
const OP_BYTES = 200 * 1024
// What an op says of a photo besides texts: hashes, dates, pointers, a placeholder.
const FACTS_BYTES = 500

// About the bytes, at most, that a photo takes in an op.
function weightOf({ name, caption, camera, captured, placeholder, tags, collections }: In['photo']): number {
  const texts = [
    name,
    caption ?? '',
    camera ?? '',
    captured.zone ?? '',
    ...(tags ?? []),
    ...(collections ?? []).map(({ position }) => position)
  ]
  const said = texts.reduce((sum, text) => sum + 3 * text.length + 2, 0)
  return FACTS_BYTES + said + (placeholder?.byteLength ?? 0) + ID_BYTES * (collections ?? []).length
}

/** Photos by the op that carries them. */
export function opsOf(photos: In['photo'][]): In['photo'][][] {
  const ops: In['photo'][][] = []
  let weight = 0
  for (const photo of photos) {
    const last = ops.at(-1)
    weight += weightOf(photo)
    if (last && last.length < MAX_PHOTOS && weight <= OP_BYTES) last.push(photo)
    else {
      ops.push([photo])
      weight = weightOf(photo)
    }
  }
  return ops
}

/** Where a photo lies in its drive. */
export function pathOf(photo: { id: Uint8Array; type: number }): string {
  return `/${toHex(photo.id)}.${extensionOf(photo.type)}`
}
