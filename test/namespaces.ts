// Network namespaces, by the commands of iproute2.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'

/** Runs a command in a namespace. */
export function at(where: string, ...command: string[]): void {
  ip('netns', 'exec', where, ...command)
}

export function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

export function bridge(where: string, name: string, address?: string): void {
  // Without an address of its own it has that of one of its ports, and another where they change: whoever knew it sends
  // into nowhere for 7 seconds.
  const mac = `02:${randomBytes(5).toString('hex').match(/../g)?.join(':')}`
  at(where, 'ip', 'link', 'add', name, 'address', mac, 'type', 'bridge')
  if (address !== undefined) at(where, 'ip', 'addr', 'add', address, 'dev', name)
  at(where, 'ip', 'link', 'set', name, 'up')
}

export function cable(one: string, end: string, other: string, otherEnd: string): void {
  ip('link', 'add', end, 'netns', one, 'type', 'veth', 'peer', 'name', otherEnd, 'netns', other)
}
