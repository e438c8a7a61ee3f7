import type { Album } from '../../album.ts'
import { AlbumError, codeOf } from '../../errors.ts'
import type { Variant } from '../../types.ts'
import { type Context, type Options, allOf } from '../command.ts'
import { faultOf } from '../faults.ts'
import { keepOpen } from '../host/keeping.ts'
import { openAlbum } from '../opening.ts'
import { bold, dim, say, yellow } from '../said.ts'
import { shortOf } from '../telling.ts'

const VARIANTS = ['original', 'preview', 'thumbnail']

export async function serve(context: Context, _: string[], options: Options): Promise<void> {
  const { folder, opening, output, runHere, terminal } = context
  const keep = allOf(options, 'keep')
  const strange = keep.find((variant) => !VARIANTS.includes(variant))
  if (strange !== undefined)
    throw new AlbumError('BAD_ARGUMENT', `${strange} is not one of ${VARIANTS.join(', ')}`)
  const keeping = { ...opening, ...(keep.length > 0 && { keep: keep as Variant[] }) }
  const album = await openAlbum({ folder, opening: keeping, terminal }, async (): Promise<never> => {
    throw new AlbumError('STORAGE_LOCKED', 'This album is open in another hyperalbum already')
  })
  const closed = new Promise<void>((resolve) => void album.once('close', resolve))
  const stopped = new Promise<void>((resolve) => {
    terminal.signal.addEventListener('abort', () => resolve())
    if (terminal.signal.aborted) resolve()
  })
  await keepOpen(album, context, runHere(album, true), async () => {
    tell(context, album)
    const { name, photos, online } = await album.status()
    await output.result(
      { serving: album.id, name, folder, photos, online },
      say`Serving ${bold(name)}: ${photos} photos${online ? '' : ', offline'}. Ctrl-C ends it.`
    )
    await Promise.race([closed, stopped])
    if (!terminal.signal.aborted)
      throw new AlbumError('LOG_FAILED', 'The album closed by itself: start it again')
  }).catch((error: unknown) => {
    if (!terminal.signal.aborted || codeOf(error) !== 'ABORTED') throw error
  })
}

/** Says what happens meanwhile. */
function tell({ output }: Context, album: Album): void {
  const time = (): string => new Date().toLocaleTimeString('sv')
  album.on('join-request', ({ id, name, device, role }) => {
    const help = say`\`hyperalbum requests approve ${shortOf(id)}\` lets them in`
    void output.result(
      { event: 'join-request', id, name, device, role },
      say`${dim(time())}  ${bold(name)} wants to join as ${role}: ${help}.`
    )
  })
  album.on('update', (changes) => {
    const added = changes.filter(({ type }) => type === 'added')
    const names = new Set(added.flatMap(({ photo }) => photo?.by.name ?? []))
    if (added.length === 0) return
    const ids = added.map(({ id }) => id)
    void output.result(
      { event: 'added', ids },
      say`${dim(time())}  ${added.length} new, by ${[...names].join(', ')}.`
    )
  })
  album.on('warning', (error) => output.warn(say`${dim(time())}  ${yellow('Warning')}: ${error.message}`))
  album.on('upgrade-required', () =>
    output.warn(faultOf(new AlbumError('UPGRADE_REQUIRED', 'The album has a newer version')))
  )
}
