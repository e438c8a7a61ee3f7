// The reducer alone, on a Hyperbee of its own: ops of any writer, in the order given, and whether they had an effect.
import type { ApplyHost } from 'autobase'
import type { Assertions } from 'brittle'
import b4a from 'b4a'
import Corestore from 'corestore'
import Hyperbee from 'hyperbee'
import type { In, Out } from '../lib/schema/codec.ts'
import type { OpOptions, OpType } from '../lib/schema/op.ts'
import { apply } from '../lib/view/apply.ts'
import { Cast } from '../lib/view/cast.ts'
import { type AlbumRow, type PhotoRecord, Rows } from '../lib/view/rows.ts'
import * as forge from './forge.ts'
import { type Forger, forger } from './forge.ts'
import { tmp } from './helpers.ts'

export class Ledger {
  readonly bee: Hyperbee
  readonly founder: Forger
  /** Writers that the reducer let in and put out, hex. */
  readonly writers: Set<string> = new Set()
  /** Why the reducer stopped. */
  interrupted: string | null = null
  readonly #host: ApplyHost

  private constructor(bee: Hyperbee, founder: Forger) {
    this.bee = bee
    this.founder = founder
    const album = founder.keys.writerKey
    // What Autobase 7.28 hands to `apply`.
    this.#host = {
      key: album,
      addWriter: async (key) => void this.writers.add(b4a.toString(key, 'hex')),
      removeWriter: async (key) => void this.writers.delete(b4a.toString(key, 'hex')),
      removeable: (key) => !b4a.equals(key, album),
      // What an heir takes over is between real logs: test/succession.test.ts.
      fork: async () => false,
      system: {
        core: bee.core,
        indexers: [{ key: album, length: 1 }],
        views: [],
        db: { getBySeq: async () => ({ key: album }) },
        get: async () => null,
        checkout: async () => this.#host.system,
        close: async () => {}
      },
      interrupt: (reason) => {
        this.interrupted = reason
        throw new Error('Apply interrupted')
      }
    }
  }

  /** An album with its founder, an epoch, and the founder's drives; `empty` leaves that out. */
  static async create(t: Assertions, options: { empty?: boolean } = {}): Promise<Ledger> {
    const store = new Corestore(tmp(t))
    t.teardown(() => store.close())
    const bee = new Hyperbee(store.get({ name: 'view' }), {
      extension: false,
      keyEncoding: 'binary',
      valueEncoding: 'binary'
    })
    await bee.ready()
    const ledger = new Ledger(bee, forger())
    if (options.empty) return ledger
    const { founder } = ledger
    await ledger.write(founder, 'found', forge.foundBody(founder, 'Dad'))
    await ledger.write(founder, 'epoch', forge.epochBody(1, [founder.keys.writerKey]))
    await ledger.announce(founder)
    return ledger
  }

  /** The album's key. */
  get key(): Uint8Array {
    return this.founder.keys.writerKey
  }

  get rows(): Rows {
    return new Rows(this.bee)
  }

  cast(): Promise<Cast> {
    return Cast.read(this.bee)
  }

  async album(): Promise<AlbumRow> {
    return (await this.rows.album()) as AlbumRow
  }

  async record(seed: number | string): Promise<PhotoRecord | null> {
    return (await this.rows.record(forge.photoId(seed)))?.record ?? null
  }

  async deviceRow(device: Forger): Promise<Out['device-row'] | null> {
    const number = await this.rows.deviceNumber(device.keys.writerKey)
    return number === null ? null : this.rows.device(number)
  }

  /** The id of the member whose device this is. */
  async memberId(device: Forger): Promise<Uint8Array> {
    const row = await this.deviceRow(device)
    const member = row && (await this.rows.member(row.member))
    if (!member) throw new Error('No such member')
    return member.id
  }

  /** Applies whatever bytes a device's core holds, as one run; resolves to whether they changed the view. */
  async raw(device: Forger, ...ops: Uint8Array[]): Promise<boolean> {
    const before = this.bee.version
    const nodes = ops.map((value) => ({ value, from: { key: device.keys.writerKey } }))
    await apply(nodes, this.bee, this.#host)
    return this.bee.version !== before
  }

  write<T extends OpType>(device: Forger, type: T, body: In[T], options: OpOptions = {}): Promise<boolean> {
    return this.raw(device, forge.op(type, body, options))
  }

  announce(device: Forger): Promise<boolean> {
    return this.write(device, 'device', forge.drivesBody(this.key, device))
  }

  /** Lets a new person in, by an invite of the founder's; with drives. */
  async admit(name: string, role: number, by: Forger = this.founder): Promise<Forger> {
    return this.#admit(by, name, { role })
  }

  /** Lets in another device of the same person. */
  async link(by: Forger): Promise<Forger> {
    return this.#admit(by, 'Another', { own: true })
  }

  async #admit(by: Forger, name: string, changes: Partial<In['invite']>): Promise<Forger> {
    const device = forger()
    const invite = forge.invitation(this.key, by, { uses: 1, ...changes })
    await this.write(by, 'invite', invite.body)
    await this.write(by, 'admit', { invite: invite.id, receipt: forge.receipt(invite, device, name) })
    await this.announce(device)
    return device
  }

  /** Adds photos in a device's name. */
  add(device: Forger, ...seeds: (number | string)[]): Promise<boolean> {
    return this.write(device, 'photos', { photos: seeds.map((seed) => forge.photo(seed)) })
  }
}
