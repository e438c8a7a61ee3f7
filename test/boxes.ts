// A box that is a blind mirror, as a process of its own, and a family that uses it; and what a modified program says to it.
import { createRequire } from 'node:module'
import type { Assertions } from 'brittle'
import type { KeyPair, NoiseStream } from 'hypercore'
import Dht from 'hyperdht'
import type {
  BlindMirrorEvent,
  BlindMirrorHealth,
  BlindMirrorOpened,
  BlindMirrorOptions
} from '../lib/mirror/index.ts'
import { blobsKeyOf } from '../lib/view/identity.ts'
import { Album } from './plain.ts'
import { type Network, createAlbum, createNetwork, eventually, tmp } from './helpers.ts'
import { openInside } from './insider.ts'
import { linesOf, startChild } from './processes.ts'

// What speaks to a blind peer.
const parts = createRequire(import.meta.resolve('blind-peer'))
const encodings = parts('blind-peer-encodings') as Record<string, object>
export const AddCoreEncoding: object | undefined = encodings['AddCoreEncoding']
export const DeleteCoreEncoding: object | undefined = encodings['DeleteCoreEncoding']

interface Muxer {
  addCores(request: object): void
}
export const BlindPeerMuxer: new (stream: NoiseStream) => Muxer = parts('blind-peer-muxer')

interface Rpc {
  request(method: string, value: object, encoding: object | undefined): Promise<unknown>
}
export const ProtomuxRpc: new (stream: NoiseStream, options: object) => Rpc = parts('protomux-rpc')

export type Said = BlindMirrorEvent | { type: 'ended' } | { type: undefined; error: string }

export interface Box {
  folder: string
  events: Said[]
  /** The last health told, from now on or before, of which this is true. */
  health(when?: (health: BlindMirrorHealth) => boolean): Promise<BlindMirrorHealth>
  /** Lets it end, and resolves to the code of its error. */
  ended(): Promise<string | null>
  stop(): void
  kill(): Promise<void>
}

export function startBox(t: Assertions, folder: string, options: BlindMirrorOptions): Box {
  const child = startChild('blind', folder, JSON.stringify(options))
  const events: Said[] = []
  const ended = (async () => {
    for await (const event of linesOf(child)) events.push(event as never as Said)
  })()
  t.teardown(async () => {
    child.stdin.end()
    await ended
  })
  return {
    folder,
    events,
    stop: () => void child.stdin.end(),
    ended: async () => {
      await ended
      const last = events.at(-1)
      return last && 'error' in last && typeof last.error === 'string' ? last.error : null
    },
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
    health: async (when = () => true) => {
      const told = await eventually(() => events.findLast((event) => event.type === 'health' && when(event)))
      return told as BlindMirrorHealth
    }
  }
}

/** Resolves when a blind mirror has all that this device added, and goes by its newest list. */
export async function stored(album: Album): Promise<void> {
  await eventually(async () => {
    const [mirror] = await album.blindMirrors.list()
    return mirror?.lacking === 0 && mirror.current
  }, 60_000)
}

/** Mum's phone, in a folder of her own. */
export async function joinMum(
  t: Assertions,
  dad: Album,
  network: Network
): Promise<{ mum: Album; folder: string }> {
  const folder = tmp(t)
  const { code } = await dad.invites.create()
  const mum = await Album.join(folder, code, { member: 'Mum', device: 'phone', network })
  t.teardown(() => mum.close())
  return { mum, folder }
}

export interface Family {
  network: Network
  dad: Album
  mum: Album
  /** Mum's. */
  folder: string
  box: Box
}

/** Dad, Mum and their box, all connected. */
export async function createFamily(
  t: Assertions,
  options: Pick<BlindMirrorOptions, 'maxBytes'> = {}
): Promise<Family> {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const { mum, folder } = await joinMum(t, dad, network)
  const { code } = await dad.blindMirrors.create()
  const box = startBox(t, tmp(t), { code, network, ...options })
  await box.health(({ online }) => online === 2)
  return { network, dad, mum, folder, box }
}

/** Connects to a box as anybody may try, past the library; null where it is not let in. */
export async function dial(
  t: Assertions,
  network: Network,
  box: Box,
  keyPair: KeyPair
): Promise<NoiseStream | null> {
  const dht = new Dht({ bootstrap: network.bootstrap })
  t.teardown(() => dht.destroy())
  const opened = await eventually(() => box.events.find(({ type }) => type === 'opened'))
  const stream = dht.connect(Buffer.from((opened as BlindMirrorOpened).id, 'hex'), { keyPair })
  stream.on('error', () => {})
  return (await stream.opened) && !stream.destroyed ? stream : null
}

/** The identity of the device in a folder, as whoever holds the folder has it; and the core of the founder's photos. */
export async function insideOf(
  t: Assertions,
  folder: string
): Promise<{ identity: KeyPair; core: Uint8Array }> {
  const { session } = await openInside(t, folder)
  const [drives] = session.cast.drivesOf(1)
  const core = drives ? blobsKeyOf(drives.originals) : Buffer.alloc(32)
  const { identity } = session.keys
  await session.close()
  return { identity, core }
}
