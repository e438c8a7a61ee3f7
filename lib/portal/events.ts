import type { Album } from '../album.ts'
import { manyWaitOn, sleep } from '../util/wait.ts'
import { PortalError } from './answers.ts'
import type { PortalEvents } from './api.ts'
import { Feed, eventText } from './feed.ts'
import { type App, visitorOf } from './route.ts'
import type { Sessions } from './sessions.ts'
import type { Visitor } from './visitors.ts'

// Changes that come together are told together.
const TOGETHER = 100
// So that a connection over which nothing comes any more is found out: by either end, and by what lies between.
const HEARTBEAT = 20_000
const RETRY = 2000
const MOST_OF_SESSION = 8
const END: string = eventText('end', {})
const STILL: string = eventText('still', {})
const CURSOR = /^[\w.:+/=-]{1,512}$/

/** What happens, as it happens, to those who listen. */
export class PortalStreams {
  readonly #album: Album
  readonly #sessions: Sessions
  readonly #listeners: Set<Listening> = new Set()
  readonly #onmembers = (): void => this.#tell('members')
  readonly #onpeers = (): void => this.#tell('peers')
  // Who manages may change while they listen; whose device this is does not.
  readonly #onrequest = (): void => this.#tell('requests', ({ host }) => host)

  constructor(album: Album, sessions: Sessions) {
    this.#album = album
    this.#sessions = sessions
    // A device that was removed may hear of it past the log, and only that it writes no more.
    album
      .on('members', this.#onmembers)
      .on('writable', this.#onmembers)
      .on('peers', this.#onpeers)
      .on('join-request', this.#onrequest)
  }

  routes(app: App): void {
    app.get('/api/events', (c) => {
      // A HEAD request comes here, too, and nobody would read what it opens.
      if (c.req.method !== 'GET') return new Response(null, { status: 405, headers: { allow: 'GET' } })
      const visitor = visitorOf(c)
      const own = [...this.#listeners].filter((one) => one.visitor.session.id === visitor.session.id)
      // A phone that lost its connection comes again before the one it lost is noticed.
      if (own.length >= MOST_OF_SESSION) own[0]?.end()
      const since = c.req.header('last-event-id') ?? c.req.query('since')
      if (since !== undefined && !CURSOR.test(since))
        throw new PortalError(400, 'BAD_ARGUMENT', 'No such cursor')
      const listening = new Listening(visitor, since, this.#sessions.signalOf(visitor.session.id))
      this.#listeners.add(listening)
      listening.onend = () => this.#listeners.delete(listening)
      return new Response(listening.stream, {
        headers: {
          'content-type': 'text/event-stream',
          'cache-control': 'no-store',
          'x-accel-buffering': 'no'
        }
      })
    })
  }

  /** The album tells of photos only: a new name is seen at once by those who look at it through this portal. */
  collectionsChanged(): void {
    this.#tell('collections')
  }

  /** Links were made, used or ended, or somebody who came in by one is out: those hear it who may end them. */
  linksChanged(): void {
    this.#tell('links', ({ host }) => host)
  }

  #tell(event: keyof PortalEvents, whom: (visitor: Visitor) => boolean = () => true): void {
    for (const one of this.#listeners) if (whom(one.visitor)) one.signal(event)
  }

  close(): void {
    this.#album
      .off('members', this.#onmembers)
      .off('writable', this.#onmembers)
      .off('peers', this.#onpeers)
      .off('join-request', this.#onrequest)
    for (const one of this.#listeners) one.end()
  }
}

/** One connection. */
class Listening {
  readonly visitor: Visitor
  readonly stream: ReadableStream<Uint8Array>
  onend: () => void = () => {}
  readonly #feed = new Feed()
  readonly #stop: AbortController = manyWaitOn()
  readonly #ended: AbortSignal
  #wake: () => void = () => {}

  constructor(visitor: Visitor, since: string | undefined, ended: AbortSignal) {
    this.visitor = visitor
    this.#ended = ended
    const begin = new TextEncoder().encode(`retry: ${RETRY}\n\n`)
    const onended = (): void => this.#wake()
    ended.addEventListener('abort', onended)
    this.#stop.signal.addEventListener('abort', () => {
      ended.removeEventListener('abort', onended)
      this.#wake()
      this.onend()
    })
    this.stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(begin)
        this.#follow(since).catch(() => this.end())
      },
      // Asked for only as fast as it is taken: what a slow listener misses meanwhile, the feed keeps, bounded.
      pull: async (controller) => {
        const text = await this.#next()
        if (text !== null) controller.enqueue(new TextEncoder().encode(text))
        if (text === null || text === END) {
          controller.close()
          this.end()
        }
      },
      cancel: () => this.end()
    })
  }

  signal(event: keyof PortalEvents): void {
    this.#feed.signal(event)
    this.#wake()
  }

  end(): void {
    this.#stop.abort()
  }

  async #follow(since: string | undefined): Promise<void> {
    const { signal } = this.#stop
    // A cursor that means nothing is answered by `reset` and the cursor of now: from there on nothing is missed, also by
    // a listener whose connection is lost before anything has changed.
    let fresh = since === undefined
    if (!fresh) this.#feed.hello(null)
    for await (const change of this.visitor.face.watch({ signal, since: since ?? '' })) {
      if (fresh) this.#feed.hello(change.cursor)
      else this.#feed.change(change)
      fresh = false
      this.#wake()
    }
    this.end()
  }

  /** The next text to send; null at the end. */
  async #next(): Promise<string | null> {
    const { signal } = this.#stop
    if (this.#feed.empty && !signal.aborted && !this.#ended.aborted) {
      const woken = manyWaitOn()
      this.#wake = () => woken.abort()
      await sleep(HEARTBEAT, woken.signal)
    }
    if (this.#ended.aborted) return END
    if (signal.aborted) return null
    if (this.#feed.empty) return STILL
    await sleep(TOGETHER, signal)
    if (this.#ended.aborted) return END
    return this.#feed.take()
  }
}
