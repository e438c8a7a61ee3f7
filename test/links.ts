// Between a home and the internet of `homes.ts`: what makes it slow. Many kernels lack netem, which does all of it: here
// tbf limits the rate, iptables loses packets, and a program in Python delays them.
import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { type Interface, createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Assertions } from 'brittle'
import { at, bridge } from './namespaces.ts'

const program = path.join(path.dirname(fileURLToPath(import.meta.url)), 'delay.py')

/** How packets are delayed, each way. */
export interface Delay {
  /** The least and the most, in milliseconds. */
  ms: [least: number, most: number]
  /** After how many milliseconds another delay between the two is drawn; 500 unless told. */
  every?: number
}

export interface Slowness {
  /** Of what the home sends to the internet: `20mbit`. */
  rate?: string
  /** The part of the packets that it sends which are lost: `0.01`. */
  loss?: number
  /** Of what it sends and of what it gets. Left out, with a comment, where `whatDelaysLack` says why. */
  delay?: Delay
}

/** Why this machine cannot delay packets; null where it can. */
export function whatDelaysLack(): string | null {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' })
  } catch {
    return 'there is no python3'
  }
  try {
    fs.closeSync(fs.openSync('/dev/net/tun', 'r+'))
    return null
  } catch (error) {
    return `no /dev/net/tun: ${String(error).split('\n')[0]}`
  }
}

/** The link of a home: the end of it at the home's router, and that at a bridge of the internet. */
export class Link {
  readonly #t: Assertions
  readonly #router: { namespace: string; device: string }
  readonly #net: { namespace: string; device: string; bridge: string }
  #limited = false
  #delayed: Delayed | null = null

  constructor(
    t: Assertions,
    router: { namespace: string; device: string },
    net: { namespace: string; device: string; bridge: string }
  ) {
    this.#t = t
    this.#router = router
    this.#net = net
    at(net.namespace, 'ip', 'link', 'set', net.device, 'master', net.bridge, 'up')
  }

  /** Resolves when it is so slow, and no slower. */
  async slow({ rate, loss = 0, delay }: Slowness): Promise<void> {
    await this.fast()
    const { namespace, device } = this.#router
    const lost = ['-m', 'statistic', '--mode', 'random', '--probability', String(loss), '-j', 'DROP']
    if (loss > 0) at(namespace, 'iptables', '-t', 'mangle', '-A', 'POSTROUTING', '-o', device, ...lost)
    const limit = ['tbf', 'rate', rate ?? '', 'burst', '64kbit', 'latency', '100ms']
    if (rate !== undefined) at(namespace, 'tc', 'qdisc', 'replace', 'dev', device, 'root', ...limit)
    this.#limited = rate !== undefined
    if (delay) await this.#delay(delay)
  }

  async #delay(delay: Delay): Promise<void> {
    const lacking = whatDelaysLack()
    if (lacking) {
      this.#t.comment(`packets are not delayed: ${lacking}`)
      return
    }
    const { namespace, device } = this.#net
    // The home gets a bridge of its own at its end, and the program lies between that and the others' one.
    const [near, far, side] = [`${device}n`, `${device}f`, `${device}b`]
    this.#delayed = await Delayed.start(this.#t, namespace, near, far)
    await this.#delayed.tell({ delay: delay.ms, every: delay.every ?? 500 })
    bridge(namespace, side)
    at(namespace, 'ip', 'link', 'set', near, 'master', side, 'up')
    at(namespace, 'ip', 'link', 'set', far, 'master', this.#net.bridge, 'up')
    at(namespace, 'ip', 'link', 'set', device, 'master', side)
  }

  /** Lets nothing through for so many milliseconds, where packets are delayed; what comes meanwhile follows then. */
  async stall(ms: number): Promise<void> {
    await this.#delayed?.tell({ stall: ms })
  }

  /** Resolves when nothing of this is left. */
  async fast(): Promise<void> {
    const { namespace, device } = this.#router
    if (this.#limited) at(namespace, 'tc', 'qdisc', 'del', 'dev', device, 'root')
    this.#limited = false
    at(namespace, 'iptables', '-t', 'mangle', '-F', 'POSTROUTING')
    if (this.#delayed === null) return
    const net = this.#net
    at(net.namespace, 'ip', 'link', 'set', net.device, 'master', net.bridge)
    at(net.namespace, 'ip', 'link', 'del', `${net.device}b`)
    await this.#delayed.end()
    this.#delayed = null
  }
}

/** The program that delays packets between two devices of a namespace. */
class Delayed {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #lines: AsyncIterator<string>

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>, lines: Interface) {
    this.#child = child
    this.#lines = lines[Symbol.asyncIterator]()
  }

  static async start(t: Assertions, namespace: string, near: string, far: string): Promise<Delayed> {
    const child = spawn('ip', ['netns', 'exec', namespace, 'python3', program, near, far], {
      stdio: ['pipe', 'pipe', 'inherit']
    })
    t.teardown(() => void child.kill('SIGKILL'), { order: 940 })
    const delayed = new Delayed(child, createInterface({ input: child.stdout }))
    await delayed.#answer()
    return delayed
  }

  async tell(what: { delay?: [number, number]; every?: number; stall?: number }): Promise<void> {
    this.#child.stdin.write(JSON.stringify(what) + '\n')
    await this.#answer()
  }

  async #answer(): Promise<void> {
    if ((await this.#lines.next()).done) throw new Error('What delays packets has ended')
  }

  async end(): Promise<void> {
    this.#child.stdin.end()
    if (this.#child.exitCode === null) await new Promise((resolve) => this.#child.once('exit', resolve))
  }
}
