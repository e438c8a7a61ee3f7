// Whatever bytes a member's core holds, nobody crashes, all views stay the same, and what comes after still counts.
import test from 'brittle'
import { encode } from '../lib/schema/codec.ts'
import { MAX_OP_BYTES, OP } from '../lib/schema/op.ts'
import { toHex } from '../lib/util/hex.ts'
import { CAPTION, CAPTURED, TAGS } from '../lib/schema/op.ts'
import { CONTRIBUTOR, LIMITS, OWNER, VIEWER } from '../lib/view/rules.ts'
import { Reader, type Writer, createCircle, join, joinAll, together } from './circle.ts'
import { Dice } from './dice.ts'
import * as forge from './forge.ts'
import { type Forger, op } from './forge.ts'
import { Fuzz, stops } from './fuzz.ts'
import { eventually } from './helpers.ts'
import { Ledger } from './ledger.ts'
import { presentAll } from './presented.ts'
import { recount } from './recount.ts'

const good = (seed: string): Uint8Array => op('photos', { photos: [forge.photo(seed)] })

/** An op's envelope around any body. */
function envelope(
  type: number,
  body: Uint8Array,
  changes: { version?: number; at?: number } = {}
): Uint8Array {
  return encode('op', { version: 1, type, at: 1_700_000_000_000, body, ...changes })
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}

const MANY = Array.from({ length: LIMITS.ids + 1 }, (_, i) => forge.photoId(i))
const HUGE = Number.MAX_SAFE_INTEGER

const GARBAGE: Record<string, Uint8Array> = {
  'no bytes': new Uint8Array(0),
  'one byte': bytesOf('ff'),
  zeros: new Uint8Array(1000),
  text: new Uint8Array(Buffer.from('{"type":"photos"}')),
  'cut short': good('short').subarray(0, 60),
  'with bytes of no known field behind it': envelope(OP.trash, bytesOf('00ffffffffffffffffff')),
  'of unknown types': envelope(9999, bytesOf('0102')),
  'of type 0': envelope(0, bytesOf('')),
  'of the highest type': envelope(HUGE, bytesOf('')),
  'of a later version': envelope(OP.photos, encode('photos', { photos: [forge.photo('later')] }), {
    version: 2
  }),
  'of the last version': envelope(OP.photos, bytesOf('00'), { version: HUGE }),
  'an array that says it has a million items': envelope(OP.trash, bytesOf('fe00001000')),
  'an array that says it has 2^53 items': envelope(OP.trash, bytesOf('ffffffffffffff1f00')),
  'a text longer than all bytes': envelope(OP.rename, bytesOf('fdffff41')),
  'a number beyond 2^53': bytesOf('ffffffffffffffffff'),
  'no ids': op('trash', { ids: [] }),
  'more ids than are allowed': op('favourite', { ids: MANY, on: true }),
  'no photos': op('photos', { photos: [] }),
  'after the last date there is': op(
    'comment',
    { photo: forge.photoId('seen'), nonce: forge.random(16), text: 'a' },
    { at: HUGE }
  ),
  'renamed to what is no UTF-8, and too long': envelope(OP.rename, bytesOf(`fd2c01${'ff'.repeat(300)}`)),
  'the founding once more': op('found', { ...forge.foundBody(forge.forger(), 'Eve') })
}

const PHOTOS: Record<string, Parameters<typeof forge.photo>[1]> = {
  'has an offset from UTC of 10^15 minutes': {
    captured: { local: 0, source: 0, precision: 0, offset: HUGE }
  },
  'is from before year 1': { captured: { local: -62_135_596_800_001, source: 0, precision: 0 } },
  'is from after year 9999': { captured: { local: 253_402_300_800_000, source: 0, precision: 0 } },
  'is of 2^52 ms before 1970': { captured: { local: -(2 ** 51), source: 0, precision: 0 } },
  'has a zone of 65 characters': { captured: { local: 0, source: 0, precision: 0, zone: 'z'.repeat(65) } },
  'has no bytes': { size: 0, original: { blockOffset: 0, blockLength: 0, byteOffset: 0, byteLength: 0 } },
  'has 2^53 bytes': {
    size: HUGE,
    original: { blockOffset: 0, blockLength: HUGE, byteOffset: 0, byteLength: HUGE }
  },
  'lies beyond all blocks': {
    original: { blockOffset: HUGE, blockLength: 1, byteOffset: 0, byteLength: 1000 }
  },
  'has fewer bytes than it says': {
    original: { blockOffset: 0, blockLength: 1, byteOffset: 0, byteLength: 999 }
  },
  'has a thumbnail of a terabyte': {
    thumbnail: { blockOffset: 0, blockLength: 16_777_216, byteOffset: 0, byteLength: 2 ** 40 }
  },
  'has a preview of no blocks': { preview: { blockOffset: 0, blockLength: 0, byteOffset: 0, byteLength: 5 } },
  'has a name of 1025 characters': { name: 'x'.repeat(1025) },
  'has a caption of 10001 characters': { caption: 'x'.repeat(10_001) },
  'has an empty tag': { tags: [''] },
  'has 101 tags': { tags: Array.from({ length: 101 }, (_, i) => `tag ${i}`) },
  'has a placeholder of 65 bytes': { placeholder: forge.random(65) }
}

test(
  'garbage: no bytes in a core stop anybody, and what comes after them counts',
  { timeout: 60_000 },
  async (t) => {
    const circle = await createCircle(t, CONTRIBUTOR, VIEWER)
    const [founder, eve, viewer] = circle as [Writer, Writer, Writer]
    joinAll(circle)
    await eve.add('seen')
    await together(...circle)
    for (const [what, bytes] of Object.entries(GARBAGE)) {
      const before = eve.bee.version
      await eve.raw(bytes)
      t.is(eve.bee.version, before, what)
    }
    await viewer.raw(...Object.values(GARBAGE))
    // In one run with good ones, which all count.
    await eve.raw(good('one'), ...Object.values(GARBAGE), good('two'))
    await together(...circle)
    for (const writer of circle) {
      t.is((await writer.rows.album())?.photos, 3)
      t.alike(writer.warnings, [])
      t.alike((await recount(writer.bee)).wrong, [])
      t.ok(await presentAll(writer.bee))
    }
    t.is(founder.log.upgrade, null)
  }
)

test('garbage: a photo that cannot be is not taken, and those beside it are', async (t) => {
  const ledger = await Ledger.create(t)
  const eve = await ledger.admit('Eve', CONTRIBUTOR)
  for (const [what, changes] of Object.entries(PHOTOS)) {
    const photos = [forge.photo(`left ${what}`), forge.photo(what, changes), forge.photo(`right ${what}`)]
    await ledger.write(eve, 'photos', { photos })
    const there = await Promise.all(
      [`left ${what}`, what, `right ${what}`].map((seed) => ledger.record(seed))
    )
    t.alike(there.map(Boolean), [true, false, true], what)
  }
  const many = Array.from({ length: LIMITS.photosPerOp + 1 }, (_, i) => forge.photo(`many ${i}`))
  const body = { photos: many.map((one) => ({ ...one, name: '' })) }
  t.absent(await ledger.write(eve, 'photos', body), 'more photos in an op than are allowed')
  t.alike((await recount(ledger.bee)).wrong, [])
})

test('garbage: edits, positions and receipts beyond all bounds have no effect', async (t) => {
  const ledger = await Ledger.create(t)
  const eve = await ledger.admit('Eve', CONTRIBUTOR)
  await ledger.add(eve, 'photo')
  const ids = [forge.photoId('photo')]
  const nonce = forge.random(16)
  const collection = forge.idOf('collection', eve.keys.writerKey, nonce)
  await ledger.write(eve, 'collection', { nonce, name: 'Holidays' })
  const captured = (changes: object): Promise<boolean> =>
    ledger.write(eve, 'edit', {
      ids,
      fields: CAPTURED,
      values: { captured: { local: 0, source: 0, precision: 0, ...changes } }
    })
  const at = (...positions: string[]): Promise<boolean> =>
    ledger.write(eve, 'collect', { collection, ids, positions })
  const hold = (ranges: number[]): Promise<boolean> =>
    ledger.write(eve, 'hold', { device: eve.keys.writerKey, drive: 1, ranges })

  t.absent(await captured({ offset: HUGE }))
  t.absent(await captured({ local: 2 ** 51 }))
  t.absent(await captured({ zone: 'z'.repeat(65) }))
  t.absent(await ledger.write(eve, 'edit', { ids, fields: CAPTURED, values: {} }), 'no date')
  t.absent(await ledger.write(eve, 'edit', { ids, fields: 8 + 16 + 2 ** 40, values: {} }), 'unknown fields')
  t.absent(await ledger.write(eve, 'edit', { ids, fields: TAGS, values: { tags: [''] } }))
  const caption = 'x'.repeat(LIMITS.caption + 1)
  t.absent(await ledger.write(eve, 'edit', { ids, fields: CAPTION, values: { caption } }))
  t.alike(
    [await at(), await at('5', '6'), await at(''), await at('É'), await at('a b'), await at('000')],
    Array(6).fill(false)
  )
  t.absent(await at('z'.repeat(LIMITS.position + 1)))
  t.absent(await hold(Array(LIMITS.ranges + 2).fill(1)))
  t.absent(await ledger.write(eve, 'ext', { name: 'big', data: forge.random(MAX_OP_BYTES) }), 'oversized')
  t.absent(await ledger.write(eve, 'collection', { nonce: forge.random(16), name: 'x'.repeat(201) }))
  const expires = 8_640_000_000_000_001
  const invite = forge.invitation(ledger.key, eve, { own: true, expires })
  t.absent(await ledger.write(eve, 'invite', invite.body), 'an invite until after the last date there is')
  t.ok(await at('5'))
  t.ok(await captured({ offset: 1060 }))
  t.alike((await recount(ledger.bee)).wrong, [])
})

test('garbage: a photo is in so many collections and has so many sources, whoever adds it', async (t) => {
  const ledger = await Ledger.create(t)
  const ann = await ledger.admit('Ann', CONTRIBUTOR)
  const bob = await ledger.admit('Bob', CONTRIBUTOR)
  const placed = async (device: Forger): Promise<{ collection: Uint8Array; position: string }[]> => {
    const nonces = Array.from({ length: 60 }, () => forge.random(16))
    await ledger.raw(device, ...nonces.map((nonce) => op('collection', { nonce, name: 'One of many' })))
    return nonces.map((nonce) => ({
      collection: forge.idOf('collection', device.keys.writerKey, nonce),
      position: '5'
    }))
  }
  for (const device of [ann, bob]) {
    const collections = await placed(device)
    await ledger.write(device, 'photos', { photos: [forge.photo('busy', { collections })] })
  }
  t.is((await ledger.record('busy'))?.collections?.length, LIMITS.collections)
  for (let i = 0; i < 10; i++) await ledger.add(await ledger.link(ann), 'busy')
  const { contributions = [] } = (await ledger.record('busy')) ?? {}
  t.is(contributions.length, 1 + LIMITS.contributionsOfMember, 'one member does not take all places')
  t.alike((await recount(ledger.bee)).wrong, [])
})

test('garbage: what lies in a photo is found by it, and goes with it', async (t) => {
  const ledger = await Ledger.create(t)
  const ann = await ledger.admit('Ann', CONTRIBUTOR)
  const eve = await ledger.admit('Eve', CONTRIBUTOR)
  const sha256 = forge.photoId('video')
  const around = async (): Promise<string[]> => (await ledger.rows.around(sha256)).map(toHex)
  const embedded = { sha256, start: 900, size: 100, type: 10 }
  const [live, thief] = ['live', 'thief'].map((seed) => toHex(forge.photoId(seed))) as [string, string]
  t.absent(
    await ledger.write(ann, 'photos', {
      photos: [forge.photo('live', { embedded: { ...embedded, type: 1 } })]
    }),
    'only a video moves'
  )
  await ledger.write(ann, 'photos', { photos: [forge.photo('live', { embedded })] })
  await ledger.write(eve, 'photos', { photos: [forge.photo('thief', { embedded })] })
  t.alike((await around()).sort(), [live, thief].sort())
  await ledger.write(eve, 'purge', { ids: [forge.photoId('thief')] })
  t.alike(await around(), [live])
  await ledger.write(ann, 'purge', { ids: [forge.photoId('live')] })
  t.alike(await around(), [])
  await ledger.write(ann, 'photos', { photos: [forge.photo('live', { embedded })] })
  t.alike(await around(), [], 'what is not taken claims nothing')
  await ledger.write(eve, 'photos', { photos: [forge.photo('live', { embedded })] })
  t.alike(await around(), [live], 'another adds it anew')
  for (let i = 0; i < 2 * LIMITS.tied; i++) {
    await ledger.write(eve, 'photos', { photos: [forge.photo(`many ${i}`, { embedded })] })
  }
  t.is((await around()).length, LIMITS.tied, 'no more are looked at')
})

test('fuzz: no bytes make the reducer throw or count wrongly', { timeout: 60_000 }, async (t) => {
  const ledger = await Ledger.create(t)
  const devices = [ledger.founder]
  for (const role of [OWNER, CONTRIBUTOR, VIEWER]) devices.push(await ledger.admit('Somebody', role))
  const members = await Promise.all(devices.map((device) => ledger.memberId(device)))
  const dice = new Dice(7)
  const fuzz = new Fuzz(dice, { album: ledger.key, devices, members, made: [], photos: 25 })
  let counted = 0
  for (let i = 0; i < 3000; i++) {
    const device = dice.pick([...devices, ledger.founder])
    const bytes = fuzz.bytes(device)
    if (!stops(bytes) && (await ledger.raw(device, bytes))) counted++
    if (i % 500 === 499) t.alike((await recount(ledger.bee)).wrong, [])
  }
  t.ok(counted > 300, `${counted} of 3000 counted`)
  t.ok(await presentAll(ledger.bee))
  t.ok(await ledger.add(ledger.founder, 'after all that'))
})

test(
  'fuzz: whoever hears of garbage in another order sees the same album',
  { timeout: 60_000 },
  async (t) => {
    const circle = await createCircle(t, OWNER, CONTRIBUTOR, VIEWER)
    const [founder, ann, bob] = circle as [Writer, Writer, Writer, Writer]
    const devices = circle.map(({ device }) => device)
    const members = [...(await founder.cast()).members.values()].map(({ id }) => id)
    const dice = new Dice(11)
    const fuzz = new Fuzz(dice, { album: founder.log.key, devices, members, made: [], photos: 25 })
    const readers = [await Reader.open(t, founder), await Reader.open(t, founder)] as const
    for (let round = 0; round < 3; round++) {
      for (const writer of circle) {
        const ops = Array.from({ length: 60 }, () => fuzz.bytes(writer.device)).filter(
          (bytes) => !stops(bytes)
        )
        for (let i = 0; i < ops.length; i += 20) await writer.raw(...ops.slice(i, i + 20))
      }
      // Each reader hears of another writer first, before those have met.
      const early = [join(readers[0], ann), join(readers[1], bob)]
      await Promise.all(readers.map((reader) => reader.base.update()))
      const part = joinAll(circle)
      const tree = await together(...circle)
      early.push(join(readers[0], founder), join(readers[1], founder))
      await eventually(async () => (await readers[0].tree()) === tree && (await readers[1].tree()) === tree)
      for (const leave of [...early, part]) leave()
      t.alike((await recount(founder.bee)).wrong, [], `round ${round}`)
    }
    for (const writer of circle) t.alike(writer.warnings, [])
    t.ok(await presentAll(bob.bee))
  }
)
