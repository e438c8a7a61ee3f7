import { type ChildProcessByStdio, spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Host } from './homes.ts'

const program = path.join(path.dirname(fileURLToPath(import.meta.url)), 'child.ts')

export type Child = ChildProcessByStdio<Writable, Readable, null>

/** Starts `child.ts` in a process of its own. */
export function startChild(...args: string[]): Child {
  return spawn(process.execPath, ['--import', 'tsx', program, ...args], {
    stdio: ['pipe', 'pipe', 'inherit']
  })
}

/** Starts it on a host of `homes.ts`. */
export function startChildAt({ prefix: [first, ...more] }: Host, ...args: string[]): Child {
  const all = [...more, process.execPath, '--import', import.meta.resolve('tsx'), program, ...args]
  return spawn(first, all, { stdio: ['pipe', 'pipe', 'inherit'] })
}

/** What a child says, until it ends or is ended; a line that it was killed in the middle of is left out. */
export async function* linesOf(child: Child): AsyncGenerator<Record<string, unknown>> {
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.endsWith('}')) yield JSON.parse(line) as Record<string, unknown>
  }
}

/** Runs `child.ts` to its end: what it said, line by line. */
export async function runChild(...args: string[]): Promise<{ said: Record<string, unknown>[] }> {
  const said: Record<string, unknown>[] = []
  for await (const line of linesOf(startChild(...args))) said.push(line)
  return { said }
}
