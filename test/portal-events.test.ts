// What happens, as it happens.
import test from 'brittle'
import type { PortalEvents } from '../lib/portal/api.ts'
import { Feed } from '../lib/portal/feed.ts'
import { listenPortal } from '../lib/portal/index.ts'
import { createAlbum, eventually, png } from './helpers.ts'
import { Browser, openPortal, visit } from './portal.ts'

interface Heard {
  event: string
  id: string | undefined
  data: PortalEvents['changes']
}

/** Listens to events as an EventSource does; `heard` grows. */
class Ear {
  readonly heard: Heard[] = []
  ended = false
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>

  constructor(response: Response) {
    if (!response.body) throw new Error('No stream')
    this.#reader = response.body.getReader()
    void this.#read().catch(() => {})
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder()
    let text = ''
    for (let next = await this.#reader.read(); !next.done; next = await this.#reader.read()) {
      text += decoder.decode(next.value, { stream: true })
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/) as [string, string]))
        const event = fields.get('event')
        if (!event) continue
        const data = JSON.parse(fields.get('data') ?? '') as PortalEvents['changes']
        this.heard.push({ event, id: fields.get('id'), data })
      }
    }
    this.ended = true
  }

  get changes(): { type: string; name: string | undefined }[] {
    return this.heard.flatMap(({ event, data }) =>
      event === 'changes' ? data.changes.map(({ type, cell }) => ({ type, name: cell?.name })) : []
    )
  }

  has(event: string): boolean {
    return this.heard.some((one) => one.event === event)
  }

  close(): Promise<void> {
    return this.#reader.cancel()
  }
}

async function listen(browser: Browser, since?: string): Promise<Ear> {
  const headers: Record<string, string> = since === undefined ? {} : { 'last-event-id': since }
  const ear = new Ear(await browser.raw('/api/events', { headers }))
  await eventually(() => ear.has('hello'))
  return ear
}

test('portal: changes are told, and after a lost connection from where it was', async (t) => {
  const album = await createAlbum(t)
  const portal = await openPortal(t, album)
  const listening = await listenPortal(portal)
  t.teardown(() => listening.close(), { order: -2 })
  const { secret } = await portal.links.create({ memberId: album.me })
  const browser = new Browser((request) => fetch(request), listening.url)
  await browser.join(secret)

  const first = await listen(browser)
  const start = first.heard[0]?.id
  await first.close()
  t.ok(start, 'a stream says where it begins')

  const ear = await listen(browser, start)
  const photo = await album.add(png(1), { name: 'one.png' })
  await eventually(() => ear.changes.length === 1)
  t.alike(ear.changes, [{ type: 'added', name: 'one.png' }])
  await album.edit(photo.id, { caption: 'Seen' })
  await eventually(() => ear.changes.length === 2)
  t.is(ear.changes[1]?.type, 'changed')
  const both = await listen(browser, start)
  await eventually(() => both.changes.length === 1)
  t.alike(both.changes, [{ type: 'added', name: 'one.png' }], 'what was missed before anything was heard')
  await both.close()
  const cursor = ear.heard.at(-1)?.id
  t.ok(cursor)
  await ear.close()

  await album.add(png(2), { name: 'two.png' })
  await album.trash(photo.id)
  const again = await listen(browser, cursor)
  await eventually(() => again.changes.length === 2)
  t.alike(again.changes.map(({ type, name }) => `${type} ${name}`).sort(), [
    'added two.png',
    'trashed one.png'
  ])
  await again.close()
  t.absent(again.has('reset'))

  const lost = await listen(browser, 'of-another-album')
  await eventually(() => lost.has('reset'))
  t.pass('a cursor that means nothing: read anew')
  await lost.close()
})

test('portal: what comes together is told together', async (t) => {
  const album = await createAlbum(t)
  const portal = await openPortal(t, album)
  const ear = await listen(await visit(portal, album.me))
  const files = Array.from({ length: 50 }, (_, i) => ({ source: png(i), name: `${i}.png` }))
  for await (const { status } of album.addAll(files)) if (status !== 'added') t.fail(status)
  await eventually(() => new Set(ear.changes.map(({ name }) => name)).size === 50)
  const events = ear.heard.filter(({ event }) => event === 'changes').length
  t.ok(events < 25, `${events} events for 50 photos`)
  await ear.close()
})

test('portal: members are told of, and who is removed hears the end', async (t) => {
  const album = await createAlbum(t)
  const grandma = await album.members.create({ name: 'Grandma' })
  const portal = await openPortal(t, album)
  const [dad, hers] = [
    await listen(await visit(portal, album.me)),
    await listen(await visit(portal, grandma.id))
  ]
  await album.members.create({ name: 'Aunt' })
  await eventually(() => dad.has('members') && hers.has('members'))
  await album.members.remove(grandma.id)
  await eventually(() => hers.ended)
  t.is(hers.heard.at(-1)?.event, 'end')
  t.absent(dad.ended)
  await portal.close()
  await eventually(() => dad.ended)
  t.absent(dad.has('end'), 'a portal that closes is no end of the session')
})

test('portal: a session has so many streams', async (t) => {
  const album = await createAlbum(t)
  const portal = await openPortal(t, album)
  const browser = await visit(portal, album.me)
  const ears: Ear[] = []
  for (let i = 0; i < 9; i++) ears.push(await listen(browser))
  await eventually(() => ears[0]?.ended)
  t.alike(
    ears.map(({ ended }) => ended),
    [true, ...Array<boolean>(8).fill(false)],
    'the oldest gives way'
  )
  for (const ear of ears) await ear.close()
})

test('portal: who only asks whether there are events opens nothing', async (t) => {
  const album = await createAlbum(t)
  const portal = await openPortal(t, album)
  const browser = await visit(portal, album.me)
  const ear = await listen(browser)
  for (let i = 0; i < 8; i++) t.is((await browser.raw('/api/events', { method: 'HEAD' })).status, 405)
  await album.members.create({ name: 'Aunt' })
  await eventually(() => ear.has('members'))
  t.absent(ear.ended, 'nor does it take the place of others')
  await ear.close()
})

test('portal: a listener who does not listen is told to read anew', (t) => {
  const feed = new Feed()
  for (let i = 0; i < 5000; i++) feed.change({ type: 'removed', id: `${i}`, photo: null, cursor: `c${i}` })
  const text = feed.take()
  t.is(text, 'id: c4999\nevent: reset\ndata: {}\n\n')
  t.ok(feed.empty)
  feed.change({ type: 'removed', id: 'a', photo: null, cursor: 'd' })
  t.ok(feed.take().startsWith('id: d\nevent: changes\n'), 'and then goes on')
})
