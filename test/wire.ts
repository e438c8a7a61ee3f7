// The network between a browser and a portal: slow, cut and mended as a test says.
import net from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import type { Assertions } from 'brittle'

export interface Wire {
  port: number
  /** Bytes a second from the browser; as fast as it goes unless told. */
  speed: number
  /** Bytes that came from the browser. */
  sent: number
  /** Ends every connection in the middle of what it does, and takes no other. */
  cut(): void
  mend(): void
}

/** Listens on loopback and hands on to a port there. */
export async function layWire(t: Assertions, to: number): Promise<Wire> {
  const sockets = new Set<Socket>()
  let whole = true
  const server = net.createServer((browser) => {
    if (!whole) {
      browser.destroy()
      return
    }
    const portal = net.connect(to, '127.0.0.1')
    for (const [one, other] of [
      [browser, portal],
      [portal, browser]
    ] as const) {
      sockets.add(one)
      // Ends by themselves are what this is for.
      one.on('error', () => {})
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
    portal.pipe(browser)
    browser.on('data', (chunk) => {
      wire.sent += chunk.length
      portal.write(chunk)
      if (wire.speed === Infinity) return
      browser.pause()
      setTimeout(() => browser.resume(), (chunk.length / wire.speed) * 1000)
    })
    browser.on('end', () => portal.end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const wire: Wire = {
    port: (server.address() as AddressInfo).port,
    speed: Infinity,
    sent: 0,
    cut() {
      whole = false
      for (const socket of sockets) socket.resetAndDestroy()
    },
    mend() {
      whole = true
    }
  }
  t.teardown(
    () => {
      wire.cut()
      server.close()
    },
    { order: 600 }
  )
  return wire
}
