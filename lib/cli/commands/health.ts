import type { LackingCopies } from '../../types.ts'
import type { AlbumContext } from '../command.ts'
import { type Said, bold, green, say, yellow } from '../said.ts'
import { counted, plainOf } from '../telling.ts'

/** Photos that are on the same devices, as far as their members' names tell. */
interface Group {
  copies: number
  holders: string[]
  photos: number
}

export async function health({ album, output, terminal }: AlbumContext): Promise<void> {
  const groups = new Map<string, Group>()
  for await (const one of album.copies.health({ signal: terminal.signal })) {
    const { photo, ...rest } = one
    await output.result({ id: photo.id, ...rest, photo: plainOf(photo) }, null)
    note(groups, one)
  }
  if (output.json) return
  const promised = await album.copies.promised()
  const { photos } = await album.status()
  const sorted = [...groups.values()].sort((a, b) => a.copies - b.copies || b.photos - a.photos)
  const lacking = sorted.reduce((sum, group) => sum + group.photos, 0)
  const all = say`Each original is to be on ${counted(promised, 'device')}: of ${counted(photos, 'photo')}`
  if (lacking === 0) return output.result({}, say`${all} ${green('none')} is on fewer.`)
  await output.result({}, [say`${all} ${yellow(lacking)} ${lacking === 1 ? 'is' : 'are'} on fewer.`])
  for (const group of sorted) await output.result({}, lineOf(group))
  output.note(
    say`Once an owner has said \`hyperalbum promise N\`, devices with room fetch these while they are online.`
  )
}

function note(groups: Map<string, Group>, { copies, holders }: LackingCopies): void {
  const names = [...holders].sort()
  const key = JSON.stringify([copies, names])
  const group = groups.get(key) ?? { copies, holders: names, photos: 0 }
  group.photos++
  groups.set(key, group)
}

function lineOf({ copies, holders, photos }: Group): Said {
  const where =
    copies === 0 ? yellow('on no device') : say`on ${counted(copies, 'device')}: ${holders.join(', ')}`
  return say`  ${bold(String(photos).padStart(6))}  ${where}`
}
