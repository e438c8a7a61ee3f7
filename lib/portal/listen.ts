import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import os from 'node:os'
import { getRequestListener } from '@hono/node-server'
import { AlbumError, codeOf } from '../errors.ts'
import type { Portal } from './portal.ts'

// Milliseconds. Bodies may take as long as they come at all: a video over a slow network is no attack.
const HEADERS_TIMEOUT = 15_000
const SILENCE = 300_000
const KEEP_ALIVE = 15_000
const MOST_CONNECTIONS = 512

export interface ListenOptions {
  /** Any free one unless told. */
  port?: number
  /** This machine only unless told; `lan` for the networks it is in, but nobody beyond them; or an address. */
  host?: 'loopback' | 'lan' | (string & {})
}

export interface Listening {
  /** Where it is reached; on a network, the address that others in it use. */
  url: string
  port: number
  /** Stops listening; the portal stays. */
  close(): Promise<void>
}

/** Answers HTTP with a portal. Throws `BAD_ARGUMENT` where the port is taken. */
export async function listenPortal(portal: Portal, options: ListenOptions = {}): Promise<Listening> {
  const { port = 0, host = 'loopback' } = options
  const answer = getRequestListener(
    (request, { incoming }) => portal.fetch(request, { address: incoming.socket.remoteAddress ?? '' }),
    { overrideGlobalObjects: false, errorHandler: () => new Response(null, { status: 400 }) }
  )
  const server = http.createServer(
    { headersTimeout: HEADERS_TIMEOUT, requestTimeout: 0 },
    (request, response) => {
      void answer(request, response)
    }
  )
  server.timeout = SILENCE
  server.keepAliveTimeout = KEEP_ALIVE
  server.maxConnections = MOST_CONNECTIONS
  const lan = host === 'lan'
  // A machine may have an address in the whole Internet, too: who comes from there is not at home.
  if (lan) server.on('connection', (socket) => !isNear(socket.remoteAddress ?? '') && socket.destroy())

  await begin(server, port, lan ? undefined : host === 'loopback' ? '127.0.0.1' : host)
  const bound = (server.address() as AddressInfo).port
  const names = lan ? [...lanAddresses(), '127.0.0.1'] : [host === 'loopback' ? '127.0.0.1' : host]
  const origins = names.map((name) => `http://${name.includes(':') ? `[${name}]` : name}:${bound}`)
  portal.origins = [...portal.origins, ...origins]
  return {
    url: origins[0] ?? `http://127.0.0.1:${bound}`,
    port: bound,
    async close() {
      portal.origins = portal.origins.filter((origin) => !origins.includes(origin))
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    }
  }
}

function begin(server: http.Server, port: number, host: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const taken = codeOf(cause) === 'EADDRINUSE'
      const message = taken ? `Port ${port} is taken` : `Cannot listen on port ${port}`
      reject(new AlbumError('BAD_ARGUMENT', message, { cause }))
    })
    server.listen(port, host, resolve)
  })
}

/** This machine's addresses in the networks at home: IPv4 first, which people can read. */
function lanAddresses(): string[] {
  return Object.values(os.networkInterfaces())
    .flatMap((one) => one ?? [])
    .filter(({ internal, address, family }) => !internal && family === 'IPv4' && isNear(address))
    .map(({ address }) => address)
}

const NEAR: net.BlockList = new net.BlockList()
for (const [address, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10]
] as const) {
  NEAR.addSubnet(address, bits, 'ipv4')
}
for (const [address, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10]
] as const) {
  NEAR.addSubnet(address, bits, 'ipv6')
}

function isNear(address: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  return net.isIP(plain) !== 0 && NEAR.check(plain, net.isIPv6(plain) ? 'ipv6' : 'ipv4')
}
