// Devices of one home whose internet is down: hosts behind a router that leads nowhere.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import test, { type Assertions } from 'brittle'
import { BEACON_PORT } from '../lib/network/local.ts'
import { createFamily, eventually } from './helpers.ts'
import { type Home, type Host, createHomes } from './homes.ts'
import { type Child, linesOf, startChildAt } from './processes.ts'

/** Somebody who is in the home's network and not in the family. */
class Stranger {
  /** What was said to all, by whom. */
  readonly heard: { from: string; packet: Buffer }[] = []
  readonly #child: ChildProcess

  constructor(t: Assertions, { prefix: [program, ...args] }: Host) {
    const script = `
      const socket = require('dgram').createSocket({ type: 'udp4', reuseAddr: true })
      socket.on('message', (packet, { address }) => console.log(address, packet.toString('hex')))
      socket.bind(${BEACON_PORT}, () => socket.setBroadcast(true))
      require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
        socket.send(Buffer.from(line, 'hex'), ${BEACON_PORT}, '192.168.1.255')
      })`
    this.#child = spawn(program, [...args, process.execPath, '-e', script], {
      stdio: ['pipe', 'pipe', 'inherit']
    })
    t.teardown(() => void this.#child.kill('SIGKILL'))
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const [from = '', hex = ''] = line.split(' ')
      this.heard.push({ from, packet: Buffer.from(hex, 'hex') })
    })
  }

  /** Says something to all, in the name of nobody. */
  say(packet: Uint8Array): void {
    this.#child.stdin?.write(`${Buffer.from(packet).toString('hex')}\n`)
  }
}

/** A member's device at a host, in a process of its own. */
class Member {
  #said: Record<string, unknown> = {}
  #news = (): void => {}
  readonly #child: Child

  constructor(t: Assertions, folder: string, host: Host, bootstrap: object) {
    this.#child = startChildAt(host, 'live', folder, JSON.stringify(bootstrap))
    t.teardown(() => void this.#child.kill('SIGKILL'))
    void this.#listen()
  }

  async #listen(): Promise<void> {
    for await (const said of linesOf(this.#child)) {
      this.#said = said
      this.#news()
    }
  }

  add(name: string): void {
    this.#child.stdin.write(`${name}\n`)
  }

  /** Resolves when it has these photos, and these members are connected to it. */
  async has(names: string, peers: string): Promise<void> {
    while (this.#said['names'] !== names || this.#said['peers'] !== peers) {
      await new Promise<void>((resolve) => {
        this.#news = resolve
      })
    }
  }
}

test('a home without the internet', { timeout: 240_000 }, async (t) => {
  const lab = await createHomes(t, 3, 1)
  if (lab === null) return
  const [ours, theirs] = lab.homes as [Home, Home]
  const [hisHost, herHost, strangersHost] = ours.hosts as [Host, Host, Host]
  const family = await createFamily(t, ['Mum', 'Kid'])
  await Promise.all(family.map(({ album }) => album.close()))
  const folders = family.map(({ folder }) => folder) as [string, string, string]
  const { key, discoveryKey, me } = (family[0] as (typeof family)[number]).album

  ours.cut()
  const stranger = new Stranger(t, strangersHost)
  const dad = new Member(t, folders[0], hisHost, lab.bootstrap)
  await eventually(() => stranger.heard.length >= 2)
  const first = stranger.heard[0] as { packet: Buffer }
  // What is old or made up, before they meet and while they do.
  const flood = setInterval(() => {
    for (let i = 0; i < 50; i++) {
      const spoiled = Buffer.from(first.packet)
      spoiled.writeUInt32BE(Math.floor(Math.random() * 2 ** 32), i)
      stranger.say(i % 2 === 0 ? spoiled : first.packet)
    }
  }, 20)
  t.teardown(() => clearInterval(flood))
  const mum = new Member(t, folders[1], herHost, lab.bootstrap)
  dad.add('his')
  mum.add('hers')
  await Promise.all([dad.has('hers,his', 'Mum'), mum.has('hers,his', 'Dad')])
  clearInterval(flood)
  t.pass('they find each other, and have what both added')

  const said = stranger.heard.filter(({ from }) => from !== strangersHost.address)
  t.alike([...new Set(said.map(({ from }) => from))].sort(), [hisHost.address, herHost.address])
  const secrets = { key, discoveryKey, me: Buffer.from(me, 'hex'), dad: Buffer.from('Dad') }
  for (const [what, secret] of Object.entries(secrets)) {
    t.absent(
      said.some(({ packet }) => packet.includes(Buffer.from(secret))),
      `no stranger hears: ${what}`
    )
  }
  const pieces = said.flatMap(({ packet }) =>
    Array.from({ length: packet.length - 3 }, (_, i) => packet.toString('hex', i, i + 4))
  )
  t.is(new Set(pieces).size, pieces.length, 'nothing comes again in another packet')

  // The internet is back, and somebody else is there.
  ours.mend()
  const kid = new Member(t, folders[2], theirs.hosts[0] as Host, lab.bootstrap)
  kid.add('far')
  const all = 'far,hers,his'
  await Promise.all([dad.has(all, 'Kid,Mum'), mum.has(all, 'Dad,Kid'), kid.has(all, 'Dad,Mum')])
  t.pass('and everybody has everything')
})
