import fs from 'node:fs'
import path from 'node:path'
import type { Album } from '../../album.ts'
import { AlbumError, codeOf } from '../../errors.ts'
import { fileNameOf, fold } from '../../export/names.ts'
import { Target } from '../../export/target.ts'
import type { Photo, ReadOptions, Variant } from '../../types.ts'
import { photosOf } from '../choosing.ts'
import { type AlbumContext, type Options, oneOf } from '../command.ts'
import { EXIT, errorOf, exitOfCodes, faultOf } from '../faults.ts'
import { bold, say } from '../said.ts'
import { pathFrom } from '../terminal.ts'
import { bytesOf } from '../units.ts'

export async function get(context: AlbumContext, ids: string[], options: Options): Promise<number> {
  const { album, output, terminal } = context
  const photos = await photosOf(album, ids)
  const variant = variantOf(options)
  const reading: ReadOptions = {
    variant,
    signal: terminal.signal,
    ...(options['strip'] === true && { strip: true })
  }
  const to = oneOf(options, 'to') ?? '.'
  if (to === '-') {
    if (photos.length > 1) throw new AlbumError('BAD_ARGUMENT', 'The standard output takes one photo')
    if (terminal.columns !== null) {
      throw new AlbumError('BAD_ARGUMENT', 'A photo is nothing for a terminal: send it into a pipe or a file')
    }
    for (const photo of photos)
      for await (const bytes of album.read(photo.id, reading)) await terminal.out(bytes)
    return EXIT.done
  }
  const codes: string[] = []
  const place = pathFrom(terminal, to)
  const isFolder = (await fs.promises.stat(place).catch(() => null))?.isDirectory() ?? false
  if (!isFolder && (photos.length > 1 || /[/\\]$/.test(to))) {
    throw new AlbumError('BAD_ARGUMENT', `${to} is no folder`)
  }
  const names = new Names()
  for (const photo of photos) {
    try {
      const target = isFolder ? path.join(place, names.of(photo, variant)) : place
      const size = await save(album.read(photo.id, reading), target)
      await output.result({ id: photo.id, file: target, size }, say`${bold(target)}  ${bytesOf(size)}`)
    } catch (error) {
      if (terminal.signal.aborted) throw error
      codes.push(codeOf(error))
      await output.failure({ id: photo.id, file: null, error: errorOf(error as Error) }, faultOf(error))
    }
  }
  return exitOfCodes(codes)
}

/** Whether this device has the bytes of all of them. */
export async function areHere(album: Album, ids: string[], options: Options): Promise<boolean> {
  const variant = variantOf(options)
  for (const { id } of await photosOf(album, ids)) {
    const own = (await album.copies.of(id)).find(({ me }) => me)
    // What moves comes with the original.
    if (!own?.variants.includes(variant === 'motion' ? 'original' : variant)) return false
  }
  return true
}

function variantOf(options: Options): Variant {
  return (oneOf(options, 'variant') ?? 'original') as Variant
}

/** Names of the files of one run: two photos of the same name both arrive. */
class Names {
  readonly #taken: Set<string> = new Set()

  of(photo: Photo, variant: Variant): string {
    for (let number = 1; ; number++) {
      const name = nameOf(photo, variant, number)
      const folded = fold(name)
      if (this.#taken.has(folded)) continue
      this.#taken.add(folded)
      return name
    }
  }
}

function nameOf(photo: Photo, variant: Variant, number: number): string {
  if (variant === 'original') return fileNameOf(photo.name, photo.type, number)
  if (variant !== 'motion') return fileNameOf(`${photo.name}.${variant}`, 'image/webp', number)
  const motion = photo.files.find((file) => file.role === 'motion')
  return fileNameOf(photo.name, motion?.type ?? 'video/mp4', number)
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
