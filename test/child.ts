// A program that the tests run as a process of its own: `child.ts <what> <folder> [...]`. It says a line of JSON for
// everything that happened.
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import Corestore from 'corestore'
import { Album } from './plain.ts'
import { AlbumError } from '../index.ts'
import { type BlindMirrorOptions, runBlindMirror } from '../lib/mirror/index.ts'
import { Rounds } from '../lib/util/rounds.ts'
import { jpegLike, png } from './helpers.ts'

const [what, folder = '', ...rest] = process.argv.slice(2)

function say(line: object): void {
  process.stdout.write(JSON.stringify(line) + '\n')
}

async function* largeFile(bytes: number): AsyncGenerator<Uint8Array> {
  const chunk = jpegLike(1024 * 1024)
  for (let i = 0; i * chunk.byteLength < bytes; i++) {
    // Chunks that differ, so that nothing below can store one of them for all.
    new DataView(chunk.buffer, chunk.byteOffset).setUint32(8, i)
    yield chunk.slice()
  }
}

let left = Infinity

/** The storage of the folder; the process is killed right after so many writes to it. */
async function mortal(writes: number): Promise<Corestore> {
  left = writes
  const store = new Corestore(folder)
  await store.ready()
  const storage = store.storage as unknown as { createAtom(): { flush(): Promise<void> } }
  const createAtom = storage.createAtom.bind(storage)
  storage.createAtom = () => {
    const atom = createAtom()
    const flush = atom.flush.bind(atom)
    atom.flush = async () => {
      await flush()
      if (--left === 0) process.kill(process.pid, 'SIGKILL')
    }
    return atom
  }
  return store
}

const programs: Record<string, () => Promise<void>> = {
  /** Opens the album and closes it. */
  async open() {
    const album = await Album.open(folder, { network: false })
    say({ opened: album.id })
    await album.close()
  },

  /** Adds photos one by one, several at a time and from a stream, from the moment it is told until it is killed. */
  async add() {
    say({ ready: true })
    await once(process.stdin, 'data')
    const album = await Album.open(folder, { network: false })
    say({ opened: album.id })
    for (;;) {
      const single = await album.add(jpegLike(100_000))
      say({ added: single.id })
      const several = Array.from({ length: 8 }, () => jpegLike(20_000))
      for await (const { photo } of album.addAll(several)) say({ added: photo?.id })
      const streamed = await album.add(largeFile(9 * 1024 * 1024))
      say({ added: streamed.id })
    }
  },

  /** Adds photos, and is killed right after the log's storage was written to so many times. */
  async flush() {
    const store = await mortal(Number(rest[0]))
    const album = await Album.open(store, { network: false })
    for (;;) await album.add(jpegLike(1000))
  },

  /** Takes over the index, and is killed right after its storage was written to so many times meanwhile. */
  async takeover() {
    const store = await mortal(Infinity)
    const album = await Album.open(store, { network: false })
    left = Number(rest[0])
    await album.indexer.takeOver()
    await album.close()
    say({ taken: true })
  },

  /** Keeps no originals any more, and is killed when it has told so of a photo, or has dropped some. */
  async drop() {
    const [network = '', when, id = ''] = rest
    const album = await Album.open(folder, {
      network: JSON.parse(network) as never,
      keep: { original: 'none' }
    })
    const { kept } = await album.status()
    for (;;) {
      const now = (await album.status()).kept.originals
      const told = !(await album.copies.of(id)).some(
        ({ me, variants }) => me && variants.includes('original')
      )
      if (when === 'told' ? told : now < kept.originals) process.kill(process.pid, 'SIGKILL')
      await new Promise((resolve) => setImmediate(resolve))
    }
  },

  /** A device that is online, by the DHT it is told; adds a photo for each line it reads, and says what it has. */
  async live() {
    const network = { bootstrap: JSON.parse(rest[0] ?? '') as { host: string; port: number }[] }
    const album = await Album.open(folder, { network })
    const tell = async (): Promise<void> => {
      const names: string[] = []
      for await (const photo of album.list()) names.push(photo.name)
      const peers = (await album.status()).peers.map(({ member }) => member)
      say({ names: names.sort().join(), peers: peers.sort().join() })
    }
    const told = new Rounds(tell, (error) => say({ error: String(error) }))
    album.on('update', () => told.wake())
    album.on('peers', () => told.wake())
    told.wake()
    for await (const name of createInterface({ input: process.stdin })) await album.add(png(name), { name })
    await album.close()
  },

  /** Makes a recovery kit, and is killed as soon as a device of it is in the album. */
  async kit() {
    const album = await Album.open(folder, { network: false })
    const making = album.recovery.createKit('seven brown hens lay on the roof')
    while ((await album.recovery.list()).length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    say({ devices: (await album.members.me())?.devices.length })
    process.kill(process.pid, 'SIGKILL')
    await making
  },

  /** A blind mirror, by the network and options it is told: says its events, until it is killed or its input ends. */
  async blind() {
    const stop = new AbortController()
    process.stdin.resume().once('end', () => stop.abort())
    const options = { interval: 500, ...(JSON.parse(rest[0] ?? '') as BlindMirrorOptions) }
    try {
      for await (const event of runBlindMirror(folder, { ...options, signal: stop.signal })) {
        say(
          event.type === 'trouble'
            ? { type: 'trouble', code: event.error.code, text: String(event.error.cause) }
            : event
        )
      }
    } finally {
      process.stdin.destroy()
    }
    say({ type: 'ended' })
  },

  /** Adds files from streams, a small and a large one; says how much memory each took at most. */
  async stream() {
    const album = await Album.open(folder, { network: false })
    const before = process.memoryUsage.rss()
    for (const bytes of rest.map(Number)) {
      let peak = 0
      const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss() - before)), 10)
      const photo = await album.add(largeFile(bytes))
      clearInterval(timer)
      say({ size: photo.size, peak })
    }
    await album.close()
  }
}

try {
  await programs[what ?? '']?.()
} catch (error) {
  say({ error: error instanceof AlbumError ? error.code : String(error) })
  process.exitCode = 1
}
