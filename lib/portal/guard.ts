import os from 'node:os'
import { PortalError } from './answers.ts'

// Own addresses change when a laptop is carried to another network; asking costs little, but not nothing.
const ADDRESSES_TTL = 10_000
const READS = ['GET', 'HEAD', 'OPTIONS']

/** Who may be asked, and by which pages. */
export class Guard {
  readonly #names: Set<string>
  #addresses: { names: Set<string>; at: number } = { names: new Set(), at: -Infinity }

  /** `hosts` are names under which this portal is reached besides loopback and this machine's own addresses. */
  constructor(hosts: readonly string[]) {
    this.#names = new Set(hosts.map((host) => host.toLowerCase()))
  }

  /**
   * Throws where a request is for another host: a name that an attacker's DNS brought here ("rebinding") would make
   * this portal a part of their site.
   */
  checkHost(request: Request, url: URL): void {
    const header = request.headers.get('host')
    const same = header === null || header.toLowerCase() === url.host
    if (!same || !this.#isOurs(url.hostname.toLowerCase())) {
      throw new PortalError(421, 'WRONG_HOST', 'This is not served here')
    }
  }

  #isOurs(name: string): boolean {
    return isLoopback(name) || this.#names.has(name) || this.#own().has(name)
  }

  #own(): Set<string> {
    if (performance.now() - this.#addresses.at > ADDRESSES_TTL) {
      const all = Object.values(os.networkInterfaces()).flatMap((one) => one ?? [])
      const names = new Set(all.map(({ address, family }) => (family === 'IPv6' ? `[${address}]` : address)))
      this.#addresses = { names, at: performance.now() }
    }
    return this.#addresses.names
  }

  /**
   * Throws where another site's page asks. A write must say where it comes from and carry a header that no form can
   * send; a read is refused where the browser says that it is for another site's page.
   */
  checkOrigin(request: Request, url: URL): void {
    const { headers, method } = request
    const site = headers.get('sec-fetch-site')
    const origin = headers.get('origin')
    const write = !READS.includes(method)
    // `none` is a person who typed the address, or opened a picture in a tab of its own.
    const foreign = site !== null && site !== 'same-origin' && (write || site !== 'none')
    if (foreign || (origin !== null && !isOriginOf(origin, url))) throw wrongOrigin()
    if (write && (origin === null || headers.get('x-hyperalbum') !== '1')) throw wrongOrigin()
  }
}

function wrongOrigin(): PortalError {
  return new PortalError(403, 'WRONG_ORIGIN', 'Only the page of this album may ask for that')
}

// Behind a proxy that ends TLS the scheme differs; the host, with its port, is what matters.
function isOriginOf(origin: string, url: URL): boolean {
  return origin === `http://${url.host}` || origin === `https://${url.host}`
}

/** Whether it names the machine itself, to whoever asks on it. */
export function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name)
}
