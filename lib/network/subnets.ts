import os from 'os'

/** How far one looks without the internet: in the networks of a home, or on this machine alone. */
export type Scope = 'home' | 'machine'

/** A network that this device is in, as IPv4 numbers. */
export interface Subnet {
  /** This device's address in it. */
  address: number
  mask: number
}

const LOOPBACK = ['127.0.0.0', '255.0.0.0']
// What routers give out (RFC 1918), and what devices take where there is none (RFC 3927).
const PRIVATE = [
  ['10.0.0.0', '255.0.0.0'],
  ['172.16.0.0', '255.240.0.0'],
  ['192.168.0.0', '255.255.0.0'],
  ['169.254.0.0', '255.255.0.0']
]
// Tunnels have networks of one or two addresses, in which nobody hears what is said to all.
const SMALLEST = numberOf('255.255.255.252') as number

/** The networks that this device is in now. In those that are a part of the internet nobody is at home. */
export function subnets(scope: Scope): Subnet[] {
  const ranges = scope === 'machine' ? [LOOPBACK] : PRIVATE
  const found: Subnet[] = []
  for (const one of Object.values(os.networkInterfaces()).flat()) {
    const address = numberOf(one?.address)
    const mask = numberOf(one?.netmask)
    if (address === null || mask === null || mask > SMALLEST) continue
    const inside = ranges.some(([base, of]) => {
      const part = numberOf(of) as number
      return (address & part) >>> 0 === numberOf(base)
    })
    if (inside) found.push({ address, mask })
  }
  return found
}

/** The address by which all in a network are spoken to. */
export function broadcastOf({ address, mask }: Subnet): string {
  return textOf((address | ~mask) >>> 0)
}

/** Whether a host is in one of the networks, rather than behind a router. */
export function isNear(all: Subnet[], host: string): boolean {
  const number = numberOf(host)
  return number !== null && all.some(({ address, mask }) => ((number ^ address) & mask) === 0)
}

/** An IPv4 address as a number; null where it is none. */
export function numberOf(text: string | undefined): number | null {
  const parts = (text ?? '').split('.').map(Number)
  if (parts.length !== 4 || !parts.every((part) => part >= 0 && part < 256)) return null
  return parts.reduce((all, part) => all * 256 + part, 0)
}

export function textOf(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.')
}
