import fs from 'node:fs'
import path from 'node:path'
import readline from 'node:readline/promises'

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
  /** A line that a person types; null where nobody is there to ask. */
  ask(question: string): Promise<string | null>
}

/** The terminal of this process. */
export function ownTerminal(signal: AbortSignal): Terminal {
  const { stdin, stdout, stderr, env } = process
  return {
    cwd: process.cwd(),
    get columns() {
      // Of a pseudo-terminal that has no size yet Node says 0.
      return stdout.isTTY && stderr.isTTY ? stdout.columns || 80 : null
    },
    colour: wantsColour(env, stdout.isTTY),
    signal,
    async out(data) {
      if (stdout.write(data) || signal.aborted) return
      await new Promise<void>((resolve) => {
        const done = (): void => {
          stdout.off('drain', done)
          signal.removeEventListener('abort', done)
          resolve()
        }
        stdout.on('drain', done)
        // A reader that went away drains nothing.
        signal.addEventListener('abort', done)
      })
    },
    err(text) {
      stderr.write(text)
    },
    input: () => stdin,
    async ask(question) {
      if (!stdin.isTTY || !stderr.isTTY) return null
      const asking = readline.createInterface({ input: stdin, output: stderr })
      try {
        return await asking.question(question, { signal })
      } finally {
        asking.close()
      }
    }
  }
}

/** https://no-color.org: any value that is not empty; `FORCE_COLOR` as Node understands it. */
function wantsColour(env: NodeJS.ProcessEnv, isTTY: boolean): boolean {
  if (env['NO_COLOR']) return false
  if (env['FORCE_COLOR'] !== undefined) return env['FORCE_COLOR'] !== '0'
  return isTTY && env['TERM'] !== 'dumb'
}

/** A path as the person who typed it means it. */
export function pathFrom(terminal: Terminal, file: string): string {
  return path.resolve(terminal.cwd, file)
}

/** Whether something lies there. */
export async function exists(file: string): Promise<boolean> {
  return fs.promises.access(file).then(
    () => true,
    () => false
  )
}
