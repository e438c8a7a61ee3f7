import fs from 'node:fs'
import path from 'node:path'
import { AlbumError } from '../../errors.ts'
import { fileNameOf } from '../../export/names.ts'
import { Target } from '../../export/target.ts'
import type { Photo, ReadOptions, Variant } from '../../types.ts'
import { photosOf } from '../choosing.ts'
import { type AlbumContext, type Options, oneOf } from '../command.ts'
import { EXIT, faultOf } from '../faults.ts'
import { bold, say } from '../said.ts'
import { pathFrom } from '../terminal.ts'
import { bytesOf } from '../units.ts'

export async function get(context: AlbumContext, ids: string[], options: Options): Promise<number> {
  const { album, output, terminal } = context
  const photos = await photosOf(album, ids)
  const variant = (oneOf(options, 'variant') ?? 'original') as Variant
  const reading: ReadOptions = {
    variant,
    signal: terminal.signal,
    ...(options['strip'] === true && { strip: true })
  }
  const to = oneOf(options, 'to') ?? '.'
  if (to === '-') {
    if (photos.length > 1) throw new AlbumError('BAD_ARGUMENT', 'The standard output takes one photo')
    for (const photo of photos)
      for await (const bytes of album.read(photo.id, reading)) await terminal.out(bytes)
    return EXIT.done
  }
  let failed = 0
  for (const photo of photos) {
    try {
      const target = await targetOf(pathFrom(terminal, to), photo, variant, photos.length)
      const size = await save(album.read(photo.id, reading), target)
      await output.result({ id: photo.id, file: target, size }, say`${bold(target)}  ${bytesOf(size)}`)
    } catch (error) {
      if (terminal.signal.aborted) throw error
      failed++
      output.warn(faultOf(error))
    }
  }
  return failed > 0 ? EXIT.failed : EXIT.done
}

/** Where a photo goes: into a folder by its own name, or to the name given. */
async function targetOf(to: string, photo: Photo, variant: Variant, count: number): Promise<string> {
  const there = await fs.promises.stat(to).catch(() => null)
  if (there?.isDirectory()) return path.join(to, nameOf(photo, variant))
  if (count > 1) throw new AlbumError('BAD_ARGUMENT', `${to} is no folder: several photos go into one`)
  return to
}

function nameOf(photo: Photo, variant: Variant): string {
  if (variant === 'original') return fileNameOf(photo.name, photo.type)
  if (variant !== 'motion') return fileNameOf(`${photo.name}.${variant}`, 'image/webp')
  const motion = photo.files.find((file) => file.role === 'motion')
  return fileNameOf(photo.name, motion?.type ?? 'video/mp4')
}

/** Writes a file that is whole or not there, and takes nothing's place. */
async function save(bytes: AsyncIterable<Uint8Array>, to: string): Promise<number> {
  const target = await Target.open(path.dirname(to))
  const draft = await target.draft('', bytes, null)
  try {
    if (await target.name(draft, path.basename(to))) return draft.size
    throw new AlbumError('BAD_ARGUMENT', `${to} is there already`)
  } finally {
    await target.drop(draft)
  }
}
