// From picked files to photos: hashed, asked for, sent by a few at a time, and tried again as long as it takes.
import type { Known } from '../../api.ts'
import { PortalError, send } from '../client.ts'
import { on } from '../live.ts'
import { me } from '../session.ts'
import { hashOf } from './hashing.ts'
import { mayGoBetter, sendFile } from './sending.ts'
import { isDone, items, mayRetry } from './state.ts'
import type { Item } from './state.ts'

/** Files that are sent at the same time. */
const SENDERS = 3
/** Hashes that are asked for together. */
const TOGETHER = 25
const LONGEST_PAUSE = 30_000

const stops = new Map<number, AbortController>()
const wakes = new Set<() => void>()
let last = 0
let hashing = false
let sending = 0
let asking: Promise<void> | null = null
let drawn = 0

export function addFiles(files: readonly File[], collection: string): void {
  const most = me.value?.limits.uploadBytes ?? Infinity
  const there = new Set(items.value.filter((item) => item.state !== 'cancelled').map(sameOf))
  const added = files
    .map((file): Item => {
      const code = file.size === 0 ? 'FILE_EMPTY' : file.size > most ? 'TOO_LARGE' : ''
      const state = code ? 'failed' : 'waiting'
      return { key: ++last, file, collection, state, sent: 0, sha256: null, photo: null, code }
    })
    .filter((item) => !there.has(sameOf(item)))
  items.set([...items.value, ...added])
  step()
}

export function cancel(item: Item): void {
  if (isDone(item)) return
  change(item, { state: 'cancelled' })
  stops.get(item.key)?.abort()
}

export function cancelAll(): void {
  for (const item of items.value) cancel(item)
}

/** Takes what is done out of the list. */
export function clearDone(): void {
  items.set(items.value.filter((item) => !isDone(item)))
}

export function retryFailed(): void {
  for (const item of items.value) {
    if (mayRetry(item)) change(item, { state: 'waiting', code: '' })
  }
  step()
}

/** Starts whatever can be started. */
function step(): void {
  void hashNext()
  void askSome()
  while (sending < SENDERS && takeNext()) sending++
}

async function hashNext(): Promise<void> {
  if (hashing) return
  hashing = true
  for (let item = next('waiting'); item; item = next('waiting')) {
    change(item, { state: 'reading' })
    const sha256 = item.sha256 ?? (await hashOf(item.file))
    if (isDone(item)) continue
    change(item, { state: 'asking', sha256 })
    void askSome()
  }
  hashing = false
}

/** Asks what the album knows already: those bytes are never sent. */
function askSome(): Promise<void> {
  asking ??= ask().finally(() => {
    asking = null
    if (next('asking')) void askSome()
  })
  return asking
}

async function ask(): Promise<void> {
  // A short while, so that small files are asked for together.
  await pause(120)
  const some = items.value.filter((item) => item.state === 'asking').slice(0, TOGETHER)
  const hashed = some.filter((item) => item.sha256 !== null)
  try {
    const hashes = hashed.map((item) => item.sha256 ?? '')
    const { statuses } = hashes.length > 0 ? await send<Known>('POST', 'known', { hashes }) : { statuses: [] }
    for (const item of some) {
      const status = statuses[hashed.indexOf(item)] ?? 'new'
      if (isDone(item)) continue
      // A photo that is there already may still have to come into the collection: the album does that.
      const known = (status === 'duplicate' && !item.collection) || status === 'trashed'
      change(item, known ? { state: status, photo: item.sha256 } : { state: 'paused' })
    }
  } catch (error) {
    if (!mayGoBetter(error)) for (const item of some) change(item, { state: 'failed', code: codeOf(error) })
    else await patience(2000)
  }
  step()
}

function takeNext(): boolean {
  const item = items.value.find((one) => one.state === 'paused' && !stops.has(one.key))
  if (!item) return false
  const stop = new AbortController()
  stops.set(item.key, stop)
  void sendPatiently(item, stop.signal).finally(() => {
    stops.delete(item.key)
    sending--
    step()
  })
  return true
}

async function sendPatiently(item: Item, signal: AbortSignal): Promise<void> {
  for (let wait = 1000; !signal.aborted; wait = Math.min(LONGEST_PAUSE, wait * 2)) {
    try {
      change(item, { state: 'sending' })
      const before = item.sent
      const { status, photo, error } = await sendFile(item, signal, (sent) => {
        if (sent > before) wait = 1000
        change(item, { sent, state: sent === item.file.size ? 'adding' : 'sending' })
      })
      if (signal.aborted) return
      change(item, { state: status === 'pending' ? 'failed' : status, photo, code: error?.code ?? '' })
      return
    } catch (error) {
      if (signal.aborted) return
      if (!mayGoBetter(error)) return change(item, { state: 'failed', code: codeOf(error) })
      change(item, { state: 'paused' })
      await patience(wait)
    }
  }
}

/** Waits so long, or until there is a reason to think that it goes better. */
function patience(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer)
      wakes.delete(wake)
      resolve()
    }
    const timer = setTimeout(wake, milliseconds)
    wakes.add(wake)
  })
}

function wakeAll(): void {
  for (const wake of wakes) wake()
}

addEventListener('online', wakeAll)
document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && wakeAll())
on('hello', wakeAll)

addEventListener('beforeunload', (event) => {
  if (items.value.some((item) => !isDone(item))) event.preventDefault()
})

function next(state: Item['state']): Item | undefined {
  return items.value.find((item) => item.state === state)
}

function change(item: Item, values: Partial<Item>): void {
  Object.assign(item, values)
  // Progress comes in hundreds a second: it is drawn once a frame.
  drawn ||= requestAnimationFrame(draw)
  // A page in the background has no frames.
  if (document.visibilityState === 'hidden') draw()
}

function draw(): void {
  cancelAnimationFrame(drawn)
  drawn = 0
  items.set([...items.value])
}

function sameOf({ file, collection }: Item): string {
  return `${file.name} ${file.size} ${file.lastModified} ${collection}`
}

function codeOf(error: unknown): string {
  return error instanceof PortalError ? error.code : 'FAILED'
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
