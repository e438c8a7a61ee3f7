import os from 'os'
import { type Adding, type Prepared, isFull, notTaken } from './adding.ts'
import { AlbumError } from './errors.ts'
import { renditionBytes } from './renditions.ts'
import { withOptions } from './sources.ts'
import type { AddAllOptions, AddResult, Progress, SourceWithOptions } from './types.ts'
import { abortError, deferred, interruptible, manyWaitOn, type Deferred } from './util/wait.ts'

// Two for each core: one is decoded while another is read. At least so many, for files that come from slow disks.
const CONCURRENCY = Math.max(4, 2 * (os.availableParallelism?.() ?? 1))
// What may be read ahead of what is being written: this is what bounds the memory.
const AHEAD_FILES = 512
const AHEAD_BYTES = 32 * 1024 * 1024

type Sources = Iterable<SourceWithOptions> | AsyncIterable<SourceWithOptions>

interface Item {
  source: SourceWithOptions
  ready: Promise<void>
  /** Set when `ready` has resolved. */
  prepared: Prepared | Error | null
  /** Bytes of it in memory. */
  bytes: number
}

/** Reads and hashes ahead, writes in runs, and yields results in the order of the sources. */
export async function* addAll(
  adding: Adding,
  sources: Sources,
  options: AddAllOptions,
  onprogress: (progress: Progress) => void
): AsyncGenerator<AddResult> {
  const { concurrency = CONCURRENCY } = options
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    throw new AlbumError('BAD_ARGUMENT', 'concurrency is a whole number from 1')
  }
  const stop = new Stop(adding, options)
  const reader = new ReadAhead(adding, sources, options, stop)
  const progress: Progress = { files: 0, bytes: 0, total: Array.isArray(sources) ? sources.length : null }
  try {
    for (;;) {
      const run = await reader.take()
      if (stop.reason) throw stop.reason
      if (run.length === 0) return
      for (const { result, bytes } of await writeRun(adding, run)) {
        // What failed because of the stop is not the file's fault.
        if (stop.reason && result.error) throw stop.reason
        progress.files++
        progress.bytes += bytes
        options.onprogress?.({ ...progress })
        onprogress({ ...progress })
        yield result
      }
    }
  } finally {
    stop.end(null)
    await reader.close()
  }
}

async function writeRun(adding: Adding, run: Item[]): Promise<{ result: AddResult; bytes: number }[]> {
  const prepared = run.flatMap(({ prepared: one }) => (one === null || one instanceof Error ? [] : [one]))
  const written = (await adding.write(prepared)).values()
  const outcomes = run.map(({ prepared: one }) => {
    const outcome = one instanceof Error ? one : written.next().value
    return outcome ?? new Error('Nothing became of it')
  })
  const ids = outcomes.flatMap((outcome) => (outcome instanceof Error ? [] : [outcome.id]))
  const photos = (await adding.photos(ids)).values()
  return outcomes.map((outcome, i) => {
    const { source } = run[i] as Item
    if (outcome instanceof Error) {
      return { result: { source, status: 'failed', photo: null, error: outcome }, bytes: 0 }
    }
    const { status, bytes } = outcome
    const photo = photos.next().value ?? null
    if (photo === null && status !== 'trashed') {
      return { result: { source, status: 'failed', photo: null, error: notTaken() }, bytes: 0 }
    }
    return { result: { source, status, photo, error: null }, bytes }
  })
}

/** What ends an `addAll` early: its signal, its timeout, the album closing, or the caller who leaves the loop. */
class Stop {
  readonly #controller = manyWaitOn()
  readonly #undo: () => void
  reason: AlbumError | null = null

  constructor({ closing }: Adding, { signal, timeout }: AddAllOptions) {
    const onclose = (): void => this.end(new AlbumError('CLOSED', 'The album was closed while adding'))
    const onabort = (): void => this.end(abortError(signal))
    const late = new AlbumError('TIMEOUT', `Adding took over ${timeout} ms`)
    const timer = timeout ? setTimeout(() => this.end(late), timeout) : undefined
    closing.addEventListener('abort', onclose)
    signal?.addEventListener('abort', onabort)
    this.#undo = () => {
      clearTimeout(timer)
      closing.removeEventListener('abort', onclose)
      signal?.removeEventListener('abort', onabort)
    }
    if (closing.aborted) onclose()
    else if (signal?.aborted) onabort()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  end(reason: AlbumError | null): void {
    this.reason ??= reason
    this.#undo()
    this.#controller.abort()
  }
}

class ReadAhead {
  readonly #adding: Adding
  readonly #options: AddAllOptions
  readonly #items: AsyncGenerator<SourceWithOptions>
  readonly #concurrency: number
  readonly #window: Item[] = []
  #active = 0
  #bytes = 0
  #ended = false
  #filling: Promise<void> | null = null
  #failure: unknown = null
  /** Resolves when a source has come, or none will come any more. */
  #news: Deferred<void> = deferred()

  constructor(adding: Adding, sources: Sources, options: AddAllOptions, stop: Stop) {
    this.#adding = adding
    this.#options = { ...options, signal: stop.signal }
    this.#concurrency = options.concurrency ?? CONCURRENCY
    this.#items = interruptible(eachOf(sources), [stop.signal], () => stop.reason ?? abortError(undefined))
  }

  get #room(): boolean {
    const full = this.#window.length >= AHEAD_FILES || this.#bytes >= AHEAD_BYTES
    return !this.#ended && !full && this.#active < this.#concurrency
  }

  // Takes sources while there is room for them; runs again whenever something was read or written.
  #fill(): Promise<void> {
    this.#filling ??= (async () => {
      try {
        while (this.#room) {
          const next = await this.#items.next()
          if (next.done) this.#ended = true
          else this.#window.push(this.#start(next.value))
          this.#tell()
        }
      } catch (error) {
        this.#ended = true
        this.#failure = error
        this.#tell()
      }
    })().finally(() => {
      this.#filling = null
    })
    return this.#filling
  }

  #tell(): void {
    this.#news.resolve()
    this.#news = deferred()
  }

  #start(item: SourceWithOptions): Item {
    const started: Item = { source: item, ready: Promise.resolve(), prepared: null, bytes: 0 }
    this.#active++
    started.ready = this.#prepare(item).then((prepared) => {
      started.prepared = prepared
      started.bytes = prepared instanceof Error ? 0 : weightOf(prepared)
      this.#bytes += started.bytes
      this.#active--
      void this.#fill()
    })
    return started
  }

  async #prepare(item: SourceWithOptions): Promise<Prepared | Error> {
    try {
      const { source, options } = withOptions(item)
      const { signal } = this.#options
      return await this.#adding.prepare(source, { ...this.#options, ...options, ...(signal && { signal }) })
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  }

  /** The next run to write: the first source, as soon as it is read, and those after it that are read too. */
  async take(): Promise<Item[]> {
    void this.#fill()
    while (!this.#window[0]) {
      if (this.#failure) throw this.#failure
      if (this.#ended) return []
      await this.#news.promise
    }
    await this.#window[0].ready
    const run: Item[] = []
    const prepared: Prepared[] = []
    while (this.#window[0]?.prepared && !isFull(prepared)) {
      const item = this.#window.shift() as Item
      run.push(item)
      this.#bytes -= item.bytes
      if (item.prepared && !(item.prepared instanceof Error)) prepared.push(item.prepared)
    }
    void this.#fill()
    return run
  }

  /** Resolves when nothing is being read any more; the stop has ended what was. */
  async close(): Promise<void> {
    this.#ended = true
    await this.#filling
    await Promise.all(this.#window.map((item) => item.ready))
    await this.#items.return(undefined)
  }
}

/** Bytes in memory: the file's own, and the pictures that were made of it. */
function weightOf({ source, whole }: Prepared): number {
  return source.held + renditionBytes(whole?.examined ?? null)
}

async function* eachOf(sources: Sources): AsyncGenerator<SourceWithOptions> {
  yield* sources
}
