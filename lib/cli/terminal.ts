import { once } from 'node:events'
import path from 'node:path'
import readline from 'node:readline'
import { Writable } from 'node:stream'
import { AlbumError } from '../errors.ts'
import { Mutex, abortError, interruptible } from '../util/wait.ts'

/** Where a command was typed: its own process, or another one that sent it here. */
export interface Terminal {
  readonly cwd: string
  /** Characters in a line, where a person looks at it; null in a pipe or a file. */
  readonly columns: number | null
  readonly colour: boolean
  /** Aborts at Ctrl-C, at SIGTERM, and when nobody reads any more. */
  readonly signal: AbortSignal
  /** Writes to the standard output; resolves when more may come. */
  out(data: string | Uint8Array): Promise<void>
  /** Writes to the standard error. */
  err(text: string): void
  /** What is typed or piped into the command. */
  input(): AsyncIterable<Uint8Array>
  /** A line that a person types; null where nobody is there to ask, or `until` aborts. */
  ask(question: string, until?: AbortSignal): Promise<string | null>
  /** The same, and nobody sees what is typed. */
  askHidden(question: string): Promise<string | null>
}

/** The terminal of this process. */
export function ownTerminal(signal: AbortSignal): Terminal {
  const { stdin, stdout, stderr, env } = process
  const questions = new Mutex()
  let drained: Promise<void> | null = null
  return {
    // Fails in a folder that was deleted, which matters only where a path is meant.
    get cwd() {
      return process.cwd()
    },
    get columns() {
      // Of a pseudo-terminal that has no size yet Node says 0.
      return stdout.isTTY && stderr.isTTY ? stdout.columns || 80 : null
    },
    colour: wantsColour(env, stdout.isTTY),
    signal,
    async out(data) {
      if (stdout.write(data)) return
      drained ??= drain(signal).finally(() => (drained = null))
      await drained
    },
    err(text) {
      stderr.write(text)
    },
    // Whoever stops is not kept by somebody who types nothing.
    input: () => interruptible(stdin, [signal], () => abortError(signal)),
    async ask(question, until = signal) {
      if (!stdin.isTTY || !stderr.isTTY) return null
      return questions.run(() => ask(question, until))
    },
    async askHidden(question) {
      if (!stdin.isTTY || !stderr.isTTY) return null
      return questions.run(() => askHidden(question, signal))
    }
  }
}

/** Waits until more may be written; a reader that went away drains nothing. */
async function drain(signal: AbortSignal): Promise<void> {
  await once(process.stdout, 'drain', { signal }).catch(() => {})
}

async function askHidden(question: string, signal: AbortSignal): Promise<string | null> {
  process.stderr.write(question)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  try {
    return await ask('', signal, nowhere)
  } finally {
    process.stderr.write('\n')
  }
}

/** Asks on the terminal; null at its end (Ctrl-D), and where the signal aborts. */
function ask(
  question: string,
  signal: AbortSignal,
  output: Writable = process.stderr
): Promise<string | null> {
  if (signal.aborted) return Promise.resolve(null)
  const asking = readline.createInterface({ input: process.stdin, output, terminal: true, historySize: 0 })
  return new Promise((resolve) => {
    const leave = (): void => asking.close()
    signal.addEventListener('abort', leave)
    // The keyboard is read raw meanwhile: Ctrl-C is a character, and makes no signal by itself.
    asking.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
    asking.on('close', () => {
      signal.removeEventListener('abort', leave)
      resolve(null)
    })
    asking.question(question, (answer) => {
      resolve(answer)
      asking.close()
    })
  })
}

/** https://no-color.org: any value that is not empty; `FORCE_COLOR` as Node understands it. */
function wantsColour(env: NodeJS.ProcessEnv, isTTY: boolean): boolean {
  if (env['NO_COLOR']) return false
  if (env['FORCE_COLOR'] !== undefined) return env['FORCE_COLOR'] !== '0'
  return isTTY && env['TERM'] !== 'dumb'
}

/** A path as the person who typed it means it. None is meant by nothing, as of a variable that was not set. */
export function pathFrom(terminal: Terminal, file: string): string {
  if (file === '') throw new AlbumError('BAD_ARGUMENT', 'A path is empty')
  return path.resolve(terminal.cwd, file)
}
