import test from 'brittle'
import type { Album } from './plain.ts'
import type { Keep, Photo } from '../index.ts'
import {
  type Home,
  collect,
  connect,
  createFamily,
  eventually,
  failureOf,
  jpegLike,
  sizeOf
} from './helpers.ts'

const MB = 1024 * 1024
const DAY = 86_400_000

/** Names of photos, in order, for those that `check` says yes to. */
async function namesOf(album: Album, check: (photo: Photo) => Promise<boolean>): Promise<string> {
  const names: string[] = []
  for await (const photo of album.list()) if (await check(photo)) names.push(photo.name)
  return names.sort().join(' ')
}

/** Two devices that are connected, but for while one is asked what lies on its own disk. */
class Couple {
  readonly #one: Album
  readonly #other: Album
  #cut: () => void

  constructor(one: Album, other: Album) {
    this.#one = one
    this.#other = other
    this.#cut = connect(one, other)
  }

  /** Names of the originals that it can read alone. */
  async here(album: Album): Promise<string> {
    // What is to be dropped waits until all is final.
    await eventually(async () => {
      const { index } = await album.status()
      return index.final === index.length
    })
    this.#cut()
    const reads = ({ id }: Photo): Promise<string> => failureOf(collect(album.read(id, { timeout: 0 })))
    const names = await namesOf(album, async (photo) => (await reads(photo)) === 'resolved')
    this.#cut = connect(this.#one, this.#other)
    return names
  }
}

/** Whose originals a member's devices hold, as somebody else knows it. */
function heldBy(album: Album, member: string): Promise<string> {
  return namesOf(album, async ({ id }) =>
    (await album.copies.of(id)).some(
      (copy) => copy.member.name === member && copy.variants.includes('original')
    )
  )
}

async function add(album: Album, name: string, bytes = 50_000, date = '2001-01-01'): Promise<Photo> {
  return album.add(jpegLike(bytes), { name, capturedAt: date })
}

/** A day as text, so many days ago. */
function ago(days: number): string {
  return new Date(Date.now() - days * DAY).toISOString().slice(0, 10)
}

test('keep: each rule keeps what it says, and a change drops the rest', { timeout: 120_000 }, async (t) => {
  const [dad, mum] = (await createFamily(t, ['Mum'])) as [Home, Home]
  const couple = new Couple(dad.album, mum.album)
  const [laptop] = (await mum.album.members.list()).flatMap(({ name, devices }) =>
    name === 'Dad' ? devices : []
  )
  await mum.album.members.delegate(mum.album.me, laptop?.id ?? '')
  await eventually(() => dad.album.as(mum.album.me).me === mum.album.me)
  await add(dad.album, 'old', 50_000, '2001-01-01')
  await add(dad.album, 'month', 50_000, ago(31))
  await add(dad.album, 'new', 50_000, ago(1))
  const loved = await add(dad.album, 'loved', 50_000, '2002-01-01')
  await add(dad.album.as(mum.album.me), 'mine', 50_000, '2003-01-01')
  await eventually(async () => (await mum.album.status()).photos === 5)
  await mum.album.edit(loved.id, { favourite: true })
  await add(mum.album, 'own', 50_000, '2004-01-01')
  await eventually(async () => (await dad.album.status()).photos === 6)

  const steps: [Keep, string][] = [
    [{ original: { recent: 10 } }, 'new own'],
    [{ original: { recent: 60 } }, 'month new own'],
    [{ original: { favourites: true } }, 'loved own'],
    [{ original: { mine: true } }, 'mine own'],
    [{ original: { mine: true, favourites: true, recent: 10 } }, 'loved mine new own'],
    [['original'], 'loved mine month new old own'],
    [{ original: 'asked' }, 'loved mine month new old own'],
    [{ original: 'none' }, 'own']
  ]
  for (const [rules, names] of steps) {
    const text = JSON.stringify(rules)
    await mum.album.keep(rules)
    await eventually(async () => (await heldBy(dad.album, 'Mum')) === names)
    await eventually(async () => (await heldBy(mum.album, 'Mum')) === names)
    await eventually(async () => (await couple.here(mum.album)) === names)
    t.pass(text)
  }

  await mum.album.keep({ original: { favourites: true } })
  await eventually(async () => (await heldBy(dad.album, 'Mum')) === 'loved own')
  await mum.album.edit(loved.id, { favourite: false })
  await eventually(async () => (await heldBy(dad.album, 'Mum')) === 'own')
  t.pass('what is no favourite any more goes')
})

test('keep: what the rules do not want is given back by the disk', { timeout: 60_000 }, async (t) => {
  const [dad, mum] = (await createFamily(t, ['Mum'], {})) as [Home, Home]
  await mum.reopen({ keep: ['original'] })
  for (let i = 0; i < 8; i++) await add(dad.album, `photo${i}`, 3 * MB)
  connect(dad.album, mum.album)
  const own = await add(mum.album, 'own', 3 * MB)
  await dad.album.settled({ timeout: 20_000 })
  const full = sizeOf(mum.folder)
  t.ok(full > 27 * MB, `${full} bytes`)

  await mum.album.keep({ original: 'none' })
  await eventually(() => sizeOf(mum.folder) < full - 20 * MB)
  t.is(await heldBy(mum.album, 'Mum'), 'own')
  t.is(
    await failureOf(collect(mum.album.read(own.id, { timeout: 0 }))),
    'resolved',
    'what was added here stays'
  )
  t.is(
    Buffer.concat(await collect(mum.album.read((await collect(mum.album.list()))[0]?.id ?? ''))).length,
    3 * MB
  )
  await eventually(() => sizeOf(mum.folder) < full - 20 * MB)
  t.pass('what was read goes again')
})

test('keep: rules are remembered, and who opens the album may give others', async (t) => {
  const [dad] = (await createFamily(t, [])) as [Home]
  t.alike(await dad.album.keep(), { thumbnail: 'all', preview: 'asked', original: 'asked' }, 'at first')
  const rules = { thumbnail: 'all', preview: { recent: 90 }, original: { mine: true, budget: 1000 } }
  t.alike(await dad.album.keep({ preview: { recent: 90 }, original: { budget: 1000, mine: true } }), rules)
  await dad.reopen()
  t.alike(await dad.album.keep(), rules, 'opened again')
  await dad.reopen({ keep: { preview: 'none' } })
  await dad.reopen()
  t.alike(await dad.album.keep(), { ...rules, preview: 'none' }, 'what is left out stays as it was')
  await dad.reopen({ keep: ['original'] })
  t.alike(await dad.album.keep(), { thumbnail: 'asked', preview: 'asked', original: 'all' }, 'in short')
  const theirs = await dad.album.keep()
  theirs.original = 'none'
  t.is((await dad.album.keep()).original, 'all', 'what is given is the caller’s own')
  const bad = [
    { original: 'some' },
    { original: {} },
    { original: { mine: false } },
    { original: { recent: -1 } },
    { original: { budget: 1.5 } },
    { original: { size: 1 } },
    { original: null },
    { motion: 'all' },
    ['motion'],
    'original',
    null,
    7
  ]
  for (const one of bad)
    t.is(await failureOf(dad.album.keep(one as never)), 'BAD_ARGUMENT', JSON.stringify(one))
  t.is(await failureOf(dad.reopen({ keep: { original: {} } })), 'BAD_ARGUMENT', 'an opener')
})

test(
  'keep: a budget is filled with favourites and the newest, and never overrun',
  { timeout: 120_000 },
  async (t) => {
    const [dad, mum] = (await createFamily(t, ['Mum'])) as [Home, Home]
    const budget = 10 * MB
    await mum.reopen({ keep: { original: { budget } } })
    connect(dad.album, mum.album)
    const sizes = new Map<string, number>()
    const photo = async (name: string, year: number, bytes = 3 * MB): Promise<Photo> => {
      sizes.set(name, bytes)
      return add(dad.album, name, bytes, `${year}-01-01`)
    }
    let most = 0
    const holds = (names: string): Promise<boolean> =>
      eventually(async () => {
        const held = await heldBy(mum.album, 'Mum')
        const bytes = held.split(' ').reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0)
        most = Math.max(most, bytes)
        return held === names
      })
    const before = sizeOf(mum.folder)

    const oldest = await photo('a', 2001)
    for (const [i, name] of ['b', 'c', 'd', 'e'].entries()) await photo(name, 2002 + i)
    await holds('c d e')
    t.pass('the newest')
    await photo('f', 2010)
    await holds('d e f')
    t.pass('a newer one takes the place of the oldest')
    await mum.album.edit(oldest.id, { favourite: true })
    await holds('a e f')
    t.pass('a favourite, too')
    await photo('huge', 2011, 11 * MB)
    await photo('tiny', 2000, 20_000)
    await holds('a e f tiny')
    t.pass('what does not fit is passed over')
    await add(mum.album, 'own', 5 * MB, '2012-01-01')
    await photo('g', 2013)
    await holds('a f g own tiny')
    t.pass('what was added here does not count')
    await dad.album.trash(oldest.id)
    await holds('e f g own tiny')
    t.pass('what is in the trash makes room')
    t.ok(most > 9 * MB && most <= budget, `${most} bytes at most`)
    // RocksDB's own log comes on top.
    await eventually(() => sizeOf(mum.folder) < before + budget + 5 * MB + 2 * MB)
    await mum.album.keep({ original: { budget: 4 * MB } })
    await holds('g own tiny')
    await eventually(() => sizeOf(mum.folder) < before + 4 * MB + 5 * MB + 2 * MB)
    t.pass('a smaller one frees the disk')
    await mum.album.keep({ original: { budget: 4 * MB, recent: 10 } })
    await holds('own')
    t.pass('it bounds what the conditions choose')
  }
)

test('keep: what people look at comes first', async (t) => {
  const [dad, mum] = (await createFamily(t, ['Mum'])) as [Home, Home]
  for (let i = 0; i < 60; i++) await add(dad.album, `photo${i}`, 200_000, `2001-01-${10 + (i % 20)}`)
  const oldest = await add(dad.album, 'oldest', 2 * MB, '1990-01-01')
  mum.album.background.pause()
  const cut = connect(dad.album, mum.album)
  await eventually(async () => (await mum.album.status()).photos === 61)
  await mum.album.keep(['original'])
  await collect(mum.album.read(oldest.id, { end: 9 }))
  const first = new Promise<void>((resolve) => {
    mum.album.on('progress', ({ background, bytes }) => {
      if (background && bytes >= oldest.size) resolve()
    })
  })
  mum.album.background.resume()
  await first
  mum.album.background.pause()
  cut()
  t.is(await failureOf(collect(mum.album.read(oldest.id, { timeout: 0 }))), 'resolved')
  const others = await namesOf(
    mum.album,
    async ({ id }) => (await failureOf(collect(mum.album.read(id, { timeout: 0 })))) === 'resolved'
  )
  t.ok(others.split(' ').length < 20, `beside ${others}`)
})

test('keep: the background can be paused and goes on', { timeout: 60_000 }, async (t) => {
  const [dad, mum] = (await createFamily(t, ['Mum'])) as [Home, Home]
  for (let i = 0; i < 12; i++) await add(dad.album, `photo${i}`, 2 * MB)
  const progress: number[] = []
  mum.album.on('progress', ({ background, files }) => {
    if (!background) return
    if (progress.length === 0) mum.album.background.pause()
    progress.push(files)
  })
  await mum.album.keep(['original'])
  t.is(mum.album.background.paused, false)
  connect(dad.album, mum.album)
  await eventually(() => progress.length > 0)
  t.is(mum.album.background.paused, true)
  const reached = await eventually(async () => {
    const held = await heldBy(dad.album, 'Mum')
    return held === '' ? 0 : held.split(' ').length
  })
  await dad.album.add(jpegLike(1000))
  await eventually(async () => (await mum.album.status()).photos === 13)
  t.is((await heldBy(dad.album, 'Mum')).split(' ').length, reached, 'what is new does not wake it')
  t.ok(reached < 12, `${reached} of 12 came before`)

  mum.album.background.resume()
  await eventually(async () => (await heldBy(dad.album, 'Mum')).split(' ').length === 13)
  t.pass('all came in the end')
})
