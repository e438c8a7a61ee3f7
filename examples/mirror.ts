// A member that is always on and holds everything, on a small computer at home: joins with a code, or opens the folder
// that has joined, and prints a line on how it is each minute and when that changes. Ctrl-C or SIGTERM ends it.
import { parseArgs } from 'node:util'
import { AlbumError } from '../index.ts'
import { type MirrorEvent, healthLine, runMirror } from '../lib/mirror/index.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    name: { type: 'string', default: 'Mirror' },
    device: { type: 'string' },
    json: { type: 'boolean', default: false },
    bootstrap: { type: 'string', multiple: true }
  }
})
const [folder = './mirror', code] = positionals
// The public DHT unless told.
const bootstrap = values.bootstrap?.flatMap((list) => list.split(','))

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort())
// As `| head` does: nobody reads any more. What looks after it starts it again where it is to go on.
process.stdout.on('error', () => {
  process.exitCode = 141
  stop.abort()
})

function lineOf(event: MirrorEvent): string {
  switch (event.type) {
    case 'joining':
      return 'Waiting for the album to answer'
    case 'opened':
      return `Mirroring "${event.name}"`
    case 'admitted':
      return `${event.member.name} has joined, on ${event.device.name}`
    case 'health':
      return healthLine(event)
    case 'trouble': {
      const { error, retryIn } = event
      return `${error.code}: ${error.message}${retryIn === null ? '' : `; trying again in ${retryIn / 1000} s`}`
    }
  }
}

// Errors have more to say than JSON shows of them.
const plain = (_: string, value: unknown): unknown =>
  value instanceof AlbumError ? { code: value.code, message: value.message } : value

const options = {
  member: values.name,
  signal: stop.signal,
  ...(code !== undefined && { code }),
  ...(values.device !== undefined && { device: values.device }),
  ...(bootstrap && { network: { bootstrap } })
}
for await (const event of runMirror(folder, options)) {
  console.log(values.json ? JSON.stringify(event, plain) : lineOf(event))
}
