// Devices that fall silent in the middle, as when a laptop's lid is closed: their connection stands for 13 seconds more.
import { once } from 'node:events'
import test from 'brittle'
import type { Album } from '../index.ts'
import { createFamily, createNetwork, eventually, jpegLike } from './helpers.ts'
import type { Network } from './helpers.ts'
import { type Child, startChild } from './processes.ts'

const MB = 1024 * 1024
// What is under way ahead of a reader at most, and as much again.
const SIZE = 48 * MB

/** Uncle, online, and the processes of Dad and Mum, who have both added a photo of these bytes. */
async function createSources(
  t: Parameters<typeof createNetwork>[0],
  bytes: Uint8Array
): Promise<{ uncle: Album; id: string; children: Map<string, Child>; network: Network }> {
  const network = await createNetwork(t)
  const homes = await createFamily(t, ['Mum', 'Uncle'])
  const children = new Map<string, Child>()
  let id = ''
  for (const [index, member] of ['Dad', 'Mum'].entries()) {
    const home = homes[index]
    if (!home) throw new Error(`${member} has no home`)
    id = (await home.album.add(bytes)).id
    await home.album.close()
    const child = startChild('live', home.folder, JSON.stringify(network.bootstrap))
    child.stdout.resume()
    t.teardown(() => void child.kill('SIGKILL'))
    children.set(member, child)
  }
  const uncle = (await homes[2]?.reopen({ network })) as Album
  await eventually(async () => (await uncle.status()).peers.length === 2, 60_000)
  await eventually(async () => (await uncle.get(id))?.alsoBy.length === 1, 60_000)
  return { uncle, id, children, network }
}

/** Ends a device without a word. */
async function kill(child: Child | undefined): Promise<void> {
  const exit = child && once(child, 'exit')
  child?.kill('SIGKILL')
  await exit
}

async function isConnected(album: Album, member: string): Promise<boolean> {
  return (await album.status()).peers.some((peer) => peer.member === member)
}

test('silent: a photo is read on at once from somebody else who has it', { timeout: 120_000 }, async (t) => {
  const bytes = jpegLike(SIZE)
  const { uncle, id, children } = await createSources(t, bytes)
  const first = (await uncle.get(id))?.by.name ?? ''
  const chunks: Uint8Array[] = []
  let longest = 0
  let before = 0
  for await (const chunk of uncle.read(id)) {
    if (chunks.length === 0) await kill(children.get(first))
    else longest = Math.max(longest, Date.now() - before)
    before = Date.now()
    chunks.push(chunk)
  }
  t.ok(Buffer.concat(chunks).equals(bytes), 'whole')
  t.comment(`it stood still for ${longest} ms at most`)
  t.ok(await isConnected(uncle, first), 'before the connection of who was killed was given up')
})

test('silent: what is fetched goes on with somebody else, too', { timeout: 120_000 }, async (t) => {
  const { uncle, id, children } = await createSources(t, jpegLike(SIZE))
  const first = (await uncle.get(id))?.by.name ?? ''
  let done = (_connected: boolean): void => {}
  const connected = new Promise<boolean>((resolve) => (done = resolve))
  const fetching = uncle.download({}, { onprogress: () => void isConnected(uncle, first).then(done) })
  for await (const chunk of uncle.read(id, { start: MB, end: MB })) t.is(chunk.length, 1, 'it has begun')
  await kill(children.get(first))
  t.ok((await uncle.status()).kept.originals < SIZE, 'and was in the middle')
  const { files, missing } = await fetching
  t.alike({ files, missing }, { files: 1, missing: [] })
  t.ok(await connected, 'before the connection of who was killed was given up')
})
