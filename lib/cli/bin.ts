#!/usr/bin/env node
import { EXIT, exitOf, faultOf } from './faults.ts'
import { run } from './run.ts'
import { ownTerminal } from './terminal.ts'

// The command line as a process: signals, a reader that goes away, and the exit code.

const SIGNALS = { SIGINT: EXIT.interrupted, SIGTERM: 143, SIGHUP: 129 } as const

const stop = new AbortController()
let exit: number | null = null

for (const [name, code] of Object.entries(SIGNALS)) {
  process.on(name, () => {
    // Said twice, it means now. Nothing is lost: what is written is whole, or is not there.
    if (stop.signal.aborted) process.exit(code)
    exit = code
    stop.abort()
  })
}

// `hyperalbum ls | head`: nobody reads any more.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', () => {
    exit = EXIT.pipe
    stop.abort()
  })
}

const ended = await run(process.argv.slice(2), ownTerminal(stop.signal)).catch((error: unknown) => {
  process.stderr.write(`${faultOf(error).plain}\n`)
  return exitOf(error)
})
process.exitCode = exit ?? ended
// What is still piped in is of no use any more, and would keep this process.
process.stdin.destroy()
