// The file of a recovery kit: what its passphrase opens, and what nothing else does.
import test from 'brittle'
import crypto from 'hypercore-crypto'
import { type Kit, openKit, sealKit } from '../lib/membership/kit.ts'
import { encode } from '../lib/schema/codec.ts'
import { Dice } from './dice.ts'
import { failureOf } from './helpers.ts'

const WORDS = 'seven brown hens lay on the roof'
// As cheap as it may be.
const COST = { passes: 1, memory: 8 }

function kitOf(): Kit {
  const key = (): Uint8Array => crypto.randomBytes(32)
  return {
    name: 'Our family',
    device: 'Recovery kit of 2026-11-28',
    at: 1_795_000_000_000,
    key: key(),
    spares: Array.from({ length: 3 }, () => ({
      primaryKey: key(),
      namespace: crypto.randomBytes(16).toString(),
      writer: key(),
      length: 1,
      admission: {
        encryptionKey: key(),
        epochKey: key(),
        identity: key(),
        certificate: crypto.randomBytes(64),
        invite: key(),
        certifiedAt: 1_795_000_000_000,
        system: null,
        handings: null
      }
    })),
    epochKeys: [key(), key()],
    devices: [key()],
    mirrors: [{ key: key(), name: 'Box in the attic' }]
  }
}

async function opened(file: Uint8Array): Promise<Uint8Array> {
  return encode('kit', await openKit(file, WORDS))
}

/** The sealed bytes, with other ones in their place and a checksum that is right. */
function forge(file: Uint8Array, change: (bytes: Uint8Array) => void): Uint8Array {
  const text = Buffer.from(file).toString()
  const [before = '', middle = '', after = ''] = text.split(/(?<=BEGIN.*\n)|\n(?=-+END)/)
  const bytes = Buffer.from(middle.replaceAll('\n', ''), 'base64')
  const body = bytes.subarray(0, -16)
  change(body)
  const sum = Buffer.from(crypto.hash(body)).subarray(0, 16)
  return Buffer.from(`${before}${Buffer.concat([body, sum]).toString('base64')}\n${after}`)
}

test('kit: what is sealed comes out again, by its passphrase alone', async (t) => {
  const kit = kitOf()
  const file = await sealKit(kit, WORDS, COST)
  t.alike(await opened(file), encode('kit', kit))
  t.alike(
    encode('kit', await openKit(file, `  seven brown\thens  lay on the roof\n`)),
    encode('kit', kit),
    'however it is spaced'
  )
  t.is(await failureOf(openKit(file, 'seven brown hens lay on the rook')), 'KIT_PASSPHRASE')
  t.is(await failureOf(openKit(file, '')), 'KIT_PASSPHRASE')
  t.is(await failureOf(sealKit(kit, 'short', COST)), 'BAD_ARGUMENT')
  const accents = await sealKit(kit, 'Ma\u0308rz und Juni und Juli', COST)
  t.alike(
    encode('kit', await openKit(accents, 'M\u00e4rz und Juni und Juli')),
    encode('kit', kit),
    'as another keyboard writes it'
  )

  const text = Buffer.from(file).toString()
  t.alike(
    await opened(Buffer.from(text.replaceAll('\n', '\r\n'))),
    encode('kit', kit),
    'through a mail program'
  )
  t.alike(await opened(Buffer.from(`> ${text}`.replaceAll('\n', '\n '))), encode('kit', kit))
  t.ok(
    text.split('\n').every((line) => line.length <= 90 && /^[ -~]*$/.test(line)),
    'a text'
  )
})

test('kit: nothing of the album can be read in the file', async (t) => {
  const kit = kitOf()
  const file = Buffer.from(await sealKit(kit, WORDS, COST))
  const sealed = Buffer.from(file.toString().split('KIT-----')[1] ?? '', 'base64')
  const own = kit.spares.flatMap(({ primaryKey, admission: { encryptionKey, epochKey } }) => [
    primaryKey,
    encryptionKey,
    epochKey
  ])
  const secrets = [kit.key, ...own, ...kit.epochKeys, ...kit.devices]
  for (const secret of [...secrets, Buffer.from(kit.name), Buffer.from('attic')].map((one) =>
    Buffer.from(one)
  )) {
    for (const bytes of [file, sealed]) {
      t.absent(bytes.includes(secret))
      t.absent(bytes.includes(secret.toString('hex')))
    }
  }
  const again = Buffer.from(await sealKit(kit, WORDS, COST))
  t.absent(again.equals(file), 'sealed anew each time')
})

test('kit: every damage is told from a wrong passphrase', { timeout: 120_000 }, async (t) => {
  const kit = kitOf()
  const file = Buffer.from(await sealKit(kit, WORDS, COST))
  const begin = file.indexOf('-----BEGIN')
  let harmless = 0
  for (let at = begin; at < file.length - 1; at++) {
    for (const bit of [1, 32]) {
      const other = Buffer.from(file)
      other[at] = (other[at] ?? 0) ^ bit
      const code = await failureOf(openKit(other, WORDS))
      // Between lines there may be any space.
      if (code === 'resolved' && /\s/.test(String.fromCharCode(file[at] ?? 0))) harmless++
      else if (code !== 'KIT_INVALID') t.is(code, 'KIT_INVALID', `byte ${at}, bit ${bit}`)
    }
  }
  t.ok(harmless < 100)
  for (let length = 0; length < file.length - 1; length += 7) {
    const code = await failureOf(openKit(file.subarray(0, length), WORDS))
    if (code !== 'KIT_INVALID') t.is(code, 'KIT_INVALID', `${length} bytes`)
  }
  const dice = new Dice(7)
  for (let i = 0; i < 200; i++) {
    const garbage = Buffer.from(crypto.randomBytes(dice.below(400)))
    const text = `-----BEGIN HYPERALBUM RECOVERY KIT-----\n${garbage.toString('base64')}\n-----END HYPERALBUM RECOVERY KIT-----`
    const code = await failureOf(openKit(Buffer.from(text), WORDS))
    if (code !== 'KIT_INVALID') t.is(code, 'KIT_INVALID', text)
  }
  t.is(await failureOf(openKit(Buffer.alloc(5_000_000), WORDS)), 'KIT_INVALID')
  t.is(await failureOf(openKit('a text' as never, WORDS)), 'BAD_ARGUMENT')
})

test('kit: a forged file asks for no more memory or time than a kit may', async (t) => {
  const file = await sealKit(kitOf(), WORDS, COST)
  const set = (at: number, ...values: number[]): Uint8Array => forge(file, (bytes) => bytes.set(values, at))
  const before = process.memoryUsage.rss()
  t.is(await failureOf(openKit(set(1, 255), WORDS)), 'KIT_INVALID', 'passes')
  t.is(await failureOf(openKit(set(1, 0), WORDS)), 'KIT_INVALID')
  t.is(await failureOf(openKit(set(2, 255, 255), WORDS)), 'KIT_INVALID', '64 GB')
  t.is(await failureOf(openKit(set(2, 4, 1), WORDS)), 'KIT_INVALID')
  t.is(await failureOf(openKit(set(2, 0, 0), WORDS)), 'KIT_INVALID')
  t.ok(process.memoryUsage.rss() - before < 200_000_000)
  t.is(await failureOf(openKit(set(1, 2), WORDS)), 'KIT_PASSPHRASE', 'what it costs is sealed too')
  t.is(await failureOf(openKit(set(0, 2), WORDS)), 'UPGRADE_REQUIRED')
  t.is(await failureOf(openKit(set(100, 1, 2, 3), WORDS)), 'KIT_PASSPHRASE')
  t.alike(
    await failureOf(openKit(set(0, 1), WORDS)),
    'resolved',
    'the forger of this test changes nothing else'
  )
})
