import b4a from 'b4a'
import crypto from 'hypercore-crypto'
import { AlbumError } from '../errors.ts'
import { type Keychain, type DeviceKeys, decryptWith, encryptWith, seal, unseal } from '../log/keychain.ts'
import type { In } from '../schema/codec.ts'
import type { Cast } from '../view/cast.ts'
import { parse, range } from '../view/keys.ts'
import type { Queries } from '../view/queries.ts'

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
      const key = outer && this.#accept(epoch, decryptWith(box, outer))
      if (key) return key
    }
    return null
  }

  #accept(epoch: Uint8Array, key: Uint8Array | null): Uint8Array | null {
    if (key === null || !b4a.equals(commitmentOf(key), epoch)) return null
    this.#known.set(b4a.toString(epoch, 'hex'), key)
    return key
  }

  async #sealed(epoch: Uint8Array): Promise<Uint8Array | null> {
    const device = (await this.#queries.cast()).deviceByWriter(this.#keys.writerKey)
    const box = device && (await this.#queries.rows((rows) => rows.sealed(epoch, device.number)))
    return box && this.#accept(epoch, unseal(box, this.#keys.box))
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

  // Epochs that no key leads back to: the current one, and those that were begun apart from it.
  #loose(): Promise<Uint8Array[]> {
    return this.#queries.at(async (bee) => {
      const linked = new Set<string>()
      for await (const row of bee.createReadStream(range.allLinks())) {
        linked.add(b4a.toString(parse.link(row.key).epoch, 'hex'))
      }
      const loose: Uint8Array[] = []
      for await (const row of bee.createReadStream(range.epochs())) {
        const epoch = parse.id(row.key)
        if (!linked.has(b4a.toString(epoch, 'hex'))) loose.push(epoch)
      }
      return loose
    })
  }

  async #linksUnder(key: Uint8Array, epochs: Uint8Array[]): Promise<In['link'][]> {
    const links: In['link'][] = []
    for (const epoch of epochs) {
      const former = await this.key(epoch)
      if (former) links.push({ epoch, box: encryptWith(former, key) })
    }
    return links
  }

  /** An op that starts the next epoch for all current devices but some. */
  async next(without: (device: number, member: number) => boolean = () => false): Promise<In['epoch']> {
    const cast = await this.#queries.cast()
    const after = cast.album.epoch
    if (after === null || (await this.key(after)) === null) {
      throw new AlbumError(
        'NOT_WRITABLE',
        'The key of the current epoch has not arrived yet: try again shortly'
      )
    }
    const key = crypto.randomBytes(32)
    const sealed = currentDevices(cast)
      .filter(({ number, row }) => !without(number, row.member))
      .map(({ row }) => ({ device: row.writer, box: seal(key, row.box) }))
    const links = await this.#linksUnder(key, await this.#loose())
    return { commitment: commitmentOf(key), after, sealed, links }
  }

  /**
   * An op that gives the current key to devices which came while it was made, and leads from it to epochs that were
   * begun apart; null where nothing is missing, or this device has not got the key itself.
   */
  async topUp(): Promise<In['epoch'] | null> {
    const cast = await this.#queries.cast()
    const { epoch } = cast.album
    const key = epoch && (await this.key(epoch))
    if (!key) return null
    const sealed: In['sealed'][] = []
    for (const { number: device, row } of currentDevices(cast)) {
      const box = await this.#queries.rows((rows) => rows.sealed(epoch, device))
      if (box === null) sealed.push({ device: row.writer, box: seal(key, row.box) })
    }
    const apart = (await this.#loose()).filter((one) => !b4a.equals(one, epoch))
    const links = await this.#linksUnder(key, apart)
    return sealed.length + links.length === 0 ? null : { commitment: epoch, sealed, links }
  }

  /** The first epoch, for a founder's device alone. */
  first(): In['epoch'] {
    const key = crypto.randomBytes(32)
    const sealed = [{ device: this.#keys.writerKey, box: seal(key, this.#keys.box.publicKey) }]
    return { commitment: commitmentOf(key), sealed }
  }
}

function currentDevices(
  cast: Cast
): { number: number; row: { writer: Uint8Array; box: Uint8Array; member: number } }[] {
  return [...cast.devices].flatMap(([number, row]) => (row.removed ? [] : [{ number, row }]))
}
