import EventEmitter from 'events'
import { AlbumError, codeOf } from '../errors.ts'
import type { Signal, Wait } from '../types.ts'

/** An AbortController on which many may wait: Node takes more than ten listeners for a leak, and says so. */
export function manyWaitOn(): AbortController {
  const controller = new AbortController()
  // Other runtimes have no such warning, nor this.
  EventEmitter.setMaxListeners?.(0, controller.signal)
  return controller
}

/** A signal of one's own that aborts with the caller's, and at the `end`. */
export function following(signal: Signal | undefined): { signal: AbortSignal; end(): void } {
  const controller = manyWaitOn()
  const onabort = (): void => controller.abort(signal?.reason)
  signal?.addEventListener('abort', onabort)
  if (signal?.aborted) onabort()
  return {
    signal: controller.signal,
    end() {
      signal?.removeEventListener('abort', onabort)
      controller.abort()
    }
  }
}

/** The error that an aborted signal or a passed timeout stands for. */
export function abortError(signal: Signal | undefined): AlbumError {
  return new AlbumError('ABORTED', 'The operation was aborted', { cause: signal?.reason })
}

/** Waits for `promise`, but no longer than the signal and timeout allow. The work itself goes on. */
export async function bounded<T>(promise: Promise<T>, wait: Wait, what: string): Promise<T> {
  const { signal, timeout } = wait
  if (signal?.aborted) {
    promise.catch(() => {})
    throw abortError(signal)
  }
  if (!signal && !timeout) return promise
  let timer: ReturnType<typeof setTimeout> | undefined
  let onabort: (() => void) | undefined
  const limit = new Promise<never>((_, reject) => {
    if (timeout) {
      timer = setTimeout(() => reject(new AlbumError('TIMEOUT', `${what} took over ${timeout} ms`)), timeout)
    }
    if (signal) {
      onabort = () => reject(abortError(signal))
      signal.addEventListener('abort', onabort)
    }
  })
  try {
    return await Promise.race([promise, limit])
  } finally {
    clearTimeout(timer)
    if (signal && onabort) signal.removeEventListener('abort', onabort)
  }
}

/** Resolves after so many milliseconds, at once when the signal aborts. */
export function sleep(milliseconds: number, signal?: Signal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    if (signal?.aborted) done()
    else signal?.addEventListener('abort', done)
  })
}

/** The same items, ended by an error as soon as one of the signals aborts, also while the source is silent. */
export async function* interruptible<T>(
  items: AsyncIterable<T>,
  signals: Signal[],
  why: () => Error
): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]()
  let interrupt = (): void => {}
  const onabort = (): void => interrupt()
  for (const signal of signals) signal.addEventListener('abort', onabort)
  let waiting = false
  try {
    for (;;) {
      if (signals.some((signal) => signal.aborted)) throw why()
      waiting = true
      const next = await new Promise<IteratorResult<T>>((resolve, reject) => {
        interrupt = () => reject(why())
        iterator.next().then(resolve, reject)
      })
      waiting = false
      if (next.done) return
      yield next.value
    }
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', onabort)
    const returned = iterator.return?.().catch(() => {})
    // A source that is silent may never answer.
    if (!waiting) await returned
  }
}

/** A promise with its ends outside. */
export interface Deferred<T> {
  promise: Promise<T>
  resolve: (value: T) => void
  reject: (error: unknown) => void
}

export function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

/** Runs one thing after the other, in the order they came. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task)
    this.#last = turn.catch(() => {})
    return turn
  }
}

/** Whether an error only says that what was used has been closed meanwhile. */
export function isClosing(error: unknown): boolean {
  if (error instanceof AlbumError) return error.code === 'CLOSED'
  return (
    /SESSION_CLOSED|REQUEST_CANCELLED|CORESTORE_CLOSED/.test(codeOf(error)) ||
    /clos(ed|ing)/i.test(String(error))
  )
}
