import type { Variant } from '../types.ts'
import type { Cast } from '../view/cast.ts'
import { type Contribution, HALF, type PhotoRecord, type Rows } from '../view/rows.ts'
import type { BlobSource } from './blobs.ts'

/** Variants that are blobs of their own. */
type Blob = Exclude<Variant, 'motion'>

/** Where the bytes of a variant lie: a place for every device that contributed them. */
export function sourcesOf(contributions: Contribution[], cast: Cast, variant: Blob): BlobSource[] {
  const renditions = variant !== 'original'
  return contributions.flatMap((contribution) => {
    const pointer = contribution[variant]
    const drives = cast.drivesOf(contribution.device)[contribution.drive - 1]
    if (!pointer || !drives) return []
    const { device, drive } = contribution
    const freed = !renditions && contribution.freed
    const publicKey = renditions ? drives.renditions : drives.originals
    return [{ device, drive, renditions, publicKey, epoch: drives.epoch, pointer, freed }]
  })
}

/** All places of everything that a contribution brought. */
export function allSourcesOf(contributions: Contribution[], cast: Cast): BlobSource[] {
  const variants: Blob[] = ['original', 'preview', 'thumbnail']
  return variants.flatMap((variant) => sourcesOf(contributions, cast, variant))
}

/** One blob of a photo, in all places. */
export interface PhotoBlob {
  /** The hash of its bytes: of an original, and so of what moves; null of what is made of them. */
  sha256: Uint8Array | null
  sources: BlobSource[]
  /** Which of its bytes are meant, and their hash; null for all. */
  part: { start: number; size: number; sha256: Uint8Array } | null
}

/**
 * The blobs that a variant of a photo stands for: an original is two files where it is a Live Photo, and what moves of
 * it lies in a blob of its own, or inside the original of a Motion Photo.
 */
export async function blobsOf(
  rows: Rows,
  id: Uint8Array,
  record: PhotoRecord,
  cast: Cast,
  variant: Variant
): Promise<PhotoBlob[]> {
  const whole = { sha256: id, sources: sourcesOf(record.contributions, cast, 'original'), part: null }
  if (variant !== 'original' && variant !== 'motion') {
    return [{ sha256: null, sources: sourcesOf(record.contributions, cast, variant), part: null }]
  }
  const moving = await movingOf(rows, record, cast)
  if (variant === 'original') return moving ? [whole, moving] : [whole]
  if (moving) return [moving]
  return record.embedded ? [{ ...whole, part: record.embedded }] : []
}

async function movingOf(rows: Rows, { half }: PhotoRecord, cast: Cast): Promise<PhotoBlob | null> {
  const found = half?.by && (await rows.record(half.id))
  if (!half || found?.place.state !== HALF) return null
  return { sha256: half.id, sources: sourcesOf(found.record.contributions, cast, 'original'), part: null }
}
