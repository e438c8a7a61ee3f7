// A member in a process of its own, with the build that it is told: `version-member.ts <folder of the build>`. It does
// what it is sent and says what came of it. Its session lies open, so that it can write ops that the build would not.
import { createHash } from 'node:crypto'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Album, NetworkOption } from '../index.ts'
import type { Session } from '../lib/session.ts'
import { collect, png } from './helpers.ts'

interface Build {
  album: typeof import('../index.ts')
  session: typeof import('../lib/session.ts')
  op: typeof import('../lib/schema/op.ts')
  codec: typeof import('../lib/schema/codec.ts')
}

/** Null to stay alone. */
export type Network = { bootstrap: { host: string; port: number }[] } | null

/** What a build sees of its album. */
export interface Sight {
  /** Length and hash of the view. */
  tree: string
  photos: number
  name: string
  versions: { album: number; supported: number }
  /** The version that it said it cannot follow. */
  upgrade: number | null
}

/** What a member can be told to do. */
export interface Calls {
  create(folder: string, network: Network): Promise<void>
  invite(): Promise<string>
  join(folder: string, code: string, network: Network): Promise<void>
  open(folder: string, network: Network): Promise<void>
  close(): Promise<void>
  add(seed: string): Promise<void>
  /** Adds where the album's version is raised when the op stands in the log, and before the log has said so. */
  addBeforeRaised(version: number, seed: string): Promise<void>
  /** A photo's bytes, hex. */
  read(seed: string): Promise<string>
  /** Blocks in the core that the originals of this device lie in. */
  blocks(): Promise<number>
  caption(caption: string): Promise<void>
  /** An op of any version and type, its body that of an `ext`. */
  write(version: number, type: number, name: string, text: string): Promise<void>
  raise(version: number): Promise<void>
  look(): Promise<Sight>
}

const folder = process.argv[2] ?? ''
const load = (file: string): Promise<unknown> => import(pathToFileURL(path.join(folder, file)).href)
const build = {
  album: await load('index.ts'),
  session: await load('lib/session.ts'),
  op: await load('lib/schema/op.ts'),
  codec: await load('lib/schema/codec.ts')
} as Build

let album: Album | null = null
let session: Session | null = null
let upgrade: number | null = null

const { Session: Opened } = build.session
const open = Opened.open.bind(Opened)
Opened.open = async (options) => (session = await open(options))

function use(opened: Album): void {
  upgrade = null
  album = opened
  album.on('upgrade-required', (version) => (upgrade = version))
}

function networkOf(network: Network): NetworkOption {
  return network ?? false
}

function the<T>(value: T | null): T {
  if (value === null) throw new Error('Nothing is open')
  return value
}

const calls: Calls = {
  async create(where, network) {
    use(await build.album.Album.create(where, { name: 'Before', member: 'Dad', network: networkOf(network) }))
  },
  async invite() {
    return (await the(album).invites.create()).code
  },
  async join(where, code, network) {
    const options = { member: 'Ann', network: networkOf(network), timeout: 30_000 }
    use(await build.album.Album.join(where, code, options))
  },
  async open(where, network) {
    use(await build.album.Album.open(where, { network: networkOf(network) }))
  },
  async close() {
    await the(album).close()
  },
  async add(seed) {
    await the(album).add(png(seed))
  },
  async addBeforeRaised(version, seed) {
    const { log } = the(session)
    const append = log.append.bind(log)
    const { OP, decodeOp, encodeOp } = build.op
    log.append = async (ops) => {
      await append(ops)
      const isPhotos = ops.some((op) => decodeOp(op)?.type === OP.photos)
      if (isPhotos) await append([encodeOp('raise-version', { version })])
    }
    await the(album).add(png(seed))
  },
  async read(seed) {
    const id = createHash('sha256').update(png(seed)).digest('hex')
    return Buffer.concat(await collect(the(album).read(id))).toString('hex')
  },
  async blocks() {
    const { blobs, drives } = the(session)
    const { epoch, publicKey } = (await drives.get()).drives
    return (await blobs.core(publicKey, epoch))?.length ?? 0
  },
  async caption(caption) {
    const [photo] = await collect(the(album).list())
    await the(album).edit(photo?.id ?? '', { caption })
  },
  async write(version, type, name, text) {
    const body = build.codec.encode('ext', { name, data: Buffer.from(text) })
    await the(session).log.append([build.codec.encode('op', { version, type, at: Date.now(), body })])
  },
  async raise(version) {
    await the(session).log.append([build.op.encodeOp('raise-version', { version })])
  },
  async look() {
    const { view } = the(session).log
    const { version } = view
    const hash = Buffer.from(await view.core.treeHash(version)).toString('hex')
    const { name, version: versions } = await the(album).status()
    const photos = (await collect(the(album).list())).length
    return { tree: `${version} ${hash}`, photos, name, versions, upgrade }
  }
}

// Whoever runs the tests may be gone.
process.on('disconnect', () => process.exit())
process.on('message', ({ id, call, args }: { id: number; call: keyof Calls; args: never[] }) => {
  const run = calls[call] as (...args: never[]) => Promise<unknown>
  run(...args).then(
    (value) => process.send?.({ id, value }),
    (error: { code?: string; message: string }) => process.send?.({ id, error: error.code ?? error.message })
  )
})
process.send?.({ id: 0 })
