import { AlbumError } from '../../errors.ts'
import type { AddOptions, SourceWithOptions } from '../../types.ts'
import { type AlbumContext, type Options, allOf, oneOf } from '../command.ts'
import { collectionsNamed } from '../choosing.ts'
import { EXIT, faultOf } from '../faults.ts'
import { waitForOthers } from '../held.ts'
import { dim, green, say, yellow } from '../said.ts'
import { pathFrom } from '../terminal.ts'

export async function add(context: AlbumContext, files: string[], options: Options): Promise<number> {
  const { album, output, terminal } = context
  if (files.includes('-') && files.length > 1) {
    throw new AlbumError('BAD_ARGUMENT', 'The standard input is one photo: give it alone')
  }
  const common = await sayingOf(context, options)
  const sources: SourceWithOptions[] = files.map((file) =>
    file === '-' ? { source: terminal.input(), name: oneOf(options, 'name') ?? '' } : pathFrom(terminal, file)
  )
  const bar = output.bar('Adding')
  const held: string[] = []
  let failed = 0
  const results = album.addAll(sources, {
    ...common,
    signal: terminal.signal,
    onprogress: ({ files: done, bytes }) => bar.update({ files: done, bytes, totalFiles: files.length })
  })
  for await (const { source, status, photo, error } of results) {
    const file = files[sources.indexOf(source)] ?? ''
    const code = error instanceof AlbumError ? error.code : null
    const told = { file, status, id: photo?.id ?? null, error: error && { code, message: error.message } }
    if (error) {
      failed++
      await output.failure(told, faultOf(error))
    } else if (photo) {
      const colour = status === 'added' ? green : status === 'trashed' ? yellow : dim
      await output.result(told, say`${colour(status)}  ${dim(photo.id.slice(0, 8))}  ${file}`)
      if (status === 'trashed') output.note(say`It lies in the trash: --restore takes it out.`)
      if (status === 'added') held.push(photo.id)
    }
  }
  bar.end()
  if (terminal.signal.aborted) throw new AlbumError('ABORTED', 'Stopped')
  await waitForOthers(context, held, options)
  return failed > 0 ? EXIT.failed : EXIT.done
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
