import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Serializable } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { AlbumError } from '../../errors.ts'
import { type Deferred, deferred } from '../../util/wait.ts'
import { type Job, ProcessEnded, READY, type Reply, type Task } from './jobs.ts'

// Of JavaScript only: pixels are kept outside of it.
const HEAP_MEGABYTES = 256
// The parent ends a job first, so that it can say why; the child's own limit is for when the parent is gone.
const GRACE = 2000

/** One process that decodes, as its parent sees it. */
export class Decoder {
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #current: Deferred<Reply> | null = null
  #alive = true
  #jobs = 0
  #memory = 0
  #tainted = false
  #crashed = false
  #ready = false

  constructor() {
    const here = fileURLToPath(import.meta.url)
    // .ts in the repository, .js in the package.
    const extension = path.extname(here)
    const loader = extension === '.ts' ? ['--import', import.meta.resolve('tsx')] : []
    this.#child = fork(path.join(path.dirname(here), `child${extension}`), [], {
      env: environment(),
      execArgv: [...loader, `--max-old-space-size=${HEAP_MEGABYTES}`],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced'
    })
    this.#child.on('message', (message) => {
      if (message === READY) this.#ready = true
      else this.#answer(message as unknown as Reply)
    })
    this.#child.on('error', (error) => this.#fail(error.message))
    this.#child.on('exit', (code, signal) => this.#fail(endOf(code, signal)))
    this.#ended = once(this.#child, 'exit').catch(() => {})
    this.#hold(false)
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get alive(): boolean {
    return this.#alive
  }

  /** Whether it has started so far that it can look at a file. */
  get ready(): boolean {
    return this.#ready
  }

  /** Jobs that it was given. */
  get jobs(): number {
    return this.#jobs
  }

  /** Bytes of memory that it held after its last job. */
  get memory(): number {
    return this.#memory
  }

  /** Whether a job failed in it. */
  get tainted(): boolean {
    return this.#tainted
  }

  /** Whether it ended by itself, or by somebody else's hand. */
  get crashed(): boolean {
    return this.#crashed
  }

  /** Does one job; the next may come when this has ended. Rejects with `ProcessEnded` where the process ends or is killed. */
  async run(job: Job, limit: number): Promise<Reply> {
    const current = deferred<Reply>()
    this.#current = current
    this.#jobs++
    this.#hold(true)
    const timer = setTimeout(() => this.kill(`Decoding took over ${limit} ms`), limit)
    try {
      if (!this.#alive) this.#fail('before it began')
      else {
        const task: Task = { job, limit: limit + GRACE }
        this.#child.send(task as unknown as Serializable, (error) => error && this.#fail(error.message))
      }
      return await current.promise
    } finally {
      clearTimeout(timer)
      this.#hold(false)
    }
  }

  /** Ends the process at once; a job in it fails with this message. */
  kill(message: string): void {
    this.#alive = false
    this.#reject(new ProcessEnded(message))
    // Whoever closes the pool waits for this.
    this.#child.ref()
    this.#child.kill('SIGKILL')
  }

  /** Resolves when the process is gone. */
  async ended(): Promise<void> {
    if (this.#child.pid !== undefined) await this.#ended
  }

  #answer(reply: Reply): void {
    this.#memory = reply.memory
    this.#tainted ||= reply.tainted
    this.#current?.resolve(reply)
    this.#current = null
  }

  #fail(why: string): void {
    this.#crashed ||= this.#alive
    this.#alive = false
    const message = `The process that decodes ended (${why})`
    // One that never came so far says nothing of the file.
    this.#reject(this.#ready ? new ProcessEnded(message) : new AlbumError('MEDIA_FAILED', message))
  }

  #reject(error: AlbumError): void {
    this.#current?.reject(error)
    this.#current = null
  }

  // Keeps the parent's process alive while it waits for an answer or an end, and only then.
  #hold(on: boolean): void {
    const { channel } = this.#child
    if (on) {
      this.#child.ref()
      channel?.ref()
    } else {
      if (this.#alive) this.#child.unref()
      channel?.unref()
    }
  }
}

function endOf(code: number | null, signal: string | null): string {
  if (signal === 'SIGKILL') return 'it was killed, or took too much memory'
  return signal ?? `code ${code}`
}

/** No secrets, and no wishes of the user's but the time zone: what Node needs to start, and glibc not to hoard memory. */
function environment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { MALLOC_ARENA_MAX: '2', UV_THREADPOOL_SIZE: '2' }
  // Node does not start on Windows without the one; times of files are told on the clock of the other.
  for (const name of ['SystemRoot', 'TZ']) {
    const value = process.env[name]
    if (value !== undefined) env[name] = value
  }
  return env
}
