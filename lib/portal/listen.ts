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
const MAX_PORT = 65_535
const MOST_CONNECTIONS = 512
// A browser holds six, and one for each tab that listens.
const MOST_OF_ADDRESS = 64

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
  capEach(server)
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
    if (port > MAX_PORT) return reject(new AlbumError('BAD_ARGUMENT', `${port} is no port`))
    server.once('error', (cause) => {
      const taken = codeOf(cause) === 'EADDRINUSE'
      const message = taken ? `Port ${port} is taken` : `Cannot listen on port ${port}`
      reject(new AlbumError('BAD_ARGUMENT', message, { cause }))
    })
    server.listen(port, host, resolve)
  })
}

/** One machine cannot use up the connections of all. */
function capEach(server: http.Server): void {
  const open = new Map<string, number>()
  server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? ''
    const count = open.get(address) ?? 0
    if (count >= MOST_OF_ADDRESS) {
      socket.destroy()
      return
    }
    open.set(address, count + 1)
    socket.once('close', () => {
      const left = (open.get(address) ?? 0) - 1
      if (left > 0) open.set(address, left)
      else open.delete(address)
    })
  })
}

/** This machine's addresses in the networks at home, by which others reach it: IPv4, which people can read. */
function lanAddresses(): string[] {
  const near = Object.values(os.networkInterfaces())
    .flatMap((one) => one ?? [])
    .filter(({ internal, address, family }) => !internal && family === 'IPv4' && isNear(address))
    .map(({ address }) => address)
  return bridgesLast(near)
}

/** A network between a machine and its own containers is near, but no phone is in it. */
export function bridgesLast(addresses: readonly string[]): string[] {
  const isBridge = (address: string): boolean => address.startsWith('172.17.')
  return [...addresses.filter((one) => !isBridge(one)), ...addresses.filter(isBridge)]
}

const NEAR: net.BlockList = new net.BlockList()
for (const [address, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16]
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

/** Whether an address is in a network at home. That of a provider (100.64.0.0/10) is many people's. */
export function isNear(address: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  return net.isIP(plain) !== 0 && NEAR.check(plain, net.isIPv6(plain) ? 'ipv6' : 'ipv4')
}
