// An album with its portal as a process of its own, for the tests in a browser and for looking at the page:
// `tsx test/page-server.ts '{"photos": ["IMG_0001.jpg"]}'`. It says a line of JSON for itself, and one for each line of
// JSON that it is told.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { Album } from '../index.ts'
import type { Role } from '../index.ts'
import { codeOf } from '../lib/errors.ts'
import { createPortal, listenPortal } from '../lib/portal/index.ts'
import { build } from './bench/paging.ts'
import { png } from './helpers.ts'

export interface ServerOptions {
  /** Where the album and the portal lie, also from a former process; a new one, removed at the end, unless told. */
  folder?: string
  member?: string
  /** Files to begin with. */
  photos?: string[]
  /** So many entries without bytes, of twenty a day. */
  entries?: number
  port?: number
  host?: string
  hosts?: string[]
  /** Joins an album by this code instead of founding one. */
  join?: string
  bootstrap?: { host: string; port: number }[]
  device?: string
  uploadBytes?: number
}

/** What the process is told, one at a time. */
export interface Order {
  do: 'link' | 'invite' | 'add' | 'png' | 'collect' | 'edit' | 'trash' | 'close'
  /** A link for whom; somebody new is made. */
  member?: string
  role?: 'contributor' | 'viewer'
  uses?: number
  photos?: string[]
  /** How many pictures of one colour, and when they were taken. */
  count?: number
  local?: string
  name?: string
  caption?: string
  tags?: string[]
  /** An invite whose joiners wait until somebody lets them in. */
  approval?: boolean
}

const given = JSON.parse(process.argv[2] ?? '{}') as ServerOptions
const root = given.folder ?? fs.mkdtempSync(path.join(os.tmpdir(), 'hyperalbum-page-'))
const place = path.join(root, 'album')
const network = given.bootstrap ? { bootstrap: given.bootstrap } : (false as const)

function say(line: object): void {
  process.stdout.write(JSON.stringify(line) + '\n')
}

async function openAlbum(): Promise<Album> {
  const who = {
    member: given.member ?? 'Dad',
    device: given.device ?? `${given.member ?? 'Dad'}’s computer`,
    network
  }
  if (given.join) return Album.join(place, given.join, { ...who, timeout: 60_000 })
  if (fs.existsSync(place)) return Album.open(place, { network })
  if (given.entries) {
    await build(place, given.entries, () => {})
    return Album.open(place, { network })
  }
  return Album.create(place, { ...who, name: 'The Hansens' })
}

const album = await openAlbum().catch((error: unknown) => {
  say({ error: codeOf(error) })
  process.exit(1)
})
const portal = await createPortal(album, {
  folder: path.join(root, 'portal'),
  hosts: given.hosts ?? [],
  ...(given.uploadBytes && { uploadBytes: given.uploadBytes }),
  onerror: (error) => console.error(error)
})
const listening = await listenPortal(portal, {
  ...(given.port && { port: given.port }),
  host: given.host ?? 'loopback'
})

async function add(photos: string[], face: Album = album): Promise<string[]> {
  const ids: string[] = []
  for await (const { photo, error } of face.addAll(photos)) {
    if (photo) ids.push(photo.id)
    else console.error(error)
  }
  return ids
}

async function memberNamed(name: string, role: Order['role']): Promise<string> {
  const there = (await album.members.list()).find((member) => member.name === name)
  if (there) return there.id
  const made = await album.members.create({ name, ...(role && { role: role as Extract<Role, 'viewer'> }) })
  return made.id
}

async function close(): Promise<void> {
  await listening.close()
  await portal.close()
  await album.close()
  if (!given.folder) fs.rmSync(root, { recursive: true, force: true })
}

const orders: Record<Order['do'], (order: Order) => Promise<object>> = {
  async link({ member = album.name, role, uses }) {
    const memberId = member === album.name ? album.me : await memberNamed(member, role)
    const { secret, urls } = await portal.links.create({ memberId, ...(uses !== undefined && { uses }) })
    return { secret, url: urls[0], memberId }
  },
  async invite({ approval = false }) {
    const { code } = await album.invites.create({ uses: 0, approval })
    return { code }
  },
  async add({ photos = [], member }) {
    const face = member ? album.as(await memberNamed(member, undefined)) : album
    return { ids: await add(photos, face) }
  },
  async png({ count = 1, local = '2021-05-01T12:00:00', member }) {
    const face = member ? album.as(await memberNamed(member, undefined)) : album
    const ids: string[] = []
    const sources = Array.from({ length: count }, () => ({
      source: png(Math.random(), 64),
      capturedAt: local
    }))
    for await (const { photo } of face.addAll(sources)) if (photo) ids.push(photo.id)
    return { ids }
  },
  async collect({ name = 'Summer', photos = [] }) {
    const { id } = await album.collections.create({ name })
    await album.collections.add(id, photos)
    return { id }
  },
  async edit({ photos = [], caption, tags }) {
    await album.edit(photos, { ...(caption !== undefined && { caption }), ...(tags && { tags }) })
    return {}
  },
  async trash({ photos = [] }) {
    await album.trash(photos)
    return {}
  },
  async close() {
    await close()
    return { closed: true }
  }
}

const begun = await add(given.photos ?? [])
say({ url: listening.url, port: listening.port, me: album.me, ids: begun })

process.once('SIGTERM', () => void close().then(() => process.exit()))
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line) as Order
  say(await orders[order.do](order).catch((error: unknown) => ({ error: String(error) })))
  if (order.do === 'close') process.exit()
}
await close()
process.exit()
