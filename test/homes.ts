// Several homes on one machine: network namespaces for their hosts, behind routers that do NAT, and an internet between
// the routers with a DHT of its own. Nothing leaves the machine: no namespace has a way out.
import { execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Assertions } from 'brittle'
import { tmp } from './helpers.ts'
import { Link } from './links.ts'
import { at, bridge, cable, ip } from './namespaces.ts'

const program = path.join(path.dirname(fileURLToPath(import.meta.url)), 'dht.ts')
const INTERNET = '10.50.0.1'

export interface Host {
  address: string
  /** What runs a program on this host: the program and its arguments come after it. */
  prefix: [program: string, ...args: string[]]
  /** Off the home's network and on again, as a cable that is pulled. */
  unplug(): void
  plug(): void
}

export interface Home {
  hosts: Host[]
  /** Takes the home off the internet and back; its hosts still see each other. */
  cut(): void
  mend(): void
  /** To the internet. */
  link: Link
}

export interface Homes {
  homes: Home[]
  /** Of the DHT on the internet. */
  bootstrap: { host: string; port: number }[]
}

/** Homes of so many hosts each; null, with a comment, where this machine or user cannot make them. */
export async function createHomes(t: Assertions, ...hostsOfEach: number[]): Promise<Homes | null> {
  const lacking = whatLacks()
  if (lacking) {
    t.comment(`skipped: ${lacking}`)
    return null
  }
  const mark = `ha${process.pid}${Math.floor(Math.random() * 1000)}`
  const made: string[] = []
  const clear = (): void => made.splice(0).forEach((name) => ip('netns', 'del', name))
  t.teardown(clear, { order: 950 })
  // A test that fails by an error ends the process without its teardown.
  process.once('exit', clear)
  const add = (name: string): string => {
    const whole = `${mark}-${name}`
    ip('netns', 'add', whole)
    made.push(whole)
    at(whole, 'ip', 'link', 'set', 'lo', 'up')
    return whole
  }

  const net = add('net')
  bridge(net, 'br0', `${INTERNET}/24`)
  const homes = hostsOfEach.map((hosts, index) => makeHome(t, add, net, index + 1, hosts))
  return { homes, bootstrap: await startDht(t, net) }
}

function makeHome(
  t: Assertions,
  add: (name: string) => string,
  net: string,
  number: number,
  hosts: number
): Home {
  const router = add(`r${number}`)
  cable(router, 'wan', net, `up${number}`)
  const link = new Link(
    t,
    { namespace: router, device: 'wan' },
    { namespace: net, device: `up${number}`, bridge: 'br0' }
  )
  at(router, 'ip', 'addr', 'add', `10.50.0.${10 + number}/24`, 'dev', 'wan')
  at(router, 'ip', 'link', 'set', 'wan', 'up')
  bridge(router, 'lan', `192.168.${number}.1/24`)
  at(router, 'sysctl', '-qw', 'net.ipv4.ip_forward=1')
  at(router, 'iptables', '-t', 'nat', '-A', 'POSTROUTING', '-o', 'wan', '-j', 'MASQUERADE')
  const fresh = ['-m', 'conntrack', '--ctstate', 'NEW', '-j', 'DROP']
  at(router, 'iptables', '-A', 'FORWARD', '-i', 'wan', ...fresh)
  // As a home's router does: or an early punch would make it track a flow of its own, and change the port.
  at(router, 'iptables', '-A', 'INPUT', '-i', 'wan', '-p', 'udp', '-j', 'DROP')
  return {
    hosts: Array.from({ length: hosts }, (_, k) => makeHost(add, router, number, k)),
    link,
    cut: () => at(router, 'ip', 'link', 'set', 'wan', 'down'),
    mend: () => at(router, 'ip', 'link', 'set', 'wan', 'up')
  }
}

function makeHost(add: (name: string) => string, router: string, home: number, k: number): Host {
  const host = add(`h${home}${k}`)
  const address = `192.168.${home}.${2 + k}`
  cable(host, 'eth0', router, `p${k}`)
  at(router, 'ip', 'link', 'set', `p${k}`, 'master', 'lan', 'up')
  at(host, 'ip', 'addr', 'add', `${address}/24`, 'dev', 'eth0')
  const plug = (): void => {
    at(host, 'ip', 'link', 'set', 'eth0', 'up')
    at(host, 'ip', 'route', 'replace', 'default', 'via', `192.168.${home}.1`)
  }
  plug()
  return {
    address,
    prefix: ['ip', 'netns', 'exec', host],
    plug,
    unplug: () => at(host, 'ip', 'link', 'set', 'eth0', 'down')
  }
}

/** A file that runs a program on a host, for those who take only a path. */
export function programOn(t: Assertions, host: Host, file: string): string {
  const script = path.join(tmp(t), path.basename(file))
  fs.writeFileSync(script, `#!/bin/sh\nexec ${host.prefix.join(' ')} ${file} "$@"\n`, { mode: 0o755 })
  return script
}

async function startDht(t: Assertions, net: string): Promise<Homes['bootstrap']> {
  const child = spawn('ip', ['netns', 'exec', net, process.execPath, '--import', 'tsx', program, INTERNET], {
    stdio: ['pipe', 'pipe', 'inherit']
  })
  t.teardown(() => void child.kill('SIGKILL'), { order: 940 })
  for await (const line of createInterface({ input: child.stdout })) {
    return JSON.parse(line) as Homes['bootstrap']
  }
  throw new Error('The DHT did not start')
}

function whatLacks(): string | null {
  if (process.platform !== 'linux' || os.userInfo().uid !== 0) return 'network namespaces need Linux and root'
  for (const [tool, ...args] of [
    ['ip', '-V'],
    ['iptables', '-V'],
    ['tc', '-V'],
    ['sysctl', '-V']
  ] as const) {
    try {
      execFileSync(tool, args, { stdio: 'ignore' })
    } catch {
      return `there is no ${tool}`
    }
  }
  try {
    const name = `ha${process.pid}-try`
    ip('netns', 'add', name)
    try {
      at(name, 'iptables', '-t', 'nat', '-L')
    } finally {
      ip('netns', 'del', name)
    }
    return null
  } catch (error) {
    return `no network namespaces here: ${String(error).split('\n')[0]}`
  }
}
