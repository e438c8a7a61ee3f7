import c from 'compact-encoding'
import { type Encoding, type In, type Out, getStruct } from './generated/index.js'

export type { In, Out } from './generated/index.js'

/** Names of all structs of the schema. */
export type StructName = keyof In & keyof Out

// Ops are read by the encodings of the schema version that their album version was made with, so that a later
// program, which knows more optional fields, sees in an old album exactly what an old program sees.
const encodings = new Map<string, Encoding>()

function encoding(name: StructName, version: number): Encoding {
  const id = `${name}@${version}`
  let found = encodings.get(id)
  if (found === undefined) encodings.set(id, (found = getStruct(`@album/${name}`, version || undefined)))
  return found
}

/** Encodes a struct. `version` is a schema version, newest unless told. */
export function encode<N extends StructName>(name: N, value: In[N], version = 0): Uint8Array {
  return c.encode(encoding(name, version) as never, value as never) as Uint8Array
}

/** Decodes a struct; throws a plain Error on bytes that are none. `version` is a schema version, newest unless told. */
export function decode<N extends StructName>(name: N, bytes: Uint8Array, version = 0): Out[N] {
  return c.decode(encoding(name, version) as never, bytes as never) as Out[N]
}

/** As `decode`, but null on bytes that are none. */
export function tryDecode<N extends StructName>(name: N, bytes: Uint8Array, version = 0): Out[N] | null {
  try {
    return decode(name, bytes, version)
  } catch {
    return null
  }
}
