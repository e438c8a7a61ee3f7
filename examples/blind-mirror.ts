// A box that holds an album and cannot read it: is set up with a code of `album.blindMirrors.create`, or opens the folder
// that was, and prints a line on how it is each minute and when that changes. Ctrl-C or SIGTERM ends it.
import { parseArgs } from 'node:util'
import { AlbumError } from '../index.ts'
import { type BlindMirrorEvent, blindHealthLine, runBlindMirror } from '../lib/mirror/index.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    gigabytes: { type: 'string' },
    json: { type: 'boolean', default: false },
    bootstrap: { type: 'string', multiple: true }
  }
})
const [folder = './blind-mirror', code] = positionals
// The public DHT unless told.
const bootstrap = values.bootstrap?.flatMap((list) => list.split(','))

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort())
// As `| head` does: nobody reads any more. What looks after it starts it again where it is to go on.
process.stdout.on('error', () => {
  process.exitCode = 141
  stop.abort()
})

function lineOf(event: BlindMirrorEvent): string {
  switch (event.type) {
    case 'waiting':
      return 'Waiting for the device that made the code'
    case 'opened':
      return `Blind mirror ${event.id}`
    case 'health':
      return blindHealthLine(event)
    case 'trouble':
      return `${event.error.code}: ${event.error.message}`
  }
}

// Errors have more to say than JSON shows of them.
const plain = (_: string, value: unknown): unknown =>
  value instanceof AlbumError ? { code: value.code, message: value.message } : value

const options = {
  signal: stop.signal,
  ...(code !== undefined && { code }),
  ...(values.gigabytes !== undefined && { maxBytes: Number(values.gigabytes) * 1e9 }),
  ...(bootstrap && { network: { bootstrap } })
}
for await (const event of runBlindMirror(folder, options)) {
  console.log(values.json ? JSON.stringify(event, plain) : lineOf(event))
}
