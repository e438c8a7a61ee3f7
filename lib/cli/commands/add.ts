import { AlbumError, codeOf } from '../../errors.ts'
import type { AddOptions, SourceWithOptions } from '../../types.ts'
import { type AlbumContext, type Options, allOf, oneOf } from '../command.ts'
import { collectionsNamed } from '../choosing.ts'
import { errorOf, exitOfCodes, faultOf } from '../faults.ts'
import { patienceOf, waitForOthers } from '../held.ts'
import { dim, green, say, yellow } from '../said.ts'
import { pathFrom } from '../terminal.ts'
import { shortOf } from '../telling.ts'

export async function add(context: AlbumContext, files: string[], options: Options): Promise<number> {
  const { album, output, terminal } = context
  if (files.includes('-') && files.length > 1) {
    throw new AlbumError('BAD_ARGUMENT', 'The standard input is one photo: give it alone')
  }
  patienceOf(options)
  const common = await sayingOf(context, options)
  const name = oneOf(options, 'name')
  if (name !== undefined && !files.includes('-')) {
    throw new AlbumError('BAD_ARGUMENT', '--name is for what comes by the standard input')
  }
  // As they were typed, by what the album tells of them.
  const typed = new Map<SourceWithOptions, string>()
  for (const file of files) {
    const piped = file === '-' && { source: terminal.input(), name: name ?? '' }
    typed.set(piped || pathFrom(terminal, file), file)
  }
  const bar = output.bar('Adding')
  const held: string[] = []
  const codes: string[] = []
  const results = album.addAll(typed.keys(), {
    ...common,
    signal: terminal.signal,
    onprogress: ({ files: done, bytes }) => bar.update({ files: done, bytes, totalFiles: typed.size })
  })
  for await (const { source, status, photo, error } of results) {
    const file = typed.get(source) ?? ''
    const told = { file, status, id: photo?.id ?? null, error: errorOf(error) }
    if (error) {
      codes.push(codeOf(error))
      await output.failure(told, faultOf(error))
    } else if (photo) {
      const colour = status === 'added' ? green : status === 'trashed' ? yellow : dim
      await output.result(told, say`${colour(status)}  ${dim(shortOf(photo.id))}  ${file}`)
      if (status === 'trashed') output.note(say`It lies in the trash: --restore takes it out.`)
      if (status === 'added') held.push(photo.id)
    }
  }
  bar.end()
  if (terminal.signal.aborted) throw new AlbumError('ABORTED', 'Stopped')
  await waitForOthers(context, held, options)
  return exitOfCodes(codes)
}

/** What is said about all of them. */
async function sayingOf({ album }: AlbumContext, options: Options): Promise<AddOptions> {
  const caption = oneOf(options, 'caption')
  const capturedAt = oneOf(options, 'date')
  const tags = allOf(options, 'tag')
  const names = allOf(options, 'collection')
  const collection = await collectionsNamed(album, names)
  return {
    ...(caption !== undefined && { caption }),
    ...(capturedAt !== undefined && { capturedAt }),
    ...(tags.length > 0 && { tags }),
    ...(collection.length > 0 && { collection }),
    ...(options['restore'] === true && { restore: true })
  }
}
