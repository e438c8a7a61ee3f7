import type { SkipReason } from './events.ts'

// What systems and programs lay into folders of photos: Windows, macOS, Synology, QNAP, Picasa.
const SYSTEM = new Set(
  [
    ['thumbs.db', 'ehthumbs.db', 'ehthumbs_vista.db', 'desktop.ini', 'picasa.ini', 'albumart.pamp', 'icon\r'],
    ['@eadir', '@tmp', '#recycle', '@recycle', '$recycle.bin', 'system volume information', 'lost+found'],
    ['__macosx', 'recycler', 'zbthumbnail.info']
  ].flat()
)

// XMP, Google Takeout and Apple's edits.
const SIDECARS = ['xmp', 'json', 'aae']
// Of cameras: a JPEG and an MP4 beside a video, in small.
const THUMBNAILS = ['thm', 'lrv']
// Downloads and copies that are under way.
const UNFINISHED = ['part', 'partial', 'crdownload', 'download', 'filepart', 'tmp', '!ut', 'opdownload']

// Folders that macOS shows as files: those of Photos, iPhoto and Aperture. All but the originals is made from them.
const LIBRARY = /\.(photoslibrary|photolibrary|migratedphotolibrary|aplibrary)$/i
const ORIGINALS = ['originals', 'masters']

/** Why a name is passed over quietly; null for what is offered to the album. */
export function skipReason(name: string): SkipReason | null {
  if (name.startsWith('.')) return 'hidden'
  const folded = name.toLowerCase()
  if (SYSTEM.has(folded)) return 'system'
  const dot = folded.lastIndexOf('.')
  const extension = dot === -1 ? '' : folded.slice(dot + 1)
  if (SIDECARS.includes(extension)) return 'sidecar'
  if (THUMBNAILS.includes(extension)) return 'thumbnail'
  if (UNFINISHED.includes(extension) || folded.endsWith('~')) return 'unfinished'
  return null
}

/** Whether the names in a folder are those of an album's own storage, which is nobody's photos. */
export function isAlbum(names: readonly string[]): boolean {
  return names.includes('CORESTORE') && names.includes('db')
}

/** Whether the names in a folder are those of an export of an album. */
export function isExport(names: readonly string[]): boolean {
  return names.includes('.hyperalbum-export.jsonl')
}

/** Whether a folder of this name is a library of Apple's. */
export function isLibrary(name: string): boolean {
  return LIBRARY.test(name)
}

/** Whether a folder of this name in such a library holds what was put into it. */
export function holdsOriginals(name: string): boolean {
  return ORIGINALS.includes(name.toLowerCase())
}
