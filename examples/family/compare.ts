// What one member sees of the album, and whether several see the same.
import { createHash } from 'node:crypto'
import type { Album, Photo, Status } from '../../index.ts'

/** What a member sees. */
export interface View {
  member: string
  /** Everything the album shows to all alike, as text. */
  text: string
  index: Status['index']
  /** Ids. */
  photos: string[]
}

/** Everything that the album shows of itself, but for what is the asking member's own. */
async function describe(album: Album): Promise<string> {
  const members = await album.members.list()
  const view = {
    id: album.id,
    name: album.name,
    photos: (await all(album.list())).map(withoutOwn),
    timeline: await all(album.timeline()),
    trash: (await all(album.list({ trashed: true }))).map(withoutOwn),
    collections: await album.collections.list(),
    members: members.map(({ me: _me, ...member }) => ({
      ...member,
      devices: member.devices.map(({ me: _mine, ...device }) => device)
    }))
  }
  return JSON.stringify(view)
}

function withoutOwn({ favourite: _own, ...photo }: Photo): Omit<Photo, 'favourite'> {
  return photo
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

/** Looks at the whole album. */
export async function look(album: Album, member: string): Promise<View> {
  const { index } = await album.status()
  const photos = (await all(album.list())).map(({ id }) => id)
  return { member, text: await describe(album), index, photos }
}

/** Reads originals, wherever they lie; says which could not be read or are not what their id says, a line each. */
export async function readAll(album: Album, member: string, ids: string[]): Promise<string[]> {
  const wrong: string[] = []
  for (const id of ids) {
    const name = (await album.get(id))?.name ?? id
    const hash = createHash('sha256')
    try {
      for await (const bytes of album.read(id)) hash.update(bytes)
      if (hash.digest('hex') !== id) wrong.push(`${member} got other bytes for ${name} than its id says`)
    } catch (error) {
      wrong.push(`${member} cannot read ${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return wrong
}

export function hashOf(view: View): string {
  return createHash('sha256').update(view.text).digest('hex')
}

/** Says what is wrong, a line each; nothing where all see the same, and every photo that was added. */
export function compare(views: View[], added: string[]): string[] {
  const [first, ...others] = views
  if (!first || added.length === 0) return ['There is no photo to compare']
  const wrong: string[] = []
  for (const view of others) {
    if (view.text !== first.text) wrong.push(`${view.member} sees another album than ${first.member}`)
    if (indexOf(view) !== indexOf(first)) {
      wrong.push(`${view.member}'s index is at ${indexOf(view)}, ${first.member}'s at ${indexOf(first)}`)
    }
  }
  for (const { member, photos } of views) {
    const missing = added.filter((id) => !photos.includes(id))
    for (const id of missing) wrong.push(`${member} does not see the photo ${id}`)
  }
  return wrong
}

/** Where an index stands: how long it is, how much of it is final, and whether all of it is there. */
export function indexOf({ index }: Pick<View, 'index'>): string {
  return `${index.length} (${index.final} final, ${index.whole ? 'whole' : 'not whole'})`
}
