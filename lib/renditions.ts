import type { Pointer } from 'hyperblobs'
import type { Dropped, OwnDrives, WholeFile } from './drives/own.ts'
import type { In } from './schema/codec.ts'
import type { AddOptions, Examined, ExamineOptions } from './types.ts'
import { toHex } from './util/hex.ts'

type Places = { preview?: Pointer; thumbnail?: Pointer }

const VARIANTS = ['preview', 'thumbnail'] as const

function pathOf(id: Uint8Array, variant: keyof Places): string {
  return `/${toHex(id)}/${variant}.webp`
}

/** Bytes of a photo's thumbnail and preview. */
export function renditionBytes(examined: Examined | null): number {
  return (examined?.preview?.byteLength ?? 0) + (examined?.thumbnail?.byteLength ?? 0)
}

/** The thumbnails and previews that photos name, to be dropped with them. */
export function renditionsOf(photos: In['photo'][]): Dropped[] {
  return photos.flatMap((photo) =>
    VARIANTS.flatMap((variant) => {
      const pointer = photo[variant]
      return pointer ? [{ path: pathOf(photo.id, variant), pointer }] : []
    })
  )
}

/** Writes what photos have of thumbnails and previews; gives where those of each lie. */
export async function writeRenditions(
  drives: OwnDrives,
  photos: { id: Uint8Array; examined: Examined | null }[]
): Promise<Places[]> {
  const files: (WholeFile & { photo: number; variant: keyof Places })[] = []
  for (const [photo, { id, examined }] of photos.entries()) {
    for (const variant of VARIANTS) {
      const bytes = examined?.[variant]
      if (bytes) files.push({ photo, variant, bytes, path: pathOf(id, variant) })
    }
  }
  const pointers = files.length === 0 ? [] : await drives.writeRenditions(files)
  const places: Places[] = photos.map(() => ({}))
  for (const [i, { photo, variant }] of files.entries()) {
    ;(places[photo] as Places)[variant] = pointers[i] as Pointer
  }
  return places
}

/** What an engine is told of a file that is being added. */
export function examineOptions(
  name: string,
  modified: number | null,
  { signal, sidecar, frame }: AddOptions
): ExamineOptions {
  return { name, modified, ...(signal && { signal }), ...(sidecar && { sidecar }), ...(frame && { frame }) }
}
