// What happens in the album while one looks: Server-Sent Events, told to whoever listens here.
import type { PortalEvents } from '../api.ts'
import { addressOf, signedOut } from './client.ts'
import { readMe } from './session.ts'
import { Store } from './store.ts'

type Name = keyof PortalEvents
type Listener<N extends Name> = (event: PortalEvents[N]) => void

const NAMES: Name[] = [
  'hello',
  'changes',
  'reset',
  'collections',
  'members',
  'peers',
  'requests',
  'links',
  'still',
  'end'
]
/** Milliseconds without a word after which the connection is taken for lost: a browser hears of no cable that is pulled. */
const SILENCE = 45_000
const listeners = new Map<Name, Set<Listener<never>>>()

/** Whether news arrives: false while the portal is not reached. */
export const connected: Store<boolean> = new Store(true)

let source: EventSource | null = null
/** The cursor of the last event: a new connection goes on after it. */
let cursor = ''
let waiting: ReturnType<typeof setTimeout> | undefined
let silence: ReturnType<typeof setTimeout> | undefined

/** Answers what ends it. */
export function on<N extends Name>(name: N, listener: Listener<N>): () => void {
  const all = listeners.get(name) ?? new Set()
  listeners.set(name, all.add(listener as Listener<never>))
  return () => void all.delete(listener as Listener<never>)
}

/** Until `listen` is called again. */
export function hush(): void {
  clearTimeout(waiting)
  clearTimeout(silence)
  source?.close()
  source = null
}

export function listen(): void {
  hush()
  const opened = new EventSource(addressOf('api/events', { since: cursor }))
  source = opened
  for (const name of NAMES)
    opened.addEventListener(name, (event) => heard(name, event as MessageEvent<string>))
  opened.onopen = () => alive()
  expect()
  opened.onerror = () => {
    connected.set(false)
    // The browser tries again by itself, except where the answer was no stream of events. Why, it does not say: who is
    // out by now hears it from another question.
    if (opened.readyState !== EventSource.CLOSED) return
    readMe()
      .catch(() => {})
      .finally(() => {
        if (signedOut.value) hush()
        else if (source === opened) waiting = setTimeout(listen, 5000)
      })
  }
}

function alive(): void {
  connected.set(true)
  expect()
}

/** Begins anew where nothing comes for too long. */
function expect(): void {
  clearTimeout(silence)
  silence = setTimeout(() => {
    connected.set(false)
    listen()
  }, SILENCE)
}

function heard(name: Name, event: MessageEvent<string>): void {
  alive()
  if (event.lastEventId) cursor = event.lastEventId
  if (name === 'end') {
    hush()
    signedOut.set(true)
  }
  const told = JSON.parse(event.data || '{}') as never
  for (const listener of listeners.get(name) ?? []) (listener as Listener<Name>)(told)
}

// A phone that was locked may hold a connection that is long dead.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible' && source && source.readyState !== EventSource.OPEN) listen()
})
addEventListener('online', () => source && listen())
addEventListener('offline', () => connected.set(false))
