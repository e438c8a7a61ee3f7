import type { Pointer } from 'hyperblobs'
import type { Variant } from '../types.ts'
import type { Cast } from '../view/cast.ts'
import type { Contribution } from '../view/rows.ts'
import type { BlobSource } from './blobs.ts'

// Role number of a Live Photo's moving half.
const MOTION = 1

/** A variant of a contribution, and whether it lies in the renditions drive. */
function pointerOf(contribution: Contribution, variant: Variant): Pointer | null {
  if (variant === 'motion') return contribution.files?.find((file) => file.role === MOTION)?.pointer ?? null
  return contribution[variant]
}

/** Where the bytes of a variant lie: a place for every device that contributed them. */
export function sourcesOf(contributions: Contribution[], cast: Cast, variant: Variant): BlobSource[] {
  const renditions = variant === 'preview' || variant === 'thumbnail'
  return contributions.flatMap((contribution) => {
    const pointer = pointerOf(contribution, variant)
    const drives = cast.drivesOf(contribution.device)[contribution.drive - 1]
    if (!pointer || !drives) return []
    const { device, drive } = contribution
    const publicKey = renditions ? drives.renditions : drives.originals
    return [{ device, drive, renditions, publicKey, epoch: drives.epoch, pointer }]
  })
}

/** All places of everything that a contribution brought. */
export function allSourcesOf(contributions: Contribution[], cast: Cast): BlobSource[] {
  const variants: Variant[] = ['original', 'preview', 'thumbnail', 'motion']
  return variants.flatMap((variant) => sourcesOf(contributions, cast, variant))
}
