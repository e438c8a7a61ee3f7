// The demo's end of a member's process.
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Answer, Commands, Request } from './member.ts'

// A process that was told to end and has not within so many milliseconds hangs.
const ENDING = 10_000
const MODULE = fileURLToPath(new URL('member.ts', import.meta.url))

type Settle = (error: Error | null, value?: unknown) => void

/** A member's process: started, told what to do, and ended. */
export class MemberProcess {
  readonly name: string
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Settle>()
  readonly #ended: Promise<void>
  #last = 0
  /** How it ended. */
  #how = ''

  constructor(name: string, folder: string, bootstrap: string[]) {
    this.name = name
    this.#child = fork(MODULE, [name, folder, ...bootstrap])
    this.#child.on('message', (answer: Answer) => this.#hear(answer))
    this.#ended = new Promise((resolve) => {
      const end = (how: string): void => {
        this.#how ||= how
        for (const settle of this.#waiting.values()) settle(this.#gone())
        resolve()
      }
      this.#child.on('error', (error) => end(error.message))
      this.#child.on('exit', (code, signal) => end(signal ?? `exit ${code}`))
    })
  }

  /** Tells the member to do something; rejects where it fails, or where its process ends. */
  call<C extends keyof Commands>(
    command: C,
    ...args: Parameters<Commands[C]>
  ): Promise<Awaited<ReturnType<Commands[C]>>> {
    const request: Request = { id: ++this.#last, command, args }
    return new Promise((resolve, reject) => {
      if (this.#how !== '') return reject(this.#gone())
      this.#waiting.set(request.id, (error, value) => {
        if (error) reject(error)
        else resolve(value as Awaited<ReturnType<Commands[C]>>)
      })
      this.#child.send(request)
    })
  }

  #hear({ id, value, error }: Answer): void {
    const settle = this.#waiting.get(id)
    this.#waiting.delete(id)
    settle?.(error === undefined ? null : new Error(`${this.name}: ${error}`), value)
  }

  #gone(): Error {
    return new Error(`The process of ${this.name} has ended (${this.#how})`)
  }

  /** Closes the album; resolves when the process has ended by itself. */
  async end(): Promise<void> {
    await this.call('close')
    const late = new Promise((resolve) => setTimeout(resolve, ENDING).unref())
    await Promise.race([this.#ended, late])
    if (this.#how !== 'exit 0')
      throw new Error(`The process of ${this.name} did not end well (${this.#how || 'it hangs'})`)
  }

  /** Ends the process at once. */
  async kill(): Promise<void> {
    if (this.#how === '') this.#child.kill('SIGKILL')
    await this.#ended
  }
}
