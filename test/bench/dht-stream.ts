// The bare stream of a DHT: `dht-stream.ts HOST:PORT BYTES` says its key, and sends so many bytes to whoever connects;
// with that key as a third argument it receives them, and says how many milliseconds it took.
import Dht from 'hyperdht'

interface Stream {
  write(chunk: Uint8Array): boolean
  once(event: 'drain' | 'open', listener: () => void): void
  on(event: 'data', listener: (chunk: Uint8Array) => void): void
  on(event: 'error', listener: () => void): void
}
interface Whole {
  createServer(onconnection: (stream: Stream) => void): {
    listen(): Promise<void>
    publicKey: Uint8Array
  }
  connect(key: Uint8Array): Stream
}

const [bootstrap = '', bytes = '', key] = process.argv.slice(2)
const dht = new Dht({ bootstrap: [bootstrap] }) as unknown as Whole
const CHUNK = Buffer.alloc(65_536, 7)

async function send(stream: Stream): Promise<void> {
  stream.on('error', () => process.exit())
  for (let left = Number(bytes); left > 0; left -= CHUNK.byteLength) {
    if (!stream.write(CHUNK)) await new Promise<void>((resolve) => stream.once('drain', resolve))
  }
}

if (key === undefined) {
  const server = dht.createServer((stream) => void send(stream))
  await server.listen()
  console.log(Buffer.from(server.publicKey).toString('hex'))
} else {
  const stream = dht.connect(Buffer.from(key, 'hex'))
  let received = 0
  let started = 0
  stream.on('error', () => process.exit(1))
  stream.on('data', (chunk) => {
    started ||= performance.now()
    received += chunk.byteLength
    if (received < Number(bytes)) return
    console.log(performance.now() - started)
    process.exit()
  })
}
