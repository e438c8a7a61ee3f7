import crypto from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import zlib from 'node:zlib'
import type { Assertions } from 'brittle'
import createTestnet from 'hyperdht/testnet.js'
import { Album } from './plain.ts'
import { AlbumError } from '../index.ts'
import type {
  CreateOptions,
  InviteOptions,
  JoinOptions,
  NetworkOption,
  OpenOptions,
  Photo
} from '../index.ts'

/** A new empty folder, gone after the test. */
export function tmp(t: Assertions): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hyperalbum-'))
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }), { order: 1000 })
  return folder
}

export interface Network {
  bootstrap: { host: string; port: number }[]
  local: false
}

/** A DHT of its own on this machine; who is found, is found there. */
export async function createNetwork(t: Assertions): Promise<Network> {
  const testnet = await createTestnet(10)
  t.teardown(() => testnet.destroy(), { order: 900 })
  return { bootstrap: testnet.bootstrap, local: false }
}

/** An album in a new folder, closed after the test; offline unless told. */
export async function createAlbum(t: Assertions, options: Partial<CreateOptions> = {}): Promise<Album> {
  const album = await Album.create(tmp(t), {
    name: 'Our family',
    member: 'Dad',
    device: 'laptop',
    network: false,
    ...options
  })
  t.teardown(() => album.close())
  return album
}

/** Invites somebody to an album and joins in a new folder; closed after the test. */
export async function joinAlbum(
  t: Assertions,
  album: Album,
  network: NetworkOption,
  options: Partial<JoinOptions> & { invite?: InviteOptions } = {}
): Promise<Album> {
  const { invite, ...rest } = options
  const { code } = await album.invites.create(invite)
  const joined = await Album.join(tmp(t), code, {
    member: 'Grandma',
    device: 'phone',
    network,
    timeout: 30_000,
    ...rest
  })
  t.teardown(() => joined.close())
  return joined
}

/** Connects two albums by streams of their own; call what it returns to disconnect. */
export function connect(a: Album, b: Album): () => void {
  const left = a.replicate(true)
  const right = b.replicate(false)
  left.pipe(right as never as NodeJS.WritableStream)
  right.pipe(left as never as NodeJS.WritableStream)
  return () => {
    left.destroy()
    right.destroy()
  }
}

/** Bytes that the files of a folder take on the disk. */
export function sizeOf(folder: string): number {
  let size = 0
  for (const entry of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const stat = fs.statSync(path.join(folder, entry), { throwIfNoEntry: false })
    if (stat?.isFile()) size += stat.size
  }
  return size
}

/** Resolves when `check` gives a truthy value; fails after `timeout` milliseconds. */
export async function eventually<T>(check: () => Promise<T> | T, timeout = 20_000): Promise<T> {
  const deadline = Date.now() + timeout
  for (;;) {
    const value = await check()
    if (value) return value
    if (Date.now() > deadline) throw new Error(`Not within ${timeout} ms: ${check.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

export const PNG_SIGNATURE: Uint8Array = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** A chunk of a PNG. */
export function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const out = Buffer.alloc(body.length + 8)
  out.writeUInt32BE(data.length, 0)
  body.copy(out, 4)
  out.writeUInt32BE(zlib.crc32 ? zlib.crc32(body) : crc32(body), body.length + 4)
  return out
}

function crc32(bytes: Uint8Array): number {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let k = 0; k < 8; k++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return ~crc >>> 0
}

/** A real PNG of one colour that depends on `seed`: other seeds give other bytes. */
export function png(seed: number | string, size = 16): Uint8Array {
  const colour = crypto.createHash('sha256').update(String(seed)).digest()
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size, 0)
  header.writeUInt32BE(size, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const row = Buffer.concat([Buffer.from([0]), ...Array<Buffer>(size).fill(colour.subarray(0, 3))])
  const pixels = zlib.deflateSync(Buffer.concat(Array<Buffer>(size).fill(row)))
  const text = Buffer.concat([Buffer.from('Comment\0', 'latin1'), colour])
  const parts = [
    chunk('IHDR', header),
    chunk('tEXt', text),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0))
  ]
  return Buffer.concat([PNG_SIGNATURE, ...parts])
}

/** Random bytes that begin as a JPEG does: for what only counts bytes. */
export function jpegLike(bytes: number): Uint8Array {
  const data = crypto.randomBytes(bytes)
  data.set([0xff, 0xd8, 0xff, 0xe0], 0)
  return data
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

export async function readAll(album: Album, photo: Pick<Photo, 'id'>): Promise<Buffer> {
  return Buffer.concat(await collect(album.read(photo.id)))
}

/** What everybody's view of an album must agree on, as text. */
export async function viewOf(album: Album): Promise<string> {
  const photos = await collect(album.list())
  // `favourite` is the asking member's own.
  const shared = photos.map(({ favourite: _own, ...photo }) => photo)
  const trashed = (await collect(album.list({ trashed: true }))).map(({ favourite: _own, ...photo }) => photo)
  const days = await collect(album.timeline())
  const members = (await album.members.list()).map(({ me: _me, devices, ...member }) => ({
    ...member,
    devices: devices.map(({ me: _mine, ...device }) => device)
  }))
  const collections = await album.collections.list()
  return JSON.stringify({ name: album.name, shared, trashed, days, members, collections }, null, 1)
}

/** The `code` of the `AlbumError` that a promise rejects with; 'resolved' where it does not reject. */
export function failureOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'resolved',
    (error: unknown) => (error instanceof AlbumError ? error.code : `not an AlbumError: ${String(error)}`)
  )
}

/** A device of a family: its album and the folder it lies in. */
export interface Home {
  album: Album
  folder: string
  /** Closes the album where it is open, and opens it again. */
  reopen(options?: OpenOptions): Promise<Album>
}

/**
 * An album with a founder ("Dad") and members who joined it, each in a folder of its own, all synced, and all apart:
 * `connect` brings two together.
 */
export async function createFamily(
  t: Assertions,
  members: string[],
  options: Partial<CreateOptions> & { invite?: InviteOptions } = {}
): Promise<Home[]> {
  const { invite, ...rest } = options
  const testnet = await createTestnet(10)
  const network = { bootstrap: testnet.bootstrap, local: false }
  const folder = tmp(t)
  const founder = await Album.create(folder, {
    name: 'Our family',
    member: 'Dad',
    device: 'laptop',
    ...rest,
    network
  })
  const homes: Home[] = [homeOf(t, founder, folder, rest)]
  for (const member of members) {
    const { code } = await founder.invites.create(invite)
    const own = tmp(t)
    const joining = { member, device: `${member}'s phone`, timeout: 30_000, ...rest, network }
    homes.push(homeOf(t, await Album.join(own, code, joining), own, rest))
  }
  const everybody = members.length + 1
  await eventually(async () => {
    const known = await Promise.all(homes.map(async ({ album }) => (await album.members.list()).length))
    const whole = await Promise.all(homes.map(async ({ album }) => (await album.status()).index.whole))
    return known.every((count) => count === everybody) && whole.every(Boolean)
  })
  for (const home of homes) await home.reopen()
  await testnet.destroy()
  return homes
}

function homeOf(t: Assertions, album: Album, folder: string, options: OpenOptions): Home {
  const home: Home = {
    album,
    folder,
    async reopen(more = {}) {
      await home.album.close()
      home.album = await Album.open(folder, { ...options, network: false, ...more })
      return home.album
    }
  }
  t.teardown(() => home.album.close())
  return home
}
