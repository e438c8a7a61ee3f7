import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import { type DeviceKeys, type Keychain, seal, unseal } from '../log/keychain.ts'
import type { In } from '../schema/codec.ts'
import { decryptWith, encryptWith } from '../util/sealing.ts'
import type { Cast } from '../view/cast.ts'
import { parse, range } from '../view/keys.ts'
import type { Queries } from '../view/queries.ts'
import type { DeviceRow } from '../view/rows.ts'

const KEY_BYTES = 32
const [NS_EPOCH] = crypto.namespace('hyperalbum/epoch', 1) as [Uint8Array]

function commitmentOf(key: Uint8Array): Uint8Array {
  return crypto.hash([NS_EPOCH, key])
}

/** The media keys: each epoch has one, under which its drives are encrypted; a removed device gets no further one. */
export class Epochs {
  readonly #queries: Queries
  readonly #keychain: Keychain
  readonly #keys: DeviceKeys
  // By commitment, hex: a reorder may replace an epoch by another of the same number.
  readonly #known = new Map<string, Uint8Array>()

  constructor(queries: Queries, keychain: Keychain, keys: DeviceKeys) {
    this.#queries = queries
    this.#keychain = keychain
    this.#keys = keys
  }

  /** Keeps a key that came with the admission, before the album's own rows do. */
  async learn(key: Uint8Array): Promise<void> {
    const commitment = b4a.toString(commitmentOf(key), 'hex')
    this.#known.set(commitment, key)
    await this.#keychain.put('epoch', commitment, key)
  }

  /** The media key of an epoch; null where this device has none. */
  key(epoch: Uint8Array): Promise<Uint8Array | null> {
    return this.#find(epoch, new Set())
  }

  // A device is given the key of the epoch that it comes into. From there links lead back, none leads forward.
  async #find(epoch: Uint8Array, passed: Set<string>): Promise<Uint8Array | null> {
    const id = b4a.toString(epoch, 'hex')
    passed.add(id)
    const own = this.#known.get(id) ?? (await this.#keychain.get('epoch', id)) ?? (await this.#sealed(epoch))
    if (own) return own
    for (const { under, box } of await this.#links(epoch)) {
      const outer = passed.has(b4a.toString(under, 'hex')) ? null : await this.#find(under, passed)
      const key = outer && (await this.#accept(epoch, decryptWith(box, outer)))
      if (key) return key
    }
    return null
  }

  // Kept on disk: the log's order may undo the op that it came with, and what was added by it meanwhile stays.
  async #accept(epoch: Uint8Array, key: Uint8Array | null): Promise<Uint8Array | null> {
    if (key === null || !b4a.equals(commitmentOf(key), epoch)) return null
    await this.learn(key)
    return key
  }

  async #sealed(epoch: Uint8Array): Promise<Uint8Array | null> {
    const device = (await this.#queries.cast()).deviceByWriter(this.#keys.writerKey)
    if (device === null) return null
    for (const box of await this.#queries.rows((rows) => rows.sealed(epoch, device.number))) {
      const key = await this.#accept(epoch, unseal(box, this.#keys.box))
      if (key) return key
    }
    return null
  }

  #links(epoch: Uint8Array): Promise<{ under: Uint8Array; box: Uint8Array }[]> {
    return this.#queries.at(async (bee) => {
      const links: { under: Uint8Array; box: Uint8Array }[] = []
      for await (const row of bee.createReadStream(range.links(epoch))) {
        links.push({ under: parse.link(row.key).under, box: row.value })
      }
      return links
    })
  }

  // Of some epochs, those to which no key leads back: what others wrote about them may be wrong, so it is tried.
  async #loose(epochs: Iterable<Uint8Array>): Promise<Uint8Array[]> {
    const loose = new Map<string, Uint8Array>()
    for (const epoch of epochs) {
      if (!(await this.#isLinked(epoch))) loose.set(b4a.toString(epoch, 'hex'), epoch)
    }
    return [...loose.values()]
  }

  async #isLinked(epoch: Uint8Array): Promise<boolean> {
    for (const { under, box } of await this.#links(epoch)) {
      const outer = await this.key(under)
      const inner = outer && decryptWith(box, outer)
      if (inner && b4a.equals(commitmentOf(inner), epoch)) return true
    }
    return false
  }

  /** All epochs that there are, and those that the log's order undid though devices have drives of them. */
  async #all(cast: Cast): Promise<Uint8Array[]> {
    const begun = await this.#queries.at(async (bee) => {
      const epochs: Uint8Array[] = []
      for await (const row of bee.createReadStream(range.epochs())) epochs.push(parse.id(row.key))
      return epochs
    })
    const used = [...cast.devices.keys()].flatMap((device) => cast.drivesOf(device).map(({ epoch }) => epoch))
    return [...begun, ...used]
  }

  /** The media keys that this device knows, of all epochs. */
  async keys(): Promise<Uint8Array[]> {
    const keys = new Map<string, Uint8Array>()
    for (const epoch of await this.#all(await this.#queries.cast())) {
      const key = await this.key(epoch)
      if (key) keys.set(b4a.toString(epoch, 'hex'), key)
    }
    return [...keys.values()]
  }

  async #linksUnder(key: Uint8Array, epochs: Uint8Array[]): Promise<In['link'][]> {
    const links: In['link'][] = []
    for (const epoch of epochs) {
      const former = await this.key(epoch)
      if (former) links.push({ epoch, box: encryptWith(former, key) })
    }
    return links
  }

  /**
   * An op that starts the next epoch for all current devices but some. It leads back to all former ones whose keys this
   * device has; whoever has others, links them.
   */
  async next(without: (device: number, member: number) => boolean = () => false): Promise<In['epoch']> {
    const cast = await this.#queries.cast()
    const key = crypto.randomBytes(KEY_BYTES)
    const devices = currentDevices(cast).filter(({ number, row }) => !without(number, row.member))
    const sealed = devices.flatMap(({ row }) => sealedFor(row, key))
    const links = await this.#linksUnder(key, await this.#loose(await this.#all(cast)))
    return { commitment: commitmentOf(key), after: cast.album.epoch, sealed, links }
  }

  /**
   * An owner's op that gives the current key to devices which came while it was made, and leads from it to epochs that
   * were begun apart; null where nothing is missing, or this device has not got the key itself.
   */
  async topUp(): Promise<In['epoch'] | null> {
    const cast = await this.#queries.cast()
    const { epoch } = cast.album
    const key = epoch && (await this.key(epoch))
    if (!key) return null
    const sealed: In['sealed'][] = []
    for (const { number, row } of currentDevices(cast)) {
      const boxes = await this.#queries.rows((rows) => rows.sealed(epoch, number))
      if (boxes.length === 0) sealed.push(...sealedFor(row, key))
    }
    const links = await this.#linksUnder(key, await this.#looseBeside(epoch, await this.#all(cast)))
    return sealed.length + links.length === 0 ? null : { commitment: epoch, sealed, links }
  }

  /** An op that leads from the current key to what this device wrote by keys that nothing leads to; null for nothing. */
  async rescue(): Promise<In['epoch'] | null> {
    const cast = await this.#queries.cast()
    const { epoch } = cast.album
    const key = epoch && (await this.key(epoch))
    const device = cast.deviceByWriter(this.#keys.writerKey)
    if (!key || device === null) return null
    const own = cast.drivesOf(device.number).map((drives) => drives.epoch)
    const links = await this.#linksUnder(key, await this.#looseBeside(epoch, own))
    return links.length === 0 ? null : { commitment: epoch, links }
  }

  async #looseBeside(epoch: Uint8Array, epochs: Uint8Array[]): Promise<Uint8Array[]> {
    return this.#loose(epochs.filter((one) => !b4a.equals(one, epoch)))
  }

  /** The first epoch, for a founder's device alone. */
  first(): In['epoch'] {
    const key = crypto.randomBytes(KEY_BYTES)
    const own = { writer: this.#keys.writerKey, box: this.#keys.box.publicKey }
    return { commitment: commitmentOf(key), sealed: sealedFor(own, key) }
  }
}

type Recipient = Pick<DeviceRow, 'writer' | 'box'>

/** Nothing for a device whose box key is none that anything can be sealed to: it must not keep others from theirs. */
function sealedFor({ writer, box }: Recipient, key: Uint8Array): In['sealed'][] {
  try {
    return [{ device: writer, box: seal(key, box) }]
  } catch {
    return []
  }
}

function currentDevices(cast: Cast): { number: number; row: DeviceRow }[] {
  return [...cast.devices].flatMap(([number, row]) => (row.removed ? [] : [{ number, row }]))
}
