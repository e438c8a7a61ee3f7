// Several devices with logs of their own, each in a folder and connected by streams, without the rest of an album:
// what a modified program has, which appends whatever bytes it likes.
import type { Assertions } from 'brittle'
import b4a from 'b4a'
import Corestore from 'corestore'
import Autobase from 'autobase'
import Hyperbee from 'hyperbee'
import Hypercore, { type ProtocolStream } from 'hypercore'
import ProtomuxWakeup from 'protomux-wakeup'
import { deviceKeys } from '../lib/log/keychain.ts'
import { Log } from '../lib/log/log.ts'
import { tame } from '../lib/log/tame.ts'
import type { In } from '../lib/schema/codec.ts'
import type { OpOptions, OpType } from '../lib/schema/op.ts'
import { apply } from '../lib/view/apply.ts'
import { Cast } from '../lib/view/cast.ts'
import type { Handing } from '../lib/view/handings.ts'
import { Rows } from '../lib/view/rows.ts'
import * as forge from './forge.ts'
import { type Forger, forger } from './forge.ts'
import { isClosing } from '../lib/util/wait.ts'
import { eventually, tmp } from './helpers.ts'

/** One device: its log, its keys, and the view as it sees it. */
export class Writer {
  readonly log: Log
  readonly device: Forger
  readonly store: Corestore
  /** What went wrong in its log. */
  readonly warnings: Error[] = []

  private constructor(store: Corestore, log: Log, device: Forger) {
    this.store = store
    this.log = log
    this.device = device
    log.on('warning', (error) => this.warnings.push(error))
  }

  /** `system` is the finished index that a joiner is told of. */
  static async open(
    t: Assertions,
    key: Uint8Array | null,
    encryptionKey: Uint8Array,
    system: Uint8Array | null = null,
    handings: Handing[] = []
  ): Promise<Writer> {
    const store = new Corestore(tmp(t), { manifestVersion: 1 })
    const logStore = store.namespace('log')
    const keys = await deviceKeys(store, logStore)
    const log = await Log.open(logStore, {
      key,
      writer: keys.writer,
      encryptionKey,
      keyProtection: null,
      system,
      handings
    })
    t.teardown(async () => {
      await log.close()
      await store.close()
    })
    return new Writer(store, log, forger(keys))
  }

  // Is not told where another index takes the place of the one it remembers parts of (hyperbee 2.27): read its snapshots.
  get bee(): Hyperbee {
    return this.log.view
  }

  get rows(): Rows {
    return new Rows(this.bee.snapshot())
  }

  cast(): Promise<Cast> {
    return this.#steadily(async () => {
      const state = this.bee.snapshot()
      await state.ready()
      try {
        return await Cast.read(state)
      } finally {
        await state.close()
      }
    })
  }

  // The index moves to other cores where another device signs it from then on: what is being read closes.
  async #steadily<T>(read: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await read()
      } catch (error) {
        if (!isClosing(error) || attempt === 60) throw error
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  }

  async raw(...ops: Uint8Array[]): Promise<void> {
    await this.log.append(ops)
  }

  async write<T extends OpType>(type: T, body: In[T], options: OpOptions = {}): Promise<void> {
    await this.raw(forge.op(type, body, options))
  }

  async add(...seeds: (number | string)[]): Promise<void> {
    await this.write('photos', { photos: seeds.map((seed) => forge.photo(seed)) })
  }

  attach(stream: ProtocolStream): void {
    this.store.replicate(stream)
    this.log.attach(stream.noiseStream)
  }

  /** The view's length and the hash of all of it. */
  tree(): Promise<string> {
    return this.#steadily(() => treeOf(this.bee))
  }
}

async function treeOf(bee: Hyperbee): Promise<string> {
  const { version } = bee
  return `${version} ${b4a.toString(await bee.core.treeHash(version), 'hex')}`
}

/** Connects two devices; call what it returns to part them. */
export function join(a: Pick<Writer, 'attach'>, b: Pick<Writer, 'attach'>): () => void {
  const left = Hypercore.createProtocolStream(true)
  const right = Hypercore.createProtocolStream(false)
  for (const [end, stream] of [
    [a, left],
    [b, right]
  ] as const) {
    stream.on('error', () => {})
    end.attach(stream)
  }
  left.pipe(right as never as NodeJS.WritableStream)
  right.pipe(left as never as NodeJS.WritableStream)
  return () => {
    left.destroy()
    right.destroy()
  }
}

/** Connects everybody with everybody. */
export function joinAll(writers: Writer[]): () => void {
  const leave = writers.flatMap((one, i) => writers.slice(i + 1).map((other) => join(one, other)))
  return () => leave.forEach((part) => part())
}

let marks = 1

/** Waits until all have seen all that each of them wrote, and have the same view; resolves to its length and hash. */
export async function together(...writers: Writer[]): Promise<string> {
  const mark = ++marks
  for (const writer of writers) await writer.write('hello', { supports: mark })
  await eventually(async () => {
    for (const writer of writers) {
      const cast = await writer.cast()
      const told = writers.every(
        (other) => cast.deviceByWriter(other.device.keys.writerKey)?.row.supports === mark
      )
      if (!told) return false
    }
    return new Set(await Promise.all(writers.map((writer) => writer.tree()))).size === 1
  })
  return (writers[0] as Writer).tree()
}

/** An album of several writers in their roles, the founder first; all have drives, and nobody is connected. */
export async function createCircle(t: Assertions, ...roles: number[]): Promise<Writer[]> {
  const encryptionKey = forge.random(32)
  const founder = await Writer.open(t, null, encryptionKey)
  const key = founder.log.key
  await founder.write('found', forge.foundBody(founder.device, 'Dad'))
  await founder.write('epoch', forge.epochBody(1, [key]))
  const others = await Promise.all(roles.map(() => Writer.open(t, key, encryptionKey)))
  for (const [i, role] of roles.entries()) {
    const { device } = others[i] as Writer
    const invite = forge.invitation(key, founder.device, { role })
    const receipt = forge.receipt(invite, device, `Member ${i + 2}`)
    await founder.raw(forge.op('invite', invite.body), forge.op('admit', { invite: invite.id, receipt }))
  }
  const all = [founder, ...others]
  const part = joinAll(all)
  await eventually(() => all.every(({ log }) => log.writable))
  for (const { log, device } of all) await log.append([forge.op('device', forge.drivesBody(key, device))])
  await together(...all)
  part()
  return all
}

/** Somebody who only reads, and works everything out anew: nothing is taken over from others' finished views. */
export class Reader {
  readonly store: Corestore
  readonly base: Autobase
  readonly #wakeup: ProtomuxWakeup

  private constructor(store: Corestore, base: Autobase, wakeup: ProtomuxWakeup) {
    this.store = store
    this.base = base
    this.#wakeup = wakeup
  }

  /** `store` is that of a device whose log was closed: what its modified program has. */
  static async open(
    t: Assertions,
    { log }: Writer,
    store: Corestore = new Corestore(tmp(t), { manifestVersion: 1 })
  ): Promise<Reader> {
    const wakeup = new ProtomuxWakeup()
    const base = new Autobase(store.namespace('log'), log.key, {
      valueEncoding: 'binary',
      encryptionKey: log.encryptionKey,
      bigBatches: true,
      fastForward: false,
      wakeup,
      open: (views) =>
        new Hyperbee(views.get('view'), { extension: false, keyEncoding: 'binary', valueEncoding: 'binary' }),
      close: (view) => view.close(),
      apply,
      update: async () => {}
    })
    base.on('writer', tame)
    base.on('error', (error: Error) => t.fail(`a reader's log closed: ${error.stack}`))
    await base.ready()
    t.teardown(async () => {
      await base.close()
      wakeup.destroy()
      await store.close()
    })
    return new Reader(store, base, wakeup)
  }

  attach(stream: ProtocolStream): void {
    this.store.replicate(stream)
    this.#wakeup.addStream(stream.noiseStream)
    this.base.wakeupSession?.broadcastLookup({})
  }

  tree(): Promise<string> {
    return treeOf(this.base.view)
  }
}
