import Autobase from 'autobase'
import Corestore from 'corestore'
import type { NoiseStream } from 'hypercore'
import crypto from 'hypercore-crypto'
import Hyperbee from 'hyperbee'
import ProtomuxWakeup from 'protomux-wakeup'

/** One row of a view. */
export interface BareRow {
  key: Uint8Array
  value: Uint8Array
}

const WRITER = 0xff

/** An op that stands for rows in a table in memory, as many bytes long as the op it stands for. */
export function rowsOp(number: number, bytes: number): Uint8Array {
  const op = Buffer.alloc(Math.max(5, bytes))
  op.writeUInt32LE(number, 1)
  return op
}

/** An op that lets somebody write. */
export function writerOp(key: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([WRITER]), key])
}

/**
 * Autobase and Hyperbee with nothing on top: the limit. Its ops say nothing, they only name rows of a table which all
 * bases of a process share, so that what is measured is the log and the tree.
 */
export class BareBase {
  readonly base: Autobase
  readonly #store: Corestore
  readonly #wakeup = new ProtomuxWakeup()

  constructor(folder: string, rows: BareRow[][], encryptionKey: Uint8Array, key: Uint8Array | null = null) {
    this.#store = new Corestore(folder)
    this.base = new Autobase(this.#store, key, {
      valueEncoding: 'binary',
      encryptionKey,
      wakeup: this.#wakeup,
      ackInterval: 1000,
      open: (views) =>
        new Hyperbee(views.get('view'), { extension: false, keyEncoding: 'binary', valueEncoding: 'binary' }),
      close: (view) => view.close(),
      update: async () => {},
      apply: async (nodes, view, host) => {
        const batch = view.batch({ update: false })
        for (const { value } of nodes) {
          if (value[0] === WRITER) {
            await host.addWriter(value.subarray(1), { indexer: false })
            continue
          }
          const number = Buffer.from(value.buffer, value.byteOffset).readUInt32LE(1)
          for (const row of rows[number] ?? []) await batch.put(row.key, row.value)
        }
        await batch.flush()
        await batch.close()
      }
    })
  }

  static async create(
    folder: string,
    rows: BareRow[][],
    encryptionKey: Uint8Array = crypto.randomBytes(32),
    key: Uint8Array | null = null
  ): Promise<BareBase> {
    const bare = new BareBase(folder, rows, encryptionKey, key)
    await bare.base.ready()
    return bare
  }

  meet(stream: NoiseStream): void {
    this.#store.replicate(stream)
    this.#wakeup.addStream(stream)
  }

  async close(): Promise<void> {
    await this.base.close()
    this.#wakeup.destroy()
  }
}

/** Everything put into a view from one length on, in order. */
export async function putsSince(view: Hyperbee, from: number): Promise<BareRow[]> {
  const puts: BareRow[] = []
  for await (const { key, value, type } of view.createHistoryStream({ gte: from })) {
    if (type !== 'del') puts.push({ key, value })
  }
  return puts
}

/** Deals puts out to one op a photo, in order. */
export function dealt(puts: BareRow[], count: number): BareRow[][] {
  const perPhoto = puts.length / count
  return Array.from({ length: count }, (_, i) =>
    puts.slice(Math.round(i * perPhoto), Math.round((i + 1) * perPhoto))
  )
}
