// Boxes that hold an album and cannot read it, each a process of its own.
import type { Assertions } from 'brittle'
import test from 'brittle'
import type { BlindMirrorEvent, BlindMirrorHealth, BlindMirrorOptions } from '../lib/mirror/index.ts'
import type { Photo } from '../index.ts'
import { Album } from './plain.ts'
import { collect, createAlbum, createNetwork, eventually, jpegLike, readAll, tmp } from './helpers.ts'
import { linesOf, startChild } from './processes.ts'

type Said = BlindMirrorEvent | { type: 'ended' } | { type: undefined; error: string }

interface Box {
  events: Said[]
  /** The last health told, from now on or before, of which this is true. */
  health(when?: (health: BlindMirrorHealth) => boolean): Promise<BlindMirrorHealth>
  /** Lets it end, and resolves to the code of its error. */
  ended(): Promise<string | null>
  stop(): void
  kill(): Promise<void>
}

function startBox(t: Assertions, folder: string, options: BlindMirrorOptions): Box {
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
async function stored(album: Album): Promise<void> {
  await eventually(async () => {
    const [mirror] = await album.blindMirrors.list()
    return mirror?.lacking === 0 && mirror.current
  })
}

test('blind mirror: with everybody else away, a device gets all from it', async (t) => {
  const network = await createNetwork(t)
  const dad = await createAlbum(t, { network })
  const folder = tmp(t)
  const { code: invite } = await dad.invites.create()
  const mum = await Album.join(folder, invite, { member: 'Mum', device: 'phone', network })
  t.teardown(() => mum.close())
  const { code } = await dad.blindMirrors.create({ name: 'Box' })
  const box = startBox(t, tmp(t), { code, network })
  await box.health(({ online }) => online === 2)
  await mum.close()

  const photos = await collect(dad.addAll(Array.from({ length: 5 }, () => jpegLike(300_000))))
  const [first] = photos
  await dad.edit(first?.photo?.id ?? '', { caption: 'At the lake' })
  await stored(dad)
  const bytes = await Promise.all(photos.map(({ photo }) => readAll(dad, photo as Photo)))
  await dad.close()

  const back = await Album.open(folder, { network })
  t.teardown(() => back.close())
  await eventually(async () => (await back.get(first?.photo?.id ?? ''))?.caption === 'At the lake')
  const read = await Promise.all(photos.map(({ photo }) => readAll(back, photo as Photo)))
  t.ok(
    read.every((one, i) => one.equals(bytes[i] as Buffer)),
    'byte for byte'
  )
  const { peers, blindMirrors } = await back.status()
  t.alike([peers, blindMirrors], [[], ['Box']])
})
