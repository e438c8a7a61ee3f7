import type { Pointer } from 'hyperblobs'
import type { OwnDrives, WholeFile } from './drives/own.ts'
import type { AddOptions, Examined, ExamineOptions } from './types.ts'
import { toHex } from './util/hex.ts'

type Places = { preview?: Pointer; thumbnail?: Pointer }

/** Writes what photos have of thumbnails and previews; gives where those of each lie. */
export async function writeRenditions(
  drives: OwnDrives,
  photos: { id: Uint8Array; examined: Examined | null }[]
): Promise<Places[]> {
  const files: (WholeFile & { photo: number; variant: keyof Places })[] = []
  for (const [photo, { id, examined }] of photos.entries()) {
    for (const variant of ['preview', 'thumbnail'] as const) {
      const bytes = examined?.[variant]
      if (bytes) files.push({ photo, variant, bytes, path: `/${toHex(id)}/${variant}.webp` })
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
