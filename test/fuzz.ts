// Ops of every type with bodies that make sense here and there, and bytes that were ops before something bit them.
import type { In } from '../lib/schema/codec.ts'
import { OP, decodeOp } from '../lib/schema/op.ts'
import type { Dice } from './dice.ts'
import * as forge from './forge.ts'
import type { Forger } from './forge.ts'

const NUMBERS = [0, 1, 2, 3, 7, 252, 253, 65_536, 2 ** 31, 2 ** 32, 2 ** 44, 2 ** 52, Number.MAX_SAFE_INTEGER]
const TEXTS = [
  '',
  'a',
  'x'.repeat(201),
  'Ä\u0301',
  '\u0000',
  '\uFFFD',
  '../../etc',
  '💥'.repeat(60),
  'y'.repeat(12_000)
]
const DATES = [
  0,
  forge.NEW_YEAR,
  -62_135_596_800_000,
  -62_135_596_800_001,
  253_402_300_799_999,
  2 ** 51,
  -(2 ** 51)
]

/** What ops may point at. */
export interface World {
  album: Uint8Array
  devices: Forger[]
  /** Ids of members, and of collections and comments that some op made. */
  members: Uint8Array[]
  made: Uint8Array[]
  photos: number
}

export class Fuzz {
  readonly #dice: Dice
  readonly #world: World

  constructor(dice: Dice, world: World) {
    this.#dice = dice
    this.#world = world
  }

  /** Bytes that anybody's core may hold: mostly ops, some of them damaged, some of them nothing. */
  bytes(author: Forger): Uint8Array {
    const dice = this.#dice
    const made = this.op(author)
    const kind = dice.below(10)
    if (kind < 5) return made
    if (kind < 8) return this.#bitten(made)
    if (kind === 8) return made.subarray(0, dice.below(made.byteLength + 1))
    return dice.bytes(dice.below(80))
  }

  #bitten(bytes: Uint8Array): Uint8Array {
    const dice = this.#dice
    const copy = Uint8Array.from(bytes)
    for (let i = 0; i <= dice.below(4); i++) {
      const at = dice.below(copy.byteLength)
      copy[at] = (copy[at] ?? 0) ^ (1 << dice.below(8))
    }
    return copy
  }

  #number(): number {
    return this.#dice.below(2) ? this.#dice.below(6) : this.#dice.pick(NUMBERS)
  }

  #text(): string {
    return this.#dice.below(2) ? this.#dice.pick(['Ann', 'Holidays', 'beach']) : this.#dice.pick(TEXTS)
  }

  #photoId(): Uint8Array {
    return forge.photoId(this.#dice.below(this.#world.photos))
  }

  #ids(): Uint8Array[] {
    const count = this.#dice.below(20) === 0 ? 1001 : this.#dice.below(4)
    return Array.from({ length: count }, () => this.#photoId())
  }

  #id(): Uint8Array {
    const { made, members } = this.#world
    return this.#dice.pick([...made.slice(-20), ...members, this.#dice.bytes(16)])
  }

  #writer(): Uint8Array {
    const { devices } = this.#world
    return this.#dice.below(8) ? this.#dice.pick(devices).keys.writerKey : this.#dice.bytes(32)
  }

  #captured(): In['captured'] {
    return {
      local: this.#dice.pick(DATES),
      source: this.#number(),
      precision: this.#number(),
      offset: this.#dice.below(3) ? 1060 : this.#number(),
      zone: this.#dice.below(2) ? this.#text() : null
    }
  }

  #pointer(size: number): In['pointer'] {
    return {
      blockOffset: this.#dice.below(4) ? 0 : this.#number(),
      blockLength: this.#dice.below(4) ? 1 : this.#number(),
      byteOffset: this.#dice.below(4) ? 0 : this.#number(),
      byteLength: this.#dice.below(4) ? size : this.#number()
    }
  }

  #photo(): In['photo'] {
    const dice = this.#dice
    const maybe = <T>(make: () => T): T | null => (dice.below(3) === 0 ? make() : null)
    const size = dice.below(4) ? 1000 : this.#number()
    return forge.photo(dice.below(this.#world.photos), {
      name: this.#text(),
      size,
      type: this.#number(),
      captured: dice.below(2) ? this.#captured() : { local: forge.NEW_YEAR, source: 1, precision: 0 },
      drive: dice.below(5) ? 1 : this.#number(),
      original: this.#pointer(size),
      preview: maybe(() => this.#pointer(100)),
      thumbnail: maybe(() => this.#pointer(100)),
      width: maybe(() => this.#number()),
      duration: maybe(() => this.#number()),
      location: maybe(() => ({
        latitude: dice.pick(DATES),
        longitude: dice.pick(DATES),
        altitude: this.#number()
      })),
      camera: maybe(() => this.#text()),
      placeholder: maybe(() => dice.bytes(dice.below(70))),
      live: maybe(() => Buffer.alloc(16, dice.below(3))),
      embedded: maybe(() => ({
        sha256: this.#photoId(),
        start: dice.below(2) ? dice.below(5) : this.#number(),
        size: dice.below(2) ? dice.below(5) : this.#number(),
        type: 10
      })),
      caption: maybe(() => this.#text()),
      tags: maybe(() => [this.#text(), this.#text()]),
      collections: maybe(() => [{ collection: this.#id(), position: dice.pick(['5', '', 'é', '0', 'zz']) }]),
      restore: dice.below(3) === 0,
      related: maybe(() => this.#ids()),
      mime: maybe(() => this.#text())
    })
  }

  /** Remembers an id, for others to point at. */
  #make(kind: 'collection' | 'comment' | 'member', author: Forger): Uint8Array {
    const nonce = this.#dice.bytes(16)
    this.#world.made.push(forge.idOf(kind, author.keys.writerKey, nonce))
    return nonce
  }

  /** Some op by this device; none that raises the version or removes whom the others need. */
  op(author: Forger): Uint8Array {
    const dice = this.#dice
    const options = {
      at: dice.below(6) ? 1_700_000_000_000 : this.#number(),
      as: dice.below(8) ? null : this.#id(),
      version: dice.below(12) ? 1 : this.#number()
    }
    const maybe = <T>(make: () => T): T | null => (dice.below(2) ? make() : null)
    switch (dice.below(26)) {
      case 0:
        return forge.op('hello', { supports: this.#number(), name: maybe(() => this.#text()) }, options)
      case 1: {
        const changes = {
          role: dice.below(5),
          expires: this.#number(),
          uses: dice.below(3),
          own: dice.below(2) === 0,
          answerer: maybe(() => this.#writer()),
          seed: maybe(() => dice.bytes(dice.below(4) ? 80 : dice.below(300)))
        }
        return forge.op('invite', forge.invitation(this.#world.album, author, changes).body, options)
      }
      case 2:
        return dice.below(2)
          ? forge.op('revoke-invite', { id: dice.bytes(32) }, options)
          : forge.op('answer', { invite: dice.bytes(32) }, options)
      case 3:
        return forge.op('admit', { invite: dice.bytes(32), receipt: dice.bytes(dice.below(300)) }, options)
      case 4: {
        const nonce = maybe(() => this.#make('member', author))
        const body = {
          nonce,
          id: maybe(() => this.#id()),
          name: maybe(() => this.#text()),
          role: this.#number()
        }
        return forge.op('member', body, options)
      }
      case 5:
        return forge.op(
          'delegate',
          { member: this.#id(), device: this.#writer(), revoke: dice.below(2) === 0 },
          options
        )
      case 6:
        return forge.op('device', forge.drivesBody(this.#world.album, author, this.#number()), options)
      case 7:
        return forge.op('epoch', forge.epochBody(this.#number(), [this.#writer()]), options)
      case 8:
      case 9:
      case 10:
      case 11:
        return forge.op(
          'photos',
          { photos: Array.from({ length: dice.below(5) }, () => this.#photo()) },
          options
        )
      case 12: {
        const captured = maybe(() => this.#captured())
        const values = { caption: maybe(() => this.#text()), tags: maybe(() => [this.#text()]), captured }
        return forge.op('edit', { ids: this.#ids(), fields: this.#number(), values }, options)
      }
      case 13:
        return forge.op(dice.pick(['withdraw', 'trash', 'restore'] as const), { ids: this.#ids() }, options)
      case 14:
        return forge.op('purge', { ids: this.#ids() }, options)
      case 15: {
        const body = { nonce: maybe(() => this.#make('collection', author)), id: maybe(() => this.#id()) }
        const more = { name: maybe(() => this.#text()), cover: maybe(() => this.#photoId()) }
        return forge.op('collection', { ...body, ...more, remove: dice.below(6) === 0 }, options)
      }
      case 16: {
        const ids = this.#ids()
        const positions = ids.map(() => dice.pick(['5', 'a', 'é', '', '\u0000', 'z'.repeat(201)]))
        const body = {
          collection: this.#id(),
          ids,
          positions: maybe(() => positions),
          remove: dice.below(3) === 0
        }
        return forge.op('collect', body, options)
      }
      case 17: {
        const body = {
          photo: maybe(() => this.#photoId()),
          nonce: maybe(() => this.#make('comment', author)),
          id: maybe(() => this.#id()),
          text: maybe(() => this.#text()),
          remove: dice.below(2) === 0
        }
        return forge.op('comment', body, options)
      }
      case 18:
        return forge.op('react', { photo: this.#photoId(), reaction: this.#text() }, options)
      case 19:
        return forge.op('favourite', { ids: this.#ids(), on: dice.below(2) === 0 }, options)
      case 20: {
        const count = dice.below(20) === 0 ? 4001 : dice.below(5)
        const ranges = Array.from({ length: count }, () => this.#number())
        return forge.op('hold', { device: this.#writer(), drive: this.#number(), ranges }, options)
      }
      case 21:
        return forge.op('promise', { copies: this.#number() }, options)
      case 22:
      case 23:
        return forge.op('release', { nonce: dice.bytes(16), ids: this.#ids() }, options)
      case 24:
        return forge.op('heirs', { devices: [this.#writer()] }, options)
      default:
        return forge.op('ext', { name: this.#text(), data: dice.bytes(dice.below(100)) }, options)
    }
  }
}

/** Whether bytes would stop a program on purpose: not for a test of what stops it by accident. */
export function stops(bytes: Uint8Array): boolean {
  return decodeOp(bytes)?.type === OP['raise-version']
}
