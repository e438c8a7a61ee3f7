// The encodings: their history is kept, only additions pass, and every op has one that can grow without a split.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import test from 'brittle'
import type { Assertions } from 'brittle'
import c from 'compact-encoding'
import Hyperschema from 'hyperschema'
import { build } from '../lib/schema/build.ts'
import { type StructName, decode, encode } from '../lib/schema/codec.ts'
import { SPARE, define } from '../lib/schema/definition.ts'
import type { Encoding } from '../lib/schema/generated/index.js'
import { OP, type OpType, decodeOp, encodeOp, opName } from '../lib/schema/op.ts'
import { buildFolder } from './builds.ts'
import { Dice } from './dice.ts'

const generated = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'lib', 'schema', 'generated')

interface Field {
  name: string
  type: string
  required?: boolean
  array?: boolean
}
interface Struct {
  name: string
  compact?: boolean
  fields: Field[]
}
type Change = (struct: Struct) => Struct

const recorded = JSON.parse(fs.readFileSync(path.join(generated, 'schema.json'), 'utf8')) as {
  version: number
  schema: Struct[]
}

/** The library's definition with changes, on top of its recorded history. */
function redefine(change: Change): Hyperschema {
  return build(generated, (schema) => {
    const changing = {
      namespace: (name: string) => {
        const namespace = schema.namespace(name)
        return { register: (struct: Struct) => namespace.register(change(struct) as never) }
      }
    }
    define(changing as never)
    return schema
  })
}

const only =
  (name: string, change: (fields: Field[]) => Field[]): Change =>
  (struct) =>
    struct.name === name ? { ...struct, fields: change(struct.fields) } : struct

interface Code {
  getStruct(name: string, version?: number): Encoding
}

/** The code that hyperschema makes of a schema. */
async function compile(t: Assertions, schema: Hyperschema): Promise<Code> {
  const folder = buildFolder(t)
  Hyperschema.toDisk(schema, folder, { esm: true })
  return (await import(pathToFileURL(path.join(folder, 'index.js')).href)) as Code
}

/** Some value of a struct, with all its optional fields or without. */
function sample(name: string, dice: Dice, full: boolean): Record<string, unknown> {
  const struct = recorded.schema.find((one) => one.name === name)
  const value: Record<string, unknown> = {}
  const one = (type: string): unknown => {
    if (type.startsWith('@album/')) return sample(type.slice('@album/'.length), dice, full)
    if (type.startsWith('fixed')) return Buffer.from(dice.bytes(Number(type.slice('fixed'.length))))
    if (type === 'uint') return 1 + dice.below(2 ** 40)
    if (type === 'int') return dice.below(2 ** 40) - 2 ** 39
    if (type === 'bool') return true
    return type === 'string' ? dice.pick(['beach', 'été']) : Buffer.from(dice.bytes(5))
  }
  for (const { name: field, type, required, array } of struct?.fields ?? []) {
    if (field === SPARE || (!required && !full)) continue
    value[field] = array ? [one(type), one(type)] : one(type)
  }
  return value
}

test('schema: the recorded history is that of the definition, and so is the code', async (t) => {
  const program = path.join(generated, '..', 'build.ts')
  execFileSync(process.execPath, ['--import', 'tsx', program, '--check'])
  const folder = buildFolder(t)
  Hyperschema.toDisk(
    redefine((struct) => struct),
    folder,
    { esm: true }
  )
  for (const file of ['index.js', 'schema.json']) {
    const made = fs.readFileSync(path.join(folder, file), 'utf8')
    t.is(made, fs.readFileSync(path.join(generated, file), 'utf8'), file)
  }
})

test('schema: a change that is not an addition fails the build', async (t) => {
  const fails = (what: string, change: Change): Promise<void> => t.exception(() => redefine(change), what)
  await fails(
    'a field removed',
    only('photo', (fields) => fields.slice(0, -1))
  )
  await fails(
    'a field in the middle removed',
    only('photo', (fields) => fields.filter((_, i) => i !== 9))
  )
  await fails(
    'another type',
    only('hello', ([first, ...rest]) => [{ ...(first as Field), type: 'string' }, ...rest])
  )
  await fails(
    'another order',
    only('collection', ([first, second, ...rest]) => [second, first, ...rest] as Field[])
  )
  await fails(
    'a field before others',
    only('edit', (fields) => [{ name: 'new', type: 'uint' }, ...fields])
  )
  await fails(
    'required where it was not',
    only('hello', ([first, second]) => [first, { ...(second as Field), required: true }] as Field[])
  )
  await fails(
    'optional where it was required',
    only('hello', ([first, second]) => [{ ...(first as Field), required: false }, second] as Field[])
  )
  await fails(
    'a required field more',
    only('hello', (fields) => [...fields, { name: 'new', type: 'uint', required: true }])
  )
  await fails(
    'a field more in a compact struct',
    only('pointer', (fields) => [...fields, { name: 'new', type: 'uint' }])
  )
  await fails(
    'another name',
    only('hello', ([first, second]) => [first, { ...(second as Field), name: 'title' }] as Field[])
  )
  t.is(redefine((struct) => struct).version, recorded.version, 'the same is no change')
})

const grown: Change = (struct) =>
  struct.compact ? struct : { ...struct, fields: [...struct.fields, { name: 'later', type: 'string' }] }

test('schema: an optional field more is a new version, which old and new programs read', async (t) => {
  const schema = redefine(grown)
  t.is(schema.version, recorded.version + 1)
  const newer = await compile(t, schema)
  const dice = new Dice(5)
  for (const { name, compact } of recorded.schema) {
    const struct = name as StructName
    for (const full of [true, false]) {
      const value = sample(name, dice, full)
      const old = encode(struct, value as never)
      const now = newer.getStruct(`@album/${name}`)
      const asBefore = newer.getStruct(`@album/${name}`, recorded.version)
      t.alike(c.encode(asBefore as never, value as never), old, `${name}: a new program writes the old bytes`)
      t.alike(
        strip(c.decode(asBefore as never, old as never)),
        decode(struct, old),
        `${name}: and reads them`
      )
      if (compact) continue
      const later = c.encode(now as never, { ...value, later: 'on' } as never) as Uint8Array
      t.alike(decode(struct, later), decode(struct, old), `${name}: an old program reads the new ones`)
      t.is((c.decode(now as never, later as never) as { later: string }).later, 'on')
    }
  }
})

/** Without the field that old programs do not know, whatever the depth. */
function strip(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strip)
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value
  const entries = Object.entries(value).filter(([name]) => name !== 'later')
  return Object.fromEntries(entries.map(([name, inner]) => [name, strip(inner)]))
}

test('schema: whatever the bytes, a new program reads by the old schema what an old program reads', async (t) => {
  const newer = await compile(t, redefine(grown))
  const dice = new Dice(6)
  let read = 0
  const tried = (run: () => unknown): string => {
    try {
      return JSON.stringify(strip(run()))
    } catch {
      return 'none'
    }
  }
  for (const { name } of recorded.schema) {
    const asBefore = newer.getStruct(`@album/${name}`, recorded.version)
    for (let i = 0; i < 100; i++) {
      const bytes = Buffer.from(encode(name as StructName, sample(name, dice, dice.below(2) === 0) as never))
      for (let bite = dice.below(3); bite >= 0; bite--) {
        const at = dice.below(bytes.length)
        bytes.writeUInt8(dice.below(256), at)
      }
      const cut = dice.below(3)
        ? bytes
        : Buffer.concat([bytes.subarray(0, dice.below(bytes.length)), dice.bytes(2)])
      const old = tried(() => decode(name as StructName, cut))
      if (old !== 'none') read++
      const now = tried(() => c.decode(asBefore as never, cut as never))
      if (now !== old) t.fail(`${name}: ${cut.toString('hex')} reads as ${now} instead of ${old}`)
    }
  }
  t.ok(read > 1000, `${read} could be read`)
})

test('schema: every type of op has its number and an encoding', async (t) => {
  const numbers: Record<OpType, number> = {
    found: 1,
    hello: 2,
    invite: 3,
    'revoke-invite': 4,
    admit: 5,
    member: 6,
    delegate: 7,
    'set-role': 8,
    remove: 9,
    device: 10,
    epoch: 11,
    photos: 12,
    edit: 13,
    withdraw: 14,
    trash: 15,
    restore: 16,
    purge: 17,
    collection: 18,
    collect: 19,
    comment: 20,
    react: 21,
    favourite: 22,
    hold: 23,
    promise: 24,
    release: 25,
    heirs: 26,
    'raise-version': 27,
    ext: 28,
    rename: 29,
    'hand-over': 30,
    'take-over': 31,
    answer: 32,
    blind: 33,
    allow: 34
  }
  t.alike(OP, numbers)
  const dice = new Dice(8)
  for (const type of Object.keys(numbers) as OpType[]) {
    for (const full of [true, false]) {
      const value = sample(type, dice, full)
      const as = full ? Buffer.from(dice.bytes(16)) : null
      const bytes = encodeOp(type, value as never, { at: 5, as, version: 3 })
      const op = decodeOp(bytes)
      if (op === null) throw new Error(`${type} has no envelope`)
      t.alike({ ...op, body: null }, { version: 3, type: numbers[type], at: 5, as, body: null })
      t.is(opName(op.type), type)
      const body: Record<string, unknown> = decode(type, op.body)
      for (const [field, said] of Object.entries(value))
        t.alike(plain(body[field]), plain(said), `${type}.${field}`)
    }
  }
})

/** Without what was not said. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value
  const empty = [null, 0, false]
  const entries = Object.entries(value).filter(([, inner]) => !empty.includes(inner as null))
  return Object.fromEntries(entries.map(([name, inner]) => [name, plain(inner)]))
}
