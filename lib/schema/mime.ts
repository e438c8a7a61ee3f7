// Types of photos and videos by the number they have in ops and rows. Append only.
const TYPES = [
  'application/octet-stream',
  'image/jpeg',
  'image/heic',
  'image/heif',
  'image/png',
  'image/webp',
  'image/gif',
  'image/avif',
  'image/tiff',
  'image/x-adobe-dng',
  'video/mp4',
  'video/quicktime'
] as const

const EXTENSIONS = ['bin', 'jpg', 'heic', 'heif', 'png', 'webp', 'gif', 'avif', 'tif', 'dng', 'mp4', 'mov']

/** JPEG: so common that it has no index of its own. */
export const COMMON_TYPE = 1

/** The MIME type of a type number; `application/octet-stream` for numbers of a later version. */
export function mimeOf(type: number): string {
  return TYPES[type] ?? TYPES[0]
}

/** The number of a MIME type, or -1. */
export function typeOf(mime: string): number {
  return TYPES.indexOf(mime as (typeof TYPES)[number])
}

/** Whether a type number is that of a video. */
export function isVideo(type: number): boolean {
  return mimeOf(type).startsWith('video/')
}

/** The file extension for a type number, without the dot. */
export function extensionOf(type: number): string {
  return EXTENSIONS[type] ?? 'bin'
}

/** The type numbers that a query's `type` means: one MIME type, or all of `image` or `video`. */
export function typesMatching(query: string): number[] {
  const exact = typeOf(query)
  if (exact !== -1) return [exact]
  return TYPES.flatMap((type, number) => (type.startsWith(`${query}/`) ? [number] : []))
}
