// The command line as a person uses it: a process of its own, with what it prints and its exit code.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Assertions } from 'brittle'
import { run } from '../lib/cli/run.ts'
import type { Terminal } from '../lib/cli/terminal.ts'
import type { Host } from './homes.ts'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')

/** What starts `hyperalbum` from the sources. */
export const PROGRAM: string[] = [
  '--import',
  import.meta.resolve('tsx'),
  path.join(root, 'lib', 'cli', 'bin.ts')
]

export interface Ended {
  exit: number | null
  out: string
  err: string
}

export interface Started {
  child: ChildProcessWithoutNullStreams
  /** What it printed so far. */
  so: { out: string; err: string }
  /** Resolves when its standard output, or error, holds this; fails when it ends before. */
  until(text: string | RegExp): Promise<string>
  ended: Promise<Ended>
}

/** Nothing of the person's who runs the tests. */
export function environment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env
  return { PATH, HOME, ...(TMPDIR && { TMPDIR }), ...more }
}

/** Starts a command, on a host of `homes.ts` where one is given; killed after the test. */
export function start(
  t: Assertions,
  args: string[],
  { cwd, env, host }: { cwd?: string; env?: NodeJS.ProcessEnv; host?: Host } = {}
): Started {
  const [program, ...before] = [...(host?.prefix ?? []), process.execPath]
  const all = [...before, ...PROGRAM, ...args]
  const child = spawn(program as string, all, { cwd, env: environment(env), stdio: 'pipe' })
  t.teardown(() => void child.kill('SIGKILL'))
  const so = { out: '', err: '' }
  const onmore: (() => void)[] = []
  const more = (): void => {
    for (const look of onmore) look()
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    so.out += text
    more()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    so.err += text
    more()
  })
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (exit) => {
      resolve({ exit, ...so })
      more()
    })
  })
  const until = (text: string | RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const all = so.out + so.err
        if (typeof text === 'string' ? all.includes(text) : text.test(all)) resolve(all)
        else if (child.exitCode !== null || child.signalCode !== null) {
          reject(new Error(`It ended (${child.exitCode ?? child.signalCode}) before it said ${text}: ${all}`))
        }
      }
      onmore.push(look)
      look()
    })
  return { child, so, until, ended }
}

/** Runs a command to its end. */
export async function hyperalbum(
  t: Assertions,
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string | Uint8Array; host?: Host } = {}
): Promise<Ended> {
  const { child, ended } = start(t, args, options)
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  return ended
}

/** A terminal that keeps what is said. */
export function memoryTerminal(cwd = '/'): { terminal: Terminal; said: { out: string; err: string } } {
  const said = { out: '', err: '' }
  const terminal: Terminal = {
    cwd,
    columns: null,
    colour: false,
    signal: new AbortController().signal,
    out: async (data) => void (said.out += String(data)),
    err: (text) => void (said.err += text),
    async *input() {},
    ask: async () => null,
    askHidden: async () => null
  }
  return { terminal, said }
}

/** Runs a command in this process, which saves the second that another takes to start. */
export async function inProcess(cwd: string, args: string[]): Promise<Ended> {
  const { terminal, said } = memoryTerminal(cwd)
  const exit = await run(args, terminal)
  return { exit, ...said }
}

/** The objects that a command printed with `--json`. */
export function objectsOf({ out }: { out: string }): Record<string, unknown>[] {
  const lines = out.split('\n').filter(Boolean)
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}
