// Two releases on one album, in processes of their own: one that knows album version 1 and one that knows 2 as well.
import { type ChildProcess, fork } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'brittle'
import type { Assertions } from 'brittle'
import { encode } from '../lib/schema/codec.ts'
import { key } from '../lib/view/keys.ts'
import { newerBuild } from './builds.ts'
import * as forge from './forge.ts'
import { createNetwork, eventually, png, tmp } from './helpers.ts'
import { Ledger } from './ledger.ts'
import type { Calls, Sight } from './version-member.ts'

const here = path.dirname(fileURLToPath(import.meta.url))
const THIS_BUILD = path.join(here, '..')
const EXT = 28
const NEW_TYPE = 1000

interface Answer {
  id: number
  value?: unknown
  error?: string
}

/** A member's process. */
class Member {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #count = 0

  private constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', (answer: Answer) => {
      this.#waiting.get(answer.id)?.(answer)
      this.#waiting.delete(answer.id)
    })
  }

  static async start(t: Assertions, build: string): Promise<Member> {
    const child = fork(path.join(here, 'version-member.ts'), [build], { execArgv: ['--import', 'tsx'] })
    t.teardown(() => child.kill('SIGKILL'))
    const member = new Member(child)
    await new Promise<void>((resolve) => member.#waiting.set(0, () => resolve()))
    return member
  }

  async call<C extends keyof Calls>(
    call: C,
    ...args: Parameters<Calls[C]>
  ): Promise<Awaited<ReturnType<Calls[C]>>> {
    const id = ++this.#count
    this.#child.send({ id, call, args })
    const { value, error } = await new Promise<Answer>((resolve) => this.#waiting.set(id, resolve))
    if (error !== undefined) throw new Error(error)
    return value as Awaited<ReturnType<Calls[C]>>
  }

  /** The code with which a call fails; empty where it does not. */
  async codeOf<C extends keyof Calls>(call: C, ...args: Parameters<Calls[C]>): Promise<string> {
    return this.call(call, ...args).then(
      () => '',
      (error: Error) => error.message
    )
  }

  /** Waits until what it sees is so. */
  async sees(so: (sight: Sight) => boolean): Promise<void> {
    await eventually(async () => so(await this.call('look')))
  }
}

/** Waits until both see the same, and so many photos. */
async function same(one: Member, other: Member, photos: number): Promise<void> {
  await eventually(async () => {
    const [a, b] = [await one.call('look'), await other.call('look')]
    return a.tree === b.tree && a.photos === photos
  })
}

test(
  'versions: two releases share an album until an owner raises its version',
  { timeout: 90_000 },
  async (t) => {
    const network = await createNetwork(t)
    const build = newerBuild(t)
    const [newer, older] = await Promise.all([Member.start(t, build), Member.start(t, THIS_BUILD)])
    const folder = tmp(t)
    await newer.call('create', tmp(t), network)
    await older.call('join', folder, await newer.call('invite'), network)

    // Ops of version 2 mean nothing yet, to either; nor does what version 1 stores without understanding it.
    await newer.call('add', 'one')
    await newer.call('write', 2, EXT, 'title', 'Too early')
    await newer.call('write', 2, NEW_TYPE, 'title', 'Too early')
    await newer.call('write', 1, NEW_TYPE, 'title', 'Too early')
    await newer.call('write', 1, EXT, 'title', 'Stored')
    await newer.call('caption', 'A row of a struct that has grown since')
    await older.call('add', 'two')
    await same(newer, older, 2)
    t.is((await newer.call('look')).name, 'Before')

    // A contributor does not raise it.
    await older.call('raise', 2)
    await older.call('raise', 99)
    await older.call('add', 'three')
    await same(newer, older, 3)
    const before = await older.call('look')
    t.alike(before.versions, { album: 1, supported: 1 })
    t.is(before.upgrade, null)

    await newer.call('raise', 2)
    await older.sees(({ upgrade }) => upgrade === 2)
    await newer.call('write', 2, EXT, 'title', 'After')
    await newer.call('add', 'four')
    const after = await newer.call('look')
    t.alike([after.name, after.photos, after.versions], ['After', 4, { album: 2, supported: 2 }])

    const left = await older.call('look')
    t.alike([left.photos, left.name], [3, 'Before'], 'the older one still reads what it has')
    t.is(await older.codeOf('add', 'five'), 'UPGRADE_REQUIRED')
    t.is(await older.codeOf('caption', 'five'), 'UPGRADE_REQUIRED')
    await older.call('close')
    for (const where of [null, network]) {
      await older.call('open', folder, where)
      await older.sees(({ upgrade }) => upgrade === 2)
      t.is((await older.call('look')).photos, 3, 'also when it is opened again')
      t.is(await older.codeOf('add', 'five'), 'UPGRADE_REQUIRED')
      await older.call('close')
    }

    // The same folder with a program that can follow.
    const updated = await Member.start(t, build)
    await updated.call('open', folder, network)
    await same(newer, updated, 4)
    t.is((await updated.call('look')).name, 'After')
    await updated.call('add', 'five')
    await same(newer, updated, 5)
  }
)

test('versions: one that was away while the version was raised stops too', { timeout: 90_000 }, async (t) => {
  const network = await createNetwork(t)
  const build = newerBuild(t)
  const [newer, older] = await Promise.all([Member.start(t, build), Member.start(t, THIS_BUILD)])
  const folder = tmp(t)
  await newer.call('create', tmp(t), network)
  await older.call('join', folder, await newer.call('invite'), network)
  await older.call('add', 'one')
  await same(newer, older, 1)
  await older.call('close')

  await newer.call('raise', 2)
  // So many that whoever comes back takes over the finished view, which is of version 2, instead of working it out.
  for (let i = 0; i < 30; i++) await newer.call('write', 2, EXT, 'title', `After ${i}`)

  await older.call('open', folder, network)
  await older.sees(({ upgrade }) => upgrade === 2)
  t.is((await older.call('look')).photos, 1)
  t.is(await older.codeOf('add', 'two'), 'UPGRADE_REQUIRED')
  await older.call('close')

  const updated = await Member.start(t, build)
  await updated.call('open', folder, network)
  await same(newer, updated, 1)
  await updated.call('add', 'two')
  await same(newer, updated, 2)
  t.is((await updated.call('look')).name, 'After 29')
})

test('versions: bytes stay where the op was taken, and are not written where it cannot be', async (t) => {
  const older = await Member.start(t, THIS_BUILD)
  const folder = tmp(t)
  await older.call('create', folder, null)
  t.is(await older.codeOf('addBeforeRaised', 2, 'one'), 'UPGRADE_REQUIRED')
  t.is((await older.call('look')).upgrade, 2)
  const blocks = await older.call('blocks')
  t.is(await older.codeOf('add', 'two'), 'UPGRADE_REQUIRED')
  t.is(await older.call('blocks'), blocks)
  await older.call('close')

  // Whoever can follow sees the photo.
  const updated = await Member.start(t, newerBuild(t))
  await updated.call('open', folder, null)
  await updated.sees(({ photos }) => photos === 1)
  t.is(await updated.call('read', 'one'), Buffer.from(png('one')).toString('hex'))
})

test('versions: a view of a version that a program does not know is not added to', async (t) => {
  const ledger = await Ledger.create(t)
  const album = await ledger.album()
  await ledger.bee.put(key.album(), encode('album-row', { ...album, version: 7 }))
  const before = ledger.bee.version
  await t.exception(ledger.add(ledger.founder, 'photo'))
  t.is(ledger.interrupted, 'upgrade-required 7')
  t.is(ledger.bee.version, before)
})

test('versions: an album that was founded at a version that a program does not know is not taken for empty', async (t) => {
  const ledger = await Ledger.create(t, { empty: true })
  const body = forge.foundBody(ledger.founder, 'Dad')
  t.absent(await ledger.write(forge.forger(), 'found', body, { version: 7 }), 'a stranger stops nobody')
  t.is(ledger.interrupted, null)
  await t.exception(ledger.write(ledger.founder, 'found', body, { version: 7 }))
  t.is(ledger.interrupted, 'upgrade-required 7')
})
