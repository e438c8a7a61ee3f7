// Writes the encodings' code, types and history (`npm run schema`), checks that they are up to date (`--check`), or
// copies them beside the compiled code (`--copy FOLDER`), since the compiler leaves JavaScript where it is.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import Hyperschema from 'hyperschema'
import { SPARE, define } from './definition.ts'

interface Struct {
  name: string
  fields?: { name: string; type: string; required?: boolean; array?: boolean }[]
}

const here = path.dirname(fileURLToPath(import.meta.url))

/** Defines the schema on top of the history recorded in `folder`: throws where a change is not an addition. */
export function build(folder: string, definition: typeof define = define): Hyperschema {
  const recorded = structsOf(Hyperschema.from(folder))
  const schema = definition(Hyperschema.from(folder))
  refuseChanges(recorded, structsOf(schema))
  return schema
}

function structsOf(schema: Hyperschema): Struct[] {
  return JSON.parse(JSON.stringify(schema.toJSON())).schema as Struct[]
}

// What hyperschema 1.26 lets pass: it tells fields by their place and type alone.
function refuseChanges(recorded: Struct[], defined: Struct[]): void {
  for (const { name, fields = [] } of recorded) {
    const now = defined.find((struct) => struct.name === name)?.fields ?? []
    for (const [i, field] of fields.entries()) {
      if (now[i]?.name !== field.name) throw new Error(`A field was moved or renamed: ${name}/${field.name}`)
    }
    const added = now.slice(fields.length).find((field) => field.required)
    if (added) throw new Error(`A field that is added must be optional: ${name}/${added.name}`)
  }
}

/** TypeScript types of all structs: `In` is what `encode` takes, `Out` what `decode` gives. */
function declarations(structs: Struct[]): string {
  const type = (name: string, side: 'In' | 'Out'): string => {
    if (name.startsWith('@album/')) return `${side}['${name.slice('@album/'.length)}']`
    if (name === 'uint' || name === 'int') return 'number'
    if (name === 'bool') return 'boolean'
    return name === 'string' ? 'string' : 'Uint8Array'
  }
  const sides = (['In', 'Out'] as const).map((side) => {
    const rows = structs.map((struct) => {
      const used = (struct.fields ?? []).filter((field) => field.name !== SPARE)
      const fields = used.map((field) => {
        const one = type(field.type, side)
        const whole = field.array ? `${one}[]` : one
        if (field.required) return `${field.name}: ${whole}`
        if (side === 'In') return `${field.name}?: ${whole} | null | undefined`
        return `${field.name}: ${!field.array && /^(number|boolean)$/.test(one) ? whole : `${whole} | null`}`
      })
      return `  '${struct.name}': { ${fields.join('; ')} }`
    })
    return `export interface ${side} {\n${rows.join('\n')}\n}`
  })
  const encoding = [
    'export interface Encoding {',
    '  preencode(state: object, value: unknown): void',
    '  encode(state: object, value: unknown): void',
    '  decode(state: object): unknown',
    '}',
    'export function getStruct(name: string, version?: number): Encoding'
  ]
  return `// Made by lib/schema/build.ts\n${sides.join('\n')}\n${encoding.join('\n')}\n`
}

function main(mode: string | undefined, target: string | undefined): void {
  const generated = path.join(here, 'generated')
  const files = ['index.js', 'index.d.ts']
  if (mode === '--check') {
    const recorded = JSON.parse(fs.readFileSync(path.join(generated, 'schema.json'), 'utf8')) as unknown
    const defined = JSON.parse(JSON.stringify(build(generated).toJSON())) as unknown
    if (JSON.stringify(recorded) !== JSON.stringify(defined)) {
      console.error('lib/schema/definition.ts differs from its recorded history: run `npm run schema`')
      process.exit(1)
    }
  } else if (mode === '--copy' && target) {
    const folder = path.join(target, 'lib', 'schema', 'generated')
    fs.mkdirSync(folder, { recursive: true })
    for (const file of files) fs.copyFileSync(path.join(generated, file), path.join(folder, file))
  } else {
    const schema = build(generated)
    Hyperschema.toDisk(schema, generated, { esm: true })
    fs.writeFileSync(path.join(generated, 'index.d.ts'), declarations(structsOf(schema)))
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv[2], process.argv[3])
