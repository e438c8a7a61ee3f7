// Real photos and videos, and what exiftool reads in each of them: in HYPERALBUM_PHOTOS, or beside the repository.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')

export const folder: string = process.env['HYPERALBUM_PHOTOS'] ?? path.join(root, '..', 'shared', 'photos')

/** What exiftool 12.57 tells of a file (`-n`), of the tags that matter here. */
export interface Truth {
  SourceFile: string
  MIMEType?: string
  DateTimeOriginal?: string
  CreateDate?: string
  CreationDate?: string
  GPSDateTime?: string
  SubSecTimeOriginal?: number
  OffsetTimeOriginal?: string
  GPSLatitude?: number | ''
  GPSLongitude?: number | ''
  Make?: string
  Model?: string
  ImageWidth?: number
  ImageHeight?: number
  Orientation?: number
  Rotation?: number
  Duration?: number
  ContentIdentifier?: string
}

/** The samples, or null where they are not here. */
export function readTruth(): Truth[] | null {
  const file = path.join(folder, 'truth.json')
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as Truth[]) : null
}

export function pathOf(truth: Pick<Truth, 'SourceFile'>): string {
  return path.join(folder, truth.SourceFile)
}
