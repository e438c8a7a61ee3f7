import { execFile } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test, { type Assertions } from 'brittle'
import b4a from 'b4a'
import { AlbumError } from '../index.ts'
import { Log } from '../lib/log/log.ts'
import {
  type MirrorEvent,
  type MirrorHealth,
  type MirrorOptions,
  healthLine,
  runMirror
} from '../lib/mirror/index.ts'
import { Inventory } from '../lib/mirror/inventory.ts'
import { whyNot } from '../lib/platform.ts'
import { Album } from './plain.ts'
import { smallDisk } from './disks.ts'
import * as forge from './forge.ts'
import {
  collect,
  connect,
  createAlbum,
  createFamily,
  createNetwork,
  eventually,
  failureOf,
  jpegLike,
  readAll,
  tmp
} from './helpers.ts'
import { openInside } from './insider.ts'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')

interface Running {
  events: MirrorEvent[]
  /** The first health told, from now on or before, of which this is true. */
  health(when: (health: MirrorHealth) => boolean): Promise<MirrorHealth>
  /** Codes of the troubles so far. */
  troubles(): string[]
  stop(): void
  ended: Promise<void>
}

function start(t: Assertions, folder: string, options: MirrorOptions): Running {
  const controller = new AbortController()
  const events: MirrorEvent[] = []
  const ended = (async () => {
    for await (const event of runMirror(folder, { ...options, signal: controller.signal })) events.push(event)
  })()
  ended.catch(() => {})
  t.teardown(async () => {
    controller.abort()
    await ended.catch(() => {})
  })
  return {
    events,
    ended,
    stop: () => controller.abort(),
    troubles: () => events.flatMap((event) => (event.type === 'trouble' ? [event.error.code] : [])),
    health: async (when) => {
      const told = await eventually(() => {
        return events.find((event) => event.type === 'health' && when(event))
      }, 100_000)
      return told as MirrorHealth
    }
  }
}

test('mirror: joins by a code, holds all there is and what comes, and says so', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const before = await dad.add(jpegLike(200_000))
  const { code } = await dad.invites.create({ role: 'mirror' })
  const folder = tmp(t)
  const mirror = start(t, folder, { network, code, device: 'box', interval: 500 })
  const first = await mirror.health(({ held }) => held === 1)
  t.is(mirror.events[0]?.type, 'joining')
  t.is(mirror.events[1]?.type, 'opened')
  t.alike([first.role, first.known, first.bytes], ['mirror', 1, 200_000])
  t.alike(first.online, ['Dad, laptop'])

  const added = await dad.add(jpegLike(300_000))
  const second = await mirror.health(({ held }) => held === 2)
  t.is(second.bytes, 500_000)
  t.ok(second.changedAt)
  const holders = async (): Promise<string[]> =>
    (await dad.copies.of(added.id)).map(({ member, device }) => `${member.name}, ${device.name}`)
  t.ok(await eventually(async () => (await holders()).includes('Mirror, box')), 'the others count on it')

  await dad.trash(before.id)
  await mirror.health(({ known, held, bytes }) => known === 1 && held === 1 && bytes === 300_000)
  await dad.close()
  await mirror.health(({ online, held }) => online.length === 0 && held === 1)
  const count = mirror.events.length
  await eventually(() => mirror.events.length > count)
  t.pass('without anything new it says so every interval')

  mirror.stop()
  await mirror.ended
  const album = await Album.open(folder, { network: false })
  t.teardown(() => album.close())
  t.is((await readAll(album, added)).byteLength, 300_000, 'it ended cleanly, with the bytes')
})

test('mirror: started again, it counts what it has', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  await collect(dad.addAll(Array.from({ length: 20 }, () => jpegLike(10_000))))
  const { code } = await dad.invites.create({ role: 'mirror' })
  const folder = tmp(t)
  const mirror = start(t, folder, { network, code })
  await mirror.health(({ held }) => held === 20)
  mirror.stop()
  await mirror.ended
  await dad.close()
  const again = start(t, folder, { network, code })
  const health = await again.health(({ held, counting }) => held === 20 && !counting)
  t.is(health.bytes, 200_000)
  t.is(again.events[0]?.type, 'opened', 'the code that it has used is not asked for again')
})

test('mirror: where another program has the album open it waits', async (t) => {
  const folder = tmp(t)
  const album = await Album.create(folder, { name: 'Our family', member: 'Dad', network: false })
  const mirror = start(t, folder, { network: false })
  await eventually(() => mirror.troubles().includes('STORAGE_LOCKED'))
  await album.close()
  await mirror.health(({ name }) => name === 'Our family')
  t.pass('and opens it when it can')
})

test('mirror: a log that failed is opened anew', async (t) => {
  const logs: Log[] = []
  const open = Log.open.bind(Log)
  Log.open = async (...args) => {
    const log = await open(...args)
    logs.push(log)
    return log
  }
  t.teardown(() => void (Log.open = open))
  const folder = tmp(t)
  await (await Album.create(folder, { name: 'Our family', member: 'Dad', network: false })).close()
  logs.splice(0)
  const mirror = start(t, folder, { network: false, interval: 200 })
  await mirror.health(() => true)
  // What it does when it closed by itself again and again.
  logs[0]?.lose(new AlbumError('LOG_FAILED', 'The log closed again and again'))
  await eventually(() => mirror.troubles().includes('LOG_FAILED'))
  await eventually(() => logs.length === 2)
  const count = mirror.events.length
  await eventually(() => mirror.events.slice(count).some(({ type }) => type === 'health'))
  t.pass('it goes on')
})

test(
  'mirror: a full disk is told, and what did not fit comes when there is room',
  { timeout: 240_000 },
  async (t) => {
    const disk = smallDisk(t, 220)
    if (!disk) return
    const network = await createNetwork(t)
    const dad = await createAlbum(t, { network })
    const { code } = await dad.invites.create({ role: 'mirror' })
    for (let i = 0; i < 4; i++) await dad.add(jpegLike(20_000_000))
    const mirror = start(t, path.join(disk.folder, 'album'), { network, code, interval: 1000 })
    await eventually(() => mirror.troubles().includes('STORAGE_FULL'), 60_000)
    const full = await mirror.health(({ trouble }) => trouble === 'STORAGE_FULL')
    t.ok(full.held < 4)
    t.ok(healthLine(full).endsWith('STORAGE_FULL'))
    disk.resize(700)
    const well = await mirror.health(({ held, trouble }) => held === 4 && trouble === null)
    t.is(well.bytes, 80_000_000)
  }
)

test('mirror: one that was removed ends', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const { code } = await dad.invites.create({ role: 'mirror' })
  const mirror = start(t, tmp(t), { network, code })
  await mirror.health(({ role }) => role === 'mirror')
  const member = (await dad.members.list()).find(({ role }) => role === 'mirror')
  await dad.members.remove(member?.id ?? '')
  t.is(await failureOf(mirror.ended), 'REMOVED')
})

test('mirror: what no trying mends is thrown', async (t) => {
  const never = async (folder: string, options: MirrorOptions = {}): Promise<string> =>
    failureOf(collect(runMirror(folder, { network: false, ...options })))
  t.is(await never(''), 'BAD_ARGUMENT')
  t.is(await never(tmp(t), { interval: 0 }), 'BAD_ARGUMENT')
  t.is(await never(tmp(t)), 'NOT_AN_ALBUM')
  t.is(await never(tmp(t), { code: 'no code' }), 'INVITE_INVALID')
})

test('mirror: its health in a line', (t) => {
  const health: MirrorHealth = {
    type: 'health',
    name: 'Our family',
    role: 'mirror',
    known: 1250,
    held: 1203,
    counting: false,
    bytes: 4_100_000_000,
    online: ['Dad, laptop', 'Mum, phone'],
    changedAt: '2026-11-27T20:00:00.000Z',
    diskFree: 118e9,
    memory: 212e6,
    trouble: null
  }
  const now = Date.parse('2026-11-27T20:02:00.000Z')
  t.is(
    healthLine(health, now),
    '1203 of 1250 photos held, 4.1 GB · 2 online · last change 2 min ago · 118 GB of disk free · 212 MB of memory'
  )
  t.ok(healthLine({ ...health, changedAt: null, counting: true }).includes('held (counting)'))
})

test('platform: what has no native parts is told, and what to take instead', async (t) => {
  const glibc = '2.36'
  for (const [platform, arch] of [
    ['linux', 'x64'],
    ['linux', 'arm64'],
    ['darwin', 'arm64'],
    ['win32', 'x64']
  ] as const) {
    t.is(whyNot({ platform, arch, glibc: platform === 'linux' ? glibc : null }), null, `${platform} ${arch}`)
  }
  t.is(whyNot({ platform: 'linux', arch: 'x64', glibc: '2.28' }), null)
  t.is(whyNot({ platform: 'android', arch: 'arm', glibc: null }), null)
  const told: [arch: string, glibc: string | null, words: RegExp][] = [
    ['arm', glibc, /linux on arm: take a 64-bit system/],
    ['x64', null, /musl/],
    ['arm64', null, /musl/],
    ['arm64', '2.31', /glibc 2.31: take a system with 2.34/],
    ['riscv64', glibc, /riscv64$/]
  ]
  for (const [arch, libc, words] of told) {
    t.ok(words.test(whyNot({ platform: 'linux', arch, glibc: libc }) ?? ''), `${arch} ${libc}`)
  }

  // As a program finds out.
  const fake = `Object.defineProperty(process, 'arch', { value: 'arm' })`
  const program = `${fake}; import('./index.ts').catch(({ code, message }) => console.log(code, message))`
  const args = ['--import', 'tsx', '--input-type=module', '-e', program]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root })
  t.ok(stdout.startsWith('UNSUPPORTED_PLATFORM The native parts of hyperalbum are not built'), stdout)
})

test('mirror: of many photos it counts those that have come where they come', async (t) => {
  const homes = await createFamily(t, ['Mum'], { keep: [] })
  const [dad, mum] = homes.map(({ album }) => album) as [Album, Album]
  const end = connect(dad, mum)
  const years = { '2023': 250, '2022': 50, '2021': 380, '2020': 20 }
  const sources = Object.entries(years).flatMap(([year, length]) =>
    Array.from({ length }, () => ({ source: jpegLike(100), capturedAt: `${year}-06-01`, tags: [year] }))
  )
  await collect(dad.addAll(sources))
  await eventually(async () => (await mum.status()).photos === 700)
  const fetch = async (year: keyof typeof years): Promise<void> => {
    const { files } = await mum.download({ tag: year }, { variants: ['original'], timeout: 30_000 })
    t.is(files, years[year])
  }
  const inventory = new Inventory(mum)
  while (inventory.counting) await inventory.look()
  t.alike([inventory.held, inventory.lacking, inventory.finding], [0, 700, false])
  await fetch('2023')
  await inventory.look()
  t.alike([inventory.held, inventory.finding], [200, true], 'more is to be found at once')
  await inventory.look()
  t.alike([inventory.held, inventory.finding], [250, false])
  await fetch('2022')
  await inventory.look()
  t.is(inventory.held, 300, 'what came next is looked at next')

  await fetch('2020')
  for (let looks = 0; looks < 3; looks++) await inventory.look()
  t.alike(
    [inventory.held, inventory.bytes],
    [320, 32_000],
    'those that nobody has keep no others from being counted'
  )
  end()
})

test('mirror: what is counted anew while the last of it is read is counted all the same', async (t) => {
  const album = await createAlbum(t, { network: false })
  await collect(album.addAll(Array.from({ length: 3 }, () => jpegLike(100))))
  // All that an inventory sees of an album; what comes between two reads of it happens in `before`.
  let before = (): void => {}
  const watched = {
    get: (id: string) => album.get(id),
    copies: {
      of: (id: string) => album.copies.of(id),
      async *here() {
        yield* album.copies.here()
        before()
      }
    }
  } as unknown as Album
  const inventory = new Inventory(watched)
  before = () => {
    before = () => {}
    inventory.recount()
  }
  while (inventory.counting) await inventory.look()
  t.is(inventory.held, 3)
})

test('mirror: a Live Photo is counted once', async (t) => {
  const folder = tmp(t)
  await (await Album.create(folder, { name: 'Our family', member: 'Dad', network: false })).close()
  const { session } = await openInside(t, folder)
  await session.drives.get()
  const live = Buffer.alloc(16, 7)
  const [jpeg, mov] = [1, 11]
  const halves = [forge.photo('moving', { type: mov, live }), forge.photo('still', { type: jpeg, live })]
  await session.actor.append('photos', { photos: halves })
  await session.close()
  const album = await Album.open(folder, { network: false })
  t.teardown(() => album.close())
  const inventory = new Inventory(album)
  while (inventory.counting) await inventory.look()
  t.is(inventory.held, 1)
  // As when the still comes later.
  inventory.changed(b4a.toString(forge.photoId('moving'), 'hex'))
  await inventory.look()
  t.is(inventory.held, 1)
})
