// Devices of a family as processes on hosts of `homes.ts`.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Assertions } from 'brittle'
import type { BlindMirrorEvent, BlindMirrorHealth, MirrorEvent } from '../lib/mirror/index.ts'
import { tmp } from './helpers.ts'
import type { Asked } from './homes-member.ts'
import type { Host, Homes } from './homes.ts'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')

type Process = ChildProcessByStdio<Writable, Readable, null>

function startOn({ prefix }: Pick<Host, 'prefix'>, script: string, args: string[]): Process {
  const [program, ...before] = prefix
  const all = [...before, process.execPath, '--import', import.meta.resolve('tsx'), path.join(root, script)]
  return spawn(program, [...all, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
}

async function endOf(child: Process): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    await new Promise((resolve) => child.once('exit', resolve))
  }
}

/** A member's device, asked one thing after the other. */
export class Member {
  readonly #child: Process
  readonly #answers: AsyncIterator<string>

  /** `bootstrap` is `HOST:PORT`, or several with commas between. */
  constructor(host: Host, folder: string, bootstrap: string) {
    this.#child = startOn(host, 'test/homes-member.ts', [folder, bootstrap])
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  async ask<What extends keyof Asked>(what: What, asked: Asked[What]): Promise<unknown> {
    this.#child.stdin.write(JSON.stringify({ what, ...asked }) + '\n')
    const { value, done } = await this.#answers.next()
    if (done) throw new Error(`The process ended before it answered ${what}`)
    const { answer, error } = JSON.parse(value) as { answer: unknown; error?: string }
    if (error !== undefined) throw new Error(`${what} ${JSON.stringify(asked)}: ${error}`)
    return answer
  }

  /** As a battery that is taken out. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await endOf(this.#child)
  }
}

/** Members of an album, one in each home, on a device of their name; connected with each other. */
export async function createMembers<Names extends string[]>(
  t: Assertions,
  { homes, bootstrap }: Homes,
  ...names: Names
): Promise<{ [Name in keyof Names]: Member }> {
  const nodes = bootstrap.map(({ host, port }) => `${host}:${port}`).join()
  const base = tmp(t)
  const members = names.map((name, index) => {
    const one = new Member(homes[index]?.hosts[0] as Host, path.join(base, name), nodes)
    t.teardown(() => one.kill())
    return one
  })
  const [first, ...others] = members as [Member, ...Member[]]
  await first.ask('create', { member: names[0] as string, device: names[0] as string })
  for (const [index, one] of others.entries()) {
    const code = (await first.ask('invite', { role: 'contributor' })) as string
    const name = names[index + 1] as string
    await one.ask('join', { code, member: name, device: name })
  }
  await members.at(-1)?.ask('online', { devices: names.slice(0, -1) })
  return members as { [Name in keyof Names]: Member }
}

/** A box that tells how it is, an event a line. */
class Box<Event extends { type: string }> {
  readonly events: Event[] = []
  readonly #child: Process
  #told: () => void = () => {}

  constructor(host: Pick<Host, 'prefix'>, script: string, args: string[]) {
    this.#child = startOn(host, script, [...args, '--json'])
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      if (!line.endsWith('}')) return
      this.events.push(JSON.parse(line) as Event)
      this.#told()
    })
    this.#child.once('exit', () => this.#told())
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** The first event, also of those told before, of which this is true. */
  async until<T extends Event>(when: (event: Event) => event is T): Promise<T>
  async until(when: (event: Event) => boolean): Promise<Event>
  async until(when: (event: Event) => boolean): Promise<Event> {
    for (;;) {
      const found = this.events.find(when)
      if (found) return found
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`The box ended: ${JSON.stringify(this.events)}`)
      }
      await new Promise<void>((resolve) => (this.#told = resolve))
    }
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await endOf(this.#child)
  }

  /** Ends it as a service manager does; resolves to its exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM')
    await endOf(this.#child)
    return this.#child.exitCode
  }
}

/** `examples/mirror.ts`, as a family runs it. */
export class Mirror extends Box<MirrorEvent> {
  constructor(host: Pick<Host, 'prefix'>, folder: string, bootstrap: string, code?: string) {
    const names = ['--device', 'box', '--bootstrap', bootstrap]
    super(host, 'examples/mirror.ts', [folder, ...(code ? [code] : []), ...names])
  }

  /** Resolves when it holds so many photos. */
  async holds(photos: number): Promise<void> {
    await this.until((event) => event.type === 'health' && event.held === photos)
  }
}

/** `examples/blind-mirror.ts`, as a family runs it. */
export class BlindMirror extends Box<BlindMirrorEvent> {
  constructor(host: Pick<Host, 'prefix'>, folder: string, bootstrap: string, code?: string) {
    super(host, 'examples/blind-mirror.ts', [folder, ...(code ? [code] : []), '--bootstrap', bootstrap])
  }

  /** Resolves when it says that it is so. */
  async is(when: Partial<BlindMirrorHealth>): Promise<void> {
    const wanted = Object.entries(when) as [keyof BlindMirrorHealth, unknown][]
    await this.until((event) => event.type === 'health' && wanted.every(([what, is]) => event[what] === is))
  }
}
