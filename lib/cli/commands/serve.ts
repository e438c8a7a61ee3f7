import path from 'node:path'
import type { Album } from '../../album.ts'
import { AlbumError, codeOf } from '../../errors.ts'
import type { Portal } from '../../portal/index.ts'
import { type Context, type Options, allOf, oneOf } from '../command.ts'
import { faultOf } from '../faults.ts'
import { keepOpen } from '../host/keeping.ts'
import { keepOf } from '../keeprules.ts'
import { openAlbum } from '../opening.ts'
import { bold, dim, say, yellow } from '../said.ts'
import { shortOf } from '../telling.ts'
import { wholeOf } from '../units.ts'
import { showLink } from './links.ts'

// Always the same, for bookmarks, unless another album has it.
const USUAL_PORTS = [4747, 0]
// The link that is printed is for whoever started this, now.
const LINK_EXPIRES = 3600e3

export async function serve(context: Context, _: string[], options: Options): Promise<void> {
  const { folder, opening, runHere, terminal } = context
  const keep = keepOf(allOf(options, 'keep'))
  const chosen = oneOf(options, 'port')
  const ports = chosen === undefined ? USUAL_PORTS : [wholeOf(chosen, 0)]
  const album = await openAlbum(
    { folder, opening: { ...opening, keep }, terminal },
    async (): Promise<never> => {
      throw new AlbumError('STORAGE_LOCKED', 'This album is open in another hyperalbum already')
    }
  )
  let doors: Doors | null = null
  try {
    if (options['portal'] !== false) doors = await openDoors(context, album, ports, options['lan'] === true)
    const portal = doors?.portal ?? null
    await keepOpen(album, context, runHere({ album, served: true, portal }), async () => {
      try {
        await stay(context, album, portal)
      } finally {
        // Nobody comes in any more, and what is under way there has ended, before the album closes.
        await doors?.close()
      }
    })
  } catch (error) {
    if (!terminal.signal.aborted || codeOf(error) !== 'ABORTED') throw error
  } finally {
    await album.close()
  }
}

/** Tells what happens until it is stopped. Throws `LOG_FAILED` where the album closes by itself. */
async function stay(context: Context, album: Album, portal: Portal | null): Promise<void> {
  const { folder, output, terminal } = context
  const closed = new Promise<void>((resolve) => void album.once('close', resolve))
  const stopped = new Promise<void>((resolve) => {
    terminal.signal.addEventListener('abort', () => resolve())
    if (terminal.signal.aborted) resolve()
  })
  tell(context, album)
  const { name, photos, online } = await album.status()
  await output.result(
    { serving: album.id, name, folder, photos, online },
    say`Serving ${bold(name)}: ${photos} photos${online ? '' : ', offline'}. Ctrl-C ends it.`
  )
  if (portal) await tellLink(context, album, portal)
  await Promise.race([closed, stopped])
  if (!terminal.signal.aborted) {
    throw new AlbumError('LOG_FAILED', 'The album closed by itself: start it again')
  }
}

/** A portal that is reached from outside. */
interface Doors {
  portal: Portal
  close(): Promise<void>
}

async function openDoors(
  { folder, output }: Context,
  album: Album,
  ports: number[],
  lan: boolean
): Promise<Doors> {
  const { createPortal, listenPortal } = await import('../../portal/index.ts')
  const portal = await createPortal(album, {
    folder: path.join(folder, 'portal'),
    onerror: (error) => output.warn(say`${yellow('Warning')}: ${String(error)}`)
  })
  let failure: unknown
  for (const port of ports) {
    try {
      const listening = await listenPortal(portal, { port, host: lan ? 'lan' : 'loopback' })
      if (lan) output.note(say`Who is in this network can listen to what the portal sends: it is plain HTTP.`)
      const close = async (): Promise<void> => {
        await listening.close()
        await portal.close()
      }
      return { portal, close }
    } catch (error) {
      failure = error
    }
  }
  await portal.close()
  throw failure
}

/** A link for the person who started this. */
async function tellLink({ output, terminal }: Context, album: Album, portal: Portal): Promise<void> {
  const me = await album.members.me()
  if (!me) return
  const made = await portal.links.create({ memberId: me.id, expires: LINK_EXPIRES })
  await output.result({ event: 'link', urls: made.urls, id: made.link.id }, showLink(terminal, made, me.name))
  output.note(say`\`hyperalbum links create MEMBER\` makes one for somebody else.`)
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
