// `watch` and the event `update`: whoever goes by what they tell sees the album as it is.
import test, { type Assertions } from 'brittle'
import { Album, type Change, type Photo } from '../index.ts'
import { type Home, collect, connect, createFamily, eventually, png, tmp } from './helpers.ts'

const caption = (photo: Photo | null): string => `${photo?.caption}${photo?.trashed ? ' (trashed)' : ''}`

/** Follows an album by its changes alone. */
class Follower {
  readonly photos = new Map<string, string>()
  readonly seen: Change[] = []
  readonly #stop = new AbortController()

  constructor(t: Assertions, album: Album, since?: string) {
    t.teardown(() => this.#stop.abort())
    const options = { signal: this.#stop.signal, ...(since !== undefined && { since }) }
    this.#follow(album, options).catch((error: unknown) => t.fail(String(error)))
  }

  async #follow(album: Album, options: { signal: AbortSignal; since?: string }): Promise<void> {
    for await (const change of album.watch(options)) {
      this.seen.push(change)
      if (change.type === 'removed') this.photos.delete(change.id)
      else if (change.type !== 'reset') this.photos.set(change.id, caption(change.photo))
    }
  }

  types(id: string): string[] {
    return this.seen.filter((change) => change.id === id).map(({ type }) => type)
  }

  stop(): void {
    this.#stop.abort()
  }
}

async function contentOf(album: Album): Promise<string[]> {
  const all = [...(await collect(album.list())), ...(await collect(album.list({ trashed: true })))]
  return all.map((photo) => `${photo.id} ${caption(photo)}`).sort()
}

const told = ({ photos }: Follower): string[] => [...photos].map(([id, text]) => `${id} ${text}`).sort()

/** Waits until everybody has the same photos, and every follower was told of just these. */
async function agreed(albums: Album[], followers: Follower[]): Promise<void> {
  await eventually(async () => {
    const contents = await Promise.all(albums.map(contentOf))
    const [first] = contents.map(String)
    return (
      contents.every((one) => String(one) === first) && followers.every((one) => String(told(one)) === first)
    )
  })
}

test('watch: what others add, edit, trash, restore and purge', async (t) => {
  const [dad, mum] = (await createFamily(t, ['Mum'])) as [Home, Home]
  connect(dad.album, mum.album)
  const follower = new Follower(t, mum.album)
  const updates: Change[] = []
  mum.album.on('update', (batch) => updates.push(...batch))

  const { id } = await dad.album.add(png('one'))
  const steps: [string, () => Promise<unknown>][] = [
    ['changed', () => dad.album.edit(id, { caption: 'Waves' })],
    ['trashed', () => dad.album.trash(id)],
    ['changed', () => dad.album.restore(id)],
    ['removed', () => dad.album.purge(id)]
  ]
  await eventually(() => follower.types(id).length === 1)
  const expected = ['added']
  for (const [type, step] of steps) {
    await step()
    expected.push(type)
    await eventually(() => follower.types(id).at(-1) === type)
  }
  t.alike(
    follower.types(id).filter((type, i, all) => type !== all[i - 1]),
    expected
  )
  await eventually(() => updates.at(-1)?.type === 'removed')
  t.is(follower.photos.size, 0)
})

test(
  'watch: who follows sees the album as it is, whatever was written apart',
  { timeout: 120_000 },
  async (t) => {
    const names = ['Ann', 'Bob', 'Eve']
    const homes = (await createFamily(t, names)) as [Home, Home, Home, Home]
    const albums = homes.map(({ album }) => album) as [Album, ...Album[]]
    const followers = albums.map((album) => new Follower(t, album))
    const [dad, ...others] = albums
    let vanished = 0
    for (let round = 0; round < 4; round++) {
      // Apart: all edit the same photo and add their own; what one who was demoted meanwhile added may not stand.
      const [shared] = await collect(dad.list({ limit: 1 }))
      const demoted = others[round % others.length] as Album
      const added = new Map<Album, string>()
      for (const [i, album] of albums.entries()) {
        added.set(album, (await album.add(png(`${round} ${i}`))).id)
        if (shared) await album.edit(shared.id, { caption: `${round} by ${i}` })
      }
      if (shared && round % 2 === 1) await dad.trash(shared.id)
      await dad.members.setRole(demoted.me, 'viewer')
      const parts = albums.flatMap((one, i) => albums.slice(i + 1).map((other) => connect(one, other)))
      await agreed(albums, followers)
      const own = added.get(demoted) as string
      if ((await dad.get(own)) === null) {
        vanished++
        const mine = followers[albums.indexOf(demoted)] as Follower
        t.alike(mine.types(own).at(-1), 'removed', 'what vanished is told')
      }
      await dad.members.setRole(demoted.me, 'contributor')
      await eventually(async () => (await demoted.members.me())?.role === 'contributor')
      for (const part of parts) part()
      await eventually(async () =>
        (await Promise.all(albums.map((album) => album.status()))).every(({ peers }) => peers.length === 0)
      )
    }
    t.comment(`agreed in every round; ${vanished} photos vanished`)
    t.ok(vanished > 0, 'some vanished, or nothing was shown here')
  }
)

test('watch: goes on from a cursor after a restart, and says reset where it cannot', async (t) => {
  const folder = tmp(t)
  const first = await Album.create(folder, { name: 'Family', member: 'Dad', network: false })
  const follower = new Follower(t, first)
  const one = await first.add(png('one'))
  await eventually(() => follower.seen.length === 1)
  const { cursor } = follower.seen[0] as Change
  follower.stop()
  const two = await first.add(png('two'))
  await first.edit(one.id, { caption: 'later' })
  await first.close()

  const again = await Album.open(folder, { network: false })
  t.teardown(() => again.close())
  const later = new Follower(t, again, cursor)
  await eventually(() => later.seen.length >= 2)
  t.alike(later.types(two.id), ['added'])
  t.alike(later.types(one.id), ['changed'])
  const lost = new Follower(t, again, 'ff00')
  await eventually(() => lost.seen.length === 1)
  t.is(lost.seen[0]?.type, 'reset')
})
