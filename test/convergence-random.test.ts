// Random sequences of all that changes photos, by three writers apart and together, from a seed: every count and every
// index row agrees with the photos' own rows, and so do all views.
import test from 'brittle'
import b4a from 'b4a'
import type { In } from '../lib/schema/codec.ts'
import { CAPTION, CAPTURED, TAGS } from '../lib/schema/op.ts'
import { Cast } from '../lib/view/cast.ts'
import { CONTRIBUTOR, OWNER } from '../lib/view/rules.ts'
import { Reader, type Writer, createCircle, join, joinAll, together } from './circle.ts'
import { Dice } from './dice.ts'
import * as forge from './forge.ts'
import { eventually } from './helpers.ts'
import { recount } from './recount.ts'

// Few enough that much happens to each.
const PHOTOS = 12
const WORDS = ['beach', 'garden', 'été', '海', 'a\u0000b', '0', 'birthday']

class Mischief {
  readonly #dice: Dice
  readonly #devices: Uint8Array[]
  readonly #collections: Uint8Array[] = []

  /** `devices` are the keys of those whose drives others hold. */
  constructor(dice: Dice, devices: Uint8Array[]) {
    this.#dice = dice
    this.#devices = devices
  }

  #captured(): In['captured'] {
    const dice = this.#dice
    return { local: forge.NEW_YEAR + dice.below(6) * forge.DAY + dice.below(3), source: 4, precision: 0 }
  }

  #placed(): In['placed'][] | null {
    const dice = this.#dice
    if (this.#collections.length === 0 || dice.below(3) > 0) return null
    return [{ collection: dice.pick(this.#collections), position: dice.pick(['3', '5', '5i', 'a']) }]
  }

  #embedded(): In['embedded'] {
    const sha256 = forge.photoId(String(this.#dice.below(PHOTOS)))
    return { sha256, start: 500, size: 500, type: 10 }
  }

  /** Some op or other by this writer. */
  op(writer: Writer): Uint8Array {
    const dice = this.#dice
    const some = (): string[] => Array.from({ length: 1 + dice.below(4) }, () => String(dice.below(PHOTOS)))
    const ids = some().map((seed) => forge.photoId(seed))
    switch (dice.below(17)) {
      case 0:
      case 1:
      case 2: {
        const photos = some().map((seed) =>
          forge.photo(seed, {
            captured: this.#captured(),
            original: { blockOffset: Number(seed), blockLength: 1, byteOffset: 0, byteLength: 1000 },
            type: dice.pick([1, 1, 2, 10, 11]),
            live: dice.below(2) ? b4a.alloc(16, dice.below(6)) : null,
            embedded: dice.below(4) ? null : this.#embedded(),
            tags: dice.below(2) ? [dice.pick(WORDS), dice.pick(WORDS)] : null,
            collections: this.#placed(),
            restore: dice.below(3) === 0
          })
        )
        return forge.op('photos', { photos })
      }
      case 3:
        return forge.op('edit', { ids, fields: CAPTURED, values: { captured: this.#captured() } })
      case 4:
        return forge.op('edit', { ids, fields: TAGS, values: { tags: some().map(() => dice.pick(WORDS)) } })
      case 5:
        return forge.op('edit', { ids, fields: CAPTION, values: { caption: dice.pick(WORDS) } })
      case 6:
        return forge.op('trash', { ids })
      case 7:
        return forge.op('restore', { ids })
      case 8:
        return forge.op('withdraw', { ids })
      case 9:
        return forge.op('purge', { ids: ids.slice(0, 1) })
      case 10:
        return forge.op('favourite', { ids, on: dice.below(3) > 0 })
      case 11: {
        const nonce = dice.bytes(16)
        this.#collections.push(forge.idOf('collection', writer.device.keys.writerKey, nonce))
        return forge.op('collection', { nonce, name: dice.pick(WORDS) })
      }
      case 12: {
        if (this.#collections.length === 0) return forge.op('hello', { supports: 1 })
        const id = dice.pick(this.#collections)
        return forge.op('collection', { id, remove: dice.below(4) === 0, name: dice.pick(WORDS) })
      }
      case 13:
      case 14: {
        const start = dice.below(PHOTOS)
        const ranges = dice.below(6) ? [start, 1 + dice.below(PHOTOS - start)] : null
        return forge.op('hold', { device: dice.pick(this.#devices), drive: 1, ranges })
      }
      case 15:
        return forge.op('release', { nonce: dice.bytes(16), ids })
      default: {
        const collection = this.#collections.length > 0 ? dice.pick(this.#collections) : dice.bytes(16)
        const positions = ids.map(() => dice.pick(['3', '5', '5i', 'a']))
        return forge.op('collect', { collection, ids, positions, remove: dice.below(3) === 0 })
      }
    }
  }
}

/** How many originals devices had leave to drop. */
async function letGo({ bee, rows }: Writer): Promise<number> {
  let count = 0
  for (const number of (await Cast.read(bee)).devices.keys()) {
    for (let seed = 0; seed < PHOTOS; seed++) {
      if ((await rows.leave(number, forge.photoId(String(seed))))?.granted) count++
    }
  }
  return count
}

for (const seed of [1, 2]) {
  test(`random: all counts and index rows are exact, seed ${seed}`, { timeout: 120_000 }, async (t) => {
    const dice = new Dice(seed)
    const circle = await createCircle(t, OWNER, CONTRIBUTOR)
    const mischief = new Mischief(
      dice,
      circle.map(({ device }) => device.keys.writerKey)
    )
    await (circle[0] as Writer).write('promise', { copies: 1 })
    for (let round = 0; round < 3; round++) {
      // Apart, in pairs, or all together.
      const part = joinAll(circle.slice(0, dice.below(4)))
      for (let run = 0; run < 6; run++) {
        const writer = dice.pick(circle)
        await writer.raw(...Array.from({ length: 1 + dice.below(12) }, () => mischief.op(writer)))
        const { wrong } = await recount(writer.bee)
        if (wrong.length > 0) t.alike(wrong, [], `round ${round}, run ${run}`)
      }
      part()
      const meet = joinAll(circle)
      await together(...circle)
      meet()
      for (const writer of circle) t.alike((await recount(writer.bee)).wrong, [], `round ${round}, together`)
    }
    const [founder, ann, bob] = circle as [Writer, Writer, Writer]
    t.ok((await founder.rows.album())?.photos, 'something is left')
    t.ok(await letGo(founder), 'somebody let go of something')

    // Who works it all out anew, hearing of the writers in another order, comes to the same.
    const tree = await founder.tree()
    for (const [first, second] of [
      [ann, bob],
      [bob, founder]
    ] as const) {
      const reader = await Reader.open(t, founder)
      const leave = [join(reader, first), join(reader, second)]
      await eventually(async () => (await reader.tree()) === tree)
      leave.forEach((go) => go())
    }
    t.pass('replays agree')
  })
}
