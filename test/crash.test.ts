import test from 'brittle'
import { Album } from './plain.ts'
import { type Home, collect, connect, createFamily, eventually, tmp, viewOf } from './helpers.ts'
import { type Child, linesOf, runChild, startChild } from './processes.ts'

const KILLS = 50
// Children that have loaded their modules before it is their turn.
const AHEAD = 3
// How long, in milliseconds, one lives at most from where it may be killed: every fifth while it opens the album.
const LIFE = 400

interface Waiting {
  child: Child
  lines: AsyncIterator<Record<string, unknown>>
}

test('crash: killed 50 times while adding, an album loses nothing', { timeout: 240_000 }, async (t) => {
  const folder = tmp(t)
  await (await Album.create(folder, { name: 'Our family', member: 'Dad', network: false })).close()

  const start = (): Waiting => {
    const child = startChild('add', folder)
    return { child, lines: linesOf(child)[Symbol.asyncIterator]() }
  }
  const waiting = Array.from({ length: AHEAD }, start)
  t.teardown(() => waiting.forEach(({ child }) => child.kill('SIGKILL')))
  const added: string[] = []
  for (let kill = 0; kill < KILLS; kill++) {
    const { child, lines } = waiting.shift() ?? start()
    if (kill + AHEAD < KILLS) waiting.push(start())
    t.alike((await lines.next()).value, { ready: true })
    child.stdin.write('go\n')
    if (kill % 5 !== 0) {
      const { value } = await lines.next()
      if (value?.['opened'] === undefined) t.fail(`it could not be opened: ${JSON.stringify(value)}`)
    }
    await new Promise((resolve) => setTimeout(resolve, Math.random() * LIFE))
    child.kill('SIGKILL')
    for (let next = await lines.next(); !next.done; next = await lines.next()) {
      const { added: id, error } = next.value
      if (error !== undefined) t.fail(`it failed: ${JSON.stringify(error)}`)
      if (typeof id === 'string') added.push(id)
    }
  }
  t.ok(added.length >= KILLS / 10, `${added.length} photos were said to be added`)

  const album = await Album.open(folder, { network: false })
  t.teardown(() => album.close())
  const photos = await collect(album.list())
  const listed = new Set(photos.map(({ id }) => id))
  t.alike(
    added.filter((id) => !listed.has(id)),
    [],
    'every photo whose adding had resolved is there'
  )
  let readable = 0
  for (const { id, size } of photos) {
    // Reading a whole original checks it against its hash.
    if (Buffer.concat(await collect(album.read(id))).length === size) readable++
  }
  t.is(readable, photos.length, 'every photo that it lists is readable')
  t.is((await album.status()).photos, photos.length, 'the count is right')
  const days = await collect(album.timeline())
  t.is(
    days.reduce((sum, { count }) => sum + count, 0),
    photos.length,
    'the counts by day too'
  )
})

test(
  'crash: killed between any two writes of its log, the indexer still has the index that others have',
  { timeout: 120_000 },
  async (t) => {
    const [dad, mum] = (await createFamily(t, ['Mum'])) as [Home, Home]
    for (let writes = 1; writes <= 12; writes++) {
      await dad.album.close()
      await runChild('flush', dad.folder, String(writes))
      await dad.reopen()
      const apart = connect(dad.album, mum.album)
      // To the row: an op that was applied twice need not show in what the index says.
      await eventually(async () => {
        const [his, hers] = [(await dad.album.status()).index, (await mum.album.status()).index]
        return his.length === hers.length && hers.final === hers.length
      })
      t.is(await viewOf(dad.album), await viewOf(mum.album), `${writes} writes`)
      apart()
    }
    t.ok((await dad.album.status()).photos >= 12, 'photos were added')
  }
)
